import { InvalidArgumentError, LayerActivation } from "@attr/core";
import type { CaseFolder } from "../case-folder.ts";
import type { Case } from "../format/case.ts";
import type { Answer } from "./method.ts";
import { boundModel } from "./question.ts";

/** The value of a layer. */
export async function askLayerActivation(one: Case, folder: CaseFolder): Promise<Answer> {
  if (one.layer === undefined) throw new InvalidArgumentError("layer must name a value of the model, got nothing");
  const activation = new LayerActivation(boundModel(one, await folder.model()), { layer: one.layer });
  return { values: (await activation.attribute(one.inputs)).attributions };
}
