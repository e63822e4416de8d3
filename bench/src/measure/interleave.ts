/** Wall times of one of the things compared, in milliseconds. */
export interface Timing {
  readonly median: number;
  readonly fastest: number;
  readonly slowest: number;
}

/**
 * Times things against each other in one process: every round runs each once, in an order that turns from round to round, so that
 * a slower or faster minute of the machine meets all of them alike. The first round is not counted.
 */
export async function interleave<Name extends string>(
  contenders: Readonly<Record<Name, () => Promise<unknown>>>,
  rounds: number,
): Promise<Readonly<Record<Name, Timing>>> {
  const names = Object.keys(contenders) as Name[]; // what the type says its keys are
  const times = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++)
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(turn + round) % names.length]!;
      const start = performance.now();
      await contenders[name]();
      if (round > 0) times.get(name)!.push(performance.now() - start);
    }
  return Object.fromEntries(names.map((name) => [name, timing(times.get(name)!)])) as Record<Name, Timing>; // one entry a name
}

/** The middle and the ends of some times. */
export function timing(times: readonly number[]): Timing {
  const sorted = times.toSorted((a, b) => a - b);
  const middle = sorted.length >>> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, fastest: sorted[0]!, slowest: sorted.at(-1)! };
}

/** One line of a benchmark's report. */
export function formatTiming(name: string, { median, fastest, slowest }: Timing): string {
  return `${name.padEnd(46)} ${median.toFixed(1).padStart(9)} ms   (${fastest.toFixed(1)} to ${slowest.toFixed(1)})`;
}
