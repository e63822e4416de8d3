import type { Random } from "../tensor/random.ts";
import { BitMatrix } from "./bit-matrix.ts";
import { binomial } from "./exact-shapley.ts";
import { addRandomSubset, eachSubset } from "./random-subset.ts";

/**
 * The pairs of a coalition and its complement that KernelSHAP evaluates. The smaller side of every pair is a row; where both are
 * of one size, either is.
 */
export interface KernelShapPlan {
  readonly sides: BitMatrix;
  /** The first pairs are whole sizes, enumerated; the rest is drawn. */
  readonly enumerated: number;
  /** The share of the Shapley kernel's mass of an enumerated pair; how often a drawn one was drawn. */
  readonly weights: Float64Array;
  /** The share of the kernel's mass that the drawn pairs stand for. */
  readonly drawnMass: number;
}

/**
 * Spends `budget` coalitions as Lundberg and Lee do: sizes are enumerated from the outside in as long as the budget's share for a
 * size covers all its coalitions; the rest is drawn in proportion to the kernel, until as many different pairs as fit are found. A
 * pair drawn again counts again and costs nothing.
 */
export function planKernelShap(players: number, budget: number, random: Random): KernelShapPlan {
  const middle = Math.floor(players / 2);
  const masses = new Float64Array(middle + 1);
  let total = 0;
  for (let size = 1; size <= middle; size++) {
    const mass = ((2 * size === players ? 1 : 2) * (players - 1)) / (size * (players - size));
    masses[size] = mass;
    total += mass;
  }
  let pairsLeft = Math.floor(budget / 2);
  let massLeft = 1;
  let first = 1;
  const wholeSizes: { size: number; pairs: number; mass: number }[] = [];
  for (; first <= middle; first++) {
    const pairs = 2 * first === players ? binomial(players, first) / 2 : binomial(players, first);
    const mass = masses[first]! / total;
    if (pairsLeft * (mass / massLeft) < pairs * (1 - 1e-9)) break;
    wholeSizes.push({ size: first, pairs, mass });
    pairsLeft -= pairs;
    massLeft -= mass;
  }
  const enumerated = wholeSizes.reduce((sum, { pairs }) => sum + pairs, 0);
  const drawn = first > middle ? [] : drawPairs(players, pairsLeft, masses, first, random);

  const sides = new BitMatrix(enumerated + drawn.length, players);
  const weights = new Float64Array(enumerated + drawn.length);
  let row = 0;
  for (const { size, pairs, mass } of wholeSizes) {
    const halves = 2 * size === players; // then the pair's side with player 0 stands for both
    eachSubset(players, size, (picked) => {
      if (halves && picked[0] !== 0) return;
      for (const player of picked) sides.set(row, player, true);
      weights[row++] = mass / pairs;
    });
  }
  for (const { words, times } of drawn) {
    sides.words.set(words, row * sides.stride);
    weights[row++] = times;
  }
  return { sides, enumerated, weights, drawnMass: drawn.length > 0 ? massLeft : 0 };
}

function drawPairs(
  players: number,
  pairs: number,
  masses: Float64Array,
  first: number,
  random: Random,
): { words: Uint32Array; times: number }[] {
  const found = new Map<string, { words: Uint32Array; times: number }>();
  let total = 0;
  for (let size = first; size < masses.length; size++) total += masses[size]!;
  for (let draws = 0; found.size < pairs && draws < 4 * pairs + 16; draws++) {
    let at = random.next() * total;
    let size = first;
    while (size < masses.length - 1 && at >= masses[size]!) at -= masses[size++]!;
    const side = new BitMatrix(1, players);
    addRandomSubset(side, 0, size, random);
    if (2 * size === players && !side.get(0, 0)) side.complementRow(0);
    const key = side.key(0);
    const known = found.get(key);
    if (known) known.times++;
    else found.set(key, { words: side.words, times: 1 });
  }
  return [...found.values()];
}
