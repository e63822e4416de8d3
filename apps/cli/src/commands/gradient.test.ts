import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type ModelProto, OnnxModel, writeModel } from "@attr/backend-onnx";
import { hostBackend } from "@attr/core";
import * as ort from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { attr } from "../run.fixture.ts";
import { halfPrecision, imageClassifier, partlyDifferentiable } from "./onnx-files.fixture.ts";

const image = Float32Array.from({ length: 72 }, (_, i) => Math.sin(i * i));
const cotangent = Float32Array.of(1, 0, 0, 0.5, -2, 0);

let folder = "";
let gradientFile = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "attr-gradient-"));
  gradientFile = join(folder, "image-gradient.onnx");
  await writeFile(join(folder, "image.onnx"), writeModel(imageClassifier()));
  await writeFile(join(folder, "partly.onnx"), writeModel(partlyDifferentiable()));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The file's gradients and values as onnxruntime-node gives them by itself. */
async function runFile(file: string): Promise<Record<string, number[]>> {
  const session = await ort.InferenceSession.create(file, { logSeverityLevel: 4, intraOpNumThreads: 1 });
  const results = await session.run({
    image: new ort.Tensor("float32", image, [2, 1, 6, 6]),
    logits_cotangent: new ort.Tensor("float32", cotangent, [2, 3]),
  });
  await session.release();
  return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, Array.from(data as Float32Array)])); // all are floats
}

/** The same, from the model itself. */
async function expected(wrt: readonly string[]): Promise<Record<string, number[]>> {
  await using model = await OnnxModel.load(join(folder, "image.onnx"));
  const { gradients, values } = await model.gradient({
    feeds: { image: hostBackend.fromData(image, [2, 1, 6, 6], "float32") },
    objective: { value: "logits", cotangent: hostBackend.fromData(cotangent, [2, 3], "float32") },
    wrt,
    fetches: ["logits"],
  });
  const result: Record<string, number[]> = {};
  for (const [name, tensor] of Object.entries(gradients))
    result[`${name}_gradient`] = Array.from((await hostBackend.read(tensor)).data, Number);
  result["logits"] = Array.from((await hostBackend.read(values["logits"]!)).data, Number);
  return result;
}

function expectClose(got: Readonly<Record<string, number[]>>, wanted: Readonly<Record<string, number[]>>): void {
  expect(new Set(Object.keys(got))).toEqual(new Set(Object.keys(wanted)));
  for (const [name, values] of Object.entries(wanted)) {
    expect(got[name], name).toHaveLength(values.length);
    for (const [i, value] of values.entries()) expect(got[name]![i], `${name}[${i}]`).toBeCloseTo(value, 5);
  }
}

