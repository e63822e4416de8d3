import type { AttributionResult } from "../methods/attribution-result.ts";
import { numbersOf } from "../tensor/dtype.ts";
import { HostTensor } from "../tensor/host-tensor.ts";
import type { TensorData } from "../tensor/tensor.ts";
import type { GradientExplanation } from "./gradient-explanation.ts";
import { UnitSums } from "./unit-sums.ts";

/** One sample: a baseline of the distribution, and how far from it to the input the gradient is taken. */
export interface PathDraw {
  readonly baseline: number;
  readonly alpha: number;
}

interface SampledSettings {
  readonly multiplyByInputs: boolean;
  /** Adds a draw's noise to the input. @defaultValue none */
  readonly addNoise?: ((name: string, draw: number, out: TensorData, offset: number) => void) | undefined;
}

interface SampledDifferences {
  readonly attributions: Record<string, HostTensor>;
  /** Of the mean over draws that are independent; undefined for a single one. */
  readonly standardErrors: Record<string, HostTensor> | undefined;
}

/**
 * The mean over draws of `(x − b) · ∂f/∂x` at `b + α (x − b)`, with how far its sum is from the output less its mean over the baselines as
 * often as they were drawn; or the mean of the gradient alone. Every draw is the same for all examples, so that an example's result does
 * not depend on the others. One row an example, explained number and draw.
 */
export async function explainByDraws(
  explanation: GradientExplanation,
  draws: readonly PathDraw[],
  settings: SampledSettings,
): Promise<AttributionResult> {
  const { attributions, standardErrors } = await sampledDifferences(explanation, draws, settings);
  if (!settings.multiplyByInputs) return explanation.result(attributions, { standardErrors });
  const ends = await explanation.ends(baselineCounts(draws, explanation.distribution.length));
  const delta = explanation.gap(attributions, ends.value, ends.baseValue);
  return explanation.result(attributions, { ...ends, delta, standardErrors });
}

async function sampledDifferences(
  explanation: GradientExplanation,
  draws: readonly PathDraw[],
  settings: SampledSettings,
): Promise<SampledDifferences> {
  const { names, values, distribution, units } = explanation;
  const samples = draws.length;
  // Draw by draw, so that the noise of a draw is made once for all examples.
  const rows = Int32Array.from({ length: samples * units }, (_, row) => row % units);
  const drawOf = (row: number): number => Math.floor(row / units);

  /** Writes `x̃ − b` of a row. */
  const difference = (name: string, row: number, out: Float64Array): void => {
    const draw = drawOf(row);
    const base = distribution[draws[draw]!.baseline]![name]!;
    const [x, b] = [numbersOf(values[name]!.data), numbersOf(base.data)];
    const from = explanation.exampleOf(rows[row]!) * out.length;
    const start = base.shape[0] === 1 ? 0 : from;
    for (let i = 0; i < out.length; i++) out[i] = x[from + i]! - b[start + i]!;
    settings.addNoise?.(name, draw, out, 0);
  };
  const scratch = Object.fromEntries(
    names.map((name) => [name, new Float64Array(values[name]!.data.length / explanation.examples)]),
  );
  const sums = Object.fromEntries(names.map((name) => [name, new UnitSums(units)]));
  const squares = Object.fromEntries(names.map((name) => [name, new UnitSums(units)]));
  await explanation.differentiate({
    units: rows,
    wrt: names,
    feed: (name, row, out, offset) => {
      const moved = scratch[name]!;
      difference(name, row, moved);
      const { baseline, alpha } = draws[drawOf(row)]!;
      const base = distribution[baseline]![name]!;
      const b = numbersOf(base.data);
      const start = base.shape[0] === 1 ? 0 : explanation.exampleOf(rows[row]!) * moved.length;
      const to = numbersOf(out);
      for (let i = 0; i < moved.length; i++) to[offset + i] = b[start + i]! + alpha * moved[i]!;
    },
    each: ({ begin, count, gradients }) => {
      for (const name of names) {
        const [sum, square, moved] = [sums[name]!, squares[name]!, scratch[name]!];
        sum.admit(name, gradients[name]!, count);
        square.admit(name, gradients[name]!, count);
        const gradient = numbersOf(gradients[name]!.data);
        for (let row = 0; row < count; row++) {
          if (settings.multiplyByInputs) difference(name, begin + row, moved);
          else moved.fill(1);
          const at = rows[begin + row]! * moved.length;
          for (let i = 0; i < moved.length; i++) {
            const part = gradient[row * moved.length + i]! * moved[i]!;
            sum.data[at + i]! += part / samples;
            square.data[at + i]! += part * part;
          }
        }
      }
    },
  });
  const attributions = explanation.tensors(sums);
  return {
    attributions,
    standardErrors:
      samples > 1
        ? Object.fromEntries(names.map((name) => [name, standardError(attributions[name]!, squares[name]!.data, samples)]))
        : undefined,
  };
}

/** How often the draws take each baseline of a distribution. */
function baselineCounts(draws: readonly PathDraw[], baselines: number): Float64Array {
  const counts = new Float64Array(baselines);
  for (const { baseline } of draws) counts[baseline]!++;
  return counts;
}

function standardError(mean: HostTensor, squares: Float64Array, samples: number): HostTensor {
  const data = new Float64Array(squares.length);
  for (let i = 0; i < data.length; i++) {
    const variance = (squares[i]! - samples * Number(mean.data[i]) ** 2) / (samples - 1);
    data[i] = Math.sqrt(Math.max(0, variance) / samples);
  }
  return new HostTensor(data, mean.shape, "float64");
}
