import type { ValueInfo } from "@attr/core";
import { UsageError } from "../arguments.ts";
import { type InspectedLayer, type InspectReport, inspectReport, tfjsReport } from "../inspect-report.ts";
import type { MemoryOfARow } from "../memory-of-a-row.ts";
import { openTensorModel } from "../models/open-tensor-model.ts";
import { jsonOption } from "../shared-options.ts";
import { save } from "../terminal.ts";
import type { RunnableCommand } from "./command.ts";

/** `attr inspect`: what a model takes, gives and consists of, and how far it can be differentiated. */
export const inspect: RunnableCommand = {
  name: "inspect",
  summary: "Shows what a model takes and gives, its operators, and which gradients exist.",
  usage: "attr inspect MODEL.onnx|model.json|FOLDER [--of VALUE] [--json FILE]",
  operand: "MODEL",
  options: [
    { name: "of", type: "string", value: "VALUE", help: "the value to differentiate (default: the first output of floats)" },
    {
      name: "values",
      type: "boolean",
      help: "list the inner values too, with types, shapes and what makes them: the names of layers",
    },
    { ...jsonOption, help: "write all of it as JSON (- for the standard output, in place of the text)" },
    { name: "quiet", short: "q", type: "boolean", help: "no notes" },
  ],
  examples: [
    "attr inspect model.onnx",
    "attr inspect ./tfjs/model.json --values",
    "attr inspect model.onnx --of features --json - | jq .gradient.inputs",
  ],
  async run({ given, terminal }) {
    const of = given.text("of");
    const opened = await openTensorModel(given.operand);
    await using _ = opened.model;
    if (opened.kind === "tfjs" && given.typed("of"))
      throw new UsageError("--of is for ONNX files: of a model of TensorFlow.js the first output of floats is differentiated");
    const report = await (opened.kind === "onnx"
      ? inspectReport(opened.model, opened.path, of)
      : tfjsReport(opened.model, opened.path));
    const json = given.text("json");
    if (json !== "-") terminal.out(textOf(report, given.flag("values")));
    if (json !== undefined) await save(json, JSON.stringify(report, null, 1), terminal);
  },
};

const formats: Readonly<Record<InspectReport["format"], string | undefined>> = {
  onnx: undefined,
  "layers-model": "a layers model of TensorFlow.js",
  "graph-model": "a graph model of TensorFlow.js",
};

const passes = {
  rule: "gradient rule",
  flat: "gradient ends here: the result moves in steps",
  none: "NO GRADIENT RULE",
} as const;

function textOf(report: InspectReport, withValues: boolean): string {
  const { inputs, outputs, operators, gradient } = report;
  const sets = Object.entries(report.operatorSets).map(([domain, version]) => `${domain} ${version}`);
  const lines = [
    `${report.file}: ${bytesText(report.bytes)}, ${report.parameters.toLocaleString("en")} parameters, ${report.nodes} nodes, ${report.values.length} values`,
    `  ${[formats[report.format] ?? `operator sets ${sets.join(", ")}`, ...(report.producer === undefined ? [] : [`made by ${report.producer}`])].join("; ")}`,
    ...report.notes.map((note) => `  note: ${note}`),
    "",
    "Inputs",
    ...valueLines(inputs),
    "",
    "Outputs",
    ...valueLines(outputs),
  ];
  if (withValues) {
    const outside = new Set([...inputs, ...outputs].map(({ name }) => name));
    const inner = report.values.filter(({ name }) => !outside.has(name));
    lines.push("", "Inner values", ...valueLines(inner, new Map(report.layers.map((layer) => [layer.name, layer]))));
  }
  lines.push("", "Operators");
  const width = Math.max(0, ...operators.map(({ operator }) => operator.length));
  for (const { operator, count, gradient: how } of operators)
    lines.push(`  ${operator.padEnd(width)}  ${String(count).padStart(5)}  ${passes[how]}`);
  lines.push("", gradient.of === undefined ? "Gradients" : `Gradients of "${gradient.of}"`);
  for (const { input, gradient: exists, because, nearest } of gradient.inputs) {
    lines.push(`  ${input}: ${exists ? "yes" : `no, ${because ?? "it has none"}`}`);
    if (!exists && nearest !== undefined)
      lines.push(`    the nearest value with a gradient is "${nearest}": name it as the layer`);
  }
  if (report.memory !== undefined) lines.push("", ...memoryLines(report.memory));
  const shown = gradient.uncovered.slice(0, 20);
  if (shown.length > 0) lines.push("", "Nodes without a gradient rule (perturbation methods need none)");
  for (const { node, operator, result, because } of shown)
    lines.push(`  ${operator} "${node}", which makes "${result}"${because === undefined ? "" : `: ${because}`}`);
  if (gradient.uncovered.length > shown.length)
    lines.push(`  and ${gradient.uncovered.length - shown.length} more (--json lists all)`);
  return lines.join("\n");
}

function memoryLines({ forward, gradient, freeSizes }: MemoryOfARow): readonly string[] {
  const free = Object.entries(freeSizes).map(([name, size]) => `${name} ${size}`);
  const about = free.length === 0 ? "" : ` (at ${free.join(", ")})`;
  const back = gradient === undefined ? "" : `, ${bytesText(gradient)} with the gradient`;
  return [`Memory: about ${bytesText(forward)} a row forward${back}${about}`];
}

function valueLines(values: readonly ValueInfo[], layers?: ReadonlyMap<string, InspectedLayer>): readonly string[] {
  const width = Math.min(40, Math.max(0, ...values.map(({ name }) => name.length)));
  return values.map(({ name, dtype, shape }) => {
    const sizes = shape === undefined ? "of unknown shape" : `[${shape.map((size) => size ?? "?").join(", ")}]`;
    const layer = layers?.get(name);
    const weights = layer === undefined || layer.parameters === 0 ? "" : `, ${layer.parameters.toLocaleString("en")} parameters`;
    return `  ${name.padEnd(width)}  ${dtype ?? "unknown type"} ${sizes}${layer === undefined ? "" : `  ${layer.operator}${weights}`}`;
  });
}

function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  const units = ["kB", "MB", "GB"];
  const power = Math.min(units.length, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toFixed(1)} ${units[power - 1]}`;
}
