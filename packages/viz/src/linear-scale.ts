/**
 * Where a number lies between the ends of an axis, 0 to 1. Any numbers will do: infinite ones lie at the ends, ends as far apart as
 * numbers go do not overflow, and equal ends are set apart.
 */
export class LinearScale {
  readonly low: number;
  readonly high: number;
  readonly #room: number;

  /**
   * From the least to the largest finite one of the numbers; those that are not finite are left out.
   *
   * @param room The share of the axis that stays free at either end.
   */
  constructor(numbers: Iterable<number>, room = 0) {
    this.#room = room;
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (const number of numbers) {
      if (!Number.isFinite(number)) continue;
      if (number < low) low = number;
      if (number > high) high = number;
    }
    if (low > high) [low, high] = [0, 0];
    if (low === high) {
      const room = low === 0 ? 1 : Math.abs(low) / 2;
      [low, high] = [Math.max(low - room, -Number.MAX_VALUE), Math.min(high + room, Number.MAX_VALUE)];
    }
    this.low = low;
    this.high = high;
  }

  /** The place of a number, held to 0…1; the middle for NaN. */
  at(number: number): number {
    if (number === Number.POSITIVE_INFINITY) return 1 - this.#room;
    if (number === Number.NEGATIVE_INFINITY) return this.#room;
    // Halves, so that the distance of the ends is finite.
    const place = (number / 2 - this.low / 2) / (this.high / 2 - this.low / 2);
    return Number.isNaN(place) ? 0.5 : this.#room + Math.min(1, Math.max(0, place)) * (1 - 2 * this.#room);
  }

  /** Round numbers between the ends, about `count` of them, rising. */
  ticks(count: number): number[] {
    const rough = (this.high / 2 - this.low / 2) / (count / 2);
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10);
    const first = Math.ceil(this.low / step - 1e-9);
    const last = Math.floor(this.high / step + 1e-9);
    if (!(Number.isFinite(step) && step > 0) || !(last - first <= 4 * count) || !Number.isFinite(first * step))
      return [this.low, this.high];
    return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step + 0);
  }
}
