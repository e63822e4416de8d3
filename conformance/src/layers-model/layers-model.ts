import type { ModelProto, ValueInfoProto } from "@attr/backend-onnx";
import * as tf from "@tensorflow/tfjs-core";
import { input, type LayersModel, model as makeModel } from "@tensorflow/tfjs-layers";
import { type Constant, constantsOf } from "./constants.ts";
import { geluFrom } from "./gelu.ts";
import { type Apply, NodeView, type SymbolicTensor } from "./node-view.ts";
import { NotConverted } from "./not-converted.ts";
import { gelu, rules } from "./rules.ts";

/**
 * An ONNX file as a layers model of TensorFlow.js: the same weights, values of the same names, shapes and layout, so that a case that
 * names them can be put to both. Operators that are no layer are refused by name.
 *
 * @throws NotConverted
 */
export function layersModelOf(file: ModelProto): LayersModel {
  const { graph } = file;
  const constants = constantsOf(file);
  const values = new Map<string, SymbolicTensor>();
  for (const given of graph.inputs) if (!constants.has(given.name)) values.set(given.name, inputOf(given));
  const inputs = [...values.values()];
  let count = 0;
  const weighted: { readonly layer: Parameters<Apply>[0]; readonly weights: readonly Constant[] }[] = [];
  const apply: Apply = (layer, operands, weights) => {
    const { name } = layer;
    // Weights are named after their layer, and not everything that a value may be called can be a weight's name.
    layer.name = `layer${count++}`;
    // A symbolic tensor is what symbolic ones are made into.
    const value = layer.apply(operands.length === 1 ? operands[0]! : [...operands]) as SymbolicTensor;
    layer.name = name;
    if (weights !== undefined) weighted.push({ layer, weights });
    return value;
  };
  const done = new Set<object>();
  for (const node of graph.nodes) {
    if (node.opType === "Constant" || done.has(node)) continue;
    const written = geluFrom(node, graph.nodes, constants);
    const source = values.get(written?.input ?? "");
    if (written !== undefined && source !== undefined) {
      for (const part of written.nodes) done.add(part);
      values.set(written.output, apply(gelu(written.output), [source]));
      continue;
    }
    const rule = rules[node.opType];
    if (node.domain !== "" || rule === undefined)
      throw new NotConverted(`no layer of TensorFlow.js does what ${node.opType} "${node.outputs[0]}" does`);
    values.set(node.outputs[0]!, rule(new NodeView(node, { values, constants, apply })));
  }
  const model = makeModel({ inputs, outputs: graph.outputs.map(({ name }) => values.get(name)!) });
  tf.tidy(() => {
    for (const { layer, weights } of weighted)
      layer.setWeights(weights.map(({ data, shape }) => tf.tensor(Float32Array.from(data), [...shape], "float32")));
  });
  return model;
}

function inputOf({ name, type }: ValueInfoProto): SymbolicTensor {
  const elements = type?.tensorType?.elemType;
  const dims = type?.tensorType?.shape?.dims;
  if (dims === undefined || dims.length === 0) throw new NotConverted(`the file does not say what shape the input "${name}" has`);
  const dtype = elements === 1 ? "float32" : elements === 6 || elements === 7 ? "int32" : undefined;
  if (dtype === undefined) throw new NotConverted(`the input "${name}" holds elements of type ${elements}`);
  const shape = dims.slice(1).map(({ value }) => (value === undefined ? null : Number(value)));
  return input({ name, shape, dtype });
}
