import { elementTypeOf } from "../../onnx/element-type.ts";
import type { NodeProto } from "../../onnx/proto.ts";
import type { GraphBuilder } from "../graph-builder.ts";
import { gather, pickObjective } from "./pick-objective.ts";

/**
 * Where the way back begins: at a cotangent that is fed, or at one element of each row's value, told by the indices that are fed (as many
 * as `axes`; none where a row is one element). `rows`: the first axis of the value is the rows. `relevance`: the cotangent is multiplied
 * by the value. `logSoftmax`: the cotangent is of the value's log-softmax along this axis of the file's value.
 */
export type SeedKind = (
  | { readonly kind: "cotangent" }
  | { readonly kind: "index"; readonly axes: number; readonly rows: boolean }
) & { readonly relevance?: boolean | undefined; readonly logSoftmax?: number | undefined };

export interface Seed {
  /** The value that is the objective's cotangent. */
  readonly cotangent: string;
  /** The input that it is made from. */
  readonly input: string | undefined;
}

export function writeSeed(build: GraphBuilder, of: string, kind: SeedKind): Seed {
  const seed = writeValueSeed(build, of, kind);
  if (kind.logSoftmax === undefined) return seed;
  // d/dx of c · (x − log Σ exp x) is c − softmax(x) Σ c.
  const total = build.sum(seed.cotangent, [kind.logSoftmax], true);
  const shares = build.op("Softmax", [of], { axis: kind.logSoftmax });
  return { ...seed, cotangent: build.sub(seed.cotangent, build.mul(shares, total)) };
}

function writeValueSeed(build: GraphBuilder, of: string, kind: SeedKind): Seed {
  const relevance = kind.relevance === true;
  if (kind.kind === "cotangent") {
    const input = build.name(`${of}_cotangent`);
    build.declare(input, build.type(of));
    return { cotangent: relevance ? build.mul(input, of) : input, input };
  }
  if (kind.axes === 0) {
    if (relevance) return { cotangent: of, input: undefined };
    const rows = kind.rows ? build.sizeOf(of, 0) : build.int64([1]);
    const ones = build.op("Expand", [build.float(1, of), rows]);
    // A value of more elements than rows does not fit, and the runtime says so.
    return { cotangent: build.reshapeLike(ones, of), input: undefined };
  }
  const input = build.name(`${of}_index`);
  build.declare(input, { element: elementTypeOf(7)!, shape: kind.rows ? [null, kind.axes] : [kind.axes] });
  const where = kind.rows ? withRows(build, of, input) : build.unsqueeze(input, [0]);
  const count = kind.rows ? build.sizeOf(of, 0) : build.int64([1]);
  const elements = relevance ? build.op("GatherND", [of, where]) : build.op("Expand", [build.float(1, of), count]);
  const cotangent = build.scatterND(build.shapeOf(of), where, elements);
  build.declare(cotangent, build.type(of));
  return { cotangent, input };
}

/** A seed at elements that nodes of their own compute. */
export interface PickedSeed {
  /** The value that holds each row's element. */
  readonly picked: string;
  readonly nodes: readonly NodeProto[];
  readonly seed: Seed;
}

/** The way back from each row's element alone, where computing that alone is less work; `kept` has to be there whole. */
export function pickSeed(
  build: GraphBuilder,
  nodes: readonly NodeProto[],
  kept: ReadonlySet<string>,
  of: string,
  kind: SeedKind,
): PickedSeed | undefined {
  if (kind.kind !== "index" || kind.axes < 2 || !kind.rows || kind.relevance === true) return undefined;
  if (build.rank(of) !== kind.axes + 1) return undefined;
  const input = build.name(`${of}_index`);
  build.declare(input, { element: elementTypeOf(7)!, shape: [null, kind.axes] });
  const forward = build.inner();
  const places = new Map(
    Array.from({ length: kind.axes }, (_, i) => [i + 1, forward.op("Gather", [input, forward.int64([i], [])], { axis: 1 })]),
  );
  // Log-probabilities need all the scores of their row's position.
  const softmax = kind.logSoftmax !== undefined && kind.logSoftmax < 0 ? kind.logSoftmax + kind.axes + 1 : kind.logSoftmax;
  const whole = new Map([...places].filter(([axis]) => axis !== softmax));
  const scores = pickObjective({ build: forward, nodes, kept }, of, whole);
  const picked =
    softmax === undefined || scores === undefined
      ? scores
      : gather(forward, forward.op("LogSoftmax", [scores], { axis: softmax }), new Map([[softmax, places.get(softmax)!]]));
  if (picked === undefined) return undefined;
  build.initializers.push(...forward.initializers);
  return { picked, nodes: forward.nodes, seed: { cotangent: build.expandLike(build.float(1, of), picked), input } };
}

/** Each row's indices with the row's own number before them. */
function withRows(build: GraphBuilder, of: string, indices: string): string {
  const count = build.squeeze(build.sizeOf(of, 0), [0]);
  const rows = build.op("Range", [build.int64([0], []), count, build.int64([1], [])]);
  return build.op("Concat", [build.unsqueeze(rows, [1]), indices], { axis: 1 });
}
