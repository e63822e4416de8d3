import {
  type AttributionResult,
  bind,
  type DifferentiableGraphModel,
  fromLayer,
  HostTensor,
  InvalidArgumentError,
  type Target,
  type TensorLike,
  tensor,
  tensorFromJson,
  upToLayer,
  type ValueInfo,
  type WorkOptions,
} from "@attr/core";
import {
  allMethods,
  type MethodEntry,
  type MethodSettings,
  methodNamed,
  methodSettings,
  type Setting,
  type SettingName,
} from "@attr/core/catalogue";
import { shownJson } from "../config/json-value.ts";
import { checkFittedFeatures } from "./fitted-features.ts";
import { Problem } from "./problem.ts";
import { unknownField } from "./text-question.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What is asked of a model of tensors, as the body of a request says it. */
export interface TensorQuestion {
  /** By input name: nested arrays, or `{ shape, data, dtype }`. */
  readonly feeds: Fields;
  /** Which of them are attributed to; the others are passed as they are. */
  readonly of: readonly string[] | undefined;
  /** The value explained, where it is not the first output. */
  readonly output: string | undefined;
  /** An inner value to attribute to, in place of the inputs. */
  readonly layer: string | undefined;
  readonly target: Target;
  readonly method: MethodEntry;
  /** Held against what the method lets one set. */
  readonly settings: MethodSettings;
}

/** The fields of `POST /api/attribute` with what each is, for the API's description. */
export const tensorFields = {
  model: "a name that GET /api/models gives",
  feeds: "every input by name: nested arrays, or { shape, data, dtype? }; one row an example",
  method: `one of ${allMethods.map(({ name }) => name).join(", ")}`,
  target: "which number of the output: an index, one an example, or { path }; left out: all of them",
  output: "the value that is explained; left out: the first output",
  layer: "an inner value to attribute to, in place of the inputs",
  of: "names of the inputs that are attributed to; left out: those of floats, or all where there are none",
  settings: "the method's settings by name",
} as const;

/** Reads the body of a request, `model` left to the caller. @throws Problem (400) naming the field */
export function tensorQuestion(body: Fields): TensorQuestion {
  for (const name of Object.keys(body))
    if (!Object.hasOwn(tensorFields, name)) throw unknownField(name, Object.keys(tensorFields));
  const { feeds, method, target, output, layer, of, settings = {} } = body;
  if (!isObject(feeds)) throw new Problem(400, `feeds takes an object of inputs by name, got ${shownJson(feeds)}`);
  const entry = typeof method === "string" ? methodNamed(method) : undefined;
  if (entry === undefined) throw new Problem(400, `method takes ${tensorFields.method}, got ${shownJson(method)}`);
  for (const [name, value] of Object.entries({ output, layer }))
    if (value !== undefined && typeof value !== "string")
      throw new Problem(400, `${name} takes the name of a value, got ${shownJson(value)}`);
  const isNames = (value: unknown): value is readonly string[] =>
    Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === "string");
  if (of !== undefined && !isNames(of)) throw new Problem(400, `of takes a list of input names, got ${shownJson(of)}`);
  if (!isObject(settings)) throw new Problem(400, `settings takes an object, got ${shownJson(settings)}`);
  return {
    feeds,
    method: entry,
    output: output as string | undefined, // looked at above
    layer: layer as string | undefined, // looked at above
    of,
    target: target as Target, // the method looks at it, and says what is wrong
    settings: checkedSettings(entry, settings),
  };
}

function checkedSettings({ name: method, settings: known }: MethodEntry, settings: Fields): MethodSettings {
  const checked: Partial<Record<SettingName, unknown>> = {};
  for (const [name, value] of Object.entries(settings)) {
    const found = known.find((entry) => entry === name);
    if (found === undefined)
      throw new Problem(400, `settings.${name} is no setting of ${method}, which has ${known.join(", ") || "none"}`);
    const takes = settingMisfit(methodSettings[found], value);
    if (takes !== undefined) throw new Problem(400, `settings.${name} takes ${takes}, got ${shownJson(value)}`);
    checked[found] = readSetting(methodSettings[found], value, `settings.${name}`);
  }
  return checked as MethodSettings; // each is of its kind, and methods look at the rest
}

