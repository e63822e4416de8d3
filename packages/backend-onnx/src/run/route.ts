import { AttributionError } from "@attr/core";
import type { RouteMemory } from "../memory/route-memory.ts";
import type { ModelProto } from "../onnx/proto.ts";
import type { RuntimeSession, SessionOptions } from "../runtime/runtime.ts";
import { messageOf } from "../runtime/session-pool.ts";
import type { LoadedModel } from "./loaded-model.ts";

/** How some values are computed from others: the part of the graph between them, and the session that runs it. */
export interface Route {
  /** What the session is looked up by. */
  readonly key: string;
  readonly model: ModelProto;
  /** Feed that is needed → the input it goes into. */
  readonly inputOf: ReadonlyMap<string, string>;
  /** Value → the output it comes out of. */
  readonly outputOf: ReadonlyMap<string, string>;
  readonly createSession: () => Promise<RuntimeSession>;
  readonly memory: RouteMemory;
}

/** Leaves out the fusions that take known shapes for granted. */
const careful: SessionOptions = { graphOptimizationLevel: "basic" };

/** Makes the session of a route; `what` says in a sentence what it computes. */
export function sessionMaker(loaded: LoadedModel, model: ModelProto, what: string): () => Promise<RuntimeSession> {
  const unknownShapes = model.graph.inputs.some((input) => input.type?.tensorType?.shape === undefined);
  return async () => {
    try {
      return await loaded.createSession(model, unknownShapes ? careful : {});
    } catch (cause) {
      throw new AttributionError(`the runtime cannot compute ${what}: ${messageOf(cause)}`, { cause });
    }
  };
}

/** A route is small, but a sweep over thousands of layers need not keep them all. */
const mostRoutes = 256;

/** What `make` makes for a key, kept for the next time. */
export function remember<T>(known: Map<string, T>, key: string, make: () => T): T {
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = make();
  if (known.size >= mostRoutes) known.clear();
  known.set(key, made);
  return made;
}

export function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
