import { AttributionResult } from "@attr/core";
import type { JSX } from "preact";
import { useEffect, useId, useMemo, useState } from "preact/hooks";
import { DropField } from "../page/drop-field.tsx";
import { ExportBar } from "../page/export-bar.tsx";
import { ChoiceField, NumberField, TextField } from "../page/fields.tsx";
import { Picture } from "../page/picture.tsx";
import type { RoomProps } from "../page/room.ts";
import { useWork } from "../page/work.ts";
import { WorkBar } from "../page/work-bar.tsx";
import { FeedFields } from "./feed-fields.tsx";
import { ModelFacts } from "./model-facts.tsx";
import {
  feedAtStart,
  type ModelAnswer,
  type ModelExplanation,
  type ModelFiles,
  type ModelQuestion,
  type ModelReport,
  type ModelSettings,
  modelMethods,
} from "./model-settings.ts";
import { resultDocument } from "./result-document.ts";

const startWorker = (): Worker => new Worker(new URL("./model.worker.ts", import.meta.url), { type: "module" });

/** A model that the user drops: what its file holds, and what its output goes by. */
export function ModelRoom({ saved }: RoomProps): JSX.Element {
  const work = useWork<ModelQuestion, ModelAnswer>(startWorker);
  const [files, setFiles] = useState<ModelFiles>();
  const [report, setReport] = useState<ModelReport>();
  const [settings, setSettings] = useState<ModelSettings>();
  const [wrong, setWrong] = useState("");
  const answer = work.answer;

  useEffect(() => {
    if (answer?.kind !== "opened") return;
    setReport(answer.report);
    setSettings(settingsAtStart(answer.report));
  }, [answer]);

  const open = (dropped: readonly File[]): void => {
    const models = dropped.filter(({ name }) => /\.onnx$/i.test(name));
    const [model] = models;
    if (model === undefined || models.length > 1) {
      const names = dropped.map(({ name }) => `“${name}”`).join(", ");
      setWrong(`One file must be the .onnx file; the others may be the files its weights lie in. Dropped: ${names}.`);
      return;
    }
    const next = { model, others: dropped.filter((file) => file !== model) };
    setWrong("");
    setFiles(next);
    setReport(undefined);
    setSettings(undefined);
    work.ask({ kind: "open", files: next });
  };
  const explanation = answer?.kind === "explained" ? answer.explanation : saved;
  return (
    <>
      <h1>Your own model</h1>
      <p class="lead">
        Drop an ONNX file. It is read and run in this page and goes nowhere. You see what it holds, and what any of its outputs
        goes by, at its inputs or at any layer.
      </p>
      <DropField
        label="Drop an .onnx file (and the files its weights lie in, where they are apart), or choose:"
        accept=".onnx,.data,.bin,.onnx_data"
        multiple
        onFiles={open}
      />
      {wrong !== "" && (
        <p role="alert" class="error">
          {wrong}
        </p>
      )}
      {report !== undefined && <ModelFacts report={report} />}
      {report !== undefined && settings !== undefined && files !== undefined && (
        <ModelForm
          report={report}
          settings={settings}
          onChange={setSettings}
          onExplain={() => work.ask({ kind: "explain", files, settings })}
        />
      )}
      <WorkBar work={work} />
      {explanation !== undefined && <ModelResult explanation={explanation} />}
    </>
  );
}

function settingsAtStart({ inputs, outputs, gradient }: ModelReport): ModelSettings {
  const differentiable = gradient.inputs.find((one) => one.gradient);
  const first = differentiable ?? gradient.inputs.find(({ nearest }) => nearest !== undefined);
  const layer = differentiable === undefined ? (first?.nearest ?? "") : "";
  return {
    feeds: Object.fromEntries(inputs.map((info) => [info.name, feedAtStart(info)])),
    input: first?.input ?? inputs[0]?.name ?? "",
    layer,
    output: outputs[0]?.name ?? "",
    target: "",
    method: first === undefined ? "feature-ablation" : "integrated-gradients",
    samples: 25,
    steps: 20,
  };
}

