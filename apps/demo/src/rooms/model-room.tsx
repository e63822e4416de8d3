import { AttributionResult } from "@attr/core";
import type { ComponentType, JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import {
  answersOrSaved,
  type ComparedAnswer,
  comparedDocument,
  comparedJson,
  comparedReader,
  withSlopeUnit,
} from "../compare/compared-answers.ts";
import { questionsOf } from "../compare/compared-methods.ts";
import type { Folder } from "../files/model-folder.ts";
import type { GraphExplorerProps } from "../graph/graph-explorer.tsx";
import { type DeviceName, devices } from "../own-model/device.ts";
import { ModelFacts } from "../own-model/model-facts.tsx";
import { type ModelFiles, modelFilesIn } from "../own-model/model-files.ts";
import { ModelForm, settingsAtStart } from "../own-model/model-form.tsx";
import { modelMethods } from "../own-model/model-methods.ts";
import type { ModelReport } from "../own-model/model-report.ts";
import { DropField } from "../page/drop-field.tsx";
import { ChoiceField } from "../page/fields.tsx";
import { Opened } from "../page/opened.tsx";
import { Problem } from "../page/problem.tsx";
import { ResultView } from "../page/result-view.tsx";
import type { RoomProps } from "../page/room-props.ts";
import { useWork } from "../page/work.ts";
import { WorkBar } from "../page/work-bar.tsx";
import type { ModelAnswer, ModelExplanation, ModelQuestion, ModelSettings } from "./model-settings.ts";
import { resultDocument } from "./result-document.ts";

const startWorker = (): Worker => new Worker(new URL("./model.worker.ts", import.meta.url), { type: "module" });

/** A model that the user drops: what its files hold, its graph, and what its output goes by. */
export function ModelRoom({ saved }: RoomProps): JSX.Element {
  const work = useWork<ModelQuestion, ModelAnswer>(startWorker);
  const [files, setFiles] = useState<ModelFiles>();
  const [device, setDevice] = useState<DeviceName>("processor");
  const [report, setReport] = useState<ModelReport>();
  const [settings, setSettings] = useState<ModelSettings>();
  const [wrong, setWrong] = useState("");
  const form = useRef<HTMLDivElement>(null);
  const answer = work.answer;

  useEffect(() => {
    if (answer?.kind !== "opened") return;
    setReport(answer.report);
    // On another device it is the same model, and the question stays.
    setSettings((before) => before ?? settingsAtStart(answer.report));
  }, [answer]);

  const take = ({ files: dropped }: Folder): void => {
    try {
      const found = modelFilesIn(dropped);
      setWrong("");
      setFiles(found);
      setReport(undefined);
      setSettings(undefined);
      work.ask({ kind: "open", files: found, device });
    } catch (error) {
      setWrong(error instanceof Error ? error.message : String(error));
    }
  };
  const move = (to: DeviceName): void => {
    setDevice(to);
    if (files !== undefined) work.ask({ kind: "open", files, device: to });
  };
  const explainAt = (layer: string): void => {
    setSettings((before) => before && { ...before, layer });
    const field = form.current?.querySelector<HTMLInputElement>("[data-layer] input");
    field?.scrollIntoView({ block: "center" });
    field?.focus();
  };
  const explained = work.answers.flatMap(({ answer: one, ...rest }) =>
    one.kind === "explained" ? [{ ...rest, answer: one.explanation }] : [],
  );
  return (
    <>
      <h1>Your own model</h1>
      <p class="lead">
        Drop an ONNX file or a model of TensorFlow.js. It is read and run in this page and goes nowhere. You see what it holds,
        its graph, and what any of its outputs goes by, at its inputs or at any layer.
      </p>
      <DropField
        label="Drop an .onnx file, or a model.json with its shards (and the files that weights lie in, where they are apart), or choose:"
        accept=".onnx,.json,.data,.bin,.onnx_data"
        multiple
        onFolder={take}
      />
      <div class="row">
        <ChoiceField label="Run on" value={device} choices={devices} onChange={move} />
      </div>
      {wrong !== "" && <Problem>{wrong}</Problem>}
      {report !== undefined && <ModelFacts report={report} />}
      {report !== undefined && <Graph graph={report.graph} onLayer={explainAt} />}
      {report !== undefined && settings !== undefined && files !== undefined && (
        <div ref={form}>
          <ModelForm
            report={report}
            settings={settings}
            onChange={setSettings}
            onExplain={() =>
              work.askAll(
                questionsOf(settings, modelMethods).map(({ label, question }) => ({
                  label,
                  question: { kind: "explain", files, device, settings: question },
                })),
              )
            }
          />
        </div>
      )}
      <WorkBar work={work} />
      <Opened explanation={answersOrSaved(explained, saved)} read={readAnswers}>
        {(answers) => <ModelResult answers={answers} unfinished={explained.length > 0 && work.unfinished} />}
      </Opened>
    </>
  );
}

/** The graph, whose code is loaded when it is first looked at. */
function Graph(props: GraphExplorerProps): JSX.Element {
  const [Explorer, setExplorer] = useState<ComponentType<GraphExplorerProps>>();
  const [problem, setProblem] = useState("");
  const load = async (): Promise<void> => {
    try {
      const { GraphExplorer } = await import("../graph/graph-explorer.tsx");
      setExplorer(() => GraphExplorer);
    } catch {
      setProblem("The graph could not be loaded: the network is off, and it was not looked at before.");
    }
  };
  return (
    <details
      class="graph"
      onToggle={({ currentTarget }) => {
        if (currentTarget.open && Explorer === undefined) void load();
      }}
    >
      <summary>Graph ({props.graph.nodes.length} nodes)</summary>
      {problem !== "" && <Problem>{problem}</Problem>}
      {Explorer !== undefined && <Explorer {...props} />}
    </details>
  );
}

interface ModelAnswerRead extends Omit<ModelExplanation, "result"> {
  readonly result: AttributionResult;
}

/** An answer of the worker, or a saved result, which says less. */
function readExplanation(explanation: unknown): ModelAnswerRead {
  if (isExplanation(explanation)) return { ...explanation, result: AttributionResult.fromJSON(explanation.result) };
  const saved = typeof explanation === "object" && explanation !== null ? explanation : {};
  const explained = "explained" in saved && typeof saved.explained === "string" ? saved.explained : "the output";
  return { result: AttributionResult.fromJSON(explanation), explained, highest: [] };
}

function isExplanation(value: unknown): value is ModelExplanation {
  return typeof value === "object" && value !== null && "result" in value && "explained" in value;
}

const readAnswers = comparedReader(readExplanation);

interface ResultProps {
  /** Of one method, or of several. */
  readonly answers: readonly ComparedAnswer<ModelAnswerRead>[];
  readonly unfinished: boolean;
}

function ModelResult({ answers, unfinished }: ResultProps): JSX.Element {
  const { explained, highest } = answers[0]!.result;
  const document = useMemo(
    () =>
      comparedDocument(answers, ({ result, ...view }) => ({
        document: withSlopeUnit(resultDocument(result, view), "unit of the input"),
        cost: result.evaluations,
      })),
    [answers],
  );
  const json = comparedJson("your-model", answers, ({ result, explained: what }) => ({ ...result.toJSON(), explained: what }));
  return (
    <ResultView title={`What ${explained} goes by`} document={document} json={json} unfinished={unfinished}>
      {highest.length > 0 && <p>Highest in the output: {highest.map(highestText).join("; ")}.</p>}
    </ResultView>
  );
}

function highestText({ path, value, label }: ModelExplanation["highest"][number]): string {
  return `${label === undefined ? "" : `“${label}” `}[${path.join(", ")}] ${value.toPrecision(4)}`;
}
