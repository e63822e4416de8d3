import { type AttributionResult, type HostTensor, InvalidArgumentError, type TensorLike, tensor } from "@attr/core";
import type { DocumentRow, TextDocument } from "@attr/viz";
import type { Piece } from "../inputs/pieces.ts";
import { asTokenizer, type TokenizerLike } from "../tokenizer/as-tokenizer.ts";
import { tokenLabels } from "../tokenizer/token-labels.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { TextExplanation } from "./text-explanation.ts";

/** Which text a result over token ids is about, and how it is shown. */
export interface TextAttributionOptions {
  /** The ids that were attributed to, as they were fed: `[n, length]`, or `[n, choices, length]` for multiple choice. */
  readonly ids: TensorLike;
  /** The tokenizer that made the ids. */
  readonly tokenizer: TokenizerLike;
  /** The model input that holds the ids. @defaultValue "input_ids" */
  readonly input?: string | undefined;
  /** The example that is shown. @defaultValue 0 */
  readonly example?: number | undefined;
  /** The choice whose tokens are shown, where the ids are `[n, choices, length]`. @defaultValue the target, where it is a number; else 0 */
  readonly choice?: number | undefined;
  /** The mask the attribution was made with, for this input: its groups are counted once in sums. @defaultValue every token is on its own */
  readonly featureMask?: TensorLike | undefined;
  /** What the model's outputs are called, where every one is explained (no target). @defaultValue "output 0", "output 1", … */
  readonly outputs?: readonly string[] | undefined;
  /** What is explained, in words. @defaultValue the target's number */
  readonly explained?: string | undefined;
  /** What the model's output is measured in ("nats" where it passed through `logSoftmax`). @defaultValue "units of the output" */
  readonly unit?: string | undefined;
  /** Leaves the padding at the end out. @defaultValue true */
  readonly skipPadding?: boolean | undefined;
}

/**
 * The attributions of a model's token ids as text that people can read: one score a token, from the result of any method on `input_ids`.
 *
 * @example
 * ```ts
 * import { OnnxModel } from "@attr/backend-onnx";
 * import { bind, FeatureAblation, logSoftmax } from "@attr/core";
 * import { encodeChoices, loadTokenizer, textAttribution } from "@attr/llm";
 * import { talesChoice } from "@attr/models";
 *
 * const tokenizer = await loadTokenizer(talesChoice);
 * await using encoder = await OnnxModel.load(new URL("onnx/model.onnx", talesChoice));
 * const { input_ids: ids, featureMask, ...rest } = encodeChoices("Tom has a kite. Who has the kite?", ["Tom", "Sue"], tokenizer);
 * const method = new FeatureAblation(logSoftmax(bind(encoder, rest)));
 * const result = await method.attribute({ input_ids: ids }, { target: 0, featureMask: { input_ids: featureMask } });
 * console.log(textAttribution(result, { ids, tokenizer, featureMask, unit: "nats" }).toAnsi());
 * ```
 *
 * @throws InvalidArgumentError where the ids have not the shape of the attributions, and for an example or choice outside them.
 */
export function textAttribution(result: AttributionResult, options: TextAttributionOptions): TextExplanation {
  const tokenizer = asTokenizer(options.tokenizer);
  const input = options.input ?? "input_ids";
  const scores = result.attributions[input];
  if (scores === undefined)
    throw new InvalidArgumentError(
      `the result has no attributions of "${input}", only of ${Object.keys(result.attributions).join(", ")}: name the input of the ids`,
    );
  const all = tensor(options.ids);
  const ids = all.shape.length === 1 ? tensor([[...all.data].map(Number)]) : all;
  const outputs = checkShapes(scores, ids, input);
  const place = placeOf(ids, result, options);
  const rowIds = Array.from(readRow(ids, place.row), Number);
  const length = options.skipPadding === false ? rowIds.length : lengthWithoutPadding(rowIds, tokenizer);
  const kept = rowIds.slice(0, length);
  const labels = tokenLabels(tokenizer, kept);

  const rowLabels = labelsOfOutputs(outputs, options);
  const rows = rowLabels.map((label, output): DocumentRow => {
    const read = (from: HostTensor): number[] =>
      Array.from(readRow(from, (place.example * outputs + output) * place.rows + place.choice)).slice(0, length);
    const at = place.example * outputs + output;
    const errors = result.standardErrors?.[input];
    return {
      label,
      scores: read(scores),
      standardErrors: errors && read(errors),
      value: numberAt(result.value, at),
      baseValue: numberAt(result.baseValue, at),
      primary: output === 0,
    };
  });
  const explained = options.explained ?? (outputs > 1 ? "every output" : explainedTarget(result, place.example));
  const mask = options.featureMask === undefined ? undefined : tensor(options.featureMask);
  const document: TextDocument = {
    kind: "text",
    title: `What ${explained} comes from`,
    explained,
    unit: options.unit ?? "units of the output",
    method: result.method,
    pieces: piecesOfTokens(kept, labels, tokenizer),
    features: labels,
    groups: mask && groupsOf(mask, ids, place.row, length),
    rowKind: "output",
    rows,
    notes: result.warnings,
  };
  const [first] = rows;
  return new TextExplanation(Float64Array.from(first!.scores), first!.value, first!.baseValue, document);
}

