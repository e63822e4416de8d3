import { type MultipleChoiceJson, MultipleChoiceResult } from "@attr/llm";
import type { TextDocument } from "@attr/viz";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { MethodFields } from "../methods/method-fields.tsx";
import { methodList } from "../methods/method-list.ts";
import { TextCutFields } from "../methods/text-cut-fields.tsx";
import { showPlace } from "../page/address.ts";
import { ExportBar } from "../page/export-bar.tsx";
import { ChoiceField, TextField } from "../page/fields.tsx";
import { Picture } from "../page/picture.tsx";
import type { RoomProps } from "../page/room.ts";
import { TokensBar } from "../page/tokens-bar.tsx";
import { useWork } from "../page/work.ts";
import { WorkBar } from "../page/work-bar.tsx";
import {
  type ChoiceSettings,
  choiceExamples,
  choiceFromAddress,
  choiceStart,
  choiceToAddress,
  choosers,
} from "./choice-settings.ts";
import { OptionsField } from "./options-field.tsx";

const methods = methodList.filter(({ kind }) => kind === "perturbation");

/** How long a pause in typing is taken for its end, in milliseconds. */
const pause = 350;

const startWorker = (): Worker => new Worker(new URL("./choice.worker.ts", import.meta.url), { type: "module" });

/** A question with options, and what in its text speaks for each of them. The table follows every change. */
export function ChoiceRoom({ parameters, saved }: RoomProps): JSX.Element {
  const [settings, setSettings] = useState(() => choiceFromAddress(parameters));
  const work = useWork<ChoiceSettings, MultipleChoiceJson>(startWorker);
  const change = (values: Partial<ChoiceSettings>): void => setSettings((before) => ({ ...before, ...values }));
  const first = useRef(true);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      if (saved === undefined) work.ask(settings);
      return undefined;
    }
    if (settings.prompt.trim() === "" || settings.options.some((option) => option.trim() === "")) return undefined;
    const waiting = setTimeout(() => {
      showPlace("multiple-choice", choiceToAddress(settings));
      work.askNext(settings);
    }, pause);
    return () => clearTimeout(waiting);
  }, [settings]);

  return (
    <>
      <h1>Why did the model choose that option?</h1>
      <p class="lead">
        Change the text, the question or an option: the table follows. A row is a piece of the text, a column an option.{" "}
        <span class="raises">Blue</span> speaks for the option, <span class="lowers">orange, dashed</span> against it.
      </p>
      <form onSubmit={(event) => event.preventDefault()}>
        <TextField label="Text and question" lines={3} value={settings.prompt} onChange={(prompt) => change({ prompt })} />
        <OptionsField options={settings.options} onChange={(options) => change({ options })} />
        <div class="row">
          <ChoiceField label="Model" value={settings.chooser} choices={choosers} onChange={(chooser) => change({ chooser })}>
            <small>{choosers.find(({ name }) => name === settings.chooser)?.says}</small>
          </ChoiceField>
          <MethodFields
            methods={methods}
            values={{ ...settings, steps: 1 }}
            onChange={({ method = settings.method, samples = settings.samples }) => change({ method, samples })}
          />
          <TextCutFields values={settings} onChange={change} />
        </div>
        {/* biome-ignore lint/a11y/useSemanticElements: these are buttons, and no fields */}
        <div class="actions" role="group" aria-label="Examples">
          {choiceExamples.map((example) => (
            <button
              type="button"
              class="example"
              key={example.name}
              onClick={() => setSettings({ ...choiceStart, ...example.settings })}
            >
              {example.name}
            </button>
          ))}
        </div>
      </form>
      <WorkBar work={work} />
      <ChoiceResult
        explanation={work.answer ?? saved}
        unfinished={work.unfinished}
        address={work.answer === undefined ? undefined : () => location.href}
      />
    </>
  );
}

interface ResultProps {
  readonly explanation: unknown;
  readonly unfinished: boolean;
  readonly address: (() => string) | undefined;
}

function open(explanation: unknown): MultipleChoiceResult | { readonly problem: string } | undefined {
  if (explanation === undefined) return undefined;
  try {
    return MultipleChoiceResult.fromJSON(explanation);
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

/** What is explained: the option that the model chose, or another one; by itself (-1) or against one more. */
interface Shown {
  readonly option: "chosen" | number;
  readonly against: number;
}

function ChoiceResult({ explanation, unfinished, address }: ResultProps): JSX.Element | null {
  const result = useMemo(() => open(explanation), [explanation]);
  if (result === undefined) return null;
  if ("problem" in result)
    return (
      <p role="alert" class="error">
        The saved result cannot be shown: {result.problem}.
      </p>
    );
  return <Choice result={result} unfinished={unfinished} address={address} />;
}

interface ChoiceProps extends Omit<ResultProps, "explanation"> {
  readonly result: MultipleChoiceResult;
}

/** What was chosen, how likely each option is, and what speaks for one of them or for one against another. */
function Choice({ result, unfinished, address }: ChoiceProps): JSX.Element {
  const [shown, setShown] = useState<Shown>({ option: "chosen", against: -1 });
  const { options, probabilities, chosen } = result;
  const option = shown.option === "chosen" || shown.option >= options.length ? chosen : shown.option;
  const against = shown.against < options.length && shown.against !== option ? shown.against : -1;
  const document: TextDocument = useMemo(
    () => (against < 0 ? result.explain(option) : result.contrast(option, against)).toDocument(),
    [result, option, against],
  );
  const names = options.map((text, key) => ({ key, text }));
  return (
    <section class="result" aria-labelledby="result-title">
      <h2 id="result-title">
        The model chooses <q>{options[chosen]}</q>
      </h2>
      {unfinished && <p class="note">The best so far: the work is not finished.</p>}
      <table class="bars">
        <caption>How likely each option is to the model</caption>
        <tbody>
          {options.map((text, index) => (
            <tr key={index}>
              <th scope="row">
                {text}
                {index === chosen && " ✓"}
              </th>
              <td>{(100 * probabilities[index]!).toFixed(1)} %</td>
              <td class="bar" aria-hidden="true">
                <span style={{ width: `${100 * probabilities[index]!}%` }} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <TokensBar
        label="Why"
        choices={names}
        chosen={option}
        onChoose={(key) => setShown({ option: key, against: against === key ? -1 : against })}
      />
      <TokensBar
        label="and not"
        choices={[{ key: -1, text: "any other" }, ...names.filter(({ key }) => key !== option)]}
        chosen={against}
        onChoose={(key) => setShown({ option, against: key })}
      />
      <Picture document={document} />
      <ExportBar document={document} json={result} address={address} />
    </section>
  );
}
