import { type MultipleChoiceJson, MultipleChoiceResult } from "@attr/llm";
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import {
  answersOrSaved,
  type ComparedAnswer,
  comparedDocument,
  comparedJson,
  comparedReader,
} from "../compare/compared-answers.ts";
import { questionsOf } from "../compare/compared-methods.ts";
import { MethodFields } from "../methods/method-fields.tsx";
import { TextCutFields } from "../methods/text-cut-fields.tsx";
import { Examples } from "../page/examples.tsx";
import { ChoiceField, TextField } from "../page/fields.tsx";
import { Opened } from "../page/opened.tsx";
import { ResultView } from "../page/result-view.tsx";
import type { RoomProps } from "../page/room-props.ts";
import { TokensBar } from "../page/tokens-bar.tsx";
import { type RoomParts, useRoom } from "../page/use-room.ts";
import { WorkBar } from "../page/work-bar.tsx";
import {
  type ChoiceSettings,
  choiceExamples,
  choiceFromAddress,
  choiceMethods,
  choiceStart,
  choiceToAddress,
  choosers,
} from "./choice-settings.ts";
import { OptionsField } from "./options-field.tsx";

const room: RoomParts<ChoiceSettings> = {
  name: "multiple-choice",
  fromAddress: choiceFromAddress,
  toAddress: choiceToAddress,
  startWorker: () => new Worker(new URL("./choice.worker.ts", import.meta.url), { type: "module" }),
  questions: (settings) => questionsOf(settings, choiceMethods),
  canAsk: ({ prompt, options }) => prompt.trim() !== "" && options.every((option) => option.trim() !== ""),
  follows: true,
};

/** A question with options, and what in its text speaks for each of them. The table follows every change. */
export function ChoiceRoom(props: RoomProps): JSX.Element {
  const { settings, change, ask, work, incomplete, address } = useRoom<ChoiceSettings, MultipleChoiceJson>(room, props);
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
            methods={choiceMethods}
            values={{ ...settings, steps: 1 }}
            onChange={({ steps: _, ...changed }) => change(changed)}
          />
          <TextCutFields values={settings} onChange={change} />
        </div>
        <Examples examples={choiceExamples} start={choiceStart} onChoose={ask} />
      </form>
      <WorkBar work={work} />
      {incomplete && (
        <p role="status" class="note">
          A text and a word in every option are needed{work.answer !== undefined && "; what is below was asked before"}.
        </p>
      )}
      <Opened explanation={answersOrSaved(work.answers, props.saved)} read={readAnswers}>
        {(answers) => <Choice answers={answers} unfinished={work.unfinished} address={address} />}
      </Opened>
    </>
  );
}

/** What is explained: the option that the model chose, or another one; by itself (-1) or against one more. */
interface Shown {
  readonly option: "chosen" | number;
  readonly against: number;
}

const readAnswers = comparedReader((explanation) => MultipleChoiceResult.fromJSON(explanation));

interface ChoiceProps {
  /** Of one method, or of several. */
  readonly answers: readonly ComparedAnswer<MultipleChoiceResult>[];
  readonly unfinished: boolean;
  readonly address: (() => string) | undefined;
}

/** What was chosen, how likely each option is, and what speaks for one of them or for one against another. */
function Choice({ answers, unfinished, address }: ChoiceProps): JSX.Element {
  // The methods differ in what they score, not in what the model says.
  const { result } = answers[0]!;
  const [shown, setShown] = useState<Shown>({ option: "chosen", against: -1 });
  const { options, probabilities, chosen } = result;
  const option = shown.option === "chosen" || shown.option >= options.length ? chosen : shown.option;
  const against = shown.against < options.length && shown.against !== option ? shown.against : -1;
  const document = useMemo(
    () =>
      comparedDocument(answers, (one) => ({
        document: (against < 0 ? one.explain(option) : one.contrast(option, against)).toDocument(),
        cost: one.cost,
      })),
    [answers, option, against],
  );
  const names = options.map((text, key) => ({ key, text }));
  return (
    <ResultView
      title={
        <>
          The model chooses <q>{options[chosen]}</q>
        </>
      }
      document={document}
      json={comparedJson(room.name, answers, (one) => one.toJSON())}
      unfinished={unfinished}
      address={address}
    >
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
    </ResultView>
  );
}