/** How many outputs of every example were explained: 1 where there was a target. */
function checkShapes(scores: HostTensor, ids: HostTensor, input: string): number {
  const extra = scores.shape.length - ids.shape.length;
  const tail = scores.shape.slice(1 + extra);
  const same = extra >= 0 && scores.shape[0] === ids.shape[0] && tail.every((size, axis) => size === ids.shape[axis + 1]);
  if (!same || ids.shape.length < 2 || ids.shape.length > 3)
    throw new InvalidArgumentError(
      `ids must be as they were fed, [n, length] or [n, choices, length]; got [${ids.shape.join(", ")}] for attributions of "${input}" of [${scores.shape.join(", ")}]`,
    );
  return scores.shape.slice(1, 1 + extra).reduce((product, size) => product * size, 1);
}

interface Place {
  readonly example: number;
  readonly choice: number;
  /** Rows an example has: its choices. */
  readonly rows: number;
  /** The row of the ids, counted over all examples. */
  readonly row: number;
}

function placeOf(ids: HostTensor, result: AttributionResult, options: TextAttributionOptions): Place {
  const examples = ids.shape[0]!;
  const example = options.example ?? 0;
  if (!Number.isInteger(example) || example < 0 || example >= examples)
    throw new InvalidArgumentError(`example ${example} is outside the ${examples} examples`);
  const rows = ids.shape.length === 3 ? ids.shape[1]! : 1;
  const target = targetNumber(result, example);
  const choice = options.choice ?? (rows > 1 && target !== undefined && target < rows ? target : 0);
  if (!Number.isInteger(choice) || choice < 0 || choice >= rows)
    throw new InvalidArgumentError(`choice ${choice} is outside the ${rows} choices`);
  return { example, choice, rows, row: example * rows + choice };
}

/** The target of an example, where it is one number that is no distance from the end. */
function targetNumber({ target }: AttributionResult, example: number): number | undefined {
  const own = Array.isArray(target) ? target[example] : target;
  return typeof own === "number" && own >= 0 ? own : undefined;
}

function explainedTarget(result: AttributionResult, example: number): string {
  const target = targetNumber(result, example);
  return target === undefined ? "the output" : `output ${target}`;
}

function labelsOfOutputs(count: number, { outputs, explained }: TextAttributionOptions): readonly string[] {
  if (outputs === undefined)
    return count === 1 ? [explained ?? "the output"] : Array.from({ length: count }, (_, output) => `output ${output}`);
  if (outputs.length !== count)
    throw new InvalidArgumentError(`outputs must hold a name for each of the ${count} explained outputs, got ${outputs.length}`);
  return outputs;
}

/** The row of a tensor's last axis. */
function readRow(from: HostTensor, row: number): Float64Array {
  const length = from.shape.at(-1)!;
  return Float64Array.from({ length }, (_, index) => Number(from.data[row * length + index]!));
}

function numberAt(numbers: HostTensor | undefined, at: number): number | undefined {
  const number = numbers?.data[at];
  return number === undefined ? undefined : Number(number);
}

/** Groups of the row; a mask of lower rank or of one example counts for every row. */
function groupsOf(mask: HostTensor, ids: HostTensor, row: number, length: number): number[] {
  const whole = ids.shape.at(-1)!;
  const maskRows = mask.data.length / whole;
  if (mask.shape.at(-1) !== whole || !Number.isInteger(maskRows))
    throw new InvalidArgumentError(
      `featureMask must have ${whole} entries in its last axis as the ids have, got [${mask.shape.join(", ")}]`,
    );
  return Array.from(readRow(mask, row % maskRows)).slice(0, length);
}

function lengthWithoutPadding(ids: readonly number[], { padToken }: Tokenizer): number {
  let length = ids.length;
  while (length > 0 && padToken !== undefined && ids[length - 1] === padToken) length--;
  // A row of nothing but padding is shown as it is.
  return length === 0 ? ids.length : length;
}

/** Tokens one after the other, with the spaces that are in no token: around special ones, and between the words of WordPiece and WordLevel. */
function piecesOfTokens(ids: readonly number[], labels: readonly string[], tokenizer: Tokenizer): Piece[] {
  const special = new Set(tokenizer.specialTokens.values());
  const decode = (...some: number[]): string => tokenizer.decode(some, { skipSpecialTokens: false }).text;
  const spaceBefore = (feature: number): boolean => {
    const [before, id] = [ids[feature - 1]!, ids[feature]!];
    if (/^\s/.test(labels[feature]!) || /\s$/.test(labels[feature - 1]!)) return false;
    if (special.has(id) || special.has(before)) return true;
    const [pair, alone] = [decode(before, id), decode(id)];
    return pair.endsWith(alone) && /\s$/.test(pair.slice(0, pair.length - alone.length));
  };
  return labels.flatMap((text, feature): Piece[] =>
    feature > 0 && spaceBefore(feature) ? [{ text: " " }, { text, feature }] : [{ text, feature }],
  );
}
