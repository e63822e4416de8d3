import type { Estimate } from "@attr/core";
import { InvalidArgumentError } from "@attr/core";
import type { CurveDocument } from "../documents/curve-document.ts";
import { strongestFirst } from "../documents/facts.ts";

/** What the estimates are of, and which of them are shown. */
export interface ConvergenceOptions {
  /** What players are called. @defaultValue "player 0", … */
  readonly names?: readonly string[] | undefined;
  /** The output, by index. @defaultValue 0 */
  readonly output?: number | undefined;
  /** Players shown, those with the strongest last value first. @defaultValue 6 */
  readonly top?: number | undefined;
  /** Evaluations that were asked for: where the last estimate has fewer, the picture says that it is partial. */
  readonly total?: number | undefined;
  /** The heading of the picture. @defaultValue none */
  readonly title?: string | undefined;
  /** What the game is worth, in words: "the rent". @defaultValue none */
  readonly explained?: string | undefined;
  /** The unit of the values: "euros", "nats". @defaultValue none */
  readonly unit?: string | undefined;
  /** The estimator's name. @defaultValue none */
  readonly method?: string | undefined;
}

/**
 * How the values of players settled as an estimator went on, a line a player with a band of one standard error: from the estimates that
 * an estimator's stream gave, first to last.
 *
 * @throws InvalidArgumentError for no estimates, for an output that is none of theirs, and for too few names.
 */
export function convergenceDocument(estimates: readonly Estimate[], options: ConvergenceOptions = {}): CurveDocument {
  const last = estimates.at(-1);
  if (last === undefined) throw new InvalidArgumentError("estimates must hold at least one estimate");
  const { players, outputs } = last;
  const output = options.output ?? 0;
  if (!Number.isInteger(output) || output < 0 || output >= outputs)
    throw new InvalidArgumentError(`output ${output} is outside the ${outputs} outputs`);
  if (options.names !== undefined && options.names.length !== players)
    throw new InvalidArgumentError(`names must hold a name for each of the ${players} players, got ${options.names.length}`);
  const at = (player: number): number => output * players + player;
  const shown = strongestFirst(Array.from({ length: players }, (_, player) => last.values[at(player)]!)).slice(
    0,
    Math.max(1, options.top ?? 6),
  );
  const base = last.empty?.[output];
  const explained = options.explained ?? "the output";
  const partial = options.total !== undefined && last.coalitions < options.total;
  return {
    kind: "curve",
    title: options.title ?? `How the attributions of ${explained} settle`,
    explained,
    unit: options.unit ?? "units of the output",
    method: options.method ?? "sampling",
    notes: [
      ...last.warnings,
      `Sum of all attributions ${sumOfPlayers(last, at)}${base === undefined ? "" : `, base value ${base}`}.`,
    ],
    ...(partial && { partial: { done: last.coalitions, total: options.total!, unit: "evaluations" } }),
    x: { label: "evaluations" },
    y: { label: "attribution" },
    curves: shown.map((player) => {
      // The first estimates may know no error yet: there is no band there.
      const known = estimates.some(({ standardErrors }) => standardErrors !== undefined);
      return {
        label: options.names?.[player] ?? `player ${player}`,
        x: estimates.map(({ coalitions }) => coalitions),
        y: estimates.map(({ values }) => values[at(player)]!),
        ...(known && { standardErrors: estimates.map(({ standardErrors }) => standardErrors?.[at(player)] ?? Number.NaN) }),
      };
    }),
  };
}

function sumOfPlayers({ values, players }: Estimate, at: (player: number) => number): number {
  let sum = 0;
  for (let player = 0; player < players; player++) sum += values[at(player)]!;
  return Number(sum.toPrecision(6));
}
