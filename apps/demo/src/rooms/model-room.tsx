import { AttributionResult } from "@attr/core";
import type { JSX } from "preact";
import { useEffect, useId, useMemo, useState } from "preact/hooks";
import { MethodFields } from "../methods/method-fields.tsx";
import { tensorMethodList } from "../methods/tensor-method-list.ts";
import { DropField } from "../page/drop-field.tsx";
import { ChoiceField, TextField } from "../page/fields.tsx";
import { Opened } from "../page/opened.tsx";
import { Problem } from "../page/problem.tsx";
import { ResultView } from "../page/result-view.tsx";
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
      {wrong !== "" && <Problem>{wrong}</Problem>}
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
      <Opened explanation={explanation} read={readExplanation}>
        {(opened) => <ModelResult {...opened} />}
      </Opened>
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
        <MethodFields methods={tensorMethodList} values={settings} onChange={change} />
      </div>
      <div class="actions">
        <button type="submit" class="main">
          Explain
        </button>
      </div>
    </form>
  );
}

interface ModelAnswerRead extends Omit<ModelExplanation, "result"> {
  readonly result: AttributionResult;
}

/** An answer of the worker, or a saved result, which says less. */
function readExplanation(explanation: unknown): ModelAnswerRead {
  if (isExplanation(explanation)) return { ...explanation, result: AttributionResult.fromJSON(explanation.result) };
  return { result: AttributionResult.fromJSON(explanation), explained: "the output", highest: [] };
}

function isExplanation(value: unknown): value is ModelExplanation {
  return typeof value === "object" && value !== null && "result" in value && "explained" in value;
}

function ModelResult({ explained, highest, result, ...view }: ModelAnswerRead): JSX.Element {
  const document = useMemo(() => resultDocument(result, { explained, ...view }), [result]);
  return (
    <ResultView title={`What ${explained} goes by`} document={document} json={result}>
      {highest.length > 0 && (
        <p>
          Highest in the output: {highest.map(({ path, value }) => `[${path.join(", ")}] ${value.toPrecision(4)}`).join("; ")}.
        </p>
      )}
    </ResultView>
  );
}
