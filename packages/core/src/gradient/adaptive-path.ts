import type { GradientExplanation } from "./gradient-explanation.ts";
import { interpolateRow } from "./host-values.ts";
import { type QuadratureRule, quadratureRule } from "./quadrature.ts";
import { UnitSums } from "./unit-sums.ts";

/** A piece of a unit's path, with what it adds to the attributions and how far that is from the change of the output over it. */
interface Panel {
  readonly unit: number;
  readonly from: number;
  readonly to: number;
  readonly startValue: number;
  readonly endValue: number;
  /** The integral of the gradient over the panel, by name. */
  readonly parts: Readonly<Record<string, Float64Array>>;
  readonly gap: number;
}

type Piece = Omit<Panel, "parts" | "gap">;

export interface AdaptivePath {
  readonly sums: Record<string, UnitSums>;
  /** Units whose gap stayed over the tolerance. */
  readonly left: readonly number[];
}

/**
 * Integrals of gradients along straight paths, refined where they are wrong. The change of the output over a piece of the path is what
 * the piece's attributions must sum up to, so every piece knows its own error: those with the largest are halved until the errors of a
 * path sum up to less than the tolerance. Gradients that jump (rectifiers) take only a few more steps that way.
 */
export async function adaptivePath(
  explanation: GradientExplanation,
  ends: { readonly value: Float64Array; readonly baseValue: Float64Array },
  options: { readonly rule: QuadratureRule; readonly tolerance: number; readonly maxSteps: number },
): Promise<AdaptivePath> {
  const { rule, tolerance, maxSteps } = options;
  const { units } = explanation;
  const finer = quadratureRule("gauss-legendre", Math.max(3, Math.ceil(rule.nodes.length / 2)));
  const whole: Piece[] = Array.from({ length: units }, (_, unit) => ({
    unit,
    from: 0,
    to: 1,
    startValue: ends.baseValue[unit]!,
    endValue: ends.value[unit]!,
  }));
  const panels = (await integrate(explanation, whole, rule)).map((panel) => [panel]);
  const steps = new Array<number>(units).fill(rule.nodes.length);
  const left = new Set<number>();
  for (;;) {
    const split: Panel[] = [];
    for (const [unit, own] of panels.entries()) {
      if (left.has(unit)) continue;
      const worst = worstPanels(own, tolerance);
      if (worst.length > 0 && steps[unit]! + 2 * worst.length * finer.nodes.length > maxSteps) {
        left.add(unit);
        continue;
      }
      steps[unit]! += 2 * worst.length * finer.nodes.length;
      split.push(...worst);
    }
    if (split.length === 0) break;
    const middle = await valuesAt(explanation, split);
    const halves = split.flatMap(({ unit, from, to, startValue, endValue }, i): Piece[] => {
      const [half, value] = [(from + to) / 2, middle[i]!];
      return [
        { unit, from, to: half, startValue, endValue: value },
        { unit, from: half, to, startValue: value, endValue },
      ];
    });
    const gone = new Set(split);
    for (const panel of split) panels[panel.unit] = panels[panel.unit]!.filter((one) => !gone.has(one));
    for (const panel of await integrate(explanation, halves, finer)) panels[panel.unit]!.push(panel);
  }
  return { sums: sumUp(explanation, panels), left: [...left] };
}

/** The panels to halve: without them the errors left sum up to half the tolerance. */
function worstPanels(panels: readonly Panel[], tolerance: number): Panel[] {
  let error = panels.reduce((sum, { gap }) => sum + Math.abs(gap), 0);
  if (error <= tolerance) return [];
  const worst: Panel[] = [];
  for (const panel of [...panels].sort((a, b) => Math.abs(b.gap) - Math.abs(a.gap))) {
    if (error <= tolerance / 2) break;
    worst.push(panel);
    error -= Math.abs(panel.gap);
  }
  return worst;
}

async function integrate(explanation: GradientExplanation, pieces: readonly Piece[], rule: QuadratureRule): Promise<Panel[]> {
  const { names, values, baselines } = explanation;
  const points = rule.nodes.length;
  const units = Int32Array.from({ length: pieces.length * points }, (_, row) => pieces[Math.floor(row / points)]!.unit);
  const sums = Object.fromEntries(names.map((name) => [name, new UnitSums(pieces.length)]));
  await explanation.differentiate({
    units,
    wrt: names,
    feed: (name, row, out, offset) => {
      const { from, to, unit } = pieces[Math.floor(row / points)]!;
      const alpha = from + (to - from) * rule.nodes[row % points]!;
      interpolateRow(values[name]!, baselines[name]!, explanation.exampleOf(unit), alpha, out, offset);
    },
    each: ({ begin, count, gradients }) => {
      for (const name of names) {
        sums[name]!.admit(name, gradients[name]!, count);
        for (let row = 0; row < count; row++) {
          const at = Math.floor((begin + row) / points);
          const { from, to } = pieces[at]!;
          sums[name]!.add(at, gradients[name]!, row, (to - from) * rule.weights[(begin + row) % points]!);
        }
      }
    },
  });
  return pieces.map((piece, at) => {
    const parts = Object.fromEntries(
      names.map((name) => {
        const { data, elements } = sums[name]!;
        return [name, data.slice(at * elements, (at + 1) * elements)];
      }),
    );
    const gap = explanation.along(piece.unit, parts) - (piece.endValue - piece.startValue);
    return { ...piece, parts, gap };
  });
}

/** The outputs in the middle of panels. */
async function valuesAt(explanation: GradientExplanation, panels: readonly Panel[]): Promise<number[]> {
  const { values, baselines, plan } = explanation;
  const examples = Int32Array.from(panels, ({ unit }) => explanation.exampleOf(unit));
  const outputs = await explanation.forward(examples, (name, row, out, offset) => {
    const { from, to } = panels[row]!;
    interpolateRow(values[name]!, baselines[name]!, examples[row]!, (from + to) / 2, out, offset);
  });
  return panels.map(({ unit }, row) => outputs[row * plan.outputs + (unit % plan.outputs)]!);
}

function sumUp(explanation: GradientExplanation, panels: readonly (readonly Panel[])[]): Record<string, UnitSums> {
  return Object.fromEntries(
    explanation.names.map((name) => {
      const sum = new UnitSums(explanation.units);
      sum.open(explanation.values[name]!.shape.slice(1));
      const { data, elements } = sum;
      for (const [unit, own] of panels.entries())
        for (const { parts } of own) {
          const part = parts[name]!;
          for (let i = 0; i < elements; i++) data[unit * elements + i]! += part[i]!;
        }
      return [name, sum];
    }),
  );
}
