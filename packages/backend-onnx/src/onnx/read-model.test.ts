import { readFileSync } from "node:fs";
import { AttributionError, InvalidArgumentError, seededRandom } from "@attr/core";
import { fc, test } from "@fast-check/vitest";
import oracle from "onnx-proto";
import { describe, expect } from "vitest";
import { mutatedBytes } from "../hostile-files.fixture.ts";
import { branching, convolutional, node, onnxModel, perceptron, sharedPath } from "../onnx-builder.fixture.ts";
import type { ModelProto, TensorProto } from "./proto.ts";
import { readModel } from "./read-model.ts";
import { WireReader } from "./wire-reader.ts";
import { WireWriter } from "./wire-writer.ts";
import { writeModel } from "./write-model.ts";

const built: readonly (readonly [string, ModelProto])[] = [
  ["a perceptron", perceptron()],
  ["a convolutional network", convolutional()],
  ["a graph with branches", branching()],
];

const realFiles = [
  "models/lenet/model.onnx",
  "models/magika/model.onnx",
  "models/stories260K/hf/onnx/model.onnx",
  "conformance/captum/encoder/model.onnx",
];

/** What the reference reader makes of a file, as plain data. */
function asOracle(bytes: Uint8Array): unknown {
  return oracle.onnx.ModelProto.toObject(oracle.onnx.ModelProto.decode(bytes), { longs: String, bytes: String, defaults: true });
}