describe("attr gradient", () => {
  test("writes a file whose gradients are those of the model, and says what it takes and gives", async () => {
    const words = ["gradient", join(folder, "image.onnx"), "--of", "logits", "--wrt", "image", "--wrt", "features"];
    const { code, out, err } = await attr([...words, "--out", gradientFile]);
    expect(err).toContain(`wrote ${gradientFile} (operator set 18)`);
    expect([code, out]).toEqual([0, ""]);
    expect(err).toContain("  takes image [n, 1, 6, 6]\n");
    expect(err).toMatch(/^ {2}takes logits_cotangent/m);
    for (const name of ["logits", "image_gradient", "features_gradient"])
      expect(err).toMatch(new RegExp(`^  gives ${name}`, "m"));
    const got = await runFile(gradientFile);
    expectClose(got, await expected(["image", "features"]));
    expect(Math.max(...got["image_gradient"]!.map(Math.abs))).toBeGreaterThan(0.01);
  });

  test("brings weights of other files into the one it writes", async () => {
    const model = imageClassifier();
    const [kernel, ...rest] = model.graph.initializers;
    const { rawData, ...outside } = kernel!;
    const entries = { location: "weights.bin", offset: "8", length: String(rawData!.length) };
    const externalData = Object.entries(entries).map(([key, value]) => ({ key, value }));
    const split: ModelProto = {
      ...model,
      graph: { ...model.graph, initializers: [{ ...outside, externalData, dataLocation: 1 }, ...rest] },
    };
    const source = join(folder, "split");
    await mkdir(source);
    await writeFile(join(source, "model.onnx"), writeModel(split));
    await writeFile(join(source, "weights.bin"), Buffer.concat([Buffer.alloc(8), rawData!]));
    const file = join(folder, "alone.onnx");
    const words = ["gradient", join(source, "model.onnx"), "--of", "logits", "--wrt", "image", "--out", file, "--quiet"];
    expect(await attr(words)).toEqual({ code: 0, out: "", err: "" });
    await rm(source, { recursive: true });
    expectClose(await runFile(file), await expected(["image"]));
  });

  test("goes through values of half precision", async () => {
    const file = join(folder, "half.onnx");
    await writeFile(file, writeModel(halfPrecision()));
    const out = join(folder, "half-gradient.onnx");
    expect((await attr(["gradient", file, "--of", "y", "--wrt", "x", "--out", out])).code).toBe(0);
    const session = await ort.InferenceSession.create(out, { logSeverityLevel: 4 });
    const x = Float32Array.of(-0.5, 0.25, 1, 0);
    const { x_gradient } = await session.run({
      x: new ort.Tensor("float32", x, [2, 2]),
      y_cotangent: new ort.Tensor("float32", new Float32Array(4).fill(1), [2, 2]),
    });
    await session.release();
    const slopes = Array.from(x_gradient!.data as Float32Array); // the type of x
    for (const [i, slope] of slopes.entries()) expect(slope).toBeCloseTo(1 - Math.tanh(x[i]!) ** 2, 2);
  });

  test("what has no rule is a failure that names the operator and the nearest value, and no file is written", async () => {
    const file = join(folder, "none.onnx");
    const { code, err } = await attr(["gradient", join(folder, "partly.onnx"), "--of", "score", "--wrt", "x", "--out", file]);
    expect(code).toBe(1);
    expect(err).toMatch(/^attr gradient: the gradient cannot pass node "CDist_distance" \(com\.microsoft\.CDist\).*"distance"/);
    await expect(readFile(file)).rejects.toThrow("ENOENT");
  });

  test.each([
    [["gradient", "model.onnx", "--wrt", "x", "--out", "g.onnx"], "--of is missing"],
    [["gradient", "model.onnx", "--of", "y", "--out", "g.onnx"], "--wrt is missing"],
    [["gradient", "model.onnx", "--of", "y", "--wrt", "x"], "--out is missing"],
    [["gradient", "--of", "y"], "one MODEL.onnx is needed, got none"],
  ])("%j is wrong usage and exits with 2", async (words, sentence) => {
    const { code, err } = await attr(words);
    expect(code).toBe(2);
    expect(err).toContain(sentence);
  });

  test("Python's onnxruntime gives the same gradients", async ({ skip }) => {
    const python = promisify(execFile);
    const found = await python("python3", ["-c", "import onnxruntime, numpy"]).catch(() => undefined);
    if (found === undefined) skip("python3 has no onnxruntime and numpy");
    const file = join(folder, "for-python.onnx");
    expect((await attr(["gradient", join(folder, "image.onnx"), "--of", "logits", "--wrt", "image", "--out", file])).code).toBe(
      0,
    );
    const script = [
      "import json, sys, numpy, onnxruntime",
      "file, image, cotangent = sys.argv[1], *(numpy.array(json.loads(text), numpy.float32) for text in sys.argv[2:])",
      "session = onnxruntime.InferenceSession(file, providers=['CPUExecutionProvider'])",
      "names = [output.name for output in session.get_outputs()]",
      "values = session.run(names, {'image': image.reshape(2, 1, 6, 6), 'logits_cotangent': cotangent.reshape(2, 3)})",
      "print(json.dumps({name: value.ravel().tolist() for name, value in zip(names, values)}))",
    ].join("\n");
    const given = [image, cotangent].map((values) => JSON.stringify(Array.from(values)));
    const { stdout } = await python("python3", ["-c", script, file, ...given]);
    expectClose(JSON.parse(stdout), await expected(["image"]));
  });
});
