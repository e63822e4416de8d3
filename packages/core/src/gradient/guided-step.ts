/** Where a guided path of one unit is: all that is attributed to, one after the other. */
export interface GuidedPath {
  /** Where it ends. */
  readonly input: Float64Array;
  readonly baseline: Float64Array;
  /** Where it is. */
  readonly position: Float64Array;
  readonly attributions: Float64Array;
}

export interface GuidedStep {
  /** The share of the straight way that has to be behind after the step: of the distance, and of every element within `band`. */
  readonly share: number;
  readonly fraction: number;
  readonly band: number;
}

/**
 * Moves a path on until the distance that is left is the step's: again and again those elements that change the output least move as far
 * as the band allows, all of them, but the last ones only as far as is needed. What an element moves, times its gradient, is attributed to
 * it.
 */
export function guidedStep(path: GuidedPath, gradient: Float64Array, { share, fraction, band }: GuidedStep): void {
  const { input, baseline, position, attributions } = path;
  const count = position.length;
  const [least, most] = [Math.max(0, share - band), Math.min(1, share + band)];
  const move = (i: number, to: number): void => {
    attributions[i]! += (to - position[i]!) * gradient[i]!;
    position[i] = to;
  };
  const at = (i: number, alpha: number): number => baseline[i]! + alpha * (input[i]! - baseline[i]!);
  let [whole, left] = [0, 0];
  for (let i = 0; i < count; i++) {
    const distance = input[i]! - baseline[i]!;
    whole += Math.abs(distance);
    // What fell behind the band is taken along first.
    if (distance !== 0 && (position[i]! - baseline[i]!) / distance < least) move(i, at(i, least));
    left += Math.abs(input[i]! - position[i]!);
  }
  const target = whole * (1 - share);
  const order = Int32Array.from({ length: count }, (_, i) => i).filter((i) => position[i] !== at(i, most));
  order.sort((a, b) => Math.abs(gradient[a]!) - Math.abs(gradient[b]!) || a - b);
  const group = Math.max(1, Math.floor(fraction * (count - 1)) + 1);
  for (let begin = 0, end = 0; begin < order.length && left > target * (1 + 1e-12); begin = end) {
    end = Math.min(order.length, begin + group);
    const last = Math.abs(gradient[order[end - 1]!]!);
    while (end < order.length && Math.abs(gradient[order[end]!]!) === last) end++;
    let reach = 0;
    for (let k = begin; k < end; k++) reach += Math.abs(at(order[k]!, most) - position[order[k]!]!);
    const part = reach > left - target ? (left - target) / reach : 1;
    for (let k = begin; k < end; k++) {
      const i = order[k]!;
      move(i, part === 1 ? at(i, most) : position[i]! + part * (at(i, most) - position[i]!));
    }
    left -= part * reach;
  }
}
