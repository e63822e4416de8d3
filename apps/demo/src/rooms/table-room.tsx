import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import {
  answersOrSaved,
  type ComparedAnswer,
  comparedDocument,
  comparedJson,
  comparedReader,
} from "../compare/compared-answers.ts";
import { MethodFields } from "../methods/method-fields.tsx";
import { tableMethodList } from "../methods/table-method-list.ts";
import { DropField } from "../page/drop-field.tsx";
import { ChoiceField, NumberField } from "../page/fields.tsx";
import { Opened } from "../page/opened.tsx";
import { Problem } from "../page/problem.tsx";
import { ResultView } from "../page/result-view.tsx";
import type { RoomProps } from "../page/room-props.ts";
import { TokensBar } from "../page/tokens-bar.tsx";
import { type RoomParts, useRoom } from "../page/use-room.ts";
import { WorkBar } from "../page/work-bar.tsx";
import type { ModelTable } from "../table/model-table.ts";
import { openPenguins } from "../table/open-penguins.ts";
import { RowEditor, spoken } from "../table/row-editor.tsx";
import { RowsTable } from "../table/rows-table.tsx";
import { classesOf, className, readTableExplanation, type TableExplanationRead, tableDocument } from "../table/table-document.ts";
import { tableQuestions, valuesOf } from "../table/table-questions.ts";
import {
  backgrounds,
  type TableExplanation,
  type TableQuestion,
  type TableSettings,
  tableFromAddress,
  tableToAddress,
  tableViews,
} from "./table-settings.ts";

const startWorker = (): Worker => new Worker(new URL("./table.worker.ts", import.meta.url), { type: "module" });
const readAnswers = comparedReader(readTableExplanation);

