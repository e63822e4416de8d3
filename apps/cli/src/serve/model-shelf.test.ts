import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeModel } from "@attr/backend-onnx";
import { AttributionResult } from "@attr/core";
import { digits, penguins, talesChoice } from "@attr/models";
import { fc, test as property } from "@fast-check/vitest";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { imageClassifier } from "../commands/onnx-files.fixture.ts";
import { folderShelf } from "./model-shelf.ts";
import { ask, post, serving } from "./serve.fixture.ts";

let outside = "";
let root = "";
let shared: Awaited<ReturnType<typeof serving>>;

/** A file with weights in another one, at the place that is named. */
function withWeightsAt(location: string): Uint8Array<ArrayBuffer> {
  const model = imageClassifier();
  const [kernel, ...rest] = model.graph.initializers;
  const { rawData: _, ...bare } = kernel!;
  const external = { ...bare, externalData: [{ key: "location", value: location }], dataLocation: 1 };
  return new Uint8Array(writeModel({ ...model, graph: { ...model.graph, initializers: [external, ...rest] } }));
}

beforeAll(async () => {
  outside = await mkdtemp(join(tmpdir(), "attr-shelf-"));
  root = join(outside, "models");
  await mkdir(join(root, "of", "tables"), { recursive: true });
  await cp(fileURLToPath(penguins), join(root, "of", "tables", "penguins"), { recursive: true });
  await cp(fileURLToPath(talesChoice), join(root, "tales"), { recursive: true });
  await writeFile(join(root, "alone.onnx"), writeModel(imageClassifier()));
  await writeFile(join(root, "broken.onnx"), "no model");
  await writeFile(join(root, "notes.txt"), "no model either");
  await writeFile(join(outside, "secret.onnx"), writeModel(imageClassifier()));
  await writeFile(join(outside, "weights.bin"), Buffer.alloc(72));
  await mkdir(join(root, "weights"));
  await writeFile(join(root, "weights", "above.onnx"), withWeightsAt("../../weights.bin"));
  await writeFile(join(root, "weights", "rooted.onnx"), withWeightsAt("/etc/passwd"));
  // Links: to a model inside, to one outside, to folders outside, to nothing, round in circles.
  await symlink(join(root, "alone.onnx"), join(root, "inside.onnx"));
  await symlink(join(outside, "secret.onnx"), join(root, "secret.onnx"));
  await symlink(fileURLToPath(digits), join(root, "digits"));
  await symlink(join(outside, "nothing"), join(root, "dangling.onnx"));
  await symlink(root, join(root, "of", "circle"));
  // A model's folder whose parts lead elsewhere.
  await cp(fileURLToPath(penguins), join(root, "borrowed"), { recursive: true });
  await rm(join(root, "borrowed", "onnx"), { recursive: true });
  await symlink(join(fileURLToPath(penguins), "onnx"), join(root, "borrowed", "onnx"));
  await mkdir(join(root, "split", "onnx"), { recursive: true });
  await writeFile(join(root, "split", "config.json"), "{}");
  await writeFile(join(root, "split", "onnx", "model.onnx"), withWeightsAt("weights.bin"));
  await symlink(join(outside, "weights.bin"), join(root, "split", "onnx", "weights.bin"));
  // Models of TensorFlow.js: a whole one, one whose weights lead elsewhere by name, one by a link.
  const tfjs = fileURLToPath(new URL("tfjs/", digits));
  for (const name of ["flow", "flow-above", "flow-linked"]) await cp(tfjs, join(root, name), { recursive: true });
  const manifest = await readFile(join(tfjs, "model.json"), "utf8");
  await writeFile(join(root, "flow-above", "model.json"), manifest.replaceAll('"weights.bin"', '"../../weights.bin"'));
  await rm(join(root, "flow-linked", "weights.bin"));
  await symlink(join(outside, "weights.bin"), join(root, "flow-linked", "weights.bin"));
  shared = await serving({ models: root });
});
afterAll(async () => {
  await shared?.server[Symbol.asyncDispose]();
  await rm(outside, { recursive: true, force: true });
  expect(shared.failures).toEqual([]);
});

test("the models below the folder are listed by their paths, each once, and none that lies outside", async () => {
  const { models } = JSON.parse((await ask(shared.port, "/api/models")).body);
  const listed = Object.fromEntries(models.map(({ name, kind }: { name: string; kind: string }) => [name, kind]));
  expect(listed).toMatchObject({ "alone.onnx": "tensors", "of/tables/penguins": "tensors", tales: "multiple-choice" });
  for (const name of ["secret.onnx", "digits", "dangling.onnx", "notes.txt", "inside.onnx"])
    expect(listed).not.toHaveProperty([name]);
});

test("models are found by their paths, and by links that stay inside", async () => {
  for (const name of ["alone.onnx", "inside.onnx", "of/tables/penguins", "of%2Ftables%2Fpenguins", "of/circle/alone.onnx"]) {
    const { status, body } = await ask(shared.port, `/api/models/${name}`);
    expect(status, `${name}: ${body}`).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ schema: "attr.inspect/1" });
    expect(body).not.toContain(outside);
  }
  // The only one that can answer is meant where none is named.
  const only = await post(shared, "/api/choice", { prompt: "Tom is here. Who is here?", option: ["Tom", "Sue"] });
  expect(JSON.parse(only.body).schema).toBe("attr.choice/1");
  const none = await post(shared, "/api/llm", { prompt: "Tom is here." });
  expect(JSON.parse(none.body).detail).toBe("model is missing: none that is served can answer");
  const { body } = await post(shared, "/api/choice", {
    model: "tales",
    prompt: "Tom is here. Who is here?",
    option: ["Tom", "Sue"],
  });
  expect(JSON.parse(body).schema).toBe("attr.choice/1");
});