describe("reading and writing ONNX files", () => {
  test.each(built)("%s that was written is read as it was", (_, model) => {
    expect(readModel(writeModel(model))).toEqual(model);
  });

  test.each(built)("%s is read by another reader as it was written", (_, model) => {
    const read = oracle.onnx.ModelProto.decode(writeModel(model));
    expect(read.graph?.node?.map((each) => [each.opType, each.input, each.output])).toEqual(
      model.graph.nodes.map((each) => [each.opType, each.inputs, each.outputs]),
    );
    expect(read.graph?.initializer?.map((each) => [each.name, each.dims?.map(Number), Array.from(each.rawData ?? [])])).toEqual(
      model.graph.initializers.map((each) => [each.name, each.dims, Array.from(each.rawData!)]),
    );
  });

  for (const file of realFiles) {
    const path = sharedPath(file);
    describe.skipIf(path === undefined)(`${file} (where the shared models are)`, () => {
      test("is the same to another reader after it was read and written", () => {
        const bytes = readFileSync(path!);
        const written = writeModel(readModel(bytes));
        expect(asOracle(written)).toEqual(asOracle(bytes));
        expect(readModel(written)).toEqual(readModel(bytes));
        expect(writeModel(readModel(written))).toEqual(written);
      });
    });
  }

  test("what another writer wrote is read as it was meant", () => {
    const wrote = oracle.onnx.ModelProto.encode({
      irVersion: 7,
      producerName: "überall",
      opsetImport: [{ domain: "", version: 13 }],
      metadataProps: [{ key: "a", value: "b" }],
      graph: {
        name: "g",
        docString: "kept",
        node: [
          {
            opType: "Op",
            input: ["x", ""],
            output: ["y"],
            docString: "kept as well",
            attribute: [
              { name: "f", f: 0.5, type: 1 },
              { name: "i", i: -3, type: 2 },
              { name: "s", s: new Uint8Array([104, 105]), type: 3 },
              { name: "floats", floats: [1, -2.5], type: 6 },
              { name: "ints", ints: [0, -1, 2 ** 40], type: 7 },
              { name: "strings", strings: [new Uint8Array([97]), new Uint8Array([])], type: 8 },
            ],
          },
        ],
        initializer: [
          { name: "floats", dims: [2], dataType: 1, floatData: [1.5, -0.25] },
          { name: "ints", dims: [3], dataType: 6, int32Data: [1, -1, 2 ** 31 - 1] },
          { name: "longs", dims: [2], dataType: 7, int64Data: [-1, 2 ** 52] },
          { name: "doubles", dims: [1], dataType: 11, doubleData: [Math.PI] },
          { name: "unsigned", dims: [1], dataType: 13, uint64Data: [2 ** 53] },
          { name: "texts", dims: [1], dataType: 8, stringData: [new Uint8Array([98])] },
        ],
        input: [
          { name: "x", type: { tensorType: { elemType: 1, shape: { dim: [{ dimParam: "n" }, { dimValue: 3 }, {}] } } } },
          { name: "list", type: { sequenceType: { elemType: { tensorType: { elemType: 1 } } } } },
        ],
        output: [{ name: "y" }],
      },
    }).finish();
    const model = readModel(wrote);
    expect(model).toMatchObject({ irVersion: 7, producerName: "überall", metadataProps: [{ key: "a", value: "b" }] });
    const [op] = model.graph.nodes;
    expect(op?.inputs).toEqual(["x", ""]);
    expect(op?.attributes.map(({ f, i, s, floats, ints, strings }) => f ?? i ?? s ?? floats ?? ints ?? strings)).toEqual([
      0.5,
      -3n,
      new Uint8Array([104, 105]),
      Float32Array.of(1, -2.5),
      BigInt64Array.of(0n, -1n, 2n ** 40n),
      [new Uint8Array([97]), new Uint8Array([])],
    ]);
    const data = (tensor: TensorProto): unknown =>
      tensor.floatData ?? tensor.int32Data ?? tensor.int64Data ?? tensor.doubleData ?? tensor.uint64Data ?? tensor.stringData;
    expect(model.graph.initializers.map(data)).toEqual([
      Float32Array.of(1.5, -0.25),
      Int32Array.of(1, -1, 2 ** 31 - 1),
      BigInt64Array.of(-1n, 2n ** 52n),
      Float64Array.of(Math.PI),
      BigUint64Array.of(2n ** 53n),
      [new Uint8Array([98])],
    ]);
    expect(model.graph.inputs[0]?.type?.tensorType?.shape?.dims).toEqual([{ param: "n" }, { value: 3 }, {}]);
    expect(model.graph.inputs[1]?.type?.tensorType).toBeUndefined();
    expect(asOracle(writeModel(model))).toEqual(asOracle(wrote));
  });

  test("weights are views of the file, not copies", () => {
    const bytes = writeModel(perceptron());
    for (const tensor of readModel(bytes).graph.initializers) expect(tensor.rawData?.buffer).toBe(bytes.buffer);
  });

  test("a part of a larger buffer is read as a file of its own, also a Node Buffer", () => {
    const bytes = writeModel(perceptron());
    const larger = Buffer.concat([new Uint8Array(7).fill(255), bytes, new Uint8Array(9).fill(255)]);
    const model = readModel(larger.subarray(7, 7 + bytes.length));
    expect(model).toEqual(perceptron());
    expect(model.graph.initializers[0]?.rawData).not.toBeInstanceOf(Buffer);
  });

  test("a field that a later version might add is kept byte for byte, wherever it is", () => {
    const unknown = new WireWriter();
    unknown.string(900, "of tomorrow");
    unknown.integer(901, -1n);
    unknown.float(902, 1.5);
    const extra = [unknown.finish()];
    const model: ModelProto = {
      ...perceptron(),
      unknown: extra,
      graph: {
        ...perceptron().graph,
        unknown: extra,
        nodes: perceptron().graph.nodes.map((each) => ({ ...each, unknown: extra })),
        initializers: perceptron().graph.initializers.map((each) => ({ ...each, unknown: extra })),
        inputs: [
          {
            name: "x",
            unknown: extra,
            type: {
              unknown: extra,
              tensorType: { elemType: 1, unknown: extra, shape: { dims: [{ value: 2, unknown: extra }], unknown: extra } },
            },
          },
        ],
      },
    };
    expect(readModel(writeModel(model))).toEqual(model);
  });

  test("a graph that comes in two pieces is one, as protobuf has it", () => {
    const model = perceptron();
    const { graph } = model;
    const first = writeModel({ ...model, graph: { ...graph, nodes: graph.nodes.slice(0, 2) } });
    const empty = { ...graph, name: graph.name, initializers: [], inputs: [], outputs: [], valueInfos: [] };
    const second = new WireWriter();
    const rest = writeModel({ ...model, irVersion: 8, opsetImports: [], graph: { ...empty, nodes: graph.nodes.slice(2) } });
    second.raw(rest);
    expect(readModel(Uint8Array.from([...first, ...second.finish()])).graph).toEqual(graph);
  });

  test.prop([fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })])(
    "a 64-bit integer survives, in the fewest bytes",
    (value) => {
      const writer = new WireWriter();
      writer.integer(1, value);
      const bytes = writer.finish();
      const bits = value < 0n ? 64 : Math.max(1, value.toString(2).length);
      expect(bytes.length).toBe(1 + Math.ceil(bits / 7));
      const reader = WireReader.of(bytes);
      expect(reader.next()).toBe(true);
      expect(reader.int64()).toBe(value);
      expect(reader.next()).toBe(false);
    },
  );

  test.prop([fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { minLength: 1 })])(
    "packed integers survive",
    (values) => {
      const model = onnxModel({
        inputs: {},
        outputs: {},
        nodes: [{ ...node("Op", [], ["y"]), attributes: [{ name: "ints", type: 7, ints: BigInt64Array.from(values) }] }],
      });
      expect(readModel(writeModel(model))).toEqual(model);
    },
  );
});

