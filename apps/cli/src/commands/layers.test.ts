import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeModel } from "@attr/backend-onnx";
import { digits, penguins, talesChoice } from "@attr/models";
import { fc, test as property } from "@fast-check/vitest";
import { PNG } from "pngjs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { examplePicture } from "../pictures/model-picture.ts";
import { attr } from "../run.fixture.ts";
import { partlyDifferentiable } from "./onnx-files.fixture.ts";

let folder = "";
const at = (name: string): string => join(folder, name);
const path = (model: URL): string => fileURLToPath(model);
const gentoo = [50, 15, 220, 5500, 1, 0, 0, 0, 1];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "attr-layers-"));
  await writeFile(at("partly.onnx"), writeModel(partlyDifferentiable()));
  await writeFile(
    at("gentoo.csv"),
    "bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g,island,sex\n0,0,0,0,,\n50,15,220,5500,Biscoe,male\n",
  );
  await writeFile(at("gentoo.json"), JSON.stringify([gentoo]));
  await writeFile(at("both.json"), JSON.stringify({ ids: [1], x: [[1, 2]] }));
  const { picture } = await examplePicture(7);
  const png = new PNG({ width: picture.width, height: picture.height });
  png.data.set(Uint8Array.from(picture.data));
  await writeFile(at("7.png"), PNG.sync.write(png));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Report {
  readonly schema: string;
  readonly method: string;
  readonly explained: string;
  readonly measure: string;
  readonly value: number;
  readonly baseValue: number;
  readonly layers: readonly {
    readonly name: string;
    readonly operator: string;
    readonly score: number;
    readonly shape: readonly number[];
    readonly half: { readonly units: number; readonly of: number };
  }[];
  readonly leftOut: Readonly<Record<string, string>>;
}

async function report(...words: string[]): Promise<Report> {
  const { code, out, err } = await attr(["layers", ...words, "--json", "-", "--quiet"]);
  expect(err).toBe("");
  expect(code).toBe(0);
  return JSON.parse(out);
}

const scoresOf = ({ layers }: Report): readonly number[] => layers.map(({ score }) => score);

