/**
 * How players switch elements of inputs between present and absent. Elements are counted within one example's part of an input,
 * row-major.
 */
export interface FeatureSwitch {
  readonly players: number;
  /** No element has two players. Otherwise an element is absent as soon as one of its players is. */
  readonly isPartition: boolean;
  /** The elements of an input that a player holds in an example, as runs: start and end (exclusive) of each, one after the other. */
  runs(input: string, example: number, player: number): ArrayLike<number>;
  /** The player of every element of an input, where each has one and it is the same in all examples. */
  playerOf?(input: string): Int32Array | undefined;
  /**
   * The example whose row of the absent values takes the place of this one's when a player is absent; the example itself where the
   * switch does not say. A switch that says so is asked for coalitions with at most one player absent.
   */
  absentExample?(example: number, player: number): number;
}
