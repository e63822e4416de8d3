import { valuesRead } from "../../graph/free-values.ts";
import type { FileShape } from "../../graph/value-type.ts";
import type { NodeProto } from "../../onnx/proto.ts";
import { Attributes } from "../attributes.ts";
import type { GraphBuilder } from "../graph-builder.ts";
import { pointwise } from "../propagation/value-structure.ts";

/** Where each row's element lies: axis → the value that holds one index a row. What is picked keeps these axes, at size 1. */
type Places = ReadonlyMap<number, string>;

/** What an operator that is applied to picked elements takes of an operand. */
type Want =
  | { readonly kind: "whole" }
  | { readonly kind: "picked"; readonly places: Places }
  /** Of a value that is the same for all rows: the elements at one place a row, ready to be broadcast. */
  | { readonly kind: "constant"; readonly axis: number; readonly place: string }
  /** Of a constant matrix: one column a row. */
  | { readonly kind: "columns"; readonly place: string }
  /** The shape of the result of Reshape. */
  | { readonly kind: "sizes"; readonly sizes: readonly number[] };

const whole: Want = { kind: "whole" };

export interface PickRequest {
  readonly build: GraphBuilder;
  /** The forward pass, each node after those it reads from. */
  readonly nodes: readonly NodeProto[];
  /** Values that have to be there whole: what is fed and what is differentiated by. */
  readonly kept: ReadonlySet<string>;
}

/**
 * Writes nodes that compute one element of each row of a value, `[rows, 1, …]`, without the others: operators that work on every position
 * by itself are applied to the picked position alone, and of a product's constant factor only the picked columns are read. Of a language
 * model's logits `[rows, positions, vocabulary]` that leaves one number a row, and of the block before them one position from the last
 * attention's queries on. What other values need as a whole is computed once, whole, and picked from.
 *
 * @param places the index of each row's element along every axis but the first.
 * @returns undefined where no product would become smaller.
 */
export function pickObjective(request: PickRequest, of: string, places: Places): string | undefined {
  const { build, nodes, kept } = request;
  const producers = new Map<string, NodeProto>();
  for (const node of nodes) for (const output of node.outputs) producers.set(output, node);

  // What is wanted of each value, from the last node back: by then all its readers are known.
  const wanted = new Map<string, Places | "whole">([...kept].map((name) => [name, "whole"]));
  const want = (name: string, of: Places | "whole"): void => {
    const before = wanted.get(name);
    const same = before === undefined || (typeof before !== "string" && typeof of !== "string" && isSame(before, of));
    wanted.set(name, same ? of : "whole");
  };
  want(of, places);
  const steps = new Map<string, readonly Want[]>();
  for (const node of [...nodes].reverse()) {
    const [name] = node.outputs;
    const asked = wanted.get(name!);
    if (!node.outputs.some((output) => wanted.has(output))) continue;
    const single = asked !== undefined && asked !== "whole" && node.outputs.slice(1).every((output) => !wanted.has(output));
    const step = single ? stepBack(build, producers, node, asked) : undefined;
    if (step === undefined) for (const input of valuesRead(node)) want(input, "whole");
    else {
      steps.set(name!, step);
      step.forEach((one, i) => {
        if (one.kind === "picked") want(node.inputs[i]!, one.places);
        else if (one.kind === "whole" && node.inputs[i] !== "") want(node.inputs[i]!, "whole");
      });
    }
  }
  const smaller = [...steps.keys()].some((name) => producers.get(name)?.opType === "MatMul" && wanted.get(name) !== "whole");
  if (!smaller) return undefined;

  const made = new Map<string, string | undefined>();
  const pick = (name: string, at: Places): string | undefined => {
    const key = JSON.stringify([name, ...at]);
    if (!made.has(key)) {
      const step = wanted.get(name) === "whole" ? undefined : steps.get(name);
      const picked = step === undefined ? gather(build, name, at) : repeat(producers.get(name)!, step); // only nodes have steps
      const type = build.type(name);
      if (picked !== undefined && type?.shape !== undefined)
        build.declare(picked, { element: type.element, shape: type.shape.map((size, axis) => (at.has(axis) ? 1 : size)) });
      made.set(key, picked);
    }
    return made.get(key);
  };
  const repeat = (node: NodeProto, step: readonly Want[]): string | undefined => {
    const inputs: string[] = [];
    for (const [i, one] of step.entries()) {
      const input = one.kind === "picked" ? pick(node.inputs[i]!, one.places) : operand(build, producers, node, i, one);
      if (input === undefined) return undefined;
      inputs.push(input);
    }
    const result = build.name(node.opType);
    build.write({ ...node, inputs, outputs: [result], name: result });
    return result;
  };
  return pick(of, places);
}

