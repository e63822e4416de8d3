import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeModel } from "@attr/backend-onnx";
import { AttributionResult } from "@attr/core";
import { digits } from "@attr/models";
import { fc, test as property } from "@fast-check/vitest";
import { PNG } from "pngjs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { examplePicture } from "../pictures/model-picture.ts";
import { attr } from "../run.fixture.ts";
import { pictureMethods } from "../tensors/tensor-methods.ts";
import { imageClassifier } from "./onnx-files.fixture.ts";

/** The digits with their channels last. */
const tfjsDigits = fileURLToPath(new URL("tfjs/model.json", digits));
let folder = "";
const at = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "attr-image-"));
  const { picture } = await examplePicture(7);
  const png = new PNG({ width: picture.width, height: picture.height });
  png.data.set(Uint8Array.from(picture.data));
  await writeFile(at("seven.png"), PNG.sync.write(png));
  await writeFile(at("small.onnx"), writeModel(imageClassifier()));
  await writeFile(at("labels.txt"), "cat, tabby\ndog\nfish\n");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Saved {
  readonly about: {
    readonly explained: string;
    readonly segments?: number;
    readonly answers: readonly { readonly label: string }[];
  };
}

async function explained(...words: string[]): Promise<{ readonly result: AttributionResult } & Saved> {
  const { code, out, err } = await attr(["image", ...words, "--json", "-", "--quiet"]);
  expect(err).toBe("");
  expect(code).toBe(0);
  return { result: AttributionResult.fromJSON(out), ...(JSON.parse(out) as Saved) };
}

const sumOf = (values: ArrayLike<number | bigint>): number => Array.from(values, Number).reduce((sum, value) => sum + value, 0);
const scoresOf = ({ result }: { readonly result: AttributionResult }): readonly number[] =>
  Array.from(Object.values(result.attributions)[0]!.data, Number);

