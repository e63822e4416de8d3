import type { Shape } from "@attr/core";
import type { RowsFeed, RowsPerCall } from "../run/run-rows.ts";
import { bytesText } from "./bytes-text.ts";
import type { RouteMemory, RowsWithin, SizesOfRows } from "./route-memory.ts";

/** How many bytes one call of the runtime may hold, and what there is to say where a single row holds more. */
export class MemoryBudget {
  readonly #bytes: number;
  /** Bytes of the largest single row that was run. */
  #largest = 0;

  /** @param bytes infinity for no limit */
  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** What cuts the rows of these feeds into calls that are within the budget, as far as single rows are. */
  rowsPerCall(memory: RouteMemory, feeds: readonly RowsFeed[]): RowsPerCall {
    return (rows) => {
      const within = this.within(memory, feeds, rows);
      this.#largest = Math.max(this.#largest, within.one ?? 0);
      return within.rows;
    };
  }

  /** The most of these rows that one call takes. */
  within(memory: RouteMemory, feeds: readonly RowsFeed[], rows: number): RowsWithin {
    return memory.rowsWithin(this.#bytes, sizesOf(feeds), rows);
  }

  get notes(): readonly string[] {
    if (this.#largest <= this.#bytes) return [];
    return [
      `a single row takes about ${bytesText(this.#largest)} of memory, more than the ${bytesText(this.#bytes)} of maxBatchBytes: such rows are run one by one`,
    ];
  }
}

/** The sizes that feeds have at the runtime. */
export function sizesOf(feeds: readonly RowsFeed[]): SizesOfRows {
  return (rows) =>
    new Map(
      feeds.map(({ name, shape, whole, stack = 1, perRun, rowAxis }): readonly [string, Shape] => {
        if (whole === true) return [name, shape];
        const rest = shape.slice(1);
        return [name, rowAxis ? [perRun ? 1 : rows * stack, ...rest] : rest];
      }),
    );
}
