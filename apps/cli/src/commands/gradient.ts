import { open, realpath, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  embedExternalData,
  gradientModel,
  type ModelProto,
  OnnxModel,
  type ValueInfoProto,
  withKnownTypes,
  writeModel,
} from "@attr/backend-onnx";
import { UsageError } from "../arguments.ts";
import { jsonOption } from "../shared-options.ts";
import { save } from "../terminal.ts";
import type { RunnableCommand } from "./command.ts";

/** `attr gradient`: the gradient of an ONNX file as an ONNX file. */
export const gradient: RunnableCommand = {
  name: "gradient",
  summary: "Writes the gradient of an ONNX model as a file that any ONNX runtime can load.",
  usage: "attr gradient MODEL.onnx --of VALUE --wrt VALUE [--wrt VALUE …] --out FILE",
  operand: "MODEL.onnx",
  options: [
    { name: "of", type: "string", value: "VALUE", help: "the value to differentiate: an output, or any value of floats between" },
    { name: "wrt", type: "string", value: "VALUE", multiple: true, help: "what to differentiate by: inputs or inner values" },
    { name: "out", short: "o", type: "string", value: "FILE", path: "written", help: "where the gradient model is written" },
    { name: "quiet", short: "q", type: "boolean", help: "do not say what the file takes and gives" },
    { ...jsonOption, help: "write what the file takes and gives as JSON (- for the standard output)" },
  ],
  examples: [
    "attr gradient model.onnx --of logits --wrt image --out image-gradient.onnx",
    "attr gradient model.onnx --of logits --wrt image --wrt features --out gradients.onnx",
  ],
  async run({ given, terminal }) {
    const path = given.operand;
    const of = given.required("of", "the value to differentiate");
    const wrt = [...new Set(given.texts("wrt"))];
    if (wrt.length === 0) throw new UsageError("--wrt is missing: what to differentiate by");
    const out = given.required("out", "the file to write");
    await using model = await OnnxModel.load(path);
    const written = await wholeFile(gradientModel(withKnownTypes(model), { of, wrt }), path);
    const bytes = writeModel(written);
    const json = given.text("json");
    await writeFile(out, bytes);
    terminal.log(`wrote ${out} (operator set ${setOf(written)})`);
    for (const value of written.graph.inputs) terminal.log(`  takes ${described(value)}`);
    for (const value of written.graph.outputs) terminal.log(`  gives ${described(value)}`);
    terminal.log(`The gradients are those of the sum of "${of}" times ${of}_cotangent: 1 at the number explained, 0 elsewhere.`);
    const { inputs, outputs } = written.graph;
    const report: Report = {
      schema: "attr.gradient/1",
      file: out,
      bytes: bytes.length,
      operatorSets: Object.fromEntries(written.opsetImports.map(({ domain, version }) => [domain || "ai.onnx", version])),
      of,
      wrt,
      inputs: inputs.map(reportedValue),
      outputs: outputs.map(reportedValue),
    };
    if (json !== undefined) await save(json, JSON.stringify(report, null, 1), terminal);
  },
};

interface Report {
  readonly schema: "attr.gradient/1";
  readonly file: string;
  readonly bytes: number;
  readonly operatorSets: Readonly<Record<string, number>>;
  readonly of: string;
  readonly wrt: readonly string[];
  readonly inputs: readonly ReportedValue[];
  readonly outputs: readonly ReportedValue[];
}

interface ReportedValue {
  readonly name: string;
  /** A number is fixed, a string is a named free size, `null` is free; absent where the rank is unknown. */
  readonly shape?: readonly (number | string | null)[] | undefined;
}

function reportedValue({ name, type }: ValueInfoProto): ReportedValue {
  const dims = type?.tensorType?.shape?.dims;
  return { name, shape: dims?.map(({ value, param }) => value ?? (param || null)) };
}

/** Weights that lie in other files, or were left in a large one, are brought into the model. */
async function wholeFile(model: ModelProto, path: string): Promise<ModelProto> {
  const folder = dirname(await realpath(path));
  return embedExternalData(model, async (location, offset, length) => {
    const file = await open(join(folder, location));
    try {
      const size = length ?? Math.max(0, (await file.stat()).size - offset);
      const bytes = new Uint8Array(size);
      let at = 0;
      while (at < size) {
        const { bytesRead } = await file.read(bytes, at, Math.min(size - at, 1 << 30), offset + at);
        if (bytesRead === 0) return bytes.subarray(0, at);
        at += bytesRead;
      }
      return bytes;
    } finally {
      await file.close();
    }
  });
}

function setOf({ opsetImports }: ModelProto): string {
  return opsetImports.map(({ domain, version }) => (domain === "" ? String(version) : `${domain} ${version}`)).join(", ");
}

function described({ name, type }: ValueInfoProto): string {
  const dims = type?.tensorType?.shape?.dims;
  return dims === undefined ? name : `${name} [${dims.map(({ value, param }) => value ?? (param || "?")).join(", ")}]`;
}
