import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { hostBackend, InvalidArgumentError, tensor } from "@attr/core";
import * as ort from "onnxruntime-node";
import * as web from "onnxruntime-web";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { constant, node, onnxModel, perceptron, weights } from "../onnx-builder.fixture.ts";
import { OnnxModel } from "../onnx-model.ts";
import type { OnnxRuntime } from "../runtime/runtime.ts";
import { externalReference } from "./external-data.ts";
import type { ModelProto, TensorProto } from "./proto.ts";
import { WireReader } from "./wire-reader.ts";
import { WireWriter } from "./wire-writer.ts";
import { writeModel } from "./write-model.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "attr-onnx-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The model with its weights in a file of their own, and that file. */
function withExternalWeights(model: ModelProto, location: string): { readonly model: ModelProto; readonly data: Uint8Array } {
  const parts: Uint8Array[] = [];
  let offset = 0;
  const initializers = model.graph.initializers.map((each): TensorProto => {
    const bytes = each.rawData!;
    const entries = { location, offset: String(offset), length: String(bytes.length) };
    parts.push(bytes);
    offset += bytes.length;
    const externalData = Object.entries(entries).map(([key, value]) => ({ key, value }));
    return { ...each, rawData: undefined, externalData, dataLocation: 1 };
  });
  const data = new Uint8Array(Buffer.concat(parts));
  return { model: { ...model, graph: { ...model.graph, initializers } }, data };
}

const x = hostBackend.fromData(weights(8, 11), [2, 4], "float32");

async function logits(model: OnnxModel, fetch = "logits"): Promise<readonly number[]> {
  const result = await model.run({ feeds: { x }, fetches: [fetch] });
  return [...(await hostBackend.read(result[fetch]!)).data].map(Number);
}

async function expected(fetch = "logits", runtime: OnnxRuntime = ort): Promise<readonly number[]> {
  await using model = await OnnxModel.load(writeModel(perceptron()), { runtime });
  return logits(model, fetch);
}

describe("weights in other files", () => {
  test.each([
    ["onnxruntime-node", ort],
    ["onnxruntime-web", web],
  ])("are found beside the model, and edits of the graph keep them there, on %s", async (name, runtime) => {
    const own = join(folder, name);
    mkdirSync(join(own, "weights"), { recursive: true });
    const { model, data } = withExternalWeights(perceptron(), "weights/all.bin");
    writeFileSync(join(own, "model.onnx"), writeModel(model));
    writeFileSync(join(own, "weights", "all.bin"), data);
    await using byPath = await OnnxModel.load(join(own, "model.onnx"), { runtime });
    expect(await logits(byPath)).toEqual(await expected("logits", runtime));
    expect(await logits(byPath, "a")).toEqual(await expected("a", runtime));
    await using byUrl = await OnnxModel.load(pathToFileURL(join(own, "model.onnx")), { runtime });
    expect(await logits(byUrl)).toEqual(await expected("logits", runtime));
    await using given = await OnnxModel.load(
      { model: writeModel(model), externalData: { "./weights/all.bin": data } },
      { runtime },
    );
    expect(await logits(given)).toEqual(await expected("logits", runtime));
  });

  test("that were not given are asked for by name", async () => {
    const { model } = withExternalWeights(perceptron(), "all.bin");
    await expect(OnnxModel.load(writeModel(model), { runtime: ort })).rejects.toThrow('externalData: { "all.bin": bytes }');
    writeFileSync(join(folder, "lonely.onnx"), writeModel(model));
    await expect(OnnxModel.load(join(folder, "lonely.onnx"), { runtime: ort })).rejects.toThrow(
      '"lonely.onnx" keeps weights in "all.bin", and there is no such file beside it',
    );
  });

  test.each([
    "../outside.bin",
    "/etc/passwd",
    "a/../../outside.bin",
    "C:\\outside.bin",
    "\\\\host\\share",
    "https://example.org/w",
    "a\0b",
  ])("at %s are outside the model's folder and refused", (location) => {
    const outside = withExternalWeights(perceptron(), location).model.graph.initializers[0]!;
    expect(() => externalReference(outside)).toThrow("outside the model's folder");
  });

  test("behind a link that leads out of the folder are refused", async () => {
    const inner = join(folder, "linked");
    mkdirSync(inner);
    const { model, data } = withExternalWeights(perceptron(), "link.bin");
    writeFileSync(join(inner, "model.onnx"), writeModel(model));
    writeFileSync(join(folder, "outside.bin"), data);
    symlinkSync(join(folder, "outside.bin"), join(inner, "link.bin"));
    await expect(OnnxModel.load(join(inner, "model.onnx"), { runtime: ort })).rejects.toThrow("no file in the model's folder");
  });

  test.each([
    ["an offset past the end", { offset: "100000" }, "begins at byte 100000"],
    ["a length past the end", { offset: "100" }, "ends at byte"],
    ["too short a length", { length: "4" }, "takes 80 bytes, but 4 are given"],
    ["a negative offset", { offset: "-1" }, 'its offset is "-1"'],
    ["an absurd length", { length: "9".repeat(30) }, "its length is"],
  ])("with %s are refused", async (_, change: Readonly<Record<string, string>>, sentence) => {
    const { model, data } = withExternalWeights(perceptron(), "all.bin");
    const [first, ...rest] = model.graph.initializers;
    const externalData = first!.externalData!.map(({ key, value }) => ({ key, value: change[key] ?? value }));
    const broken = { ...model, graph: { ...model.graph, initializers: [{ ...first!, externalData }, ...rest] } };
    const loading = OnnxModel.load({ model: writeModel(broken), externalData: { "all.bin": data } }, { runtime: ort });
    await expect(loading).rejects.toThrow(InvalidArgumentError);
    await expect(loading).rejects.toThrow(sentence);
  });
});

