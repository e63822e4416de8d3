import { besideFromAddress, besideToAddress } from "../compare/compared-methods.ts";
import type { ListedMethod } from "../methods/listed-method.ts";
import { type MethodName, methodList, methodNamed } from "../methods/method-list.ts";
import { type Absent, absentNamed, sampleCount } from "../methods/text-settings.ts";
import { type TextUnit, textUnitNamed } from "../methods/text-units.ts";
import type { Example } from "../page/examples.tsx";

/** The models that choose, and how they are asked. */
export const choosers = [
  { name: "encoder", label: "Encoder", says: "Reads the text with each option and gives it a number." },
  { name: "continuation", label: "Language model, option as answer", says: "How likely the option is after “Answer:”." },
  { name: "letters", label: "Language model, by letter", says: "The options are listed as A, B, C; how likely is the letter?" },
] as const;

export type Chooser = (typeof choosers)[number]["name"];

/** Methods that need no gradients: a causal model's options are scored one by one. */
export const choiceMethods: readonly ListedMethod<MethodName>[] = methodList.filter(({ kind }) => kind === "perturbation");

/** What is asked of the model that chooses. */
export interface ChoiceSettings {
  readonly prompt: string;
  readonly options: readonly string[];
  readonly chooser: Chooser;
  readonly method: MethodName;
  /** Methods that are shown beside it. */
  readonly beside: readonly MethodName[];
  readonly by: TextUnit;
  readonly absent: Absent;
  readonly samples: number;
}

export const fewestOptions = 2;
export const mostOptions = 8;

export const choiceStart: ChoiceSettings = {
  prompt: "Max and Sue were in the meadow. She has a green book. Who has the book?",
  options: ["Max", "Sue", "Eve"],
  chooser: "encoder",
  method: "feature-ablation",
  beside: [],
  by: "word",
  absent: "masked",
  samples: 30,
};

export const choiceExamples: readonly Example<ChoiceSettings>[] = [
  { name: "Who is “she”?", settings: {} },
  {
    name: "Who has the kite?",
    settings: { prompt: "Tom has a red ball. Sue has a blue kite. Who has the kite?", options: ["Tom", "Sue"] },
  },
  {
    name: "Asking the language model",
    settings: {
      prompt: "Tom has a red ball. Sue has a blue kite. Question: Who has the kite?",
      options: ["Tom", "Sue", "Max"],
      chooser: "continuation",
    },
  },
];

/** What an address says, in the words of {@link choiceToAddress}; what it does not say is as at the start. */
export function choiceFromAddress(parameters: URLSearchParams): ChoiceSettings {
  const options = parameters.getAll("option").slice(0, mostOptions);
  const asked = methodNamed(parameters.get("method") ?? choiceStart.method);
  const method = asked.kind === "perturbation" ? asked.name : choiceStart.method;
  return {
    prompt: parameters.get("prompt") ?? choiceStart.prompt,
    options: options.length < fewestOptions ? choiceStart.options : options,
    chooser: choosers.find(({ name }) => name === parameters.get("model"))?.name ?? choiceStart.chooser,
    method,
    beside: besideFromAddress(parameters.get("beside"), method, choiceMethods),
    by: textUnitNamed(parameters.get("by")),
    absent: absentNamed(parameters.get("absent"), choiceStart.absent),
    samples: sampleCount(parameters.get("samples"), choiceStart.samples),
  };
}

export function choiceToAddress({
  prompt,
  options,
  chooser,
  method,
  beside,
  by,
  absent,
  samples,
}: ChoiceSettings): URLSearchParams {
  const parameters = new URLSearchParams({ prompt });
  for (const option of options) parameters.append("option", option);
  const others = { model: chooser, method, by, absent, samples: String(samples) };
  const start = { ...choiceStart, model: choiceStart.chooser, samples: String(choiceStart.samples) };
  for (const name of ["model", "method", "by", "absent", "samples"] as const)
    if (others[name] !== start[name]) parameters.set(name, others[name]);
  if (beside.length > 0) parameters.set("beside", besideToAddress(beside));
  return parameters;
}
