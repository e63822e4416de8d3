import type { OnnxModel } from "@attr/backend-onnx";
import { type FeatureAblation, KernelShap, Lime, Occlusion, ShapleyValueSampling, ShapleyValues } from "@attr/core";
import type { Case } from "../format/case.ts";
import { type JsonObject, readInteger, readList } from "../format/read-json.ts";
import type { Answer } from "./method.ts";
import { questionOf, readAll } from "./question.ts";

/** What every perturbation method takes of a case. */
function common(one: Case, target: Parameters<FeatureAblation["attribute"]>[1]) {
  return {};
}