interface FormProps {
  readonly report: ModelReport;
  readonly settings: ModelSettings;
  readonly onChange: (settings: ModelSettings) => void;
  readonly onExplain: () => void;
}

function ModelForm({ report, settings, onChange, onExplain }: FormProps): JSX.Element {
  const id = useId();
  const change = (values: Partial<ModelSettings>): void => onChange({ ...settings, ...values });
  const named = ({ name }: { readonly name: string }): { name: string; label: string } => ({ name, label: name });
  const setting = modelMethods.find(({ name }) => name === settings.method)?.setting;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onExplain();
      }}
    >
      <h3>What it reads</h3>
      {report.inputs.map((input) => (
        <FeedFields
          key={input.name}
          input={input}
          feed={settings.feeds[input.name]!}
          onChange={(feed) => change({ feeds: { ...settings.feeds, [input.name]: feed } })}
        />
      ))}
      <h3>What is explained, and by what</h3>
      <div class="row">
        <ChoiceField
          label="Output"
          value={settings.output}
          choices={report.outputs.map(named)}
          onChange={(output) => change({ output })}
        />
        <TextField
          label="Target (an index for every axis behind the first)"
          placeholder="where the output is highest"
          value={settings.target}
          onChange={(target) => change({ target })}
        />
      </div>
      <div class="row">
        <ChoiceField
          label="Attributed to the input"
          value={settings.input}
          choices={report.inputs.map(named)}
          onChange={(input) => change({ input })}
        />
        <div class="field">
          <label for={`${id}-layer`}>Or to a layer computed from it</label>
          <input
            id={`${id}-layer`}
            type="text"
            list={`${id}-layers`}
            placeholder="none: the input itself"
            value={settings.layer}
            spellcheck={false}
            autocomplete="off"
            onInput={({ currentTarget }) => change({ layer: currentTarget.value })}
          />
          <datalist id={`${id}-layers`}>
            {report.inner.map(({ name }) => (
              <option key={name} value={name} />
            ))}
          </datalist>
        </div>
      </div>
      <div class="row">
        <ChoiceField label="Method" value={settings.method} choices={modelMethods} onChange={(method) => change({ method })} />
        {setting === "samples" && (
          <NumberField label="Samples" value={settings.samples} most={10_000} onChange={(samples) => change({ samples })} />
        )}
        {setting === "steps" && (
          <NumberField label="Steps" value={settings.steps} most={1000} onChange={(steps) => change({ steps })} />
        )}
      </div>
      <div class="actions">
        <button type="submit" class="main">
          Explain
        </button>
      </div>
    </form>
  );
}

type Opened = Omit<ModelExplanation, "result"> & { readonly result: AttributionResult };

/** An answer of the worker, or a saved result, which says less. */
function read(explanation: unknown): Opened | { readonly problem: string } {
  try {
    if (isExplanation(explanation)) return { ...explanation, result: AttributionResult.fromJSON(explanation.result) };
    return { result: AttributionResult.fromJSON(explanation), explained: "the output", highest: [] };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

function isExplanation(value: unknown): value is ModelExplanation {
  return typeof value === "object" && value !== null && "result" in value && "explained" in value;
}

function ModelResult({ explanation }: { readonly explanation: unknown }): JSX.Element {
  const opened = useMemo(() => read(explanation), [explanation]);
  const document = useMemo(() => ("problem" in opened ? undefined : resultDocument(opened.result, opened)), [opened]);
  if ("problem" in opened || document === undefined)
    return (
      <p role="alert" class="error">
        The saved result cannot be shown: {"problem" in opened && opened.problem}.
      </p>
    );
  const { explained, highest, result } = opened;
  return (
    <section class="result" aria-labelledby="result-title">
      <h2 id="result-title">What {explained} goes by</h2>
      {highest.length > 0 && (
        <p>
          Highest in the output: {highest.map(({ path, value }) => `[${path.join(", ")}] ${value.toPrecision(4)}`).join("; ")}.
        </p>
      )}
      <Picture document={document} />
      <ExportBar document={document} json={result} />
    </section>
  );
}
