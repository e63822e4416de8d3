import { LLMAttributionResult } from "@attr/llm";
import type { TextDocument } from "@attr/viz";
import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { MethodFields } from "../methods/method-fields.tsx";
import { isGradientMethod, methodList } from "../methods/method-list.ts";
import { TextCutFields } from "../methods/text-cut-fields.tsx";
import { showPlace } from "../page/address.ts";
import { ExportBar } from "../page/export-bar.tsx";
import { TextField } from "../page/fields.tsx";
import { Picture } from "../page/picture.tsx";
import type { RoomProps } from "../page/room.ts";
import { TokensBar } from "../page/tokens-bar.tsx";
import { useWork } from "../page/work.ts";
import { WorkBar } from "../page/work-bar.tsx";
import {
  type LanguageExplanation,
  type LanguageSettings,
  languageExamples,
  languageFromAddress,
  languageStart,
  languageToAddress,
} from "./language-settings.ts";

const startWorker = (): Worker => new Worker(new URL("./language.worker.ts", import.meta.url), { type: "module" });

/** A prompt, an answer, and where the answer comes from. */
export function LanguageRoom({ parameters, saved }: RoomProps): JSX.Element {
  const [settings, setSettings] = useState(() => languageFromAddress(parameters));
  const work = useWork<LanguageSettings, LanguageExplanation>(startWorker);
  const change = (values: Partial<LanguageSettings>): void => setSettings((before) => ({ ...before, ...values }));
  const ask = (asked: LanguageSettings): void => {
    showPlace("language-model", languageToAddress(asked));
    work.ask(asked);
  };
  // Who comes in sees an explanation, not an empty form.
  useEffect(() => {
    if (saved === undefined) work.ask(settings);
  }, []);

  const gradient = isGradientMethod(settings.method);
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
          {!gradient && <TextCutFields values={settings} onChange={change} />}
        </div>
        <div class="actions">
          <button type="submit" class="main">
            Explain
          </button>
          {languageExamples.map((example) => (
            <button
              type="button"
              class="example"
              key={example.name}
              onClick={() => {
                const next = { ...languageStart, ...example.settings };
                setSettings(next);
                ask(next);
              }}
            >
              {example.name}
            </button>
          ))}
        </div>
      </form>
      <WorkBar work={work} />
      <LanguageResult
        key={work.asked}
        explanation={work.answer ?? saved}
        unfinished={work.unfinished}
        address={work.answer === undefined ? undefined : () => location.href}
      />
    </>
  );
}

interface ResultProps {
  /** The worker's, or the result of a file. */
  readonly explanation: unknown;
  readonly unfinished: boolean;
  readonly address: (() => string) | undefined;
}

type Opened =
  | { readonly result: LLMAttributionResult; readonly against: LLMAttributionResult | undefined }
  | { readonly problem: string };

function open(explanation: unknown): Opened | undefined {
  if (typeof explanation !== "object" || explanation === null) return undefined;
  try {
    if (!("result" in explanation)) return { result: LLMAttributionResult.fromJSON(explanation), against: undefined };
    const against = "against" in explanation ? explanation.against : undefined;
    return {
      result: LLMAttributionResult.fromJSON(explanation.result),
      against: against === undefined ? undefined : LLMAttributionResult.fromJSON(against),
    };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

/** What colours the prompt: the contrast, the whole answer, or one of its tokens. */
type Shown = "contrast" | "whole" | number;

function LanguageResult({ explanation, unfinished, address }: ResultProps): JSX.Element | null {
  const opened = useMemo(() => open(explanation), [explanation]);
  if (opened === undefined) return null;
  if ("problem" in opened)
    return (
      <p role="alert" class="error">
        The saved result cannot be shown: {opened.problem}.
      </p>
    );
  return <Answer {...opened} unfinished={unfinished} address={address} />;
}

interface AnswerProps extends Omit<ResultProps, "explanation"> {
  readonly result: LLMAttributionResult;
  readonly against: LLMAttributionResult | undefined;
}

/** An answer, its tokens to choose from, and what the chosen one came from. */
function Answer({ result, against, unfinished, address }: AnswerProps): JSX.Element {
  const [chosen, setChosen] = useState<Shown>("contrast");
  const tokens = result.outputTokens;
  const several = tokens.length > 1;
  const shown: Shown = chosen === "contrast" && against === undefined ? "whole" : chosen;
  const document = useMemo(() => documentOf(result, against, shown), [result, against, shown]);
  const choices: { key: Shown; text: string }[] = [
    ...(against === undefined
      ? []
      : [{ key: "contrast" as const, text: `${result.outputText.trim()} and not ${against.outputText.trim()}` }]),
    { key: "whole", text: several ? "the whole answer" : result.outputText.trim() },
    ...(several ? tokens.map((token, index) => ({ key: index, text: visible(token) })) : []),
  ];
  return (
    <section class="result" aria-labelledby="result-title">
      <h2 id="result-title">
        The answer: <q>{result.outputText.trim()}</q>
      </h2>
      {unfinished && <p class="note">The best so far: the work is not finished.</p>}
      <TokensBar label="What is explained:" choices={choices} chosen={shown} onChoose={setChosen} />
      <Picture document={document} />
      <ExportBar document={document} json={result} address={address} />
    </section>
  );
}

function documentOf(result: LLMAttributionResult, against: LLMAttributionResult | undefined, shown: Shown): TextDocument {
  if (shown === "contrast" && against !== undefined) return result.contrast(against).toDocument();
  return result.toDocument(typeof shown === "number" ? { token: shown } : {});
}

function visible(token: string): string {
  return token.trim() === "" ? JSON.stringify(token) : token.trim();
}
