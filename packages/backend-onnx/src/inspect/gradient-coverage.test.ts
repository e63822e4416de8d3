import { InvalidArgumentError } from "@attr/core";
import { describe, expect, test } from "vitest";
import { gradientModel } from "../gradient/gradient-model.ts";
import { operators } from "../gradient/operators.ts";
import { embedExternalData } from "../onnx/embed-external-data.ts";
import type { ModelProto } from "../onnx/proto.ts";
import { constant, convolutional, node, onnxModel } from "../onnx-builder.fixture.ts";
import { gradientCoverage } from "./gradient-coverage.ts";
import { gradientOperators, operatorGradient } from "./operator-gradient.ts";

const trees = "ai.onnx.ml:TreeEnsembleRegressor";

/** Two operators without a rule, one after the other, and a shortcut around the first. */
function blocked(): ModelProto {
  return onnxModel({
    inputs: { x: ["float32", ["n", 2, 2]] },
    outputs: { label: ["int64", ["n"]], y: ["float32", ["n"]] },
    nodes: [
      node("Tanh", ["x"], ["a"]),
      node("TreeEnsembleRegressor", ["a"], ["b"], {}, "ai.onnx.ml"),
      node("Exp", ["b"], ["c"]),
      node("Unknown", ["c"], ["d"], {}, "some.domain"),
      node("Sigmoid", ["d"], ["y"]),
      node("Shape", ["x"], ["s"]),
      node("Gather", ["s", "zero"], ["size"]),
      node("Range", ["zero", "size", "one"], ["label"]),
    ],
    constants: { zero: constant([], [0], "int64"), one: constant([], [1], "int64") },
  });
}