describe("attr image", () => {
  test("explains an embedded digit in one line", async () => {
    const { code, out, err } = await attr(["image", "--example", "7"]);
    expect(code).toBe(0);
    expect(out).toContain('What speaks for "7" in example 7, a 7');
    expect(out).toMatch(/The model answers "7" \(9\d\.\d %\)/);
    expect(out + err).not.toContain("\u001b");
    expect(err).toBe("2 model calls, 52 rows\n");
    expect((await attr(["image"])).out).toBe(out);
  });

  test("a class is named by its label, and another than the answer can be asked for", async () => {
    const { result, about } = await explained("--example", "7", "--target", "1");
    expect([result.target, about.explained]).toEqual([1, 'the logit of "1"']);
    expect(about.answers[0]?.label).toBe("7");
  });

  test("a picture in a file is explained as the same picture that is embedded, by ONNX and by TensorFlow.js", async () => {
    const steps = ["--steps", "8"];
    const embedded = scoresOf(await explained("--example", "7", ...steps));
    expect(scoresOf(await explained(at("seven.png"), ...steps))).toEqual(embedded);
    expect(scoresOf(await explained(fileURLToPath(digits), at("seven.png"), ...steps))).toEqual(embedded);
    const tfjs = scoresOf(await explained(tfjsDigits, at("seven.png"), ...steps));
    expect(Math.max(...tfjs.map((score, i) => Math.abs(score - embedded[i]!)))).toBeLessThan(1e-4);
  });

  test.each(["grad-cam", "guided-grad-cam"])("%s says the same of channels first and of channels last", async (method) => {
    const words = ["--example", "7", "--method", method];
    const [first, last] = [await explained(...words), await explained(tfjsDigits, ...words)].map(scoresOf);
    expect(Math.max(...last!.map((score, i) => Math.abs(score - first![i]!)))).toBeLessThan(1e-4);
  });

  test("scores of integrated gradients sum to what the picture's logit differs from a black one's", async () => {
    const { result } = await explained("--example", "4");
    expect(sumOf(scoresOf({ result }))).toBeCloseTo(Number(result.value!.data[0]) - Number(result.baseValue!.data[0]), 1);
  });

  // No test may take long, and most methods need many rows.
  const quick: Readonly<Record<string, readonly string[]>> = {
    "kernel-shap": ["--samples", "60"],
    lime: ["--samples", "60"],
    "shapley-value-sampling": ["--samples", "2"],
    "shapley-values": ["--grid", "3"],
    "guided-integrated-gradients": ["--steps", "10"],
  };
  test.each(pictureMethods)("%s explains a digit, the same way each time", async (method) => {
    const words = ["--example", "3", "--method", method, ...(quick[method] ?? [])];
    const first = await explained(...words);
    expect(scoresOf(first).some((score) => score !== 0)).toBe(true);
    expect(scoresOf(await explained(...words))).toEqual(scoresOf(first));
  });

  property.prop([fc.integer({ min: 0, max: 24 }), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 9 })], {
    numRuns: 8,
  })(
    "Shapley values of the cells of any grid sum to the difference of the outputs, each cell counted once",
    async (example, cells, target) => {
      const { result, about } = await explained(
        ...["--example", `${example}`, "--method", "shapley-values", "--grid", `${cells}`, "--target", `${target}`],
      );
      expect(about.segments).toBe(cells * cells);
      const side = 28;
      const scores = scoresOf({ result });
      const once = Array.from({ length: cells * cells }, (_, cell) => {
        const first = (index: number): number => Math.ceil((index * side) / cells);
        return scores[first(Math.floor(cell / cells)) * side + first(cell % cells)]!;
      });
      expect(sumOf(once)).toBeCloseTo(Number(result.value!.data[0]) - Number(result.baseValue!.data[0]), 4);
    },
  );

  test("the baseline is what stands for an absent part", async () => {
    const change = async (color: string) =>
      scoresOf(await explained("--example", "0", "--method", "feature-ablation", "--baseline", color));
    expect(await change("#ffffff")).toEqual(await change("white"));
    expect(await change("white")).not.toEqual(await change("black"));
    expect(await change("blur:0")).toEqual((await change("black")).map(() => 0));
  });

  test("a bare file has classes of the user's naming, and its picture is prepared by the shape of its input", async () => {
    const { result, about } = await explained(
      at("small.onnx"),
      at("seven.png"),
      "--labels",
      at("labels.txt"),
      "--target",
      "Tabby",
    );
    expect(result.target).toBe(0);
    expect(about.explained).toBe('the logit of "cat, tabby"');
    expect(Object.values(result.attributions)[0]!.shape).toEqual([1, 1, 6, 6]);
    const unnamed = await attr(["image", at("small.onnx"), at("seven.png")]);
    expect(unnamed.out).toMatch(/The model answers class \d/);
  });

  test.each([
    ["nowhere.txt", "there is no list of labels"],
    [".", "is a folder, not a list of labels"],
    ["blank.txt", "are empty: give a name a line"],
  ])("labels from %s fail with a sentence", async (name, sentence) => {
    await writeFile(at("blank.txt"), "\n\n");
    const { code, err } = await attr(["image", "--example", "1", "--labels", at(name)]);
    expect([code, err]).toEqual([1, expect.stringContaining(sentence)]);
  });

  test("an inner value can be explained, and a layer named", async () => {
    const { about } = await explained("--example", "5", "--output", "dense1", "--target", "3");
    expect(about.explained).toBe('"dense1" [3]');
    const { result } = await explained("--example", "5", "--method", "grad-cam", "--layer", "pool1");
    expect(result.attributions["pool1"]!.shape).toEqual([1, 1, 14, 14]);
  });

  test("writes the page and the picture", async () => {
    const { code, err } = await attr([
      "image",
      "--example",
      "2",
      "--html",
      at("why.html"),
      "--svg",
      at("why.svg"),
      "--view",
      "contour",
    ]);
    expect(code).toBe(0);
    expect(err).toContain(`wrote ${at("why.html")}`);
    expect(await readFile(at("why.html"), "utf8")).toMatch(/^<!doctype html>[\s\S]*The model answers/i);
    expect(await readFile(at("why.svg"), "utf8")).toContain("data:image/png;base64,");
  });

  test.each([
    [["a", "b", "c"], "at most 2 words are taken, MODEL and PICTURE"],
    [["--example", "25"], "--example takes a whole number from 0 to 24"],
    [["x.png", "--example", "1"], '--example names an embedded picture, and "x.png" another'],
    [["model.onnx"], 'PICTURE is missing: which picture is "model.onnx" shown?'],
    [["--method", "saliency", "--steps", "3"], "--steps is for other methods; saliency follows no path"],
    [["--method", "saliency", "--samples", "3"], "--samples is for other methods; saliency draws no samples"],
    [["--method", "saliency", "--grid", "3"], "--grid is for methods that take parts away; saliency scores every pixel"],
    [["--method", "saliency", "--baseline", "white"], "--baseline is for other methods; saliency compares with nothing"],
    [["--baseline", "pink"], '--baseline takes black, white, mean, neutral, blur, #RRGGBB or blur:RADIUS, got "pink"'],
    [["--method", "lime", "--grid", "3", "--segments", "9"], "--segments and --grid are two ways to cut"],
    [["--method", "saliency", "--layer", "conv1"], "--layer is for grad-cam and guided-grad-cam, not for saliency"],
    [["--window", "5"], "--window is for occlusion, not for integrated-gradients"],
    [["--method", "occlusion", "--window", "40"], "--window 40 is larger than the picture the model sees, 28 × 28"],
  ])("%j is wrong usage and exits with 2", async (words, sentence) => {
    const { code, out, err } = await attr(["image", ...words]);
    expect(err).toContain(sentence);
    expect([code, out]).toEqual([2, ""]);
  });

  test.each([
    [["nowhere", "a.png"], "there is no"],
    [["nowhere.png"], 'there is no picture "nowhere.png"'],
    [["--target", "seven"], 'no class is named "seven": there are "0", "1"'],
    [["--target", "10"], "--target 10 is outside the model's 10 classes (0 to 9)"],
    [["--layer", "nothing", "--method", "grad-cam"], '"nothing"'],
  ])("%j fails with a sentence and exits with 1", async (words, sentence) => {
    const { code, out, err } = await attr(["image", ...words]);
    expect(err).toContain(sentence);
    expect([code, out, err.trim().split("\n").length]).toEqual([1, "", 1]);
  });

  test("a model that takes no picture is refused by the shape of its input", async () => {
    const { code, err } = await attr(["image", fileURLToPath(new URL("../penguins/", digits)), at("seven.png")]);
    expect(code).toBe(1);
    expect(err).toContain("the model's input has shape [n, 9]; a picture's has four axes");
  });
});
