import { basename } from "node:path";
import { type HostTensor, InvalidArgumentError } from "@attr/core";
import {
  gridSegments,
  type ImageBaseline,
  imageBaseline,
  type RgbaPixels,
  type Segments,
  segmentLabels,
  segmentMask,
  superpixels,
} from "@attr/inputs";
import { digits } from "@attr/models";
import { type ImageDocument, type ImageOverlay, imageDocument, toAnsi, toHtml, toSvg } from "@attr/viz";
import { type Arguments, UsageError } from "../arguments.ts";
import { openTensorModel } from "../models/open-tensor-model.ts";
import {
  chosenRange,
  drawnPixels,
  exampleCount,
  examplePicture,
  isPicture,
  labelsFrom,
  type PictureReading,
  preparedPicture,
  rangeOption,
  readingOf,
} from "../pictures/model-picture.ts";
import { readPicture } from "../pictures/read-picture.ts";
import { methodOption, outputOptions, show } from "../shared-options.ts";
import { chosenOutput } from "../tensors/chosen-output.ts";
import { answersInWords, explainedOutput } from "../tensors/explained-output.ts";
import { chosenWork, outputOption, takesOption, workOptions } from "../tensors/method-options.ts";
import { lastConvolution, networkLayers } from "../tensors/network-layers.ts";
import { pictureMethods, type TensorMethodName, type TensorMethodOptions, tensorMethod } from "../tensors/tensor-methods.ts";
import { counted } from "../terminal.ts";
import type { RunnableCommand } from "./command.ts";

const overlays = ["heat", "blended", "signed", "masked", "contour"] as const satisfies readonly ImageOverlay[];
const signs = ["all", "positive", "negative", "absolute"] as const;
const baselines = ["black", "white", "mean", "neutral", "blur", "#RRGGBB"] as const;

/** A picture smaller than this has few pixels of one colour, so that it is cut into a grid and not by its colours. */
const smallPicture = 64;

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
      help: `what stands for an absent part: ${baselines.join(", ")} or blur:RADIUS (default black)`,
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
    { name: "labels", type: "string", value: "FILE", path: "file", help: "the names of the classes: one a line, or JSON" },
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
    const method = tensorMethod(name);
    const work = chosenWork(given, name);
    const baseline = chosenBaseline(given, name);
    const { modelPath, picture, called } = await whatToExplain(given);
    const opened = await openTensorModel(modelPath ?? digits);
    await using _ = opened.model;
    const reading = await readingOf(opened, chosenRange(given));
    const labels = given.text("labels") === undefined ? reading.labels : await labelsFrom(given.text("labels")!);
    const { input, preprocessing } = reading;
    const { layout } = preprocessing;
    const { tensor, seen } = preparedPicture(picture, reading);
    const { model, output, inner } = chosenOutput(opened.model, given.text("output"));

    const { [output]: logits } = await model.run({ feeds: { [input]: model.backend.from(tensor) }, fetches: [output], signal });
    const told = explainedOutput(await model.backend.read(logits!), { labels, target: given.text("target"), inner });
    const segments = takesOption(method.takes, "featureMask") ? chosenSegments(given, seen) : unusedSegments(given, name, seen);
    const mask = segments === undefined ? undefined : segmentMask(segments, layout);
    const layer = method.atLayer === true ? await chosenLayer(given, opened, output) : undefined;
    if (name === "guided-grad-cam" && layout === "channels-last")
      throw new InvalidArgumentError("guided-grad-cam needs a model with its channels first; grad-cam takes both");
    const progress = terminal.progress("explaining the picture");
    const takes = (option: Parameters<typeof takesOption>[1]): boolean => takesOption(method.takes, option);
    const options: TensorMethodOptions = {
      ...work,
      target: told.target,
      ...(takes("baselines") && { baselines: { [input]: imageBaseline(picture, preprocessing, baseline) } }),
      ...(takes("featureMask") && mask !== undefined && { featureMask: { [input]: mask } }),
      ...(takes("window") && windows(given, tensor, layout)),
      ...(takes("stdev") && { stdev: 0.1 * rangeOf(tensor) }),
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

function chosenBaseline(given: Arguments, name: TensorMethodName): ImageBaseline {
  const text = given.text("baseline") ?? "black";
  if (given.typed("baseline") && !takesOption(tensorMethod(name).takes, "baselines"))
    throw new UsageError(`--baseline is for other methods; ${name} compares with nothing`);
  if (text === "black" || text === "white" || text === "mean" || text === "neutral") return { kind: text };
  const [, radius] = /^blur(?::(\d+(?:\.\d+)?))?$/.exec(text) ?? [];
  if (text.startsWith("blur") && (text === "blur" || radius !== undefined))
    return { kind: "blurred", radius: Number(radius ?? 8) };
  const [, red, green, blue] = /^#([\da-f]{2})([\da-f]{2})([\da-f]{2})$/i.exec(text) ?? [];
  if (red === undefined) throw new UsageError(`--baseline takes one of ${baselines.join(", ")} or blur:RADIUS, got "${text}"`);
  return { kind: "color", color: [red, green, blue].map((part) => Number.parseInt(part!, 16)) as [number, number, number] }; // three were read
}

function chosenSegments(given: Arguments, seen: RgbaPixels): Segments {
  const count = given.number("segments");
  const cells = given.number("grid");
  if (given.typed("segments") && given.typed("grid"))
    throw new UsageError("--segments and --grid are two ways to cut: leave one out");
  const small = Math.max(seen.width, seen.height) < smallPicture;
  if (cells !== undefined || (count === undefined && small)) return gridSegments(seen, cells ?? 7, cells ?? 7);
  return superpixels(seen, count === undefined ? {} : { count });
}

function unusedSegments(given: Arguments, name: TensorMethodName, seen: RgbaPixels): undefined {
  for (const option of ["segments", "grid"] as const)
    if (given.typed(option) && !(option === "segments" && name === "xrai"))
      throw new UsageError(
        `--${option} is for methods that take parts away; ${name} scores every pixel of ${seen.width} × ${seen.height}`,
      );
}

/** XRAI ranks parts of several sizes; for small pictures core's grids serve. */
function xraiSegments(given: Arguments, seen: RgbaPixels, input: string): Pick<TensorMethodOptions, "segments"> {
  const count = given.number("segments");
  if (count === undefined && Math.max(seen.width, seen.height) < smallPicture) return {};
  const middle = count ?? 60;
  const counts = [...new Set([Math.ceil(middle / 3), middle, middle * 3])];
  return { segments: counts.map((parts) => ({ [input]: segmentLabels(superpixels(seen, { count: parts })) })) };
}

function windows(
  given: Arguments,
  { shape }: HostTensor,
  layout: PictureReading["preprocessing"]["layout"],
): TensorMethodOptions {
  const first = layout === "channels-first";
  const [channels, height, width] = first ? [shape[1]!, shape[2]!, shape[3]!] : [shape[3]!, shape[1]!, shape[2]!];
  const side = given.number("window") ?? Math.max(1, Math.round(Math.max(height, width) / 7));
  if (side > Math.min(height, width))
    throw new UsageError(`--window ${side} is larger than the picture the model sees, ${width} × ${height}`);
  const stride = Math.max(1, Math.floor(side / 2));
  return first
    ? { window: [channels, side, side], strides: [channels, stride, stride] }
    : { window: [side, side, channels], strides: [stride, stride, channels] };
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
