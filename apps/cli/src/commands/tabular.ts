import { basename } from "node:path";
import { InvalidArgumentError, tensor } from "@attr/core";
import { type MethodName, methodNamed } from "@attr/core/catalogue";
import { penguins } from "@attr/models";
import { featuresDocument, type TabularDocument, type TabularView, tabularDocument, toAnsi, toHtml, toSvg } from "@attr/viz";
import { type Arguments, UsageError } from "../arguments.ts";
import { chosenLabels, labelsOption } from "../models/class-labels.ts";
import { openTensorModel } from "../models/open-tensor-model.ts";
import { outputOptions, show } from "../shared-options.ts";
import { chosenRows } from "../tables/chosen-rows.ts";
import { explainedRows } from "../tables/explained-rows.ts";
import { completeRows, type ReadTable, readModelTable, rowsAt, tableReadingOf } from "../tables/model-table.ts";
import { backgroundInWords, chosenBackground } from "../tables/table-background.ts";
import { chosenOutput } from "../tensors/chosen-output.ts";
import { chosenWork, outputOption, workOptions } from "../tensors/method-options.ts";
import { tableMethods } from "../tensors/tensor-methods.ts";
import { counted } from "../terminal.ts";
import type { RunnableCommand } from "./command.ts";

const views = ["bars", "waterfall", "beeswarm", "dependence"] as const satisfies readonly TabularView[];

/** Features up to which every coalition of them is tried. */
const mostExact = 12;

/** `attr tabular`: which columns of a table's rows made a model answer as it did. */
export const tabular: RunnableCommand = {
  name: "tabular",
  summary: "Shows which columns of a table's rows made a model answer as it did.",
  usage: "attr tabular [MODEL] [DATA.csv] [--row N | --rows A-B|all] [--target LABEL] [--method NAME] [options]",
  operand: "MODEL and DATA.csv",
  operandCount: { minimum: 0, maximum: 2 },
  options: [
    {
      name: "row",
      type: "string",
      value: "N",
      help: "the row explained, counted from 1 below the names (default 1)",
      number: { minimum: 1, integer: true },
    },
    { name: "rows", type: "string", value: "A-B", help: "several rows, as in 1-20 or 3,5,8-10, or all" },
    {
      name: "target",
      short: "t",
      type: "string",
      value: "LABEL",
      help: "the class explained, by name or number (default: the answer; of several rows the most frequent one)",
    },
    {
      name: "method",
      short: "m",
      type: "string",
      value: "NAME",
      help: `the attribution method; without one shapley-values for up to ${mostExact} features, else kernel-shap`,
      choices: tableMethods,
    },
    ...workOptions,
    {
      name: "background",
      type: "string",
      value: "WHAT",
      help: "what stands for an absent column: mean (of DATA.csv; of categories the most frequent), zeros, or the mean of another FILE.csv (default mean)",
    },
    {
      name: "view",
      type: "string",
      value: "NAME",
      help: "how scores are drawn (default: one row a waterfall, several a beeswarm)",
      choices: views,
    },
    { name: "feature", type: "string", value: "NAME", help: "the feature that --view dependence shows (default the strongest)" },
    {
      name: "top",
      type: "string",
      value: "N",
      help: "features shown one by one; the others are one sum",
      number: { minimum: 1, integer: true },
      default: 16,
    },
    {
      name: "columns",
      type: "string",
      value: "NAMES",
      help: "the model's columns in its order, with commas between; island=Dream is 1 where the column island says Dream (default: as config.json says)",
    },
    {
      name: "label",
      type: "string",
      value: "NAME",
      help: "the column that says what is true of a row; the model is not shown it",
    },
    labelsOption,
    outputOption,
    ...outputOptions,
  ],
  examples: [
    "attr tabular --row 200",
    "attr tabular --rows all --target Gentoo --html gentoo.html",
    "attr tabular --rows all --view dependence --feature bill_length_mm --svg bill.svg",
    "attr tabular model.onnx data.csv --row 3 --columns age,income,city=Oslo,city=Rome --method integrated-gradients",
  ],
  async run({ given, terminal, signal }) {
    const [modelPath, dataPath] = modelAndData(given);
    const opened = await openTensorModel(modelPath ?? penguins);
    await using _ = opened.model;
    const reading = await tableReadingOf(opened);
    const labels = await chosenLabels(given, reading.labels);
    const path = dataPath ?? reading.table?.path;
    if (path === undefined) throw new UsageError(`DATA.csv is missing: which rows is "${modelPath}" shown?`);
    const isOwn = path === reading.table?.path || basename(path) === basename(reading.table?.path ?? "");
    const data = await readModelTable(path, reading, {
      columns:
        given
          .text("columns")
          ?.split(",")
          .map((name) => name.trim()) ?? reading.columns,
      label: given.text("label") ?? (isOwn ? reading.table?.label : undefined),
    });
    const asked = chosenRows(given, data.table.rows.length);
    const chosen = given.text("rows") === "all" && asked.length > 1 ? completeRows(data) : asked;
    if (chosen.length === 0)
      throw new InvalidArgumentError(`every row of "${path}" has an empty cell where the model takes a number`);
    const name = chosenTableMethod(given, data.groups.groups.length);
    const method = methodNamed(name);
    const work = chosenWork(given, name);
    const { model, output, inner } = chosenOutput(opened.model, given.text("output"));
    const { input } = reading;
    const rows = tensor(rowsAt(data, chosen), input.dtype === "float64" ? "float64" : "float32");
    const { [output]: raw } = await model.run({ feeds: { [input.name]: model.backend.from(rows) }, fetches: [output], signal });
    const told = explainedRows(await model.backend.read(raw!), { labels, target: given.text("target"), inner });

    const background = method.settings.includes("baselines") ? await chosenBackground(given, data, reading) : undefined;
    if (background === undefined && given.typed("background"))
      throw new UsageError(`--background is for other methods; ${name} compares with nothing`);
    const shared = method.settings.includes("featureMask");
    const progress = terminal.progress("explaining rows");
    const result = await method
      .create(model, {})
      .attribute(
        { [input.name]: rows },
        {
          ...work,
          target: told.explained.target,
          ...(background !== undefined && { baselines: { [input.name]: tensor(background, rows.dtype) } }),
          ...(shared && { featureMask: { [input.name]: data.groups.mask } }),
          signal,
          onProgress: progress,
        },
      )
      .finally(progress.done);

    const { explained, unit } = told.explained;
    const single = chosen.length === 1;
    const view = given.text("view") === undefined ? undefined : given.choice("view", views, "bars");
    const where = single ? `row ${chosen[0]! + 1} of ${basename(path)}` : `${chosen.length} rows of ${basename(path)}`;
    const columnwise = tabularDocument(result, {
      title: `What speaks for ${told.explained.name} in ${where}`,
      explained,
      unit,
      names: data.columns,
      inputs: { [input.name]: rows },
      labels: chosen.map((row) => rowName(data, row)),
      view: view ?? (single ? (result.baseValue === undefined ? "bars" : "waterfall") : "beeswarm"),
      top: given.number("top") ?? 16,
    });
    const document = featuresDocument(columnwise, data.groups.groups, { shared, units: reading.units });
    const shown: TabularDocument = {
      ...document,
      ...featureShown(given, data),
      notes: [
        ...told.sentences,
        ...leftOutInWords(data),
        ...(background === undefined ? [] : [backgroundInWords(background, data)]),
        ...document.notes,
      ],
    };
    const about = {
      model: opened.name,
      table: basename(path),
      rows: chosen.map((row) => row + 1),
      explained,
      unit,
      columns: data.columns,
      features: data.groups.groups.map((group) => ({ name: group.name, columns: group.columns })),
      ...(background !== undefined && { background: Array.from(background.data) }),
      answers: told.answers,
    };
    await show(
      { toAnsi: (ansi) => toAnsi(shown, ansi), toHtml: () => toHtml(shown), toSvg: () => toSvg(shown) },
      { ...result.toJSON(), about },
      given,
      terminal,
    );
    const { calls, rows: run } = result.evaluations;
    terminal.log([counted(calls, "model call"), counted(run, "row")].join(", "));
  },
};

