import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { type GradientCoverage, gradientCoverage, type OnnxModel, parameterCount, withKnownTypes } from "@attr/backend-onnx";
import type { ValueInfo } from "@attr/core";
import { type MemoryOfARow, memoryOfARow } from "./memory-of-a-row.ts";

/** What `attr inspect` and `GET /api/models/NAME` tell of an ONNX file. */
export interface InspectReport {
  readonly schema: "attr.inspect/1";
  readonly file: string;
  readonly bytes: number;
  readonly producer?: string | undefined;
  readonly operatorSets: Readonly<Record<string, number>>;
  /** Elements of constant floats and of weights in 8 bits or fewer. */
  readonly parameters: number;
  readonly nodes: number;
  readonly notes: readonly string[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly values: readonly ValueInfo[];
  readonly operators: GradientCoverage["operators"];
  readonly gradient: Omit<GradientCoverage, "operators">;
  /** Absent where an input's shape is unknown. */
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