describe("files that are no ONNX files", () => {
  test.each([
    ["an empty file", [], "it is empty"],
    ["a varint without an end", [0x08, 0xff, 0xff], "cut off"],
    ["a varint of more than 64 bits", [0x08, ...new Array<number>(11).fill(0xff)], "longer than 64 bits"],
    ["a length past the end", [0x3a, 0x7f, 0x00], "past the end"],
    ["a length of 2^62", [0x3a, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40], "length"],
    ["a field with the number 0", [0x02, 0x01, 0x00], "field number 0"],
    ["a group", [0x0b, 0x0c], "wire type 3"],
    ["a graph that is a number", [0x38, 0x01], "wire type 0"],
    ["no graph", [0x08, 0x08], "no graph"],
    ["text that is not UTF-8", [0x12, 0x02, 0xff, 0xfe], "not UTF-8"],
  ])("%s is refused", (_, bytes, sentence) => {
    expect(() => readModel(Uint8Array.from(bytes))).toThrow(InvalidArgumentError);
    expect(() => readModel(Uint8Array.from(bytes))).toThrow(sentence);
  });

  test("messages nested without an end are refused", () => {
    // A type that is a sequence of types is kept as it is; graphs in attributes of nodes are followed.
    let bytes: Uint8Array = new Uint8Array();
    for (let depth = 0; depth < 200; depth++)
      for (const field of [6, 5, 1]) {
        const writer = new WireWriter();
        writer.bytes(field, bytes);
        bytes = writer.finish();
      }
    const writer = new WireWriter();
    writer.bytes(7, bytes);
    expect(() => readModel(writer.finish())).toThrow("nested more than 100 deep");
  });

  test("millions of empty messages are refused before they fill the memory", () => {
    const nodes = new Uint8Array(10_000_000);
    for (let i = 0; i < nodes.length; i += 2) nodes[i] = 0x0a;
    const writer = new WireWriter();
    writer.bytes(7, nodes);
    expect(() => readModel(writer.finish())).toThrow("more than 4000000 messages");
  });

  const small = built.map(([, model]) => writeModel(model));

  test.prop([fc.constantFrom(...small), fc.nat()])("a file cut off anywhere is read or refused, never worse", (bytes, at) => {
    expectReadOrRefused(bytes.subarray(0, at % bytes.length));
  });

  test.prop([fc.constantFrom(...small), fc.nat()], { numRuns: 500 })(
    "a file with changed bytes is read or refused, never worse",
    (bytes, seed) => {
      expectReadOrRefused(mutatedBytes(bytes, seededRandom(seed)));
    },
  );

  test.prop([fc.uint8Array({ maxLength: 200 })], { numRuns: 500 })("any bytes are read or refused, never worse", (bytes) => {
    expectReadOrRefused(bytes);
  });
});

/** What is read can be written, and is then the same. */
function expectReadOrRefused(bytes: Uint8Array): void {
  let model: ModelProto;
  try {
    model = readModel(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(AttributionError);
    return;
  }
  const written = writeModel(model);
  expect(writeModel(readModel(written))).toEqual(written);
}
