import {
  type AttributionResult,
  bind,
  Deconvolution,
  DeepLift,
  DeepLiftShap,
  type DifferentiableGraphModel,
  type DifferentiableModel,
  GradCam,
  GradientShap,
  GuidedBackprop,
  GuidedGradCam,
  HostTensor,
  InputXGradient,
  IntegratedGradients,
  InternalInfluence,
  isDifferentiableModel,
  isGraphModel,
  LayerConductance,
  LayerGradientXActivation,
  type LinearRule,
  Lrp,
  limitBatch,
  logSoftmax,
  type Model,
  NeuronConductance,
  NoiseTunnel,
  type PathOptions,
  type Quadrature,
  Saliency,
  type TargetOptions,
  type TensorMethod,
} from "@attr/core";
import type { CaseFolder } from "../case-folder.ts";
import type { Case } from "../format/case.ts";
import { type JsonObject, readInteger, readNumber, readOptional, readString, wrong } from "../format/read-json.ts";
import type { Answer, CaseMethod } from "./method.ts";
import { questionOf } from "./question.ts";

/** The model in the view that a gradient method takes. */
type Make = (model: DifferentiableGraphModel, one: Case) => TensorMethod<DifferentiableModel, never>;

const inputMethods: Readonly<Record<string, Make>> = {
  Saliency: (model, { options }) => new Saliency(model, { abs: flag(options, "abs") }),
  InputXGradient: (model) => new InputXGradient(model),
  IntegratedGradients: (model, { options }) =>
    new IntegratedGradients(model, { multiplyByInputs: flag(options, "multiplyByInputs") }),
  GradientShap: (model, { options }) => new GradientShap(model, { multiplyByInputs: flag(options, "multiplyByInputs") }),
  DeepLift: (model, { options }) => new DeepLift(model, { multiplyByInputs: flag(options, "multiplyByInputs") }),
  DeepLiftShap: (model, { options }) => new DeepLiftShap(model, { multiplyByInputs: flag(options, "multiplyByInputs") }),
  GuidedBackprop: (model) => new GuidedBackprop(model),
  Deconvolution: (model) => new Deconvolution(model),
  LRP: (model, { options }) => new Lrp(model, { rule: linearRule(options) }),
};

/** Methods that name their layer themselves, where the others take a view from it. */
const layerMethods: Readonly<Record<string, Make>> = {
  LayerGradCam: (model, one) => new GradCam(model, { layer: layerOf(one), relu: flag(one.options, "relu") }),
  GuidedGradCam: (model, one) => new GuidedGradCam(model, { layer: layerOf(one) }),
  LayerGradientXActivation: (model, one) =>
    new LayerGradientXActivation(model, { layer: layerOf(one), multiplyByInputs: flag(one.options, "multiplyByInputs") }),
  LayerConductance: (model, one) => new LayerConductance(model, { layer: layerOf(one) }),
  InternalInfluence: (model, one) => new InternalInfluence(model, { layer: layerOf(one) }),
  NeuronConductance: (model, one) => {
    if (one.neuron === undefined) throw wrong("neuron", "a layer and an index", one.neuron);
    const { layer, index } = one.neuron;
    return new NeuronConductance(model, {
      layer,
      neuron: index,
      multiplyByInputs: flag(one.options, "multiplyByInputs"),
    });
  },
};

export const gradientMethods: Readonly<Record<string, CaseMethod>> = Object.fromEntries(
  [...Object.keys(inputMethods), ...Object.keys(layerMethods), "NoiseTunnel"].map((name) => [name, askGradients]),
);

async function askGradients(one: Case, folder: CaseFolder): Promise<Answer> {
  const named = one.method === "NoiseTunnel" ? readString(one.options["of"], "options.of") : one.method;
  const make = inputMethods[named] ?? layerMethods[named];
  if (make === undefined) throw wrong("options.of", "a gradient method", named);
  const onnx = await folder.model();
  const own = layerMethods[named] !== undefined;
  const { model, target } = own ? { model: transformed(one, onnx), target: one.target } : questionOf(one, onnx);
  const method = make(differentiable(batched(model, one)), one);
  const options: TargetOptions = { target, ...baselinesOf(one), ...pathOptions(one.options) };
  const { attributions, delta, value, baseValue } = await asked(named === one.method ? method : new NoiseTunnel(method), one, {
    ...options,
    ...(named === one.method ? {} : noiseOptions(one.options)),
  });
  return {
    values: Object.fromEntries(Object.entries(attributions).map(([name, given]) => [name, laidOut(one, name, given)])),
    delta,
    ends: value !== undefined && baseValue !== undefined ? { value, baseValue } : undefined,
  };
}

