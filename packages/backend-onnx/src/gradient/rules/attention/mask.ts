import type { NodeProto } from "../../../onnx/proto.ts";
import type { GraphBuilder } from "../../graph-builder.ts";

/** The steepest slope that float32 has: any value from 6e-39 up times it is at least 1. */
const steepest = 2 ** 127;

/**
 * The cotangent where `value`, which is never negative, is above 0, else 0. A hard sigmoid as steep as a step gives the mask in one
 * operator, and runtimes keep it and the product in the layout of the convolutions around; a choice between two values takes them four
 * times as long. But a cotangent that is not finite, times 0, is no number: where it may be infinite at single elements it is chosen.
 */
export function whereAbove(build: GraphBuilder, value: string, cotangent: string): string {
  if (build.code(value) === 1 && isMixed(build, cotangent)) return build.mul(cotangent, step(build, value));
  return build.where(build.op("Greater", [value, build.float(0, value)]), cotangent, build.float(0, cotangent));
}

/** The cotangent where `value`, which lies from `low` to `high` (either may be left out), is neither of them, else 0. */
export function whereBetween(
  build: GraphBuilder,
  value: string,
  low: string | undefined,
  high: string | undefined,
  cotangent: string,
): string {
  const [from, to] = [build.numbers(low)?.[0], build.numbers(high)?.[0]];
  const finite = (low === undefined || Number.isFinite(from)) && (high === undefined || Number.isFinite(to));
  if (build.code(value) === 1 && finite && isMixed(build, cotangent)) {
    const above = low === undefined ? undefined : from === 0 ? value : build.sub(value, low);
    const below = high === undefined ? undefined : build.sub(high, value);
    const product = above !== undefined && below !== undefined ? build.mul(above, below) : (above ?? below);
    return product === undefined ? cotangent : build.mul(cotangent, step(build, product));
  }
  const bounds: string[] = [];
  if (low !== undefined) bounds.push(build.op("Greater", [value, low]));
  if (high !== undefined) bounds.push(build.op("Less", [value, high]));
  if (bounds.length === 0) return cotangent;
  return build.where(bounds.length === 1 ? bounds[0]! : build.op("And", bounds), cotangent, build.float(0, cotangent));
}

/** 1 where a value that is never negative is above 0, else 0. */
function step(build: GraphBuilder, value: string): string {
  return build.op("HardSigmoid", [value], { alpha: { float: steepest }, beta: { float: 0 } });
}

const mixing: ReadonlySet<string> = new Set(["Conv", "ConvTranspose", "Gemm", "MatMul"]);

/** What was found out of the values that a builder made. */
const found = new WeakMap<GraphBuilder, Map<string, boolean>>();

/** Whether a value is made of products of matrices: a number that is not finite would have spread over all of it there already. */
function isMixed(build: GraphBuilder, name: string): boolean {
  let known = found.get(build);
  if (known === undefined) {
    known = new Map();
    found.set(build, known);
  }
  const before = known.get(name);
  if (before !== undefined) return before;
  const node = build.producer(name);
  const result =
    node?.domain === "" && (mixing.has(node.opType) || passedOn(build, node)?.every((input) => isMixed(build, input)) === true);
  known.set(name, result);
  return result;
}

/** The inputs that the numbers of an operator's result come from, where it makes none that are not finite. */
function passedOn(build: GraphBuilder, { opType, inputs }: NodeProto): readonly string[] | undefined {
  switch (opType) {
    case "Add":
      return inputs;
    case "Mul":
      // What was masked before.
      return build.producer(inputs[1]!)?.opType === "HardSigmoid" ? [inputs[0]!] : undefined;
    case "ScatterElements":
      return [inputs[2]!];
    case "Identity":
    case "Relu":
    case "Reshape":
    case "Slice":
    case "Transpose":
      return [inputs[0]!];
    default:
      return undefined;
  }
}
