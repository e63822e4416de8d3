import { InvalidArgumentError } from "@attr/core";
import type { FileShape } from "../graph/value-type.ts";

export interface ShapedValue {
  readonly name: string;
  readonly shape: FileShape;
}

/** How a model whose file may or may not have a batch axis is run on a batch of rows. */
export interface RowPlan {
  /**
   * `together`: all rows in one run. `one-by-one`: a run a row, each with a first axis of 1. `fixed`: runs of `rowsPerRun` rows.
   * `no-axis`: a run a row, each without the first axis.
   */
  readonly mode: "together" | "one-by-one" | "fixed" | "no-axis";
  /** Rows in one run; 0 means all. */
  readonly rowsPerRun: number;
  /** Inputs whose file shape has no batch axis although others have one: all rows of one run have to agree on them. */
  readonly perRun: ReadonlySet<string>;
  readonly notes: readonly string[];
}

/**
 * `rows`: the first axis of every input is the batch, and rows share runs. `one-by-one`: the same, but every row has a run of its own.
 * `none`: no input has a batch axis.
 */
export type BatchOption = "rows" | "one-by-one" | "none";

type FirstAxis = "free" | "one" | "many" | "scalar";

function firstAxis(shape: FileShape): FirstAxis {
  if (shape === undefined) return "free";
  if (shape.length === 0) return "scalar";
  const size = shape[0];
  if (typeof size !== "number") return "free";
  return size === 1 ? "one" : "many";
}

/** A fixed first axis longer than this is no batch, unless it is said to be: few rows would be filled up to as many. */
const mostRows = 2 ** 16;

/**
 * Decides how rows are run, from the shapes that the file states. What is explained is the first output, so it decides whether rows
 * can share a run.
 *
 * @throws InvalidArgumentError where `batch` says there are rows and the inputs' first axes are fixed to different sizes.
 */
export function planRows(
  inputs: readonly ShapedValue[],
  output: ShapedValue | undefined,
  batch: BatchOption | undefined,
): RowPlan {
  const kinds = inputs.map((input) => firstAxis(input.shape));
  if (batch === "none" || inputs.length === 0) return noAxis();
  const outputAxis = output === undefined ? "free" : firstAxis(output.shape);
  const named = (kind: FirstAxis): readonly string[] => inputs.filter((_, i) => kinds[i] === kind).map((input) => input.name);

  if (kinds.includes("free")) {
    const perRun = new Set([...named("one"), ...named("many"), ...named("scalar")]);
    const alone = (why: string): RowPlan => ({
      mode: "one-by-one",
      rowsPerRun: 1,
      perRun,
      notes: [`${why}: rows are run one by one`],
    });
    if (batch === "one-by-one") return alone("as asked");
    const batchNames = new Set(inputs.filter((_, i) => kinds[i] === "free").map((input) => input.shape?.[0] ?? null));
    const elsewhere = inputs.find(({ shape }) =>
      shape?.some((size, axis) => axis > 0 && typeof size === "string" && batchNames.has(size)),
    );
    if (elsewhere !== undefined) return alone(`"${elsewhere.name}" has the batch at an axis that is not the first`);
    if (outputAxis === "free" || batch === "rows") return { mode: "together", rowsPerRun: 0, perRun, notes: [] };
    return alone(`the file says that "${output?.name}" has no batch axis of a free size`);
  }
  if (kinds.includes("one")) {
    const notes = ["the file has a fixed batch of 1: rows are run one by one"];
    return { mode: "one-by-one", rowsPerRun: 1, perRun: new Set([...named("many"), ...named("scalar")]), notes };
  }
  const sizes = new Set(inputs.map((input) => input.shape?.[0]));
  const size = inputs[0]!.shape?.[0];
  const agreed = sizes.size === 1 && typeof size === "number" && size > 1;
  const likely = size !== undefined && Number(size) <= mostRows && (outputAxis === "free" || output?.shape?.[0] === size);
  if (agreed && (batch === "rows" || likely)) {
    const notes = [
      `the file has a fixed batch of ${size}: rows are run ${size} at a time, the last ones filled up with repeats; if its first axis is no batch, load it with { batch: "none" }`,
    ];
    return { mode: "fixed", rowsPerRun: size, perRun: new Set(), notes };
  }
  if (batch !== undefined) {
    const firsts = inputs.map((input) => `"${input.name}" ${input.shape?.[0] ?? "none"}`).join(", ");
    throw new InvalidArgumentError(`batch is "${batch}", but the inputs' first axes are fixed to different sizes: ${firsts}`);
  }
  return noAxis();
}

function noAxis(): RowPlan {
  return { mode: "no-axis", rowsPerRun: 1, perRun: new Set(), notes: ["the file has no batch axis: rows are run one by one"] };
}

/** Where a value's rows are in the file's tensors: along the first axis, or one tensor a row. */
export function hasRowAxis(plan: RowPlan, name: string, shape: FileShape): boolean {
  if (plan.mode === "no-axis") return false;
  if (plan.perRun.has(name)) return firstAxis(shape) === "one";
  if (plan.mode !== "one-by-one") return true;
  const axis = firstAxis(shape);
  return axis === "free" || axis === "one";
}

/** The shape of a value as the model shows it: the first axis is the batch, of any size. */
export function shapeWithRows(plan: RowPlan, name: string, shape: FileShape): FileShape {
  if (shape === undefined) return undefined;
  if (!hasRowAxis(plan, name, shape)) return [null, ...shape];
  return shape.length === 0 ? shape : [typeof shape[0] === "number" ? null : (shape[0] ?? null), ...shape.slice(1)];
}
