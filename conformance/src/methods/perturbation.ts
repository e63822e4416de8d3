import {
  type AttributionResult,
  FeatureAblation,
  KernelShap,
  Lime,
  type Model,
  Occlusion,
  type PerturbationOptions,
  ShapleyValueSampling,
  ShapleyValues,
} from "@attr/core";
import type { CaseFolder } from "../case-folder.ts";
import type { Case } from "../format/case.ts";
import type { Answer, CaseMethod } from "./method.ts";
import { samplingOptions, windowOptions } from "./options.ts";
import { questionOf } from "./question.ts";

export const askFeatureAblation: CaseMethod = perturbation((model, one, options) =>
  new FeatureAblation(model).attribute(one.inputs, options),
);

export const askShapleyValues: CaseMethod = perturbation((model, one, options) =>
  new ShapleyValues(model).attribute(one.inputs, options),
);

export const askShapleyValueSampling: CaseMethod = perturbation((model, one, options) =>
  new ShapleyValueSampling(model).attribute(one.inputs, { ...options, ...samplingOptions(one.options) }),
);

export const askKernelShap: CaseMethod = perturbation((model, one, options) =>
  new KernelShap(model).attribute(one.inputs, { ...options, ...samplingOptions(one.options) }),
);

export const askLime: CaseMethod = perturbation((model, one, options) =>
  new Lime(model).attribute(one.inputs, { ...options, ...samplingOptions(one.options) }),
);

export const askOcclusion: CaseMethod = perturbation((model, one, { featureMask: _none, ...options }) =>
  new Occlusion(model).attribute(one.inputs, { ...options, ...windowOptions(one.options) }),
);

type Ask = (model: Model, one: Case, options: PerturbationOptions) => Promise<AttributionResult>;

/** A method that takes features away, put to the view of the model that the case speaks of. */
function perturbation(ask: Ask): CaseMethod {
  return async (one: Case, folder: CaseFolder): Promise<Answer> => {
    const { model, target } = questionOf(one, await folder.model());
    const { baselines, featureMask } = one;
    const { attributions, delta } = await ask(model, one, { target, baselines, featureMask });
    return { values: attributions, delta };
  };
}
