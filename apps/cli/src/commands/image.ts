import { basename } from "node:path";
import { type HostTensor, InvalidArgumentError, type TargetOptions } from "@attr/core";
import { type MethodSettings, methodNamed, type SettingName } from "@attr/core/catalogue";
import { imageBaseline, type RgbaPixels, segmentMask } from "@attr/inputs";
import { digits } from "@attr/models";
import { type ImageDocument, type ImageOverlay, imageDocument, toAnsi, toHtml, toSvg } from "@attr/viz";
import { type Arguments, UsageError } from "../arguments.ts";
import { chosenLabels, labelsOption } from "../models/class-labels.ts";
import { openTensorModel } from "../models/open-tensor-model.ts";
import { baselineForms, chosenBaseline } from "../pictures/chosen-baseline.ts";
import { chosenSegments, occlusionWindow, smallPicture, xraiSegments } from "../pictures/chosen-cut.ts";
import {
  chosenRange,
  drawnPixels,
  exampleCount,
  examplePicture,
  isPicture,
  preparedPicture,
  rangeOption,
  readingOf,
} from "../pictures/model-picture.ts";
import { readPicture } from "../pictures/read-picture.ts";
import { methodOption, outputOptions, show } from "../shared-options.ts";
import { chosenOutput } from "../tensors/chosen-output.ts";
import { answersInWords, explainedOutput } from "../tensors/explained-output.ts";
import { chosenWork, outputOption, workOptions } from "../tensors/method-options.ts";
import { lastConvolution, networkLayers } from "../tensors/network-layers.ts";
import { pictureMethods } from "../tensors/tensor-methods.ts";
import { counted } from "../terminal.ts";
import type { RunnableCommand } from "./command.ts";

const overlays = ["heat", "blended", "signed", "masked", "contour"] as const satisfies readonly ImageOverlay[];
const signs = ["all", "positive", "negative", "absolute"] as const;