/** The two words that are no options: a model and a table, or one of them. */
function modelAndData(given: Arguments): readonly [model: string | undefined, data: string | undefined] {
  const [first, second] = given.operands;
  if (second === undefined && first !== undefined && /\.(csv|tsv|txt)$/i.test(first)) return [undefined, first];
  return [first, second];
}

function chosenTableMethod(given: Arguments, features: number): MethodName {
  return given.choice("method", tableMethods, features <= mostExact ? "shapley-values" : "kernel-shap");
}

/** What a row is called: its number, and what is true of it where a column says so. */
function rowName({ table, label }: ReadTable, row: number): string {
  const truth = label === undefined ? "" : ` (${table.rows[row]![table.names.indexOf(label)]})`;
  return `row ${row + 1}${truth}`;
}

function leftOutInWords({ missing }: ReadTable): readonly string[] {
  if (missing.size === 0) return [];
  const [rows, have] = missing.size === 1 ? ["row", "has"] : ["rows", "have"];
  return [`${missing.size} ${rows} of the table ${have} no number where the model takes one, and count for nothing.`];
}

/** The feature of a dependence picture, by its place. @throws InvalidArgumentError for a name that is none. */
function featureShown(given: Arguments, { groups: { groups } }: ReadTable): Pick<TabularDocument, "feature"> {
  const asked = given.text("feature");
  if (asked === undefined) return {};
  const feature = groups.findIndex(({ name }) => name === asked);
  if (feature < 0)
    throw new InvalidArgumentError(`--feature "${asked}" is none of ${groups.map(({ name }) => `"${name}"`).join(", ")}`);
  return { feature };
}