describe("gradient coverage", () => {
  test("a model of known operators can be differentiated by its input", () => {
    const coverage = gradientCoverage(convolutional());
    expect(coverage).toMatchObject({ of: "scores", uncovered: [], inputs: [{ input: "image", gradient: true }] });
    expect(coverage.operators.map(({ operator, count, gradient }) => [operator, count, gradient])).toEqual([
      ["Conv", 1, "rule"],
      ["Flatten", 1, "rule"],
      ["Gemm", 1, "rule"],
      ["MaxPool", 1, "rule"],
      ["Relu", 1, "rule"],
    ]);
  });

  test("the nearest value lies behind the last operator without a rule, and can be differentiated by", () => {
    const { of, uncovered, inputs } = gradientCoverage(blocked());
    expect(of).toBe("y"); // the first output holds whole numbers
    expect(uncovered).toEqual([
      { node: "TreeEnsembleRegressor_b", operator: trees, result: "b", because: expect.stringContaining("moves in steps") },
      {
        node: "Unknown_d",
        operator: "some.domain:Unknown",
        result: "d",
        because: expect.stringContaining("none of the runtime's"),
      },
    ]);
    expect(inputs).toMatchObject([{ input: "x", gradient: false, nearest: "d" }]);
    expect(inputs[0]?.because).toContain("Unknown");
    expect(() => gradientModel(blocked(), { of: "y", wrt: ["d"] })).not.toThrow();
    expect(() => gradientModel(blocked(), { of: "y", wrt: ["c"] })).toThrow("Unknown");
    expect(gradientCoverage(blocked(), { of: "c" }).inputs[0]?.nearest).toBe("b");
  });

  test("an input that the output does not depend on has no gradient, and no nearest value", () => {
    const model = onnxModel({
      inputs: { x: ["float32", ["n"]], idle: ["float32", ["n"]] },
      outputs: { y: ["float32", ["n"]] },
      nodes: [node("Tanh", ["x"], ["y"]), node("Tanh", ["idle"], ["unused"])],
    });
    expect(gradientCoverage(model).inputs).toEqual([
      { input: "x", gradient: true },
      { input: "idle", gradient: false, because: '"y" does not depend on it' },
    ]);
  });

  test("a file of an operator set too old is told, not refused", () => {
    const { operators, inputs } = gradientCoverage({ ...convolutional(), opsetImports: [{ domain: "", version: 6 }] });
    expect(inputs).toMatchObject([{ gradient: false, because: expect.stringContaining("operator set 6") }]);
    expect(new Set(operators.map(({ gradient }) => gradient))).toEqual(new Set(["none"]));
  });

  test("an operator that the file defines has a gradient where all operators in it have one", () => {
    const defined = (inner: string): ModelProto => ({
      ...onnxModel({
        inputs: { x: ["float32", ["n", 2, 2]] },
        outputs: { y: ["float32", ["n"]] },
        nodes: [node("Own", ["x"], ["y"], {}, "my.domain")],
      }),
      opsetImports: [
        { domain: "", version: 17 },
        { domain: "my.domain", version: 1 },
      ],
      functions: [
        {
          name: "Own",
          domain: "my.domain",
          inputs: ["from"],
          outputs: ["to"],
          attributes: [],
          attributeProtos: [],
          nodes: [node(inner, ["from"], ["between"]), node("Tanh", ["between"], ["to"])],
          opsetImports: [{ domain: "", version: 17 }],
        },
      ],
    });
    const covered = (inner: string): unknown => {
      const { operators, inputs } = gradientCoverage(defined(inner));
      return [operators.map(({ operator, gradient }) => [operator, gradient]), inputs.map(({ gradient }) => gradient)];
    };
    expect(covered("Exp")).toEqual([[["my.domain:Own", "rule"]], [true]]);
    expect(covered("SequenceErase")).toEqual([[["my.domain:Own", "none"]], [false]]);
  });

  test("older forms of operators are judged by today's", () => {
    const model = onnxModel(
      { inputs: { x: ["float32", ["n", 2]] }, outputs: { y: ["float32", ["n", 2]] }, nodes: [node("Softmax", ["x"], ["y"])] },
      11,
    );
    expect(gradientCoverage(model)).toMatchObject({ operators: [{ operator: "Softmax", gradient: "rule" }] });
  });

  test("a value that is none of the model's is refused", () => {
    expect(() => gradientCoverage(convolutional(), { of: "nothing" })).toThrow(InvalidArgumentError);
  });

  test("every operator that the runtime takes is listed once, as what it is", () => {
    const listed = gradientOperators();
    expect(new Set(listed.map(({ operator }) => operator))).toEqual(new Set(Object.keys(operators)));
    expect(new Set(listed.map(({ operator }) => operator)).size).toBe(listed.length);
    for (const { operator, gradient } of listed) expect(operatorGradient(operator), operator).toBe(gradient);
    expect(operatorGradient("toString")).toBe("none");
  });
});

describe("embedExternalData", () => {
  const outside = (entries: Readonly<Record<string, string>>): ModelProto => {
    const model = convolutional();
    const [first, ...rest] = model.graph.initializers;
    const { rawData: _, ...tensor } = first!;
    const externalData = Object.entries(entries).map(([key, value]) => ({ key, value }));
    return { ...model, graph: { ...model.graph, initializers: [{ ...tensor, externalData, dataLocation: 1 }, ...rest] } };
  };

  test("brings in what lies outside and leaves the rest as it is", async () => {
    const bytes = convolutional().graph.initializers[0]!.rawData!;
    const model = outside({ location: "weights", offset: "3", length: String(bytes.length) });
    const asked: unknown[] = [];
    const whole = await embedExternalData(model, async (...place) => {
      asked.push(place);
      return bytes;
    });
    expect(asked).toEqual([["weights", 3, bytes.length]]);
    expect(whole).toEqual(convolutional());
  });

  test("refuses files that end too early, and more than one file can hold, before it is read", async () => {
    const read = async (): Promise<Uint8Array> => new Uint8Array(4);
    await expect(embedExternalData(outside({ location: "w", length: "8" }), read)).rejects.toThrow('"w" ends before');
    await expect(embedExternalData(outside({ location: "w", length: "3000000000" }), read)).rejects.toThrow("2 GiB");
    await expect(embedExternalData(outside({ location: "../w" }), read)).rejects.toThrow("outside the model's folder");
  });
});
