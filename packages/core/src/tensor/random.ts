import { InvalidArgumentError } from "../errors.ts";

/** A stream of random numbers that is the same for the same seed, on every platform. */
export interface Random {
  /** A float64 in [0, 1), uniform, of 53 random bits. */
  next(): number;
  /** A whole number in 0 .. n − 1, each equally likely. @throws InvalidArgumentError unless n is a whole number in 1 .. 2³². */
  integer(n: number): number;
  /** A float64 of the normal distribution with mean 0 and standard deviation 1. */
  normal(): number;
  /** The numbers 0 .. n − 1 in random order, every order equally likely. */
  permutation(n: number): Int32Array;
  /**
   * A stream of its own, made of the seed and the label alone: it does not depend on what was drawn before, and drawing from it changes
   * nothing here. One label always gives one stream.
   */
  fork(label: string): Random;
}

/**
 * A seeded generator: Chris Doty-Humphrey's sfc32 (PractRand), its state filled from the seed. Only integer arithmetic and operations
 * that IEEE 754 defines to the last bit are used, so equal seeds give equal numbers everywhere.
 *
 * @param seed any whole number JavaScript holds exactly.
 */
export function seededRandom(seed: number): Random {
  if (!Number.isSafeInteger(seed)) throw new InvalidArgumentError(`seed must be a whole number, got ${String(seed)}`);
  const high = Math.floor(seed / 2 ** 32);
  return sfc32(stir(stir([0x9e3779b9, 0x7f4a7c15], seed | 0), high | 0));
}

/** Two words that name a stream. */
type Key = readonly [number, number];

function sfc32(key: Key): Random {
  let [a, b, c, counter] = [key[0], key[1], mix(key[0], key[1]), 1];
  let spare: number | undefined;

  const bits = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return sum >>> 0;
  };
  for (let i = 0; i < 12; i++) bits();

  const next = (): number => ((bits() >>> 5) * 2 ** 26 + (bits() >>> 6)) / 2 ** 53;

  const integer = (n: number): number => {
    if (!Number.isInteger(n) || n < 1 || n > 2 ** 32)
      throw new InvalidArgumentError(`integer: n must be a whole number from 1 to 4294967296, got ${String(n)}`);
    // The last, incomplete round of n is drawn again, or small numbers would come more often.
    const whole = 2 ** 32 - (2 ** 32 % n);
    for (;;) {
      const drawn = bits();
      if (drawn < whole) return drawn % n;
    }
  };

  return {
    next,
    integer,
    normal(): number {
      if (spare !== undefined) {
        const value = spare;
        spare = undefined;
        return value;
      }
      // Marsaglia's polar method: two numbers from a point in the unit disc.
      for (;;) {
        const x = 2 * next() - 1;
        const y = 2 * next() - 1;
        const square = x * x + y * y;
        if (square >= 1 || square === 0) continue;
        const scale = Math.sqrt((-2 * portableLog(square)) / square);
        spare = y * scale;
        return x * scale;
      }
    },
    permutation(n: number): Int32Array {
      if (!Number.isInteger(n) || n < 0 || n >= 2 ** 31)
        throw new InvalidArgumentError(`permutation: n must be a whole number from 0 up, got ${String(n)}`);
      const order = Int32Array.from({ length: n }, (_, i) => i);
      for (let i = n - 1; i > 0; i--) {
        const j = integer(i + 1);
        const held = order[i]!;
        order[i] = order[j]!;
        order[j] = held;
      }
      return order;
    },
    fork(label: string): Random {
      // The length keeps fork("a").fork("b") apart from fork("ab").
      let forked = stir(key, label.length);
      for (let i = 0; i < label.length; i++) forked = stir(forked, label.charCodeAt(i));
      return sfc32(forked);
    },
  };
}

function stir(key: Key, word: number): Key {
  const first = mix(key[0], word);
  return [first, mix(key[1] ^ first, ~word)];
}

/** Two 32-bit words stirred into one. */
function mix(key: number, word: number): number {
  let h = (key ^ Math.imul(word, 0x85ebca6b)) + 0x9e3779b9;
  h = Math.imul(h ^ (h >>> 16), 0x21f0aaad);
  h = Math.imul(h ^ (h >>> 15), 0x735a2d97);
  return h ^ (h >>> 15);
}

/** The natural logarithm of a number in (0, 1): `Math.log` may differ between engines in its last bit. */
function portableLog(x: number): number {
  let mantissa = x;
  let exponent = 0;
  while (mantissa < Math.SQRT1_2) {
    mantissa *= 2;
    exponent--;
  }
  // ln m = 2 artanh((m − 1) / (m + 1)); the ratio is below 0.1716, so thirteen terms are exact.
  const ratio = (mantissa - 1) / (mantissa + 1);
  const square = ratio * ratio;
  let series = 0;
  for (let power = 25; power >= 1; power -= 2) series = series * square + 1 / power;
  return 2 * ratio * series + exponent * Math.LN2;
}
