import type { OnnxModel } from "@attr/backend-onnx";
import { InvalidArgumentError, LayerActivation } from "@attr/core";
import type { Case } from "../format/case.ts";
import type { Answer } from "./method.ts";
import { readAll } from "./question.ts";

/** The value of a layer. */
export async function askLayerActivation(one: Case, model: OnnxModel): Promise<Answer> {
  if (one.layer === undefined) throw new InvalidArgumentError("layer must name a value of the model, got nothing");
  const { activations } = await new LayerActivation(model, one.layer).attribute({ ...one.inputs, ...one.extra });
  return { values: await readAll(model.backend, activations) };
}
