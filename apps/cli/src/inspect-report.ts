import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import {
  type GradientCoverage,
  gradientCoverage,
  type ModelProto,
  type OnnxModel,
  parameterCount,
  withKnownTypes,
} from "@attr/backend-onnx";
import type { TfjsModel } from "@attr/backend-tfjs";
import type { ValueInfo } from "@attr/core";
import { type MemoryOfARow, memoryOfARow } from "./memory-of-a-row.ts";

/** What `attr inspect` and `GET /api/models/NAME` tell of a model. */
export interface InspectReport {
  readonly schema: "attr.inspect/1";
  readonly format: "onnx" | "layers-model" | "graph-model";
  readonly file: string;
  /** Of all its files. */
  readonly bytes: number;
  readonly producer?: string | undefined;
  /** Of an ONNX file; empty for others. */
  readonly operatorSets: Readonly<Record<string, number>>;
  /** Elements of constant floats and of weights in 8 bits or fewer; of TensorFlow.js all weights. */
  readonly parameters: number;
  readonly nodes: number;
  readonly notes: readonly string[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly values: readonly ValueInfo[];
  /** What makes every value that is computed, in order. */
  readonly layers: readonly InspectedLayer[];
  readonly operators: GradientCoverage["operators"];
  readonly gradient: Omit<GradientCoverage, "operators">;
  /** Absent where an input's shape is unknown, and for TensorFlow.js. */
  readonly memory?: MemoryOfARow | undefined;
}

/** A step of a model: what makes one value. */
export interface InspectedLayer {
  /** The value's name. */
  readonly name: string;
  /** "Conv", "com.microsoft:Gelu", "Dense". */
  readonly operator: string;
  /** Numbers in the weights that it reads; weights that several read count for each. */
  readonly parameters: number;
}

/**
 * The report of an opened ONNX file.
 *
 * @param of the value to differentiate: the first output of floats where it is left out.
 * @throws InvalidArgumentError where there is no such value.
 */
export async function inspectReport(model: OnnxModel, path: string, of?: string): Promise<InspectReport> {
  const { proto } = model;
  const { operators, ...gradient } = gradientCoverage(withKnownTypes(model), { of });
  return {
    schema: "attr.inspect/1",
    format: "onnx",
    file: basename(path),
    bytes: (await stat(path)).size,
    producer: [proto.producerName, proto.producerVersion].filter(Boolean).join(" ") || undefined,
    operatorSets: Object.fromEntries(proto.opsetImports.map(({ domain, version }) => [domain || "ai.onnx", version])),
    parameters: parameterCount(proto),
    nodes: proto.graph.nodes.length,
    notes: model.notes,
    inputs: model.inputs,
    outputs: model.outputs,
    values: model.values.flatMap((name) => model.value(name) ?? []),
    layers: onnxLayers(proto),
    operators,
    gradient,
    memory: memoryOfARow(model, gradient),
  };
}

/** Codes of element types that weights do not come in: whole numbers of more than 8 bits, texts, truth values. */
const noWeights: ReadonlySet<number> = new Set([4, 5, 6, 7, 8, 9, 12, 13]);

function onnxLayers({ graph }: ModelProto): readonly InspectedLayer[] {
  const sizes = new Map(
    graph.initializers.map(({ name, dims, dataType }) => [
      name,
      noWeights.has(dataType) ? 0 : dims.reduce((product, size) => product * size, 1),
    ]),
  );
  return graph.nodes.flatMap(({ opType, domain, inputs, outputs }) => {
    const parameters = inputs.reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0);
    const operator = domain === "" || domain === "ai.onnx" ? opType : `${domain}:${opType}`;
    return outputs.filter((name) => name !== "").map((name, at) => ({ name, operator, parameters: at === 0 ? parameters : 0 }));
  });
}

/** The report of an opened model of TensorFlow.js; a trial on zeros tells what it does and which gradients exist. */
export async function tfjsReport(model: TfjsModel, path: string): Promise<InspectReport> {
  const { format, parameters, nodes, values, gradient } = await model.inspect();
  const { operators, ...coverage } = gradient;
  // It was read once already, so it is what it should be.
  const manifest = JSON.parse(await readFile(path, "utf8")) as {
    readonly generatedBy?: string;
    readonly weightsManifest?: readonly { readonly paths: readonly string[] }[];
  };
  const files = [
    path,
    ...(manifest.weightsManifest ?? []).flatMap(({ paths }) => paths.map((name) => join(dirname(path), name))),
  ];
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  return {
    schema: "attr.inspect/1",
    format,
    file: basename(path),
    bytes: sizes.reduce((sum, size) => sum + size, 0),
    producer: manifest.generatedBy || undefined,
    operatorSets: {},
    parameters,
    nodes: nodes.length,
    notes: model.notes,
    inputs: model.inputs,
    outputs: model.outputs,
    values,
    layers: nodes.flatMap(({ operator, outputs, parameters: own }) =>
      outputs.map((name, at) => ({ name, operator, parameters: at === 0 ? own : 0 })),
    ),
    operators,
    gradient: coverage,
  };
}