/** A layer with several rows for an example: the cases have them one after the other, our results an axis for them. */
function laidOut(one: Case, name: string, value: HostTensor): HostTensor {
  const wanted = one.expected[name]?.shape;
  const { shape, data, dtype } = value;
  if (one.layer === undefined || wanted === undefined || wanted.length + 1 !== shape.length) return value;
  return new HostTensor(data, [shape[0]! * shape[1]!, ...shape.slice(2)], dtype);
}

/** Options that a method does not have are of no effect, as in a case they do not occur. */
function asked(
  method: { attribute(inputs: Case["inputs"], options: never): Promise<AttributionResult> },
  one: Case,
  options: object,
): Promise<AttributionResult> {
  return method.attribute(one.inputs, options as never);
}

/** The whole model, without the views at a layer or up to a neuron. */
function transformed(one: Case, model: Model): Model {
  const bound = Object.keys(one.extra).length > 0 ? bind(model, one.extra) : model;
  return one.outputTransform === "log_softmax" ? logSoftmax(bound) : bound;
}

function differentiable(model: Model): DifferentiableGraphModel {
  if (isDifferentiableModel(model) && isGraphModel(model)) return model;
  throw new Error("the model of the case is not differentiable");
}

function batched(model: Model, { options }: Case): Model {
  const rows = readOptional(options["internalBatchSize"], "options.internalBatchSize", readInteger);
  return rows === undefined ? model : limitBatch(model, rows);
}

function baselinesOf({ baselines }: Case): object {
  return baselines === undefined ? {} : { baselines };
}

const quadratures: Readonly<Record<string, Quadrature>> = {
  gausslegendre: "gauss-legendre",
  riemann_left: "riemann-left",
  riemann_middle: "riemann-middle",
  riemann_right: "riemann-right",
  riemann_trapezoid: "trapezoid",
};

export function pathOptions(options: JsonObject): Pick<PathOptions, "steps" | "quadrature"> {
  const method = readOptional(options["method"], "options.method", readString);
  const quadrature = method === undefined ? undefined : quadratures[method];
  if (method !== undefined && quadrature === undefined)
    throw wrong("options.method", `one of ${Object.keys(quadratures).join(", ")}`, method);
  return { steps: readOptional(options["steps"], "options.steps", readInteger), quadrature };
}

function noiseOptions(options: JsonObject): object {
  return {
    type: readOptional(options["type"], "options.type", readString),
    samples: readOptional(options["samples"], "options.samples", readInteger),
    stdev: readOptional(options["stdevs"], "options.stdevs", readNumber),
    seed: readOptional(options["seed"], "options.seed", readInteger),
  };
}

function linearRule(options: JsonObject): LinearRule {
  const number = (name: string): number | undefined => readOptional(options[name], `options.${name}`, readNumber);
  const rule = readString(options["rule"] ?? "epsilon", "options.rule");
  switch (rule) {
    case "epsilon":
      return { rule, epsilon: number("epsilon") };
    case "gamma":
      return { rule, gamma: number("gamma"), epsilon: number("epsilon") };
    case "alphaBeta":
      return { rule, alpha: number("alpha"), beta: number("beta") };
    default:
      throw wrong("options.rule", '"epsilon", "gamma" or "alphaBeta"', rule);
  }
}

function layerOf({ layer }: Case): string {
  return readString(layer, "layer");
}

function flag(options: JsonObject, name: string): boolean | undefined {
  const value = options[name];
  if (value === undefined || typeof value === "boolean") return value;
  throw wrong(`options.${name}`, "true or false", value);
}
