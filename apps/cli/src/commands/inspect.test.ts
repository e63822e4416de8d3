import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeModel } from "@attr/backend-onnx";
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
    expect(out).toMatch(/^Inner values\n {2}features +float32 \[n, 2, 4, 4\]$/m);
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
    [["inspect"], 2, "one MODEL.onnx is needed, got none"],
    [["inspect", "a.onnx", "b.onnx"], 2, 'one MODEL.onnx is needed, got "a.onnx", "b.onnx"'],
    [["inspect", "nowhere.onnx"], 1, 'there is no file "nowhere.onnx"'],
  ])("%j exits with %i and a sentence", async (words, exit, sentence) => {
    const { code, out, err } = await attr(words);
    expect([code, out]).toEqual([exit, ""]);
    expect(err).toContain(sentence);
  });

  test("a value that does not exist is a failure that names the outputs", async () => {
    const { code, err } = await attr(["inspect", join(folder, "image.onnx"), "--of", "nothing"]);
    expect(code).toBe(1);
    expect(err).toContain('the model has no value "nothing"; its outputs are logits');
  });
});
