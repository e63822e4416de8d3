import { type AttributionResult, type HostTensor, InvalidArgumentError } from "@attr/core";
import { digits } from "@attr/models";
import { type LayersDocument, layersDocument, toAnsi, toHtml, toSvg } from "@attr/viz";
import { type Arguments, UsageError } from "../arguments.ts";
import { chosenLabels, labelsIn, labelsOption } from "../models/class-labels.ts";
import { openTensorModel, type TensorModel } from "../models/open-tensor-model.ts";
import { chosenRange, exampleCount, examplePicture, preparedPicture, rangeOption, readingOf } from "../pictures/model-picture.ts";
import { outputOptions, show } from "../shared-options.ts";
import { readModelTable, rowOf, tableReadingOf } from "../tables/model-table.ts";
import { chosenOutput } from "../tensors/chosen-output.ts";
import { answersInWords, explainedOutput } from "../tensors/explained-output.ts";
import {
  concentration,
  followsPath,
  hasFloats,
  type LayerMethodName,
  layerMethods,
  layerResults,
} from "../tensors/layer-results.ts";
import { outputOption, workOptions } from "../tensors/method-options.ts";
import { type NetworkLayer, networkLayers } from "../tensors/network-layers.ts";
import { feedForms, listed, readFeeds } from "../tensors/read-feeds.ts";
import { counted } from "../terminal.ts";
import type { RunnableCommand } from "./command.ts";

const measures = ["sum", "magnitude"] as const;