function isSame(a: Places, b: Places): boolean {
  return a.size === b.size && [...a].every(([axis, place]) => b.get(axis) === place);
}

/** Operators of several operands, element by element. */
const elementwise: ReadonlySet<string> = new Set(["Add", "Div", "Max", "Mean", "Min", "Mul", "Pow", "Sub", "Sum", "Where"]);
const reductions: ReadonlySet<string> = new Set([
  "ReduceL2",
  "ReduceMax",
  "ReduceMean",
  "ReduceMin",
  "ReduceSum",
  "ReduceSumSquare",
]);

/** What a node takes to compute picked elements of its result; undefined where it has to compute all. */
function stepBack(
  build: GraphBuilder,
  producers: ReadonlyMap<string, NodeProto>,
  node: NodeProto,
  places: Places,
): readonly Want[] | undefined {
  const shape = build.shape(node.outputs[0]!);
  if (node.domain !== "" || shape === undefined) return undefined;
  const { opType } = node;
  const attributes = new Attributes(node);
  const axis = attributes.int("axis", -1);
  const own = axis < 0 ? axis + shape.length : axis;
  const first = (at = places): readonly Want[] => node.inputs.map((_, i) => (i === 0 ? { kind: "picked", places: at } : whole));
  if (elementwise.has(opType)) return broadcast(build, node, shape, places);
  if (opType === "Identity" || opType === "Cast" || (pointwise.has(opType) && opType !== "PRelu")) return first();
  if (opType === "Softmax" || opType === "LogSoftmax") return places.has(own) ? undefined : first();
  if (opType === "LayerNormalization" || opType === "RMSNormalization")
    return [...places.keys()].every((at) => at < own) ? first() : undefined;
  if (reductions.has(opType)) {
    const axes = build.numbers(node.inputs[1])?.map((at) => (at < 0 ? at + shape.length : at));
    if (attributes.int("keepdims", 1) === 0 || axes === undefined || axes.length === 0) return undefined;
    return axes.some((at) => places.has(at)) ? undefined : first();
  }
  if (opType === "Transpose") {
    const order = attributes.ints("perm");
    return order?.[0] === 0 ? first(new Map([...places].map(([at, place]) => [order[at]!, place]))) : undefined;
  }
  if (opType === "Reshape") {
    // Axes up to the last picked one have to be those of the operand.
    const from = build.shape(node.inputs[0]!);
    const last = Math.max(...places.keys());
    const rest = shape.slice(last + 1);
    const same = shape.slice(0, last + 1).every((size, at) => size !== null && size === from?.[at]);
    if (!same || !rest.every((size): size is number => typeof size === "number" && size > 0)) return undefined;
    return [
      { kind: "picked", places },
      { kind: "sizes", sizes: [...new Array<number>(last + 1).fill(0), ...rest] },
    ];
  }
  return opType === "MatMul" ? product(build, producers, node, shape, places) : undefined;
}

function broadcast(build: GraphBuilder, node: NodeProto, shape: FileShape & object, places: Places): readonly Want[] | undefined {
  const wants: Want[] = [];
  for (const input of node.inputs) {
    const own = build.shape(input);
    if (own === undefined) return undefined;
    const missing = shape.length - own.length;
    const used = new Map<number, string>();
    for (const [axis, place] of places) {
      const size = axis < missing ? 1 : own[axis - missing];
      if (size === 1) continue;
      // Of a size that may be 1 it is not known whether it is repeated.
      if (size === null || size !== shape[axis]) return undefined;
      used.set(axis - missing, place);
    }
    const [only] = used;
    if (only === undefined) wants.push(whole);
    else if (missing === 0 && own[0] !== 1) {
      if (own[0] === null || own[0] !== shape[0]) return undefined;
      wants.push({ kind: "picked", places: used });
    } else if (used.size === 1) wants.push({ kind: "constant", axis: only[0], place: only[1] });
    else return undefined;
  }
  return wants;
}

