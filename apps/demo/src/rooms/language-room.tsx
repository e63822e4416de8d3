import { LLMAttributionResult } from "@attr/llm";
import type { TextDocument } from "@attr/viz";
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import {
  answersOrSaved,
  type ComparedAnswer,
  comparedDocument,
  comparedJson,
  comparedReader,
} from "../compare/compared-answers.ts";
import { chosenMethods, questionsOf } from "../compare/compared-methods.ts";
import { MethodFields } from "../methods/method-fields.tsx";
import { isGradientMethod, methodList } from "../methods/method-list.ts";
import { TextCutFields } from "../methods/text-cut-fields.tsx";
import { Examples } from "../page/examples.tsx";
import { TextField } from "../page/fields.tsx";
import { Opened } from "../page/opened.tsx";
import { ResultView } from "../page/result-view.tsx";
import type { RoomProps } from "../page/room-props.ts";
import { TokensBar } from "../page/tokens-bar.tsx";
import { type RoomParts, useRoom } from "../page/use-room.ts";
import { WorkBar } from "../page/work-bar.tsx";
import {
  type LanguageExplanation,
  type LanguageSettings,
  languageExamples,
  languageFromAddress,
  languageStart,
  languageToAddress,
} from "./language-settings.ts";

const room: RoomParts<LanguageSettings> = {
  name: "language-model",
  fromAddress: languageFromAddress,
  toAddress: languageToAddress,
  questions: (settings) => questionsOf(settings, methodList),
  startWorker: () => new Worker(new URL("./language.worker.ts", import.meta.url), { type: "module" }),
};

/** A prompt, an answer, and where the answer comes from. */
export function LanguageRoom(props: RoomProps): JSX.Element {
  const { settings, change, ask, work, address } = useRoom<LanguageSettings, LanguageExplanation>(room, props);
  const cuts = chosenMethods(settings, methodList).some(({ name }) => !isGradientMethod(name));
  return (
    <>
      <h1>Why did the language model say that?</h1>
      <p class="lead">
        A model of 0.9 million parameters knows a closed little world of people, places and things. Give it a text; see which of
        its words brought about the answer. <span class="raises">Blue, underlined</span> words raise the answer’s log-probability,{" "}
        <span class="lowers">orange, dashed</span> words lower it.
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          ask(settings);
        }}
      >
        <TextField label="Prompt" lines={3} value={settings.prompt} onChange={(prompt) => change({ prompt })} />
        <div class="row">
          <TextField
            label="Answer to explain"
            placeholder="what the model says itself"
            value={settings.answer}
            onChange={(answer) => change({ answer })}
          />
          <TextField
            label="And not this answer"
            placeholder="no other answer"
            value={settings.against}
            onChange={(against) => change({ against })}
          />
        </div>
        <div class="row">
          <MethodFields methods={methodList} values={settings} onChange={change} />
          {cuts && <TextCutFields values={settings} onChange={change} />}
        </div>
        <div class="actions">
          <button type="submit" class="main">
            Explain
          </button>
          <Examples examples={languageExamples} start={languageStart} onChoose={ask} />
        </div>
      </form>
      <WorkBar work={work} />
      <Opened key={work.asked} explanation={answersOrSaved(work.answers, props.saved)} read={readAnswers}>
        {(answers) => <Answer answers={answers} unfinished={work.unfinished} address={address} />}
      </Opened>
    </>
  );
}

interface Answers {
  readonly result: LLMAttributionResult;
  /** Of the answer it is held against. */
  readonly against: LLMAttributionResult | undefined;
}

/** The worker's answer, or a saved result, with the answer it is held against where it was saved along. */
function readExplanation(explanation: unknown): Answers {
  if (typeof explanation !== "object" || explanation === null) throw new Error("it is no object");
  const against = "against" in explanation ? explanation.against : undefined;
  return {
    result: LLMAttributionResult.fromJSON("result" in explanation ? explanation.result : explanation),
    against: against === undefined ? undefined : LLMAttributionResult.fromJSON(against),
  };
}

const readAnswers = comparedReader(readExplanation);

/** What colours the prompt: the contrast, the whole answer, or one of its tokens. */
type Shown = "contrast" | "whole" | number;

interface AnswerProps {
  /** Of one method, or of several. */
  readonly answers: readonly ComparedAnswer<Answers>[];
  readonly unfinished: boolean;
  readonly address: (() => string) | undefined;
}

/** An answer, its tokens to choose from, and what the chosen one came from. */
function Answer({ answers, unfinished, address }: AnswerProps): JSX.Element {
  // The methods differ in what they score, not in what the model says.
  const { result, against } = answers[0]!.result;
  const [chosen, setChosen] = useState<Shown>("contrast");
  const tokens = result.outputTokens;
  const several = tokens.length > 1;
  const shown: Shown = chosen === "contrast" && against === undefined ? "whole" : chosen;
  const document = useMemo(
    () => comparedDocument(answers, (one) => ({ document: documentOf(one, shown), cost: costOf(one) })),
    [answers, shown],
  );
  const choices: { key: Shown; text: string }[] = [
    ...(against === undefined
      ? []
      : [{ key: "contrast" as const, text: `${result.outputText.trim()} and not ${against.outputText.trim()}` }]),
    { key: "whole", text: several ? "the whole answer" : result.outputText.trim() },
    ...(several ? tokens.map((token, index) => ({ key: index, text: visible(token) })) : []),
  ];
  return (
    <ResultView
      title={
        <>
          The answer: <q>{result.outputText.trim()}</q>
        </>
      }
      document={document}
      json={comparedJson(room.name, answers, jsonOf)}
      unfinished={unfinished}
      address={address}
    >
      <TokensBar label="What is explained:" choices={choices} chosen={shown} onChoose={setChosen} />
    </ResultView>
  );
}

function documentOf({ result, against }: Answers, shown: Shown): TextDocument {
  return shown === "contrast" && against !== undefined
    ? result.contrast(against).toDocument()
    : result.toDocument(typeof shown === "number" ? { token: shown } : {});
}

/** What both answers cost together. */
function costOf({ result, against }: Answers): { readonly calls: number; readonly rows: number } {
  const { calls, rows } = result.cost;
  return { calls: calls + (against?.cost.calls ?? 0), rows: rows + (against?.cost.rows ?? 0) };
}

/** A result as any program reads it; the answer it is held against goes along. */
function jsonOf({ result, against }: Answers): object {
  return against === undefined ? result.toJSON() : { ...result.toJSON(), against: against.toJSON() };
}

function visible(token: string): string {
  return token.trim() === "" ? JSON.stringify(token) : token.trim();
}
