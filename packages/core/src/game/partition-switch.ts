import type { FeatureSwitch } from "./feature-switch.ts";

/** The players of an input's elements: one row for all examples, or one an example. */
export interface PlayerMap {
  readonly rows: number;
  /** Elements of an example. */
  readonly elements: number;
  /** `[rows][elements]`, row-major; whole numbers from 0 below the number of players. */
  readonly players: Int32Array;
}

/** Features as a feature mask gives them: every element has one player, equal across inputs where the numbers are. */
export function partitionSwitch(players: number, maps: Readonly<Record<string, PlayerMap>>): FeatureSwitch {
  const runsOf = new Map<string, readonly RunLists[]>();
  for (const [input, map] of Object.entries(maps))
    runsOf.set(
      input,
      Array.from({ length: map.rows }, (_, row) =>
        runLists(players, map.players.subarray(row * map.elements, (row + 1) * map.elements)),
      ),
    );
  return {
    players,
    isPartition: true,
    runs(input, example, player) {
      const rows = runsOf.get(input)!; // made of the same inputs as the game
      const { runs, starts } = rows[rows.length === 1 ? 0 : example]!;
      return runs.subarray(2 * starts[player]!, 2 * starts[player + 1]!);
    },
    playerOf(input) {
      const map = maps[input];
      return map?.rows === 1 ? map.players : undefined;
    },
  };
}

/** The runs of every player, one after the other: those of player `p` are numbers `starts[p] .. starts[p + 1]`. */
interface RunLists {
  readonly runs: Int32Array;
  readonly starts: Int32Array;
}

function runLists(players: number, playerOf: Int32Array): RunLists {
  const starts = new Int32Array(players + 1);
  for (let i = 0; i < playerOf.length; i++) if (i === 0 || playerOf[i] !== playerOf[i - 1]) starts[playerOf[i]! + 1]!++;
  for (let player = 0; player < players; player++) starts[player + 1]! += starts[player]!;
  const runs = new Int32Array(2 * starts[players]!);
  const next = starts.slice();
  for (let begin = 0; begin < playerOf.length; ) {
    let end = begin + 1;
    while (end < playerOf.length && playerOf[end] === playerOf[begin]) end++;
    const run = next[playerOf[begin]!]!++;
    runs[2 * run] = begin;
    runs[2 * run + 1] = end;
    begin = end;
  }
  return { runs, starts };
}