function product(
  build: GraphBuilder,
  producers: ReadonlyMap<string, NodeProto>,
  node: NodeProto,
  shape: FileShape & object,
  places: Places,
): readonly Want[] | undefined {
  const [a, b] = [build.shape(node.inputs[0]!), build.shape(node.inputs[1]!)];
  const [rowAxis, columnAxis] = [shape.length - 2, shape.length - 1];
  const [row, column] = [places.get(rowAxis), places.get(columnAxis)];
  const rows = (own: FileShape): boolean => own?.length === shape.length && own[0] !== null && own[0] === shape[0];
  if (rowAxis < 1 || !rows(a) || (b?.length ?? 0) < 2) return undefined;
  if (places.size !== Number(row !== undefined) + Number(column !== undefined)) return undefined;
  const left: Want = row === undefined ? whole : { kind: "picked", places: new Map([[rowAxis, row]]) };
  if (column === undefined) return [left, whole];
  if (rows(b)) return [left, { kind: "picked", places: new Map([[columnAxis, column]]) }];
  const matrix = producers.get(node.inputs[1]!);
  const constant = b?.length === 2 && (matrix === undefined || isTurned(matrix, producers));
  return constant ? [left, { kind: "columns", place: column }] : undefined;
}

/** Whether a matrix is a constant, transposed. */
function isTurned(matrix: NodeProto, producers: ReadonlyMap<string, NodeProto>): boolean {
  return matrix.opType === "Transpose" && matrix.domain === "" && !producers.has(matrix.inputs[0]!);
}

function operand(
  build: GraphBuilder,
  producers: ReadonlyMap<string, NodeProto>,
  node: NodeProto,
  i: number,
  want: Exclude<Want, { readonly kind: "picked" }>,
): string {
  const name = node.inputs[i]!;
  switch (want.kind) {
    case "whole":
      return name;
    case "sizes":
      return build.int64(want.sizes);
    case "constant":
      return gatherConstant(build, name, build.shape(node.outputs[0]!)!.length, want.axis, want.place); // steps have known shapes
    case "columns": {
      // Of a transposed matrix the rows are read: the other way round would be a copy of the whole.
      const matrix = producers.get(name);
      const columns =
        matrix === undefined
          ? build.transpose(build.op("Gather", [name, want.place], { axis: 1 }), [1, 0])
          : build.op("Gather", [matrix.inputs[0], want.place], { axis: 0 });
      const rank = build.rank(node.outputs[0]!)!;
      return build.unsqueeze(columns, [...Array.from({ length: rank - 3 }, (_, at) => at + 1), rank - 1]);
    }
  }
}

/** Elements of a value that is the same for all rows, at one place a row: `[rows, 1, …]` of `rank` axes. */
function gatherConstant(build: GraphBuilder, name: string, rank: number, axis: number, place: string): string {
  const own = build.shape(name)!.length; // steps have known shapes
  // An axis of rows, of size 1, makes room for that of the picked rows.
  const first = own === rank ? 1 : 0;
  const at = axis - first;
  const rest = own - first;
  const gathered = build.op("Gather", [first === 1 ? build.squeeze(name, [0]) : name, place], { axis: at });
  const front = build.transpose(gathered, [at, ...[...Array(rest).keys()].filter((other) => other !== at)]);
  const lead = Array.from({ length: rank - 1 - rest }, (_, i) => i + 1);
  return build.unsqueeze(front, [...lead, rank - rest + at]);
}

/** Picks from a value that is computed whole, and keeps the axis at size 1; undefined at several axes. */
export function gather(build: GraphBuilder, name: string, places: Places): string | undefined {
  const [only] = places;
  const rank = build.rank(name);
  if (only === undefined || places.size !== 1 || rank === undefined) return undefined;
  const [axis, place] = only;
  const others = [...Array(rank).keys()].filter((other) => other !== 0 && other !== axis);
  const front = build.transpose(name, [0, axis, ...others]);
  const rows = build.op("Range", [build.int64([0], []), build.squeeze(build.sizeOf(name, 0), [0]), build.int64([1], [])]);
  const where = build.op("Concat", [build.unsqueeze(rows, [1]), build.unsqueeze(place, [1])], { axis: 1 });
  return build.unsqueeze(build.op("GatherND", [front, where]), [axis]);
}