/** `attr layers`: a strip through a network, of what each layer contributes to an answer. */
export const layers: RunnableCommand = {
  name: "layers",
  summary: "Shows what each layer of a network contributes to an answer, as a strip from the input to the output.",
  usage: "attr layers [MODEL] [--input VALUE] [--layers A,B,C|all] [--method NAME] [options]",
  operand: "MODEL",
  operandCount: { minimum: 0, maximum: 1 },
  options: [
    {
      name: "input",
      short: "i",
      type: "string",
      value: "VALUE",
      multiple: true,
      help: `what the model is fed, NAME=VALUE where it has several inputs: ${feedForms}`,
    },
    {
      name: "example",
      type: "string",
      value: "K",
      help: "feed the K-th picture that comes with the embedded digits",
      number: { minimum: 0, maximum: exampleCount - 1, integer: true },
    },
    {
      name: "row",
      type: "string",
      value: "N",
      help: "which row of a .csv is fed, counted from 1",
      number: { minimum: 1, integer: true },
      default: 1,
    },
    {
      name: "layers",
      short: "l",
      type: "string",
      value: "NAMES",
      help: "the layers, with commas between, or all (default: those with weights); attr inspect --values lists names",
    },
    {
      name: "method",
      short: "m",
      type: "string",
      value: "NAME",
      help: "the attribution method; without one layer-conductance, or layer-gradient-x-activation where all inputs are whole numbers",
      choices: layerMethods,
    },
    {
      name: "target",
      short: "t",
      type: "string",
      value: "LABEL",
      help: "the class explained, by name or number, or an index an axis, as in 3,7 (default: the answer)",
    },
    {
      name: "measure",
      type: "string",
      value: "NAME",
      help: "a layer's number: the sum of its units' scores, or their mean magnitude (default sum for layer-conductance and layer-gradient-x-activation)",
      choices: measures,
    },
    {
      name: "baseline",
      short: "b",
      type: "string",
      value: "VALUE",
      multiple: true,
      help: "where the way to the input begins, in the forms of --input (default zeros)",
    },
    ...workOptions.filter(({ name }) => name !== "samples"),
    outputOption,
    rangeOption,
    labelsOption,
    ...outputOptions,
  ],
  examples: [
    "attr layers --example 7",
    "attr layers --example 7 --layers conv1,pool1,conv2,pool2,dense1 --measure magnitude --svg strip.svg",
    "attr layers model.onnx --input cat.jpg --method internal-influence",
    "attr layers model.onnx --input 'ids=[[12,7,301]]' --method layer-gradient-x-activation --layers all --json layers.json",
  ],
  async run({ given, terminal, signal }) {
    const opened = await openTensorModel(given.operands[0] ?? digits);
    await using _ = opened.model;
    const { model, output, inner } = chosenOutput(opened.model, given.text("output"));
    const feeds = await chosenFeeds(given, opened);
    const name = given.choice("method", layerMethods, hasFloats(feeds) ? "layer-conductance" : "layer-gradient-x-activation");
    for (const option of ["steps", "baseline"] as const)
      if (!followsPath(name) && given.typed(option))
        throw new UsageError(`--${option} is for methods that follow a way; ${name} follows none`);
    const reading = { row: 0, seed: given.number("seed") ?? 0, range: chosenRange(given), option: "baseline" };
    const baselines = await readFeeds(opened, given.texts("baseline"), reading);
    const labels = await chosenLabels(given, await labelsIn(opened.folder));
    const onBackend = Object.fromEntries(Object.entries(feeds).map(([input, value]) => [input, model.backend.from(value)]));
    const { [output]: raw } = await model.run({ feeds: onBackend, fetches: [output], signal });
    const told = explainedOutput(await model.backend.read(raw!), { labels, target: given.text("target"), inner });

    const known = await networkLayers(opened, output);
    const { chosen, lenient } = chosenLayers(given, known, opened, output);
    const progress = terminal.progress("explaining layers");
    const { results, leftOut } = await layerResults(
      { model, method: name, layers: chosen, feeds, baselines, target: told.target, steps: given.number("steps"), lenient },
      { signal, onProgress: progress },
    ).finally(progress.done);
    if (Object.keys(results).length === 0)
      throw new InvalidArgumentError(
        `${name} says nothing of any layer of "${opened.name}": ${Object.values(leftOut)[0] ?? "there is none between its inputs and its output"}`,
      );

    const sums = name === "layer-conductance" || name === "layer-gradient-x-activation";
    const measure = given.choice("measure", measures, sums ? "sum" : "magnitude");
    const drawn = layersDocument(results, {
      title:
        name === "layer-activation"
          ? `The layers of ${opened.name}`
          : `What the layers of ${opened.name} contribute to ${told.name}`,
      explained: name === "layer-activation" ? "each layer's own values" : told.explained,
      unit: name === "layer-activation" ? "units of the layer" : told.unit,
      measure,
    });
    const left = Object.entries(leftOut).map(([layer, why]) => `"${layer}" is left out: ${why}.`);
    const document: LayersDocument = {
      ...drawn,
      layers: drawn.layers.map((layer) => {
        const operator = known.find(({ name: one }) => one === layer.name)?.operator;
        return { ...layer, ...(operator !== undefined && { detail: operator }) };
      }),
      notes: [answersInWords(told.answers), ...notesOf(name, measure, results), ...drawn.notes, ...left].filter(
        (note) => note !== "",
      ),
    };
    await show(
      { toAnsi: (ansi) => toAnsi(document, ansi), toHtml: () => toHtml(document), toSvg: () => toSvg(document) },
      {
        schema: "attr.layers/1",
        model: opened.name,
        method: document.method,
        explained: document.explained,
        unit: document.unit,
        target: told.target,
        measure,
        value: document.value,
        baseValue: document.baseValue,
        answers: told.answers.slice(0, 10),
        layers: document.layers.map(({ name: layer, score, shape }) => ({
          name: layer,
          operator: known.find((one) => one.name === layer)?.operator,
          shape,
          score,
          half: concentration(results[layer]!.attributions[layer]!),
        })),
        leftOut,
      },
      given,
      terminal,
    );
    const costs = Object.values(results).map(({ evaluations }) => evaluations);
    // What several layers were read by was one call.
    const spent = followsPath(name) ? costs : costs.slice(0, 1);
    const total = (count: "calls" | "rows"): number => spent.reduce((sum, cost) => sum + cost[count], 0);
    terminal.log(
      [counted(Object.keys(results).length, "layer"), counted(total("calls"), "model call"), counted(total("rows"), "row")].join(
        ", ",
      ),
    );
  },
};