/** A table and a model that reads its rows: which of a row's numbers made the model answer as it did. */
export function TableRoom(props: RoomProps): JSX.Element {
  const [table, setTable] = useState<ModelTable>();
  const [problem, setProblem] = useState("");
  // Each table has a room of its own, even where it is called as the one before.
  const count = useRef(0);
  const enter = (opened: ModelTable): void => {
    count.current++;
    setTable(opened);
    setProblem("");
  };
  const back = (): void => {
    const before = count.current;
    // The user may have dropped another meanwhile.
    const unlessLeft = (opened: ModelTable): void => {
      if (count.current === before) enter(opened);
    };
    openPenguins().then(unlessLeft, (error: unknown) => setProblem(`${sentenceOf(error)}.`));
  };
  useEffect(back, []);
  const open = async (files: readonly File[]): Promise<void> => {
    try {
      const { openOwnTable } = await import("../table/open-own-table.ts");
      enter(await openOwnTable(files));
    } catch (error) {
      setProblem(`${sentenceOf(error)}.`);
    }
  };
  return (
    <>
      <h1>Which numbers made the model say that?</h1>
      <p class="lead">
        A network tells three species of penguins by what was measured. Choose one and move its numbers: the answer follows, and
        so does what speaks for it. <span class="raises">Blue</span> speaks for it, <span class="lowers">orange, striped</span>{" "}
        against it.
      </p>
      <DropField
        label="Or drop a model (.onnx) together with its table (.csv), and a config.json where there is one; or choose them:"
        accept=".onnx,.csv,.tsv,.txt,.json"
        multiple
        onFiles={(files) => void open(files)}
      />
      {problem !== "" && <Problem>{problem}</Problem>}
      {table?.model !== undefined && (
        <div class="actions">
          <p>{table.name}</p>
          <button type="button" onClick={back}>
            Back to the penguins
          </button>
        </div>
      )}
      {table === undefined ? (
        problem === "" && <p>Loading the table…</p>
      ) : (
        <Rows key={count.current} table={table} room={props} />
      )}
    </>
  );
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

interface RowsProps {
  readonly table: ModelTable;
  readonly room: RoomProps;
}

/** The rows of one table, the question about one of them, and its answer. */
function Rows({ table, room }: RowsProps): JSX.Element {
  const own = table.model !== undefined;
  const parts = useMemo((): RoomParts<TableSettings, TableQuestion> => {
    const count = table.rows.length / table.columns.length;
    return {
      name: "table",
      // The address is about the table that comes with the page.
      fromAddress: (parameters) => {
        const asked = tableFromAddress(own ? new URLSearchParams() : parameters, table.columns.length, count);
        return table.groups.groups.length > 12 ? { ...asked, method: "kernel-shap" } : asked;
      },
      toAddress: own ? () => new URLSearchParams() : tableToAddress,
      startWorker,
      questions: (settings) => tableQuestions(table, settings),
      follows: true,
      // Sliders move; a keystroke costs no more.
      pause: 80,
    };
  }, [table]);
  const saved = own ? undefined : room.saved;
  const { settings, change, work, address } = useRoom<TableSettings, TableExplanation, TableQuestion>(parts, {
    ...room,
    saved,
  });
  const numbers = table.groups.groups.map(({ name }, at) => ({ name: String(at), label: spoken(name) }));
  return (
    <>
      <form onSubmit={(event) => event.preventDefault()}>
        <div class="side-by-side">
          <RowsTable table={table} chosen={settings.row} onChoose={(row) => change({ row, values: undefined })} />
          <fieldset class="feed edited">
            <legend>Row {settings.row + 1}, to move</legend>
            <RowEditor table={table} values={valuesOf(table, settings)} onChange={(values) => change({ values })} />
            <div class="actions">
              <button type="button" disabled={settings.values === undefined} onClick={() => change({ values: undefined })}>
                Back to the row’s own numbers
              </button>
            </div>
          </fieldset>
        </div>
        <div class="row">
          <ChoiceField label="Shown" value={settings.view} choices={tableViews} onChange={(view) => change({ view })} />
          {settings.view === "dependence" && (
            <ChoiceField
              label="Feature"
              value={String(settings.feature)}
              choices={[{ name: "-1", label: "the strongest" }, ...numbers]}
              onChange={(feature) => change({ feature: Number(feature) })}
            />
          )}
          <ChoiceField
            label="Compared with"
            value={settings.background}
            choices={backgrounds.filter(({ name }) => name !== "class" || table.truth !== undefined)}
            onChange={(background) => change({ background })}
          />
          {settings.background === "row" && (
            <NumberField
              label="That row"
              value={settings.backgroundRow + 1}
              most={table.table.rows.length}
              onChange={(row) => change({ backgroundRow: row - 1 })}
            />
          )}
          <MethodFields methods={tableMethodList} values={settings} onChange={change} />
        </div>
      </form>
      <WorkBar work={work} />
      <Opened explanation={answersOrSaved(work.answers, saved)} read={readAnswers}>
        {(answers) => (
          <TableResult
            answers={answers}
            settings={settings}
            unfinished={work.unfinished}
            onChange={work.answers.length === 0 ? undefined : change}
            address={own ? undefined : address}
          />
        )}
      </Opened>
    </>
  );
}

interface ResultProps {
  /** Of one method, or of several. */
  readonly answers: readonly ComparedAnswer<TableExplanationRead>[];
  readonly settings: TableSettings;
  readonly unfinished: boolean;
  /** Explains another class; absent where the answer came from a file. */
  readonly onChange: ((values: Partial<TableSettings>) => void) | undefined;
  readonly address: (() => string) | undefined;
}

/** What the model says of the row, how sure it is of each class, and what speaks for one of them. */
function TableResult({ answers, settings, unfinished, onChange, address }: ResultProps): JSX.Element {
  // The methods differ in what they score, not in what the model says.
  const explanation = answers[0]!.result;
  const { outputs, target, against } = explanation;
  const { view, feature } = settings;
  const classes = classesOf(explanation);
  const document = useMemo(
    () => comparedDocument(answers, (one) => ({ document: tableDocument(one, view, feature), cost: one.result.evaluations })),
    [answers, view, feature],
  );
  const surest = classes.reduce((best, one) => (one.probability > best.probability ? one : best), classes[0]!);
  return (
    <ResultView
      title={
        classes.length === 0 ? (
          <>The model says {outputs[0]?.toPrecision(4)}</>
        ) : (
          <>
            The model says <q>{surest.label}</q>
          </>
        )
      }
      document={document}
      json={comparedJson("table", answers, ({ saved }) => saved)}
      unfinished={unfinished}
      address={address}
    >
      {classes.length > 0 && (
        <table class="bars">
          <caption>How sure the model is of each</caption>
          <tbody>
            {classes.map(({ index, label, probability }) => (
              <tr key={index}>
                <th scope="row">
                  {label}
                  {index === surest.index && " ✓"}
                </th>
                <td>{(100 * probability).toFixed(1)} %</td>
                <td class="bar" aria-hidden="true">
                  <span style={{ width: `${100 * probability}%` }} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {classes.length > 0 && onChange !== undefined && (
        <>
          <TokensBar
            label="Why"
            choices={[{ key: -1, text: "its answer" }, ...classes.map(({ index, label }) => ({ key: index, text: label }))]}
            chosen={settings.target}
            onChoose={(key) => onChange({ target: key, against: settings.against === key ? -1 : settings.against })}
          />
          <TokensBar
            label="and not"
            choices={[
              { key: -1, text: "any other" },
              ...classes.filter(({ index }) => index !== target).map(({ index, label }) => ({ key: index, text: label })),
            ]}
            chosen={against}
            onChoose={(key) => onChange({ against: key })}
          />
        </>
      )}
      {onChange === undefined && <p>Explained: {className(explanation, target)}.</p>}
    </ResultView>
  );
}