function settingMisfit(setting: Setting, value: unknown): string | undefined {
  switch (setting.kind) {
    case "boolean":
      return typeof value === "boolean" ? undefined : "true or false";
    case "text":
      return typeof value === "string" ? undefined : "a text";
    case "choice":
      return typeof value === "string" && setting.choices.includes(value) ? undefined : `one of ${setting.choices.join(", ")}`;
    case "number": {
      const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY, integer = false } = setting;
      if (typeof value === "number" && value >= minimum && value <= maximum && (!integer || Number.isSafeInteger(value)))
        return undefined;
      const least = setting.minimum === undefined ? "" : ` from ${minimum}`;
      return `${integer ? "a whole number" : "a number"}${least}${setting.maximum === undefined ? "" : ` to ${maximum}`}`;
    }
    case "tensors":
      return typeof value === "number" || isObject(value) ? undefined : "a number, or numbers and tensors by input name";
    case "tensor-lists":
      return Array.isArray(value) && value.every(isObject) ? undefined : "a list of objects with a tensor by input name";
    case "lengths":
      return Array.isArray(value) || isObject(value) ? undefined : "a list of numbers";
  }
}

function readSetting({ kind }: Setting, value: unknown, what: string): unknown {
  if (kind === "tensors" && isObject(value)) return tensorsOf(value, what);
  if (kind !== "tensor-lists") return value;
  const each = value as readonly Fields[]; // as settingMisfit wants it
  return each.map((tensors, index) => tensorsOf(tensors, `${what}[${index}]`));
}

function tensorsOf(values: Fields, what: string): Record<string, TensorLike> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, readTensor(value, `${what}.${name}`)]));
}

/** Answers a question. @throws InvalidArgumentError, UnsupportedError as the method does */
export async function attributeTensors(
  model: DifferentiableGraphModel,
  question: TensorQuestion,
  work: WorkOptions,
): Promise<AttributionResult> {
  const { inputs } = model;
  const names = inputs.map(({ name }) => name);
  for (const name of Object.keys(question.feeds))
    if (!names.includes(name))
      throw new InvalidArgumentError(`feeds.${name} is no input of the model, which has ${names.join(", ")}`);
  const feeds = Object.fromEntries(
    inputs.map((info) => {
      if (!Object.hasOwn(question.feeds, info.name)) throw new InvalidArgumentError(`feeds.${info.name} is missing`);
      return [info.name, readTensor(question.feeds[info.name], `feeds.${info.name}`, info.dtype)] as const;
    }),
  );
  const of = question.of ?? attributedByDefault(inputs);
  for (const name of of)
    if (!names.includes(name))
      throw new InvalidArgumentError(`of names "${name}", which is no input of the model: ${names.join(", ")}`);
  const others = Object.fromEntries(Object.entries(feeds).filter(([name]) => !of.includes(name)));
  const { output, layer } = question;
  const whole: DifferentiableGraphModel =
    output === undefined || output === model.outputs[0]?.name ? model : upToLayer(model, output);
  const bound: DifferentiableGraphModel = Object.keys(others).length === 0 ? whole : bind(whole, others);
  const explained: DifferentiableGraphModel = layer === undefined ? bound : fromLayer(bound, layer);
  const attributed = Object.fromEntries(of.map((name) => [name, feeds[name]!]));
  checkFittedFeatures(
    question.method.name,
    featuresOf(attributed, question.settings.featureMask),
    "give a featureMask of fewer ids",
  );
  const options = { ...work, ...(question.target !== undefined && { target: question.target }) };
  return await question.method.create(explained, question.settings).attribute(attributed, { ...question.settings, ...options });
}

/** About how many features an example has: the ids of a mask, or the elements that have none. */
function featuresOf(attributed: Readonly<Record<string, HostTensor>>, mask: unknown): number {
  const masks = isObject(mask) ? mask : {};
  let features = 0;
  for (const [name, { shape }] of Object.entries(attributed)) {
    const ids = Object.hasOwn(masks, name) ? masks[name] : undefined;
    if (ids instanceof HostTensor) features += new Set(ids.data).size;
    else features += shape.slice(1).reduce((product, size) => product * size, 1);
  }
  return features;
}

/** Floats are what changes by degrees; ids and masks are mostly passed along. */
function attributedByDefault(inputs: readonly ValueInfo[]): readonly string[] {
  const floats = inputs.filter(({ dtype }) => dtype === undefined || dtype === "float32" || dtype === "float64");
  return (floats.length > 0 ? floats : inputs).map(({ name }) => name);
}

/** A tensor of a request, of the dtype that the model declares. @throws InvalidArgumentError naming it */
function readTensor(value: unknown, what: string, dtype?: ValueInfo["dtype"]): HostTensor {
  try {
    if (!isObject(value)) return tensor(value as TensorLike, dtype); // it says what is no tensor
    const { shape, data, dtype: own = dtype ?? "float32" } = value;
    if (own === "int32" || own === "uint8" || own === "bool")
      // Whole numbers are held against what they are, not cut to it.
      return tensor({ shape, data, dtype: "float64" } as TensorLike, own);
    const read = tensorFromJson({ shape, data, dtype: own }, what);
    return dtype === undefined ? read : tensor(read, dtype);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new InvalidArgumentError(error.message.replaceAll("the tensor", what), { cause: error });
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
