import type { ModelProto } from "@attr/backend-onnx";
import type { ValueInfo } from "@attr/core";
import type { TensorModel } from "../models/open-tensor-model.ts";

/** A step of a network: what makes a value of floats that can be explained. */
export interface NetworkLayer {
  /** The value's name. */
  readonly name: string;
  /** What makes it: "Conv", "Dense". */
  readonly operator: string;
  /** Whether numbers of a matrix that was learned go into it. */
  readonly hasWeights: boolean;
  readonly shape?: ValueInfo["shape"];
}

interface Step {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly hasWeights: boolean;
}

/**
 * The layers between a model's inputs and an output, in the order in which they are computed: all that depend on an input and that the
 * output depends on. The output itself is none of them.
 */
export async function networkLayers({ kind, model }: TensorModel, output: string): Promise<readonly NetworkLayer[]> {
  const steps = kind === "onnx" ? onnxSteps(model.proto) : await tfjsSteps(model);
  const fed = new Set(model.inputs.map(({ name }) => name));
  const reached = new Set(fed);
  for (const { inputs, outputs } of steps)
    if (inputs.some((name) => reached.has(name))) for (const name of outputs) reached.add(name);
  const needed = new Set([output]);
  for (const { inputs, outputs } of steps.toReversed())
    if (outputs.some((name) => needed.has(name))) for (const name of inputs) needed.add(name);
  return steps.flatMap(({ operator, outputs, hasWeights }) =>
    outputs.flatMap((name): NetworkLayer[] => {
      if (!reached.has(name) || !needed.has(name) || name === output || fed.has(name)) return [];
      const info = model.value(name);
      const floats = info?.dtype === undefined || info.dtype === "float32" || info.dtype === "float64";
      return info === undefined || !floats || info.shape?.length === 0 ? [] : [{ name, operator, hasWeights, shape: info.shape }];
    }),
  );
}

/** The nodes of a file whose inputs are not all constants. What is computed of constants alone counts as one. */
function onnxSteps({ graph }: ModelProto): readonly Step[] {
  /** Axes longer than 1 of every constant. */
  const constants = new Map<string, number>();
  const long = (dims: readonly number[]): number => dims.filter((length) => length > 1).length;
  for (const { name, dims, dataType } of graph.initializers)
    constants.set(name, dataType === 7 || dataType === 6 ? 0 : long(dims));
  const steps: Step[] = [];
  for (const { opType, inputs, outputs, attributes } of graph.nodes) {
    const given = inputs.filter((name) => name !== "");
    const axes = Math.max(0, ...given.map((name) => constants.get(name) ?? 0), ...attributes.map(({ t }) => long(t?.dims ?? [])));
    if (given.every((name) => constants.has(name))) for (const name of outputs) constants.set(name, axes);
    else steps.push({ operator: opType, inputs: given, outputs, hasWeights: axes >= 2 });
  }
  // A matrix product with its sum that follows is one layer: the sum is its result.
  return steps.map((step, at) => {
    const before = steps.find(({ outputs }) => step.inputs.includes(outputs[0] ?? ""));
    const isSum = step.operator === "Add" && step.inputs.some((name) => constants.has(name));
    if (isSum && before?.operator === "MatMul" && before.hasWeights)
      return { ...step, operator: "MatMul + Add", hasWeights: true };
    const [next] = steps.slice(at + 1).filter(({ inputs }) => inputs.includes(step.outputs[0] ?? ""));
    const summed = step.operator === "MatMul" && next?.operator === "Add" && next.inputs.some((name) => constants.has(name));
    return summed ? { ...step, hasWeights: false } : step;
  });
}

const withoutMatrix = /norm|bias|^add|^mul|scale/i;

async function tfjsSteps(model: Extract<TensorModel, { kind: "tfjs" }>["model"]): Promise<readonly Step[]> {
  const { nodes } = await model.inspect();
  return nodes.map(({ operator, inputs, outputs, parameters }) => ({
    operator,
    inputs,
    outputs,
    hasWeights: parameters > 0 && !withoutMatrix.test(operator),
  }));
}

const convolution = /conv/i;

/** The last layer that convolves and is a map: where class activation maps are taken, as its channels still lie where they were seen. */
export function lastConvolution(layers: readonly NetworkLayer[]): string | undefined {
  return layers.findLast(({ operator, shape }) => convolution.test(operator) && (shape === undefined || isMap(shape)))?.name;
}

/** Channels over more than one place; a size that is left open may be more than one. */
function isMap(shape: NonNullable<NetworkLayer["shape"]>): boolean {
  return shape.length === 4 && shape.slice(1).filter((length) => length !== 1).length >= 2;
}
