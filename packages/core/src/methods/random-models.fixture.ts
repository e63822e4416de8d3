import { fc } from "@fast-check/vitest";
import { functionModel } from "../model/function-model.ts";
import type { Model } from "../model/model.ts";
import { type Random, seededRandom } from "../tensor/random.ts";

/** Width of the inputs `a` and `b` of the random networks. */
export const widths = { a: 3, b: 2 } as const;

export interface RandomNetwork {
  readonly model: Model;
  /** Rows of every call, in order. */
  readonly calls: number[];
  /** Every row the model has seen, as text. */
  readonly seen: string[];
}

/** A smooth network of two inputs with `outputs` outputs and float64 arithmetic; columns in `unused` (of `a`, then `b`) have no effect. */
export function randomNetwork(
  seed: number,
  options: { outputs?: number; maxBatchSize?: number; unused?: readonly number[] } = {},
): RandomNetwork {
  const { outputs = 2, maxBatchSize = 64, unused = [] } = options;
  const random = seededRandom(seed);
  const inner = weights(random, 5, 4);
  for (const column of unused) inner[column]!.fill(0);
  const outer = weights(random, 4, outputs);
  const calls: number[] = [];
  const seen: string[] = [];
  const model = functionModel<"a" | "b">(
    ({ a, b }) => {
      const rows = a.shape[0]!;
      calls.push(rows);
      return Array.from({ length: rows }, (_, row) => {
        const x = [...a.data.slice(row * 3, row * 3 + 3), ...b.data.slice(row * 2, row * 2 + 2)].map(Number);
        seen.push(x.join());
        const hidden = Array.from({ length: 4 }, (_unit, unit) =>
          Math.tanh(x.reduce((sum, value, i) => sum + value * inner[i]![unit]!, 0)),
        );
        return Array.from({ length: outputs }, (_output, output) =>
          hidden.reduce((sum, value, i) => sum + value * outer[i]![output]!, 0),
        );
      });
    },
    {
      inputs: [
        { name: "a", dtype: "float64" },
        { name: "b", dtype: "float64" },
      ],
      maxBatchSize,
    },
  );
  return { model, calls, seen };
}

function weights(random: Random, rows: number, columns: number): number[][] {
  return Array.from({ length: rows }, () => Array.from({ length: columns }, () => random.normal()));
}

const number = fc.integer({ min: -20, max: 20 }).map((value) => value / 8 + 0.03);

export type TwoInputs = { readonly a: number[][]; readonly b: number[][] };

/** One to four examples for a random network. */
export const arbitraryInputs: fc.Arbitrary<TwoInputs> = fc.integer({ min: 1, max: 4 }).chain((examples) => {
  const matrix = (width: number): fc.Arbitrary<number[][]> =>
    fc.array(fc.array(number, { minLength: width, maxLength: width }), { minLength: examples, maxLength: examples });
  return fc.record({ a: matrix(widths.a), b: matrix(widths.b) });
});

export function example(inputs: TwoInputs, at: number): TwoInputs {
  return { a: [inputs.a[at]!], b: [inputs.b[at]!] };
}
