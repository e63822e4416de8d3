import { type GraphIndex, indexGraph } from "../graph/graph-index.ts";
import type { ValueTypes } from "../graph/value-type.ts";
import { widenBfloat16 } from "../graph/widen-bfloat16.ts";
import type { OpenModel } from "../onnx/opened-model.ts";
import { type CreateSession, sessionCreator } from "./create-session.ts";
import { discoverTypes } from "./discover-types.ts";
import type { Runtime, SessionOptions } from "./runtime.ts";

/** A file in the form that the runtime takes, and what is known of its values. */
export interface AcceptedModel {
  readonly opened: OpenModel;
  readonly index: GraphIndex;
  readonly createSession: CreateSession;
  readonly types: ValueTypes;
}

/**
 * The file as it is or, where the runtime does not take its bfloat16 numbers (on the CPU most operators have no kernel for them), in
 * float32.
 *
 * @throws AttributionError where the runtime refuses both.
 */
export async function acceptModel(
  file: OpenModel,
  runtime: Runtime,
  settings: SessionOptions | undefined,
): Promise<AcceptedModel> {
  const accept = async (opened: OpenModel): Promise<AcceptedModel> => {
    const index = indexGraph(opened.model);
    const createSession = sessionCreator(runtime, opened, settings);
    return { opened, index, createSession, types: await discoverTypes(index, runtime, createSession) };
  };
  try {
    return await accept(file);
  } catch (cause) {
    const model = widenBfloat16(file.model);
    if (model === undefined) throw cause;
    return accept({ ...file, model });
  }
}
