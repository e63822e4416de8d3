import type { Shape } from "@attr/core";
import type { ValueTypes } from "../graph/value-type.ts";
import type { ModelProto } from "../onnx/proto.ts";
import { type Peak, peakBytes } from "./peak-bytes.ts";
import { RunSizer } from "./run-sizes.ts";

/** The sizes of a run's inputs, by name, for any number of rows. */
export type SizesOfRows = (rows: number) => ReadonlyMap<string, Shape>;

/** Rows that were found to fit, in calls of these sizes. */
interface Fit {
  readonly sizes: readonly number[];
  readonly rows: number;
}

/** How much smaller than the budget a run has to be for runs of up to twice its sizes to fit: values of a row with five such axes are rare. */
const farBelow = 2 ** 4;

const mostKept = 1024;

/**
 * What an allocator takes for what is held at a time: freed pieces that fit no later value, values in another layout for the processor.
 * Measured: 1.2 to 1.8 on convolutional networks, forward and back (bench/src/session-memory.ts).
 */
const allocation = 1.5;

/** How much memory runs of one part of a graph take, and so how many rows of them go into one call. */
export class RouteMemory {
  readonly #model: ModelProto;
  readonly #types: ValueTypes;
  #sizer: RunSizer | undefined;
  readonly #small: Fit[] = [];
  /** Bytes of one row and of `rows`, by the sizes of a row. */
  readonly #measured = new Map<string, Measured>();

  constructor(model: ModelProto, types: ValueTypes) {
    this.#model = model;
    this.#types = types;
  }

  /** What a run with these inputs takes: the most that it holds at a time, and what is lost between. */
  peak(inputs: ReadonlyMap<string, Shape>): Peak {
    this.#sizer ??= new RunSizer(this.#model, this.#types);
    const outputs = this.#model.graph.outputs.map(({ name }) => name);
    const { bytes, at } = peakBytes(this.#sizer.at(inputs), [...inputs.keys()], outputs);
    return { bytes: Math.ceil(bytes * allocation), at };
  }

  /** The most rows, up to `rows`, that stay within `budget` bytes; 1 where a single one does not. */
  rowsWithin(budget: number, inputs: SizesOfRows, rows: number): RowsWithin {
    if (rows === 1 || budget === Number.POSITIVE_INFINITY) return { rows, one: undefined };
    const sizes = [...inputs(1).values()].flat();
    if (this.#small.some((fit) => rows <= fit.rows && atMostTwice(sizes, fit.sizes))) return { rows, one: undefined };
    const measured = this.#measure(sizes.join(), inputs, rows);
    if (measured === undefined) return { rows, one: undefined };
    const { one, all, rows: of } = measured;
    if (all * farBelow <= budget) this.#small.unshift({ sizes, rows });
    if (this.#small.length > 8) this.#small.pop();
    if (rows === of && all <= budget) return { rows, one };
    // The most that is held is the largest of many sums that grow with the rows: between two numbers of rows it is below the line.
    const slope = (all - one) / (of - 1);
    const most = slope <= 0 ? rows : Math.floor(1 + (budget - one) / slope);
    return { rows: Math.max(1, Math.min(rows, most)), one };
  }

  #measure(key: string, inputs: SizesOfRows, rows: number): Measured | undefined {
    const known = this.#measured.get(key);
    if (known !== undefined && known.rows >= rows) return known;
    let measured: Measured;
    try {
      measured = { rows, one: known?.one ?? this.peak(inputs(1)).bytes, all: this.peak(inputs(rows)).bytes };
    } catch {
      return undefined; // feeds that fit nowhere are the runtime's to refuse, with its reasons
    }
    if (this.#measured.size >= mostKept) this.#measured.clear();
    this.#measured.set(key, measured);
    return measured;
  }
}

interface Measured {
  readonly rows: number;
  readonly one: number;
  readonly all: number;
}

export interface RowsWithin {
  readonly rows: number;
  /** Bytes of a call of one row, where they had to be looked at. */
  readonly one: number | undefined;
}

function atMostTwice(sizes: readonly number[], others: readonly number[]): boolean {
  return sizes.length === others.length && sizes.every((size, i) => size <= 2 * others[i]!);
}