describe("nothing outside the folder is reached, and nothing is told of it", () => {
  test.each([
    "../secret.onnx",
    "..%2fsecret.onnx",
    "%2e%2e/secret.onnx",
    "of/../../secret.onnx",
    "of/%2e%2e/%2e%2e/secret.onnx",
    "..%5csecret.onnx",
    "....//secret.onnx",
    "/etc/passwd",
    "%2fetc%2fpasswd",
    "%2F%2Fetc/passwd",
    "C:%5cWindows",
    "alone.onnx%00.txt",
    "%00",
    "./alone.onnx/",
    "alone.onnx/.",
    ".",
    "of//tables/penguins",
    "secret.onnx",
    "digits",
    "dangling.onnx",
    "%c0%ae%c0%ae/secret.onnx",
    "%252e%252e/secret.onnx",
    "notes.txt",
    "of",
    "weights",
    `${"a/".repeat(2000)}x`,
    "a".repeat(5000),
  ])("GET /api/models/%s", async (name) => {
    const { status, body } = await ask(shared.port, `/api/models/${name}`);
    expect(status).toBe(name === "./alone.onnx/" ? status : 404);
    expect(body).not.toContain("attr.inspect");
    expect(body).not.toContain(outside);
  });

  test.each([
    ["borrowed", 403, '"onnx" of the model is a link that leads out of the folder of models'],
    ["split", 403, '"weights.bin" of the model is a link that leads out of the folder of models'],
    ["flow-above", 400, '"../../weights.bin" is refused'],
    ["flow-linked", 403, '"weights.bin" of the model is a link that leads out'],
    ["weights/above.onnx", 400, "outside the model's folder"],
    ["weights/rooted.onnx", 400, "outside the model's folder"],
    ["broken.onnx", 400, "the ONNX file is malformed"],
  ])("a model whose parts lead elsewhere: %s", async (name, status, sentence) => {
    const got = await ask(shared.port, `/api/models/${name}`);
    expect([got.status, JSON.parse(got.body).detail]).toEqual([status, expect.stringContaining(sentence)]);
    expect(got.body).not.toContain(outside);
  });

  test.each([`../secret.onnx`, "/etc/passwd", "secret.onnx", "a\u0000b", "", "..", "tales/../alone.onnx"])(
    "the model of a request: %j",
    async (model) => {
      for (const [path, rest] of [
        ["/api/llm", { prompt: "x" }],
        ["/api/choice", { prompt: "x", option: ["a", "b"] }],
        ["/api/attribute", { feeds: {}, method: "saliency" }],
      ] as const) {
        const { status, body } = await post(shared, path, { ...rest, model });
        expect([path, status]).toEqual([path, 404]);
        expect(body).not.toContain(outside);
      }
    },
  );

  property.prop([
    fc.array(fc.constantFrom("..", ".", "", "of", "tables", "secret.onnx", "models", "\0", "\\", "alone.onnx", "~", "C:")),
  ])("whatever a path is made of, it is found inside or not at all", async (parts) => {
    const shelf = folderShelf(root);
    const found = await shelf.find(parts.join("/")).catch((error: { status?: number }) => {
      expect(error.status).toBe(404);
      return undefined;
    });
    if (found !== undefined) expect(found.path.startsWith(`${root}/`)).toBe(true);
  });

  test.each([
    "core/../../../package.json",
    "core/%2e%2e/package.json",
    "page/page.test.ts",
    "core/errors.ts%00",
    "core/index.js",
    "../x",
    "nothing/index.ts",
    "__proto__/index.ts",
  ])("modules are served from their packages' sources alone: %s", async (name) => {
    expect((await ask(shared.port, `/modules/${name}`)).status).toBe(404);
  });
});

test("a folder that is none is a failure with a sentence", async () => {
  await expect(serving({ models: join(outside, "nothing") })).rejects.toThrow("there is no folder");
  await expect(serving({ models: join(root, "alone.onnx") })).rejects.toThrow("there is no folder");
});

test("models of TensorFlow.js are inspected and explained as others are", async () => {
  const report = JSON.parse((await ask(shared.port, "/api/models/flow")).body);
  expect(report).toMatchObject({ schema: "attr.inspect/1", format: "layers-model" });
  const [{ name, shape }] = report.inputs;
  const sizes: number[] = shape.map((size: unknown) => (typeof size === "number" ? size : 1));
  const data = Array.from({ length: sizes.reduce((product, size) => product * size, 1) }, (_, i) => Math.abs(Math.sin(i)));
  const { status, body } = await post(shared, "/api/attribute", {
    model: "flow",
    method: "integrated-gradients",
    target: 3,
    feeds: { [name]: { shape: sizes, data } },
    settings: { steps: 8 },
  });
  expect(status, body).toBe(200);
  expect(AttributionResult.fromJSON(body).attributions[name]!.shape).toEqual(sizes);
});

test("a model whose file changed is opened anew", async () => {
  const at = join(root, "changing.onnx");
  await writeFile(at, writeModel(imageClassifier()));
  const nodes = async (): Promise<number> => JSON.parse((await ask(shared.port, "/api/models/changing.onnx")).body).nodes;
  expect(await nodes()).toBe(5);
  const model = imageClassifier();
  const [, active, ...others] = model.graph.nodes;
  const twice = [
    { ...active!, name: "again", outputs: ["once"] },
    { ...active!, inputs: ["once"] },
  ];
  await writeFile(at, writeModel({ ...model, graph: { ...model.graph, nodes: [model.graph.nodes[0]!, ...twice, ...others] } }));
  expect(await nodes()).toBe(6);
});
