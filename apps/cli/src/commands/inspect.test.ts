import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { writeModel } from "@attr/backend-onnx";
import { digits } from "@attr/models";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { attr } from "../run.fixture.ts";
import { imageClassifier, partlyDifferentiable } from "./onnx-files.fixture.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "attr-inspect-"));
  await writeFile(join(folder, "image.onnx"), writeModel(imageClassifier()));
  await writeFile(join(folder, "partly.onnx"), writeModel(partlyDifferentiable()));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("attr inspect", () => {
  test("tells inputs, outputs, operators, parameters and that a gradient exists", async () => {
    const { code, out, err } = await attr(["inspect", join(folder, "image.onnx")]);
    expect(err).toBe("");
    expect(code).toBe(0);
    expect(out).toMatch(/^image\.onnx: .* 45 parameters, 5 nodes, 6 values$/m);
    expect(out).toMatch(/^ {2}operator sets ai\.onnx 17; made by attr tests$/m);
    expect(out).toMatch(/^Inputs\n {2}image {2}float32 \[n, 1, 6, 6\]$/m);
    expect(out).toMatch(/^Outputs\n {2}logits {2}float32 \[n, 3\]$/m);
    expect(out).toMatch(/^ {2}Conv +1 {2}gradient rule$/m);
    expect(out).toMatch(/^Gradients of "logits"\n {2}image: yes$/m);
    expect(out).toMatch(/^Memory: about 456 bytes a row forward, \d+ bytes with the gradient$/m);
    expect(out).not.toContain("without a gradient rule");
    expect(out).not.toContain("Inner values");
  });

  test("--values lists the inner values", async () => {
    const { out } = await attr(["inspect", join(folder, "image.onnx"), "--values"]);
    expect(out).toMatch(
      /^Inner values\n {2}features +float32 \[n, 2, 4, 4\] {2}Conv, 18 parameters\n {2}active +float32 \[n, 2, 4, 4\] {2}Tanh$/m,
    );
  });

  test("names what has no rule, and the nearest value with a gradient for every input", async () => {
    const { code, out } = await attr(["inspect", join(folder, "partly.onnx")]);
    expect(code).toBe(0);
    expect(out).toMatch(/^ {2}com\.microsoft:CDist +1 {2}NO GRADIENT RULE$/m);
    expect(out).toMatch(/^ {2}ids: no, it holds no floats\n {4}the nearest value with a gradient is "embedded"/m);
    expect(out).toMatch(/^ {2}x: no, .*\(com\.microsoft\.CDist\).*\n {4}the nearest value with a gradient is "distance"/m);
    expect(out).toMatch(/^ {2}com\.microsoft:CDist "CDist_distance", which makes "distance": ./m);
  });

  test("--json tells the same as data", async () => {
    const { code, out } = await attr(["inspect", join(folder, "partly.onnx"), "--json", "-"]);
    expect(code).toBe(0);
    const report = JSON.parse(out);
    expect(report).toMatchObject({
      schema: "attr.inspect/1",
      file: "partly.onnx",
      operatorSets: { "ai.onnx": 17 },
      parameters: 12,
      nodes: 3,
      inputs: [
        { name: "ids", dtype: "int64", shape: ["n"] },
        { name: "x", dtype: "float32", shape: ["n", 2] },
      ],
      outputs: [{ name: "score", dtype: "float32", shape: ["n", 2] }],
      operators: [
        { operator: "Gather", count: 1, gradient: "rule" },
        { operator: "Mul", count: 1, gradient: "rule" },
        { operator: "com.microsoft:CDist", count: 1, gradient: "none" },
      ],
      gradient: {
        of: "score",
        uncovered: [{ node: "CDist_distance", operator: "com.microsoft:CDist", result: "distance" }],
        inputs: [
          { input: "ids", gradient: false, nearest: "embedded" },
          { input: "x", gradient: false, nearest: "distance" },
        ],
      },
    });
    expect(report.memory).toEqual({ forward: 48, gradient: expect.any(Number), freeSizes: {} });
    expect(report.values.map(({ name }: { name: string }) => name)).toContain("embedded");
  });

  test("--of takes an inner value", async () => {
    const { out } = await attr(["inspect", join(folder, "partly.onnx"), "--of", "embedded"]);
    expect(out).toContain('x: no, "embedded" does not depend on it');
  });

  test.each([
    [["inspect"], 2, "one MODEL is needed, got none"],
    [["inspect", "a.onnx", "b.onnx"], 2, 'one MODEL is needed, got "a.onnx", "b.onnx"'],
    [["inspect", "nowhere.onnx"], 1, 'there is no file "nowhere.onnx"'],
  ])("%j exits with %i and a sentence", async (words, exit, sentence) => {
    const { code, out, err } = await attr(words);
    expect([code, out]).toEqual([exit, ""]);
    expect(err).toContain(sentence);
  });

  test("a layers model of TensorFlow.js is told of in the same words, by its model.json or its folder", async () => {
    const file = fileURLToPath(new URL("tfjs/model.json", digits));
    const { code, out, err } = await attr(["inspect", file]);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/^model\.json: 13\d\.\d kB, 33,194 parameters, 13 nodes, 14 values$/m);
    expect(out).toMatch(/^ {2}a layers model of TensorFlow\.js; made by attr$/m);
    expect(out).toMatch(/^Inputs\n {2}image {2}float32 \[\?, 28, 28, 1\]$/m);
    expect(out).toMatch(/^ {2}Conv2D +3 {2}gradient rule$/m);
    expect(out).toMatch(/^Gradients of "logits"\n {2}image: yes$/m);
    expect((await attr(["inspect", join(file, "..")])).out).toBe(out);
    expect((await attr(["inspect", file, "--of", "dense1"])).code).toBe(2);
    expect((await attr(["inspect", file, "--values"])).out).toMatch(
      /^ {2}dense1 +float32 \[\?, 64\] {2}Dense, 18,496 parameters$/m,
    );
    const { onnx, tfjs } = {
      onnx: await attr(["inspect", fileURLToPath(digits), "--json", "-"]),
      tfjs: await attr(["inspect", file, "--json", "-"]),
    };
    const parameters = ({ out }: { out: string }) =>
      JSON.parse(out).layers.map((layer: { parameters: number }) => layer.parameters);
    expect(parameters(tfjs)).toEqual(parameters(onnx));
    expect(JSON.parse(onnx.out)).toMatchObject({
      schema: "attr.inspect/1",
      format: "onnx",
      parameters: 33_194,
      gradient: { of: "logits" },
    });
    expect(JSON.parse(tfjs.out)).toMatchObject({
      schema: "attr.inspect/1",
      format: "layers-model",
      parameters: 33_194,
      operatorSets: {},
      gradient: { of: "logits", uncovered: [], inputs: [{ input: "image", gradient: true }] },
    });
  });

  test("where TensorFlow.js is not installed, the sentence says what to install", async () => {
    // The program itself, in a process that finds no package of TensorFlow.js.
    const missing = `import { registerHooks } from "node:module";
      registerHooks({ resolve(name, context, next) {
        if (!name.startsWith("@tensorflow/")) return next(name, context);
        throw Object.assign(new Error("Cannot find package " + name), { code: "ERR_MODULE_NOT_FOUND" });
      } });`;
    const main = fileURLToPath(new URL("../main.ts", import.meta.url));
    const file = fileURLToPath(new URL("tfjs/model.json", digits));
    const failure: unknown = await promisify(execFile)(process.execPath, [
      ...["--conditions=@attr/source", `--import=data:text/javascript,${encodeURIComponent(missing)}`],
      ...[main, "inspect", file],
    ]).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 1,
      stderr: `attr inspect: "${file}" is a model of TensorFlow.js, which is not installed beside attr: npm install --global @attr/backend-tfjs @tensorflow/tfjs\n`,
    });
  });

  test("a folder without a model is refused with what was looked for", async () => {
    const { code, err } = await attr(["inspect", folder]);
    expect(code).toBe(1);
    expect(err).toContain("has no model: none of onnx/model.onnx, model.onnx, model.json, tfjs/model.json is there");
  });

  test("a value that does not exist is a failure that names the outputs", async () => {
    const { code, err } = await attr(["inspect", join(folder, "image.onnx"), "--of", "nothing"]);
    expect(code).toBe(1);
    expect(err).toContain('the model has no value "nothing"; its outputs are logits');
  });
});
