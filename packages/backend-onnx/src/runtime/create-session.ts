import { externalReference, isExternalTensor } from "../onnx/external-data.ts";
import type { OpenModel, WeightsInPlace } from "../onnx/opened-model.ts";
import type { ModelProto, TensorProto } from "../onnx/proto.ts";
import { writeModel } from "../onnx/write-model.ts";
import { forWebGpu } from "./for-webgpu.ts";
import type { Runtime, RuntimeSession, SessionOptions } from "./runtime.ts";
import { sessionOptions } from "./session-options.ts";

/** Makes a session of a part of the file; `standard` are settings that the user's own go before. */
export type CreateSession = (model: ModelProto, standard: SessionOptions) => Promise<RuntimeSession>;

/**
 * What makes the sessions of an opened file. Their weights are not copied into what the runtime gets: they are referred to where they
 * are, on disk or in memory, and so all sessions of a file share them as far as the runtime does. Where it does not accept that (an
 * old version, a file system without mapping), the weights are copied instead, for this session and those after it.
 */
export function sessionCreator(runtime: Runtime, opened: OpenModel, own: SessionOptions | undefined): CreateSession {
  let copied = false;
  return async (model, standard) => {
    opened.checkUnchanged();
    const create = (whole: ModelProto): Promise<RuntimeSession> => {
      const { model: part, options } = forWebGpu({ model: whole, options: { ...standard, ...own } });
      return runtime.createSession(writeModel(part), sessionOptions(part, opened, options));
    };
    const { inPlace } = opened;
    if (inPlace === undefined || !refersTo(model, inPlace)) return await create(model);
    if (copied) return await create(withWeights(model, inPlace));
    try {
      return await create(model);
    } catch (cause) {
      try {
        const session = await create(withWeights(model, inPlace));
        copied = true;
        return session;
      } catch {
        throw cause; // it was not the weights
      }
    }
  };
}

function refersTo(model: ModelProto, { location }: WeightsInPlace): boolean {
  return model.graph.initializers.some((tensor) => isAt(tensor, location));
}

/** The model with the weights that were left in the file. */
function withWeights(model: ModelProto, { location, read }: WeightsInPlace): ModelProto {
  const initializers = model.graph.initializers.map((tensor): TensorProto => {
    if (!isAt(tensor, location)) return tensor;
    const { offset, length } = externalReference(tensor);
    const { externalData: _, dataLocation: __, ...rest } = tensor;
    return { ...rest, rawData: read(offset, length!) }; // they were given a length when they were left in the file
  });
  return { ...model, graph: { ...model.graph, initializers } };
}

function isAt(tensor: TensorProto, location: string): boolean {
  return isExternalTensor(tensor) && externalReference(tensor).location === location;
}
