import { sizeOf } from "@attr/core";
import type { TensorFlow, TfTensor } from "../runtime/tensor-flow.ts";
import type { GradientDefinition } from "./with-gradients.ts";

/**
 * An Einstein sum of one or two tensors as transposes, sums and a matrix product: what backends without a kernel for it run, and what a
 * gradient is taken of.
 *
 * @param equation `ij,jk->ik`: a letter an axis, no letter twice in one operand.
 */
export function einsum(tf: TensorFlow, equation: string, operands: readonly TfTensor[]): TfTensor {
  const [left = "", output = ""] = equation.replaceAll(/\s/g, "").split("->");
  const names = left.split(",");
  if (names.length !== operands.length || operands.length > 2 || !equation.includes("->"))
    throw new Error(
      `einsum "${equation}" of ${operands.length} tensors: one or two are taken, and what comes out has to be named`,
    );
  for (const [i, name] of names.entries())
    if (new Set(name).size !== name.length || name.length !== operands[i]!.rank || !/^[a-z]*$/i.test(name + output))
      throw new Error(`einsum "${equation}": "${name}" does not name each of the ${operands[i]!.rank} axes once`);
  const [a, b] = operands.map((x, i) => {
    const others = output + names.filter((_, at) => at !== i).join("");
    return summed(tf, x, names[i]!, others);
  });
  if (b === undefined) return arranged(tf, a!, output);
  return contracted(tf, a!, b, output);
}

/** A tensor and the letters of its axes. */
interface Lettered {
  readonly x: TfTensor;
  readonly letters: string;
}

/** Without the axes that nobody else names. */
function summed(tf: TensorFlow, x: TfTensor, letters: string, others: string): Lettered {
  const axes = [...letters].flatMap((letter, axis) => (others.includes(letter) ? [] : [axis]));
  if (axes.length === 0) return { x, letters };
  return { x: tf.sum(x, axes), letters: [...letters].filter((letter) => others.includes(letter)).join("") };
}

function arranged(tf: TensorFlow, { x, letters }: Lettered, order: string): TfTensor {
  if (letters === order) return x;
  return tf.transpose(
    x,
    [...order].map((letter) => letters.indexOf(letter)),
  );
}

function contracted(tf: TensorFlow, a: Lettered, b: Lettered, output: string): TfTensor {
  const both = [...a.letters].filter((letter) => b.letters.includes(letter));
  const batch = both.filter((letter) => output.includes(letter)).join("");
  const inner = both.filter((letter) => !output.includes(letter)).join("");
  const rows = [...a.letters].filter((letter) => !b.letters.includes(letter)).join("");
  const columns = [...b.letters].filter((letter) => !a.letters.includes(letter)).join("");
  const lengths = new Map<string, number>();
  for (const { x, letters } of [a, b]) for (const [axis, letter] of [...letters].entries()) lengths.set(letter, x.shape[axis]!);
  const shapeOf = (letters: string): number[] => [...letters].map((letter) => lengths.get(letter)!);
  const count = (letters: string): number => sizeOf(shapeOf(letters));
  const left = tf.reshape(arranged(tf, a, batch + rows + inner), [count(batch), count(rows), count(inner)]);
  const right = tf.reshape(arranged(tf, b, batch + inner + columns), [count(batch), count(inner), count(columns)]);
  const letters = batch + rows + columns;
  return arranged(tf, { x: tf.reshape(tf.matMul(left, right), shapeOf(letters)), letters }, output);
}

/** The gradient of an Einstein sum, which is another one. */
export function einsumGradients(tf: TensorFlow): readonly GradientDefinition[] {
  return [
    {
      kernelName: "Einsum",
      saveAllInputs: true,
      gradFunc: (dy, saved, attrs) => {
        const equation = String(attrs["equation"]).replaceAll(/\s/g, "");
        const [left = "", output = ""] = equation.split("->");
        const names = left.split(",");
        return Object.fromEntries(
          saved.map((x, i) => [
            String(i),
            () => {
              const others = saved.filter((_, at) => at !== i);
              const otherNames = names.filter((_, at) => at !== i);
              const own = names[i]!;
              const reached = [...own].filter((letter) => (output + otherNames.join("")).includes(letter)).join("");
              const part = einsum(tf, `${[output, ...otherNames].join(",")}->${reached}`, [dy as TfTensor, ...others]); // one output
              const kept = x.shape.map((length, axis) => (reached.includes(own[axis]!) ? length : 1));
              return tf.tile(
                tf.reshape(part, kept),
                x.shape.map((length, axis) => (kept[axis] === length ? 1 : length)),
              );
            },
          ]),
        );
      },
    },
  ];
}