describe("attr layers", () => {
  test("explains an embedded digit in one line, from the input to the output", async () => {
    const { code, out, err } = await attr(["layers"]);
    expect(code).toBe(0);
    expect(out).toContain('What the layers of digits contribute to "7"');
    expect(out).toMatch(/input\n.*conv1 .*\n.*conv2 .*\n.*conv3 .*\n.*dense1 .*\noutput/);
    expect(out).toMatch(/Half of a layer's strength lies in so many of its units: conv1 \d+ of 12544/);
    expect(err).toBe("4 layers, 8 model calls, 212 rows\n");
  });

  property.prop([fc.integer({ min: 0, max: 24 }), fc.integer({ min: 0, max: 9 })], { numRuns: 3 })(
    "what flows through each layer of a network in a row sums to the change of the output",
    async (example, target) => {
      const found = await report("--example", `${example}`, "--target", `${target}`, "--steps", "100");
      expect(found.layers.map(({ name }) => name)).toEqual(["conv1", "conv2", "conv3", "dense1"]);
      for (const score of scoresOf(found)) expect(Math.abs(score - (found.value - found.baseValue))).toBeLessThan(0.5);
    },
    60_000,
  );

  test("all layers, or those named, in the order asked for", async () => {
    const all = await report("--layers", "all", "--method", "layer-gradient-x-activation");
    expect(all.layers.map(({ name }) => name)).toEqual([
      ...["conv1", "relu1", "pool1", "conv2", "relu2", "pool2", "conv3", "relu3", "pool3", "flat", "dense1", "relu4"],
    ]);
    const { layers } = await report("--layers", "pool2, conv1", "--method", "layer-gradient-x-activation");
    expect(layers.map(({ name, operator, shape }) => [name, operator, shape])).toEqual([
      ["pool2", "MaxPool", [32, 7, 7]],
      ["conv1", "Conv", [16, 28, 28]],
    ]);
  });

  test("the output as a layer has the explained number itself as its gradient times its value", async () => {
    const { layers, value } = await report("--layers", "logits", "--method", "layer-gradient-x-activation");
    expect(layers[0]!.score).toBeCloseTo(value, 6);
    expect(layers[0]!.half).toEqual({ units: 1, of: 10 });
  });

  test("the measure is what the method's numbers are for, or the one asked for", async () => {
    const measured = async (...words: string[]) => (await report("--layers", "dense1", "--steps", "5", ...words)).measure;
    expect(await measured()).toMatch(/sum/);
    expect(await measured("--method", "internal-influence")).toMatch(/magnitude/);
    expect(await measured("--measure", "magnitude")).toMatch(/magnitude/);
    const sum = await report("--layers", "relu4", "--method", "layer-activation", "--measure", "sum");
    const mean = await report("--layers", "relu4", "--method", "layer-activation");
    expect(mean.explained).toBe("each layer's own values");
    // A rectifier's values are their own magnitudes.
    expect(mean.layers[0]!.score).toBeCloseTo(sum.layers[0]!.score / 64, 5);
  });

  test("ONNX and TensorFlow.js have the same layers and the same numbers", async () => {
    const words = ["--example", "3", "--method", "layer-gradient-x-activation"];
    const [onnx, tfjs] = [await report(...words), await report(path(new URL("tfjs/", digits)), ...words)];
    expect(tfjs.layers.map(({ name }) => name)).toEqual(onnx.layers.map(({ name }) => name));
    scoresOf(tfjs).forEach((score, i) => {
      expect(score).toBeCloseTo(onnx.layers[i]!.score, 3);
    });
  });

  test("a row is fed as numbers, from a table or a file, and from the model's own table", async () => {
    const inline = await report(path(penguins), "--input", JSON.stringify([gentoo]));
    expect(inline.explained).toBe('the logit of "Gentoo"');
    expect(await report(path(penguins), "--input", `x=${JSON.stringify(gentoo)}`)).toEqual(inline);
    expect(await report(path(penguins), "--input", at("gentoo.csv"), "--row", "2")).toEqual(inline);
    expect(await report(path(penguins), "--input", at("gentoo.json"))).toEqual(inline);
    expect((await report(path(penguins), "--row", "200")).explained).toBe('the logit of "Chinstrap"');
    expect((await report(path(penguins))).layers.map(({ name }) => name)).toEqual(["dense1", "dense2"]);
  });

  test("a picture is fed as it is to attr image, also one whose name begins with a digit", async () => {
    expect(scoresOf(await report(path(digits), "--input", at("7.png"), "--steps", "5"))).toEqual(
      scoresOf(await report("--example", "7", "--steps", "5")),
    );
  });

  test("the baseline is where the way begins", async () => {
    const same = await report(path(penguins), "--input", at("gentoo.json"), "--baseline", at("gentoo.json"));
    expect(scoresOf(same)).toEqual([0, 0]);
    const random = ["--input", "random", "--seed", "3"];
    expect(await report(path(digits), ...random, "--steps", "3")).toEqual(await report(path(digits), ...random, "--steps", "3"));
    expect((await report(path(digits), "--input", "random", "--steps", "3")).value).not.toEqual(
      (await report(path(digits), ...random, "--steps", "3")).value,
    );
  });

  test("several inputs are named, or come in one file; whole numbers go along", async () => {
    const named = await report(at("partly.onnx"), "-i", "ids=[1]", "-i", "x=[[1,2]]", "--target", "0", "--layers", "all");
    expect(named.layers.map(({ name }) => name).toSorted()).toEqual(["distance", "embedded"]);
    expect(await report(at("partly.onnx"), "-i", at("both.json"), "--target", "0", "--layers", "all")).toEqual(named);
  });

  test("where all inputs are whole numbers the gradient at the layers is taken", async () => {
    const ids = (name: string, ...rows: readonly (readonly number[])[]) => ["-i", `${name}=${JSON.stringify([rows])}`];
    const words = [
      path(talesChoice),
      ...[
        ...ids("input_ids", [1, 40, 41, 2, 50, 2], [1, 40, 41, 2, 60, 2]),
        ...ids("token_type_ids", [0, 0, 0, 0, 1, 1], [0, 0, 0, 0, 1, 1]),
      ],
      ...ids("attention_mask", [1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1]),
    ];
    const found = await report(...words);
    expect(found.method).toBe("LayerGradientXActivation");
    expect(found.layers.length).toBeGreaterThan(20);
    const { code, err } = await attr(["layers", ...words, "--method", "layer-conductance"]);
    expect(code).toBe(1);
    expect(err).toContain("the model's inputs are whole ones: layer-gradient-x-activation takes them");
  });

  test("writes the page and the strip", async () => {
    expect((await attr(["layers", "--steps", "5", "--html", at("a.html"), "--svg", at("a.svg")])).code).toBe(0);
    expect(await readFile(at("a.html"), "utf8")).toMatch(/^<!doctype html>[\s\S]*conv2/i);
    expect(await readFile(at("a.svg"), "utf8")).toContain("<svg");
  });

  test.each([
    [["a", "b"], "at most 1 word is taken, MODEL"],
    [["--method", "layer-activation", "--steps", "3"], "--steps is for methods that follow a way; layer-activation follows none"],
    [["--method", "layer-activation", "--baseline", "zeros"], "--baseline is for methods that follow a way"],
    [["--input", "zeros", "--example", "1"], "--input and --example both say what is fed"],
    [[path(digits)], '--input is missing: "digits" takes "image" float32 [n, 1, 28, 28]'],
  ])("%j is wrong usage and exits with 2", async (words, sentence) => {
    const { code, out, err } = await attr(["layers", ...words]);
    expect(err).toContain(sentence);
    expect([code, out]).toEqual([2, ""]);
  });

  test.each([
    [["--layers", "conv9"], '"digits" has no value "conv9"; layers before "logits" are conv1, relu1'],
    [["--output", "nothing"], 'the model has no value "nothing"; its outputs are logits'],
    [["--input", "soon"], '--input "soon" is no value for "image": give a picture'],
    [["--input", "[1,2]"], '--input of "image" has shape [2], and the model takes [n, 1, 28, 28]'],
    [["--input", "[[1,2],[3]]"], '--input of "image" holds no numbers'],
    [["--input", "[1,"], "--input is no JSON"],
    [["--input", "nowhere.json"], 'there is no file "nowhere.json"'],
    [["--input", "zeros", "--input", "ones"], '--input gives "image" twice'],
  ])("%j fails with a sentence and exits with 1", async (words, sentence) => {
    const { code, out, err } = await attr([
      "layers",
      path(digits),
      ...words,
      ...(words.includes("--input") ? [] : ["--input", "zeros"]),
    ]);
    expect(err).toContain(sentence);
    expect([code, out, err.trim().split("\n").length]).toEqual([1, "", 1]);
  });

  test("an input of several that is not named, or missing, is told", async () => {
    const unnamed = await attr(["layers", at("partly.onnx"), "-i", "[1]"]);
    expect(unnamed.err).toContain(
      'must say which input it is for, as in ids=VALUE: "partly.onnx" takes "ids" int64 [n], "x" float32 [n, 2]',
    );
    const missing = await attr(["layers", at("partly.onnx"), "-i", "ids=[1]"]);
    expect([missing.code, missing.err]).toEqual([2, expect.stringContaining('--input is missing for "x" float32 [n, 2]')]);
    const several = await attr(["layers", at("partly.onnx"), "-i", "ids=[1,2]", "-i", "x=[[1,2],[3,4]]"]);
    expect([several.code, several.err]).toEqual([2, expect.stringContaining("has 2 examples; the layers of one are shown")]);
  });
});
