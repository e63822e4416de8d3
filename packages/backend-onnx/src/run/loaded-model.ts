import type { GraphIndex } from "../graph/graph-index.ts";
import type { MemoryBudget } from "../memory/memory-budget.ts";
import type { OpenModel } from "../onnx/opened-model.ts";
import type { CreateSession } from "../runtime/create-session.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { SessionPool } from "../runtime/session-pool.ts";
import type { ModelValues } from "./model-values.ts";
import type { RowPlan } from "./rows.ts";

/** An opened file with all that its runs need. */
export interface LoadedModel {
  readonly opened: OpenModel;
  readonly index: GraphIndex;
  readonly values: ModelValues;
  readonly plan: RowPlan;
  readonly runtime: Runtime;
  readonly pool: SessionPool;
  readonly createSession: CreateSession;
  readonly budget: MemoryBudget;
  /** What sentences call it. */
  readonly name: string;
  /** One session serves the file's outputs, whichever of them are fetched. */
  readonly outputsTogether: boolean;
}
