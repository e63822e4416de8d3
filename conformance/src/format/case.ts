import { type HostTensor, InvalidArgumentError } from "@attr/core";
import {
  type JsonObject,
  readEntries,
  readInteger,
  readList,
  readNumber,
  readObject,
  readOptional,
  readString,
  wrong,
} from "./read-json.ts";
import type { NamedHostTensors } from "./safetensors.ts";

export type HostTensorsByName = Readonly<Record<string, HostTensor>>;

/** One question to a method with the answer of another implementation: a case of a `cases.json`, its tensors looked up. */
export interface Case {
  readonly id: string;
  readonly method: string;
  readonly inputs: HostTensorsByName;
  readonly extra: HostTensorsByName;
  readonly baselines: Readonly<Record<string, HostTensor | number>> | undefined;
  readonly featureMask: HostTensorsByName | undefined;
  readonly target: number | readonly number[] | undefined;
  readonly outputTransform: "log_softmax" | undefined;
  readonly layer: string | undefined;
  readonly neuron: { readonly layer: string; readonly index: readonly number[] } | undefined;
  /** The method's own settings, checked where they are used. */
  readonly options: JsonObject;
  readonly llm: LanguageModelQuestion | undefined;
  readonly expected: HostTensorsByName;
  readonly expectedDelta: HostTensor | undefined;
  readonly rtol: number;
  /** Labels of the two axes of a language-model case. */
  readonly inputTokens: readonly string[] | undefined;
  readonly outputTokens: readonly string[] | undefined;
}

/** What a language-model case asks. */
export interface LanguageModelQuestion {
  readonly input: TokenQuestion | TemplateQuestion;
  readonly target: string;
  readonly attrTarget: "log_prob" | "prob";
  readonly layer: string | undefined;
  readonly options: JsonObject;
}

/** One feature a token; an ablated token becomes the token id `baseline`. */
export interface TokenQuestion {
  readonly kind: "text-token";
  readonly text: string;
  readonly baseline: number;
  readonly skipTokens: readonly number[];
}

/** Each `{}` of the template takes a value, an ablated one its baseline; equal mask ids are ablated together. */
export interface TemplateQuestion {
  readonly kind: "text-template";
  readonly template: string;
  readonly values: readonly string[];
  readonly baselines: readonly string[];
  readonly mask: readonly number[] | undefined;
}

/** Reads a case; `tensors` are those of the folder. Throws a sentence that names the field where one is missing or wrong. */
export function readCase(value: unknown, tensors: NamedHostTensors): Case {
  const fields = readObject(value, "the case");
  const tensor = (name: unknown, where: string): HostTensor => {
    const found = tensors.get(readString(name, where));
    if (found === undefined)
      throw new InvalidArgumentError(`${where} names the tensor "${name}", which tensors.safetensors does not hold`);
    return found;
  };
  const tensorsByName = (entries: unknown, where: string): HostTensorsByName => readEntries(entries, where, tensor);
  const numberOrTensor = (entry: unknown, where: string): HostTensor | number =>
    typeof entry === "number" ? entry : tensor(entry, where);
  const result: Case = {
    id: readString(fields["id"], "id"),
    method: readString(fields["method"], "method"),
    inputs: tensorsByName(fields["inputs"] ?? {}, "inputs"),
    extra: tensorsByName(fields["extra"] ?? {}, "extra"),
    baselines: readOptional(fields["baselines"], "baselines", (entries, where) => readEntries(entries, where, numberOrTensor)),
    featureMask: readOptional(fields["featureMask"], "featureMask", tensorsByName),
    target: readOptional(fields["target"], "target", readTarget),
    outputTransform: readOptional(fields["outputTransform"], "outputTransform", readOutputTransform),
    layer: readOptional(fields["layer"], "layer", readString),
    neuron: readOptional(fields["neuron"], "neuron", readNeuron),
    options: readObject(fields["options"] ?? {}, "options"),
    llm: readOptional(fields["llm"], "llm", readLanguageModelQuestion),
    expected: tensorsByName(fields["expected"], "expected"),
    expectedDelta: readOptional(fields["expectedDelta"], "expectedDelta", tensor),
    rtol: readNumber(fields["rtol"], "rtol"),
    inputTokens: readOptional(fields["inputTokens"], "inputTokens", readStrings),
    outputTokens: readOptional(fields["outputTokens"], "outputTokens", readStrings),
  };
  if (result.rtol < 0) throw wrong("rtol", "at least 0", result.rtol);
  if (Object.keys(result.expected).length === 0) throw new InvalidArgumentError("expected is empty: the case compares nothing");
  if (result.llm === undefined && Object.keys(result.inputs).length === 0)
    throw new InvalidArgumentError("inputs is empty and there is no llm: the case asks nothing");
  return result;
}

function readStrings(value: unknown, where: string): readonly string[] {
  return readList(value, where, readString);
}

function readIntegers(value: unknown, where: string): readonly number[] {
  return readList(value, where, readInteger);
}

function readTarget(value: unknown, where: string): number | readonly number[] {
  return Array.isArray(value) ? readIntegers(value, where) : readInteger(value, where);
}

function readOutputTransform(value: unknown, where: string): "log_softmax" {
  if (value !== "log_softmax") throw wrong(where, '"log_softmax"', value);
  return value;
}

function readNeuron(value: unknown, where: string): { readonly layer: string; readonly index: readonly number[] } {
  const fields = readObject(value, where);
  return { layer: readString(fields["layer"], `${where}.layer`), index: readIntegers(fields["index"], `${where}.index`) };
}

function readLanguageModelQuestion(value: unknown, where: string): LanguageModelQuestion {
  const fields = readObject(value, where);
  const attrTarget = fields["attrTarget"] ?? "log_prob";
  if (attrTarget !== "log_prob" && attrTarget !== "prob") throw wrong(`${where}.attrTarget`, '"log_prob" or "prob"', attrTarget);
  return {
    input: readPrompt(fields["input"], `${where}.input`),
    target: readString(fields["target"], `${where}.target`),
    attrTarget,
    layer: readOptional(fields["layer"], `${where}.layer`, readString),
    options: readObject(fields["options"] ?? {}, `${where}.options`),
  };
}

function readPrompt(value: unknown, where: string): TokenQuestion | TemplateQuestion {
  const fields = readObject(value, where);
  switch (fields["kind"]) {
    case "text-token":
      return {
        kind: "text-token",
        text: readString(fields["text"], `${where}.text`),
        baseline: readInteger(fields["baseline"], `${where}.baseline`),
        skipTokens: readIntegers(fields["skipTokens"] ?? [], `${where}.skipTokens`),
      };
    case "text-template":
      return {
        kind: "text-template",
        template: readString(fields["template"], `${where}.template`),
        values: readStrings(fields["values"], `${where}.values`),
        baselines: readStrings(fields["baselines"], `${where}.baselines`),
        mask: readOptional(fields["mask"], `${where}.mask`, readIntegers),
      };
    default:
      throw wrong(`${where}.kind`, '"text-token" or "text-template"', fields["kind"]);
  }
}