/** What the model is fed: as asked, else an embedded picture, else the row of the table beside it. */
async function chosenFeeds(given: Arguments, opened: TensorModel): Promise<Readonly<Record<string, HostTensor>>> {
  const words = given.texts("input");
  const row = (given.number("row") ?? 1) - 1;
  const example = given.number("example");
  if (words.length > 0 && given.typed("example"))
    throw new UsageError("--input and --example both say what is fed: leave one out");
  if (words.length === 0 && (example !== undefined || given.operands[0] === undefined)) {
    const reading = await readingOf(opened, chosenRange(given));
    return { [reading.input]: preparedPicture((await examplePicture(example ?? 7)).picture, reading).tensor };
  }
  const { inputs } = opened.model;
  if (words.length === 0) {
    const table = inputs.length === 1 && inputs[0]?.shape?.length === 2 ? await tableReadingOf(opened) : undefined;
    if (table?.table === undefined) throw new UsageError(`--input is missing: "${opened.name}" takes ${listed(inputs)}`);
    const data = await readModelTable(table.table.path, table, { columns: table.columns, label: undefined });
    return { [table.input.name]: rowOf(data, row, table.table.path) };
  }
  const feeds = await readFeeds(opened, words, {
    row,
    seed: given.number("seed") ?? 0,
    range: chosenRange(given),
    option: "input",
  });
  const missing = inputs.filter(({ name }) => !Object.hasOwn(feeds, name));
  if (missing.length > 0) throw new UsageError(`--input is missing for ${listed(missing)}`);
  for (const [name, { shape }] of Object.entries(feeds))
    if (shape[0] !== 1) throw new UsageError(`--input of "${name}" has ${shape[0]} examples; the layers of one are shown`);
  return feeds;
}

function chosenLayers(
  given: Arguments,
  known: readonly NetworkLayer[],
  opened: TensorModel,
  output: string,
): { readonly chosen: readonly string[]; readonly lenient: boolean } {
  const asked = given.text("layers");
  if (asked !== undefined && asked !== "all") {
    const chosen = [...new Set(asked.split(",").map((layer) => layer.trim()))];
    for (const layer of chosen)
      if (opened.model.value(layer) === undefined)
        throw new InvalidArgumentError(
          `"${opened.name}" has no value "${layer}"; layers before "${output}" are ${known
            .slice(0, 12)
            .map((one) => one.name)
            .join(", ")}${known.length > 12 ? ", …" : ""}`,
        );
    return { chosen, lenient: false };
  }
  const weighty = known.filter(({ hasWeights }) => hasWeights);
  const all = asked === "all" || weighty.length === 0 ? known : weighty;
  return { chosen: all.map(({ name }) => name), lenient: true };
}

/** Layers up to which a sentence tells of each how its strength lies among its units. */
const mostTold = 8;

function notesOf(
  name: LayerMethodName,
  measure: (typeof measures)[number],
  results: Readonly<Record<string, AttributionResult>>,
): readonly string[] {
  const told = Object.entries(results).slice(0, mostTold);
  const halves = told.map(([layer, { attributions }]) => {
    const { units, of } = concentration(attributions[layer]!);
    return `${layer} ${units} of ${of}`;
  });
  const left = Object.keys(results).length - told.length;
  const half = `Half of a layer's strength lies in so many of its units: ${halves.join(", ")}${left > 0 ? `, and ${left} more in --json` : ""}.`;
  if (name !== "layer-conductance" || measure !== "sum") return [half];
  return ["Sums are alike at layers that everything passes through; where ways part, they are each way's share.", half];
}