/** `attr image`: which parts of a picture made a model answer as it did. */
export const image: RunnableCommand = {
  name: "image",
  summary: "Shows which parts of a picture made a model answer as it did.",
  usage: "attr image [MODEL] [PICTURE.png|jpg] [--target LABEL] [--method NAME] [options]",
  operand: "MODEL and PICTURE",
  operandCount: { minimum: 0, maximum: 2 },
  options: [
    {
      name: "example",
      type: "string",
      value: "K",
      help: "explain a picture that comes with the embedded digits: the digit K mod 10, from 20 on one that is read wrongly",
      number: { minimum: 0, maximum: exampleCount - 1, integer: true },
    },
    {
      name: "target",
      short: "t",
      type: "string",
      value: "LABEL",
      help: "the class explained, by name or number (default: the one the model answers)",
    },
    methodOption(pictureMethods),
    ...workOptions,
    {
      name: "baseline",
      type: "string",
      value: "COLOR",
      help: `what stands for an absent part: ${baselineForms}`,
      default: "black",
    },
    {
      name: "segments",
      type: "string",
      value: "N",
      help: "take away about N parts of like colour, for methods that take parts away (default 40)",
      number: { minimum: 1, maximum: 10_000, integer: true },
    },
    {
      name: "grid",
      type: "string",
      value: "N",
      help: `take away the cells of a grid of N by N (default 7 for pictures under ${smallPicture} pixels)`,
      number: { minimum: 1, maximum: 1000, integer: true },
    },
    {
      name: "window",
      type: "string",
      value: "N",
      help: "side of the square that occlusion moves, in pixels (default a seventh of the picture)",
      number: { minimum: 1, integer: true },
    },
    {
      name: "layer",
      type: "string",
      value: "VALUE",
      help: "the layer of grad-cam and guided-grad-cam (default the last convolution)",
    },
    {
      name: "view",
      type: "string",
      value: "NAME",
      help: "how the scores lie over the picture",
      choices: overlays,
      default: "blended",
    },
    { name: "sign", type: "string", value: "NAME", help: "which scores are shown", choices: signs, default: "all" },
    outputOption,
    rangeOption,
    labelsOption,
    ...outputOptions,
  ],
  examples: [
    "attr image --example 7",
    "attr image --example 7 --target 1 --method occlusion --view signed --html why.html",
    "attr image ./mobilenet cat.jpg --method kernel-shap --segments 60 --baseline blur --svg why.svg",
    "attr image model.onnx cat.png --range imagenet --labels labels.txt --target 281 --json result.json",
  ],
  async run({ given, terminal, signal }) {
    const name = given.choice("method", pictureMethods, "integrated-gradients");
    const method = methodNamed(name);
    const takes = (setting: SettingName): boolean => method.settings.includes(setting);
    const work = chosenWork(given, name);
    const baseline = chosenBaseline(given, name);
    if (given.typed("layer") && !takes("layer"))
      throw new UsageError(`--layer is for grad-cam and guided-grad-cam, not for ${name}`);
    if (given.typed("window") && !takes("window")) throw new UsageError(`--window is for occlusion, not for ${name}`);
    const { modelPath, picture, called } = await whatToExplain(given);
    const opened = await openTensorModel(modelPath ?? digits);
    await using _ = opened.model;
    const reading = await readingOf(opened, chosenRange(given));
    const labels = await chosenLabels(given, reading.labels);
    const { input, preprocessing } = reading;
    const { layout } = preprocessing;
    const { tensor, seen } = preparedPicture(picture, reading);
    const { model, output, inner } = chosenOutput(opened.model, given.text("output"));

    const { [output]: logits } = await model.run({ feeds: { [input]: model.backend.from(tensor) }, fetches: [output], signal });
    const told = explainedOutput(await model.backend.read(logits!), { labels, target: given.text("target"), inner });
    const segments = chosenSegments(given, name, seen);
    const mask = segments === undefined ? undefined : segmentMask(segments, layout);
    const layer = takes("layer") ? await chosenLayer(given, opened, output) : undefined;
    const progress = terminal.progress("explaining the picture");
    const options: MethodSettings & TargetOptions = {
      ...work,
      target: told.target,
      ...(takes("baselines") && { baselines: { [input]: imageBaseline(picture, preprocessing, baseline) } }),
      ...(takes("featureMask") && mask !== undefined && { featureMask: { [input]: mask } }),
      ...(takes("window") && occlusionWindow(given, tensor, layout)),
      ...(name === "smooth-grad" && { stdev: 0.1 * rangeOf(tensor) }), // others go without noise
      ...(takes("segments") && xraiSegments(given, seen, input)),
      signal,
      onProgress: progress,
    };
    const result = await method
      .create(model, { layout, layer })
      .attribute({ [input]: tensor }, options)
      .finally(progress.done);

    const document: ImageDocument = {
      ...imageDocument(result, {
        title: `What speaks for ${told.name} in ${called}`,
        explained: told.explained,
        unit: told.unit,
        picture: drawnPixels(seen, preprocessing.colors === "grey"),
        overlay: given.choice("view", overlays, "blended"),
        sign: given.choice("sign", signs, "all"),
        scaling: layer === undefined ? "nearest" : "smooth",
        ...(mask !== undefined && { featureMask: mask }),
      }),
    };
    const sentence = answersInWords(told.answers);
    const noted = { ...document, notes: [...(sentence === "" ? [] : [sentence]), ...document.notes] };
    const about = {
      model: opened.name,
      picture: called,
      explained: told.explained,
      unit: told.unit,
      answers: told.answers.slice(0, 10),
      ...(segments !== undefined && { segments: segments.count }),
      ...(layer !== undefined && { layer }),
    };
    await show(
      { toAnsi: (ansi) => toAnsi(noted, ansi), toHtml: () => toHtml(noted), toSvg: () => toSvg(noted) },
      { ...result.toJSON(), about },
      given,
      terminal,
    );
    const { calls, rows } = result.evaluations;
    terminal.log([counted(calls, "model call"), counted(rows, "row")].join(", "));
  },
};

/** The two words that are no options: a model and a picture, or one of them. */
async function whatToExplain(
  given: Arguments,
): Promise<{ readonly modelPath: string | undefined; readonly picture: RgbaPixels; readonly called: string }> {
  const [first, second] = given.operands;
  const single = second === undefined && first !== undefined && isPicture(first) ? first : second;
  const modelPath = single === first ? undefined : first;
  const example = given.number("example");
  if (single !== undefined && given.typed("example"))
    throw new UsageError(`--example names an embedded picture, and "${single}" another: leave one out`);
  if (single !== undefined) return { modelPath, picture: await readPicture(single), called: basename(single) };
  if (modelPath !== undefined && example === undefined)
    throw new UsageError(`PICTURE is missing: which picture is "${modelPath}" shown? (--example K shows it an embedded one)`);
  const index = example ?? 7;
  const { picture, label } = await examplePicture(index);
  return { modelPath, picture, called: `example ${index}, a ${label}` };
}

/** From the smallest to the largest number that the model is fed. */
function rangeOf({ data }: HostTensor): number {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < data.length; i++) {
    least = Math.min(least, Number(data[i]));
    most = Math.max(most, Number(data[i]));
  }
  return most > least ? most - least : 1;
}

async function chosenLayer(
  given: Arguments,
  opened: Awaited<ReturnType<typeof openTensorModel>>,
  output: string,
): Promise<string> {
  const layer = given.text("layer") ?? lastConvolution(await networkLayers(opened, output));
  if (layer === undefined)
    throw new InvalidArgumentError(`"${opened.name}" has no convolution before "${output}": name a layer with --layer`);
  return layer;
}
