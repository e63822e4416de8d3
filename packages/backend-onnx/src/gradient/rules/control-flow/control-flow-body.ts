import { freeValues } from "../../../graph/free-values.ts";
import type { GraphProto } from "../../../onnx/proto.ts";
import type { GraphBuilder } from "../../graph-builder.ts";
import type { OpenGraph } from "../../open-graph.ts";
import type { RuleCall } from "../../rule.ts";

/** What of a body's values changes with what is differentiated by. */
export interface VaryingBody {
  /** Values from around the body. */
  readonly captured: readonly string[];
  /** For each carried value, whether a cotangent goes through it. */
  readonly carried: boolean[];
}

const floats: ReadonlySet<number> = new Set([1, 10, 11, 16]);

/**
 * Finds what varies in a body whose carried values are handed from one step to the next: a value that varies after a step varies before
 * the next one.
 *
 * @param initial names of the carried values before the first step
 * @param before their names inside, at the start of a step
 * @param after their names at its end
 * @param each names inside of what varies besides, such as the elements of sequences
 */
export function varyingBody(
  call: RuleCall,
  opened: OpenGraph,
  body: GraphProto,
  initial: readonly string[],
  before: readonly string[],
  after: readonly string[],
  each: readonly string[] = [],
): VaryingBody {
  const isFloat = (name: string): boolean => floats.has(opened.build.type(name)?.element.code ?? 1);
  const captured = [...freeValues(body)].filter((name) => call.varies(name));
  const carried = initial.map((name, i) => call.varies(name) && isFloat(before[i]!));
  for (let changed = true; changed; ) {
    changed = false;
    const from = [...captured, ...each, ...before.filter((_, i) => carried[i])];
    const active = call.active(opened.build, opened.nodes, from);
    after.forEach((name, i) => {
      if (carried[i] || !active.has(name) || !isFloat(before[i]!)) return;
      carried[i] = true;
      changed = true;
    });
  }
  return { captured, carried };
}

/** Adds the cotangent of a body's result to `seeds`; one that is handed out twice has the sum of both. */
export function addSeed(build: GraphBuilder, seeds: Map<string, string>, name: string, cotangent: string): void {
  const known = seeds.get(name);
  seeds.set(name, known === undefined ? cotangent : build.add(known, cotangent));
}

/** The gradient by a value from around a body, as it is summed over the steps. */
export interface CapturedSum {
  /** The value around the body. */
  readonly name: string;
  /** The sum as a step is given it, and as it hands it on. */
  readonly sum: string;
  readonly next: string;
}

/** Adds to a step of the backward body what each captured value gets there; values that get nothing have no sum. */
export function capturedSums(
  inner: GraphBuilder,
  captured: readonly string[],
  gradients: ReadonlyMap<string, string | undefined>,
): readonly CapturedSum[] {
  return captured.flatMap((name) => {
    const gradient = gradients.get(name);
    if (gradient === undefined) return [];
    const sum = inner.name(`sum_of_${name}`);
    inner.declare(sum, inner.type(name));
    return [{ name, sum, next: inner.add(sum, gradient) }];
  });
}