describe("files at an address", () => {
  test("are fetched, with the weights beside them; what is not there is said", async () => {
    const { model, data } = withExternalWeights(perceptron(), "all.bin");
    const files: Readonly<Record<string, Uint8Array>> = { "/models/p.onnx": writeModel(model), "/models/all.bin": data };
    const server = createServer(({ url }, response) => {
      const file = files[url!];
      if (file === undefined) response.writeHead(404).end();
      else response.end(file);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    // A server that listens on a port has an address with one.
    const { port } = server.address() as AddressInfo;
    try {
      await using loaded = await OnnxModel.load(`http://127.0.0.1:${port}/models/p.onnx`, { runtime: ort });
      expect(await logits(loaded)).toEqual(await expected());
      await expect(OnnxModel.load(`http://127.0.0.1:${port}/models/q.onnx`, { runtime: ort })).rejects.toThrow(
        "the server answered 404",
      );
    } finally {
      server.close();
    }
    await expect(OnnxModel.load(`http://127.0.0.1:${port}/models/p.onnx`, { runtime: ort })).rejects.toThrow(
      "could not be fetched",
    );
  });
});

/** A table of `rows` rows of 256 numbers, looked up by `ids`. */
function lookup(rows: number, rawData?: Uint8Array): ModelProto {
  const model = onnxModel({
    inputs: { ids: ["int64", ["n"]] },
    outputs: { y: ["float32", ["n", 256]] },
    nodes: [node("Gather", ["table", "ids"], ["row"]), node("Add", ["row", "small"], ["y"])],
    constants: { small: constant([256], new Float32Array(256).fill(1)) },
  });
  const table: TensorProto = { name: "table", dims: [rows, 256], dataType: 1, ...(rawData && { rawData }) };
  return { ...model, graph: { ...model.graph, initializers: [...model.graph.initializers, table] } };
}

describe("large files", () => {
  const rows = 70 * 1024;
  const table = Float32Array.from({ length: rows * 256 }, (_, i) => i % 1000);
  const bytes = writeModel(lookup(rows, new Uint8Array(table.buffer)));

  const check = async (model: OnnxModel): Promise<void> => {
    const feeds = { ids: tensor([0, rows - 1], "int64") };
    const { y, row } = await model.run({ feeds, fetches: ["y", "row"] });
    const data = (await hostBackend.read(y!)).data;
    expect([data[0], data[511]]).toEqual([1, table[rows * 256 - 1]! + 1]);
    expect((await hostBackend.read(row!)).data[1]).toBe(1);
  };

  test("of bytes are handed to the runtimes without a copy of the weights", async () => {
    for (const runtime of [ort, web]) {
      await using model = await OnnxModel.load(bytes, { runtime });
      expect(model.proto.graph.initializers.every(({ rawData }) => (rawData?.length ?? 0) <= 1024)).toBe(true);
      await check(model);
    }
  });

  test("by path are not read: the runtime maps their weights", async () => {
    const path = join(folder, "large.onnx");
    writeFileSync(path, bytes);
    for (const runtime of [ort, web]) {
      await using model = await OnnxModel.load(path, { runtime });
      await check(model);
    }
  });

  test("beyond 2 GiB can be opened, edited and run by path", async () => {
    const path = join(folder, "huge.onnx");
    const hugeRows = 2 ** 21 + 5;
    const length = hugeRows * 256 * 4;
    // All but the elements of the table: the file has a hole there, which takes no room on the disk.
    const { graph } = lookup(hugeRows);
    const small = graphBytes(
      writeModel({ ...lookup(hugeRows), graph: { ...graph, initializers: graph.initializers.slice(0, 1) } }),
    );
    const tensorHead = new WireWriter();
    tensorHead.packed(1, [hugeRows, 256]);
    tensorHead.integer(2, 1);
    tensorHead.string(8, "table");
    const head = tensorHead.finish();
    const dataHead = bytesHead(length, 9);
    const tensorLength = head.length + dataHead.length + length;
    const start = Buffer.concat([bytesHead(tensorLength, 5), head, dataHead]);
    const model = new WireWriter();
    model.integer(1, 8);
    model.message(8, (set) => set.integer(2, 17));
    const before = Buffer.concat([model.finish(), bytesHead(small.length + start.length + length, 7), small, start]);
    const file = openSync(path, "w");
    writeSync(file, before);
    ftruncateSync(file, before.length + length);
    writeSync(file, new Uint8Array(Float32Array.of(42).buffer), 0, 4, before.length + length - 4);
    closeSync(file);

    await using loaded = await OnnxModel.load(path, { runtime: ort });
    const result = await loaded.run({ feeds: { ids: tensor([hugeRows - 1], "int64") }, fetches: ["row", "y"] });
    expect((await hostBackend.read(result["row"]!)).data[255]).toBe(42);
    expect((await hostBackend.read(result["y"]!)).data[255]).toBe(43);
  });
});

/** What stands before the content of a bytes field: its tag and length. */
function bytesHead(length: number, field: number): Uint8Array {
  const empty = new WireWriter();
  empty.bytes(field, new Uint8Array());
  const size = new WireWriter();
  size.integer(1, length);
  return Buffer.concat([empty.finish().subarray(0, -1), size.finish().subarray(1)]);
}

/** The content of a file's graph. */
function graphBytes(file: Uint8Array): Uint8Array {
  const reader = WireReader.of(file);
  while (reader.next()) {
    if (reader.field === 7) return reader.bytes();
    reader.skip();
  }
  throw new Error("the file has no graph");
}
