import { type HostData, InvalidArgumentError, type Target } from "@attr/core";
import { areProbabilities, type RankedClass, rankClasses } from "@attr/inputs";
import { nearest } from "../nearest.ts";

/** What of a model's output is explained, and what the model says there. */
export interface ExplainedOutput {
  /** As methods take it. */
  readonly target: Target;
  /** In words: 'the logit of "7"'. */
  readonly explained: string;
  /** Of what: '"7"', "output [2, 1]", "the output". */
  readonly name: string;
  /** What the output is measured in. */
  readonly unit: string;
  /** The classes from the surest on, where the output is one number a class. */
  readonly answers: readonly RankedClass[];
  /** The index of the class explained, where it is one. */
  readonly index?: number | undefined;
}

export interface OutputReading {
  /** Names of classes. @defaultValue none */
  readonly labels?: readonly string[] | undefined;
  /** A class by its index, or what the user asks for: a class by name or number, or an index an axis ("3,7"). @defaultValue the surest */
  readonly target?: string | number | undefined;
  /** @defaultValue 0 */
  readonly row?: number | undefined;
  /** The value's name, where its numbers are no classes: an inner value. */
  readonly inner?: string | undefined;
}

/**
 * Which number of a row of a model's output is explained, and how it is called.
 *
 * @param output the first axis is the rows.
 * @throws InvalidArgumentError for a name that no class has, a number that is outside the output, and more names than there are classes.
 */
export function explainedOutput(output: HostData, { labels = [], target, row = 0, inner }: OutputReading): ExplainedOutput {
  const shape = output.shape.slice(1);
  const size = shape.reduce((product, length) => product * length, 1);
  const numbers = Array.from({ length: size }, (_, index) => Number(output.data[row * size + index]));
  if (shape.length !== 1 || inner !== undefined) return explainedElement(numbers, shape, target?.toString(), inner);
  if (size === 1) {
    // One number for two classes (how likely the second is) is the number of neither name.
    if (labels.length > 1 && target !== undefined && Number(target) !== 0)
      throw new InvalidArgumentError(
        `--target ${JSON.stringify(target)}: the model gives one number for its ${labels.length} classes, so leave --target out`,
      );
    const index = target === undefined || labels.length > 1 ? 0 : indexNamed(target, labels, size);
    return { target: index, explained: "the output", name: "the output", unit: "units of the output", answers: [], index };
  }
  if (labels.length > size)
    throw new InvalidArgumentError(`${labels.length} classes are named, and the model's output has ${size}: see --labels`);
  const answers = rankClasses(numbers, labels);
  const index = target === undefined ? answers[0]!.index : indexNamed(target, labels, size);
  const name = labels[index] === undefined ? `class ${index}` : `"${labels[index]}"`;
  const probable = areProbabilities(numbers);
  return {
    target: index,
    explained: `the ${probable ? "probability" : "logit"} of ${name}`,
    name,
    unit: probable ? "probability" : "logits",
    answers,
    index,
  };
}

/** Of an output of other than one axis: an index for each, or its largest number. */
function explainedElement(
  numbers: readonly number[],
  shape: readonly number[],
  target: string | undefined,
  inner: string | undefined,
): ExplainedOutput {
  const parts = target === undefined ? undefined : target.split(",").map((part) => part.trim());
  const given = parts?.map((part) => (/^\d+$/.test(part) ? Number(part) : Number.NaN));
  if (given !== undefined && (given.length !== shape.length || given.some((index, axis) => !(index < shape[axis]!))))
    throw new InvalidArgumentError(
      `--target ${JSON.stringify(target)} is none of the output's numbers: an example's have shape [${shape.join(", ")}], and an index for each axis is needed`,
    );
  const path = given ?? pathOf(largest(numbers), shape);
  const value = inner === undefined ? "output" : `"${inner}"`;
  const name = path.length === 0 ? (inner === undefined ? "the output" : value) : `${value} [${path.join(", ")}]`;
  return { target: { path }, explained: name, name, unit: `units of ${inner === undefined ? "the output" : value}`, answers: [] };
}

/** The place of the largest number: of a text's output there are too many to hand to Math.max at once. */
function largest(numbers: readonly number[]): number {
  let best = 0;
  for (let at = 1; at < numbers.length; at++) if (numbers[at]! > numbers[best]! || Number.isNaN(numbers[best]!)) best = at;
  return best;
}

function pathOf(at: number, shape: readonly number[]): readonly number[] {
  let rest = at;
  return shape
    .toReversed()
    .map((length) => {
      const index = rest % length;
      rest = Math.floor(rest / length);
      return index;
    })
    .toReversed();
}

/**
 * A class by its number or its name; names are compared without case where none is the same.
 *
 * @throws InvalidArgumentError where no class, or more than one, is meant.
 */
function indexNamed(text: string | number, labels: readonly string[], classes: number): number {
  if (typeof text === "number") return text;
  const exact = labels.indexOf(text);
  if (exact >= 0) return exact;
  if (/^\d+$/.test(text)) {
    const index = Number(text);
    if (index < classes) return index;
    throw new InvalidArgumentError(`--target ${index} is outside the model's ${classes} classes (0 to ${classes - 1})`);
  }
  // ImageNet's classes have several names with commas between; any of them will do.
  const asked = text.trim().toLowerCase();
  const folded = labels.flatMap((label, index) => {
    const names = [label, ...label.split(",")].map((name) => name.trim().toLowerCase());
    return names.includes(asked) ? [index] : [];
  });
  if (folded.length === 1) return folded[0]!;
  if (folded.length > 1)
    throw new InvalidArgumentError(
      `${folded.length} classes are named ${JSON.stringify(text)}: give a number, one of ${folded.join(", ")}`,
    );
  if (labels.length === 0)
    throw new InvalidArgumentError(
      `--target ${JSON.stringify(text)}: the model's folder names no classes, so give a number from 0 to ${classes - 1}, or --labels`,
    );
  const near = nearest(text, labels);
  const known = labels.length <= 12 ? `: there are ${labels.map((label) => JSON.stringify(label)).join(", ")}` : "";
  throw new InvalidArgumentError(
    `no class is named ${JSON.stringify(text)}${known}${near === undefined ? "" : `; did you mean ${JSON.stringify(near)}?`}`,
  );
}

/** What the model says, in a sentence: 'The model answers "7" (99.8 %), then "3" (0.1 %).' Empty where there are no classes. */
export function answersInWords(answers: readonly RankedClass[]): string {
  if (answers.length === 0) return "";
  const [first, ...others] = answers.slice(0, 3).map(({ index, label, probability }) => {
    const named = label === `class ${index}` ? label : `"${label}"`;
    return `${named} (${percent(probability)})`;
  });
  return `The model answers ${first}${others.map((other) => `, then ${other}`).join("")}.`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
