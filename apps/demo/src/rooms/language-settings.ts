import type { LLMAttributionJson } from "@attr/llm";
import { besideFromAddress, besideToAddress } from "../compare/compared-methods.ts";
import { type MethodName, methodList, methodNamed } from "../methods/method-list.ts";
import { type Absent, absentNamed, sampleCount } from "../methods/text-settings.ts";
import { type TextUnit, textUnitNamed } from "../methods/text-units.ts";
import type { Example } from "../page/examples.tsx";

/** What is asked of the language model. */
export interface LanguageSettings {
  readonly prompt: string;
  /** The answer that is explained; empty: what the model itself says. */
  readonly answer: string;
  /** The answer it is held against; empty: none. */
  readonly against: string;
  readonly method: MethodName;
  /** Methods that are shown beside it. */
  readonly beside: readonly MethodName[];
  readonly by: TextUnit;
  readonly absent: Absent;
  readonly samples: number;
  readonly steps: number;
}

export interface LanguageExplanation {
  readonly result: LLMAttributionJson;
  readonly against?: LLMAttributionJson | undefined;
}

export const languageExamples: readonly Example<LanguageSettings>[] = [
  {
    name: "Who has the kite?",
    settings: { prompt: "Tom has a red ball. Sue has a blue kite. Question: Who has the kite? Answer:" },
  },
  {
    name: "Sue, and not Tom",
    settings: {
      prompt: "Tom has a red ball. Sue has a blue kite. Question: Who has the kite? Answer:",
      answer: "Sue",
      against: "Tom",
    },
  },
  {
    name: "Who is “she”?",
    settings: { prompt: "Max and Sue were in the meadow. She has a green book. Question: Who has the book? Answer:" },
  },
  { name: "A story", settings: { prompt: "Once upon a time" } },
];

export const languageStart: LanguageSettings = {
  prompt: "Tom has a red ball. Sue has a blue kite. Question: Who has the kite? Answer:",
  answer: "",
  against: "",
  method: "feature-ablation",
  beside: [],
  by: "word",
  absent: "removed",
  samples: 50,
  steps: 30,
};

/** What an address says, in the words of {@link languageToAddress}; what it does not say is as at the start. */
export function languageFromAddress(parameters: URLSearchParams): LanguageSettings {
  const method = methodNamed(parameters.get("method") ?? languageStart.method).name;
  const text = (name: "prompt" | "answer" | "against"): string => parameters.get(name) ?? languageStart[name];
  return {
    prompt: text("prompt"),
    answer: text("answer"),
    against: text("against"),
    method,
    beside: besideFromAddress(parameters.get("beside"), method, methodList),
    by: textUnitNamed(parameters.get("by")),
    absent: absentNamed(parameters.get("absent"), languageStart.absent),
    samples: sampleCount(parameters.get("samples"), languageStart.samples),
    steps: sampleCount(parameters.get("steps"), languageStart.steps),
  };
}

export function languageToAddress(settings: LanguageSettings): URLSearchParams {
  const parameters = new URLSearchParams();
  const { beside, ...values } = settings;
  for (const [name, value] of Object.entries(values)) {
    const start = languageStart[name as keyof LanguageSettings]; // its own keys
    if (value !== start || name === "prompt") parameters.set(name, String(value));
  }
  if (beside.length > 0) parameters.set("beside", besideToAddress(beside));
  return parameters;
}
