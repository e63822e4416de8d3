import "../symbol-dispose.ts";
import type { AttributionResult, HostTensor, Target } from "@attr/core";
import {
  areProbabilities,
  imageBaseline,
  imageTensor,
  type RankedClass,
  type RgbaPixels,
  rankClasses,
  seenPixels,
  segmentMask,
} from "@attr/inputs";
import type { ImagePixels } from "@attr/viz";
import type { Folder } from "../files/model-folder.ts";
import { drawingPixels } from "../inputs/drawing.ts";
import { segmentsOf } from "../inputs/mask-settings.ts";
import { imageMethodNamed } from "../methods/image-method-list.ts";
import { imageAttributions } from "../methods/image-methods.ts";
import type { Tell, WorkProgress } from "../worker/messages.ts";
import { once } from "../worker/once.ts";
import { openEmbedded } from "../worker/open-embedded.ts";
import { openRuntime } from "../worker/runtime.ts";
import { serve } from "../worker/serve.ts";
import { classifierFiles, type ImageModel, openClassifier } from "./image-model.ts";
import type { ImageAnswer, ImageExplanation, ImageSettings } from "./images-settings.ts";

const digitsFiles = import.meta.glob<string>(["../../generated/digits/*", "!**/examples.json"], {
  query: "?url",
  import: "default",
  eager: true,
});

const openDigits = once(async (onProgress): Promise<ImageModel> => {
  const { files, runtime } = await openEmbedded(digitsFiles, onProgress);
  return await openClassifier(
    { name: "digits", descriptions: files, model: files["onnx/model.onnx"]!, externalData: {} },
    runtime,
  );
});

/** The user's own classifier that was asked about last. */
let own: { readonly folder: string; readonly opened: ImageModel } | undefined;

async function openOwn(folder: Folder, onProgress: (progress: WorkProgress) => void): Promise<ImageModel> {
  const listed = [folder.name, ...folder.files.map(({ path, file }) => `${path} ${file.size} ${file.lastModified}`)].join("\n");
  if (own?.folder === listed) return own.opened;
  await own?.opened.model.dispose();
  own = undefined;
  onProgress({ doing: "Reading the folder", done: 0, unit: "" });
  const files = await classifierFiles(folder);
  const threads = Math.min(4, Math.max(1, Math.floor(navigator.hardwareConcurrency / 2)));
  const runtime = await openRuntime(threads, (done) => onProgress({ doing: "Loading the runtime", done, unit: "bytes" }));
  onProgress({ doing: "Opening the model", done: 0, unit: "" });
  own = { folder: listed, opened: await openClassifier(files, runtime) };
  return own.opened;
}

serve<ImageSettings, ImageAnswer>(async (settings, tell) => {
  const { folder, drawing } = settings;
  const opened = await (folder === undefined ? openDigits(tell.progress) : openOwn(folder, tell.progress));
  tell.ready();
  const pixels = folder === undefined ? drawingPixels(drawing) : settings.picture;
  if (pixels === undefined) return { model: opened.facts };
  return { model: opened.facts, explanation: await explain(opened, pixels, settings, tell) };
});

/** How many classes are listed. */
const listed = 10;

async function explain(
  opened: ImageModel,
  pixels: RgbaPixels,
  settings: ImageSettings,
  tell: Tell<ImageAnswer>,
): Promise<ImageExplanation> {
  const { model, input, output, preprocessing, facts } = opened;
  const method = imageMethodNamed(settings.method);
  if (method.kind === "gradient" && facts.noGradient !== undefined)
    throw new Error(`${method.label} needs gradients, and the model has none by its picture: ${facts.noGradient}`);
  tell.progress({ doing: "Looking at the picture", done: 0, unit: "" });
  const image = imageTensor(pixels, preprocessing);
  const fetched = await model.run({ feeds: { [input]: image }, fetches: [output] });
  const found = (await model.backend.read(fetched[output]!)) as HostTensor; // of the host backend, which OnnxModel says it has
  const [, classes = 0, ...rest] = found.shape;
  if (found.data.length !== classes || rest.some((length) => length !== 1))
    throw new Error(
      `“${facts.name}” gives an output of shape [${found.shape.join(", ")}]; a classifier gives one number a class`,
    );
  const outputs = Float64Array.from(found.data, Number);
  const ranked = rankClasses(outputs, facts.labels);
  const target = settings.target < 0 ? ranked[0]! : ranked.find(({ index }) => index === settings.target);
  if (target === undefined) throw new Error(`class ${settings.target} is none of the model's ${ranked.length}`);
  const seen = seenPixels(pixels, preprocessing);
  const masked = method.settings.includes("featureMask");
  const segments = segmentsOf(settings.mask, seen);
  if (masked && segments.count < 2)
    throw new Error(
      "the picture is one part: paint some of it, or choose a grid or superpixels, so that there is something to compare",
    );
  const known: ImageExplanation = {
    schema: "attr.image/1",
    classes: ranked.slice(0, listed),
    target,
    unit: areProbabilities(outputs) ? "probability" : "logits",
    picture: asPicture(seen),
    layout: preprocessing.layout,
    ...(masked && { parts: Array.from(segments.labels) }),
  };
  // What the model sees is known before why.
  tell.partial({ model: facts, explanation: known });
  let last: AttributionResult | undefined;
  for await (const result of imageAttributions(method.name, {
    model,
    input,
    image,
    layout: preprocessing.layout,
    seen,
    target: targetOf(target, found.shape),
    baseline: imageBaseline(pixels, preprocessing, settings.baseline),
    mask: segmentMask(segments, preprocessing.layout),
    samples: settings.samples,
    steps: settings.steps,
    window: settings.window,
    noise: settings.noise,
    layer: settings.layer === "" ? (facts.layers.at(-1) ?? "") : settings.layer,
    onProgress: (progress) => tell.progress({ doing: "Asking the model", ...progress }),
  })) {
    last = result;
    tell.partial({ model: facts, explanation: { ...known, result: result.toJSON() } });
  }
  // Every method yields at least once.
  return { ...known, result: last!.toJSON() };
}

/** A class as a target: outputs of `[1, classes]`, and of `[1, classes, 1, 1]` as some files have. */
function targetOf({ index }: RankedClass, [, ...axes]: readonly number[]): Target {
  return { path: axes.map((_, axis) => (axis === 0 ? index : 0)) };
}

function asPicture({ width, height, data }: RgbaPixels): ImagePixels {
  const colors = new Array<number>(3 * width * height);
  for (let i = 0; i < width * height; i++) for (let c = 0; c < 3; c++) colors[3 * i + c] = data[4 * i + c]!;
  return { width, height, channels: 3, data: colors };
}
