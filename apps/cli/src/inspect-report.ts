import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type GradientCoverage, gradientCoverage, type OnnxModel, parameterCount, withKnownTypes } from "@attr/backend-onnx";
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
  readonly operators: GradientCoverage["operators"];
  readonly gradient: Omit<GradientCoverage, "operators">;
  /** Absent where an input's shape is unknown, and for TensorFlow.js. */
  readonly memory?: MemoryOfARow | undefined;
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
    operators,
    gradient,
    memory: memoryOfARow(model, gradient),
  };
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
    operators,
    gradient: coverage,
  };
}
