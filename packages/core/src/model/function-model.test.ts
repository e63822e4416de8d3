import { describe, expect, test } from "vitest";
import { describeModel } from "../../../testing/src/index.ts";
import { InvalidArgumentError } from "../errors.ts";
import { tensor } from "../tensor/from.ts";
import { hostBackend } from "../tensor/host-backend.ts";
import type { HostTensor } from "../tensor/host-tensor.ts";
import type { TensorBackend } from "../tensor/tensor.ts";
import { type FunctionOutput, functionModel } from "./function-model.ts";

const ramp = (rows: number, width: number): HostTensor =>
  tensor(Array.from({ length: rows }, (_, row) => Array.from({ length: width }, (_, i) => Math.sin(row * width + i))));

describeModel(
  "a function",
  () => ({
    model: functionModel(({ x, y }) => ({ sum: hostBackend.add(hostBackend.sum(x, [1]), y), x }), {
      inputs: ["x", { name: "y", dtype: "float32" }],
      outputs: ["sum", "x"],
    }),
    inputs: (rows) => ({ x: ramp(rows, 3), y: hostBackend.reshape(ramp(rows, 1), [rows]) }),
  }),
  { describe, test },
);

describeModel(
  "an async function of nested arrays",
  () => ({
    model: functionModel(async ({ x }) => (x.toArray() as number[][]).map((row) => row.map((e) => e * e)), {
      inputs: ["x"],
      maxBatchSize: 2,
    }),
    inputs: (rows) => ({ x: ramp(rows, 2) }),
  }),
  { describe, test },
);

const outputOf = async (output: FunctionOutput, rows = 2): Promise<HostTensor> => {
  const result = await functionModel(() => output).run({ feeds: { x: ramp(rows, 1) }, fetches: ["output"] });
  return hostBackend.read(result["output"]!);
};

describe("functionModel", () => {
  test("makes plain numbers float64 and keeps the dtype of everything else", async () => {
    expect(await outputOf([0.1, 0.2])).toMatchObject({ dtype: "float64", data: Float64Array.of(0.1, 0.2) });
    expect(await outputOf([[1], [2]])).toMatchObject({ dtype: "float64", shape: [2, 1] });
    expect(await outputOf(Float32Array.of(1, 2))).toMatchObject({ dtype: "float32" });
    expect(await outputOf([1n, 2n])).toMatchObject({ dtype: "int64" });
    expect(await outputOf([true, false])).toMatchObject({ dtype: "bool" });
    expect(await outputOf(tensor([1, 2]))).toMatchObject({ dtype: "float32" });
    expect(await outputOf({ data: Float32Array.of(1, 2), dims: [2], type: "float32" })).toMatchObject({
      dtype: "float32",
      shape: [2],
    });
  });

  test("takes one number for one row, as a scalar", async () => {
    expect(await outputOf(3, 1)).toMatchObject({ shape: [1], dtype: "float64" });
    expect(await outputOf(tensor(3), 1)).toMatchObject({ shape: [1] });
  });

  test("takes its only output under any name", async () => {
    expect((await outputOf({ logits: [1, 2] })).toArray()).toEqual([1, 2]);
    await expect(outputOf({ a: [1, 2], b: [3, 4] })).rejects.toThrow(
      'output "output" is not what the function returned ("a", "b")',
    );
  });

  test("refuses other numbers of rows, and names wholeBatch where one number came for several rows", async () => {
    await expect(outputOf(3)).rejects.toThrow("one number for 2 rows");
    await expect(outputOf([3])).rejects.toThrow("wholeBatch(model)");
    await expect(outputOf([1, 2, 3])).rejects.toThrow('returned 3 rows for 2 (output "output" has shape [3])');
    await expect(outputOf([])).rejects.toThrow("returned 0 rows for 2");
    // @ts-expect-error nothing is no output
    await expect(outputOf(undefined)).rejects.toThrow(InvalidArgumentError);
    // @ts-expect-error text is no output
    await expect(outputOf("abc")).rejects.toThrow('output "output" is the string "abc"');
  });

  test("without declared inputs takes whatever is fed", async () => {
    const model = functionModel(({ a, b }) => hostBackend.add(a!, b!));
    expect(model.inputs).toEqual([]);
    const { output } = await model.run({ feeds: { a: tensor([1]), b: tensor([2]) }, fetches: ["output"] });
    expect(await hostBackend.read(output!)).toMatchObject({ data: Float32Array.of(3) });
  });

  test("refuses feeds of different rows, and more rows than it takes", async () => {
    const model = functionModel(({ a }) => a!, { maxBatchSize: 2 });
    await expect(model.run({ feeds: { a: tensor([1]), b: tensor([2, 3]) }, fetches: ["output"] })).rejects.toThrow(
      '"b" has 2 rows (shape [2]), but "a" has 1',
    );
    await expect(model.run({ feeds: { a: tensor([1, 2, 3]) }, fetches: ["output"] })).rejects.toThrow(
      "takes 2 rows a call, got 3",
    );
    await expect(model.run({ feeds: { a: tensor(1) }, fetches: ["output"] })).rejects.toThrow("no input with rows");
  });

  test("passes the function's own error on", async () => {
    const broken = new TypeError("broken");
    const model = functionModel(() => {
      throw broken;
    });
    await expect(model.run({ feeds: { a: tensor([1]) }, fetches: ["output"] })).rejects.toBe(broken);
  });

  test("refuses options that make no sense", () => {
    for (const maxBatchSize of [0, -1, 1.5, Number.NaN])
      expect(() => functionModel(() => 1, { maxBatchSize })).toThrow("maxBatchSize");
    expect(() => functionModel(() => 1, { outputs: [] })).toThrow("outputs is empty");
    // @ts-expect-error no function
    expect(() => functionModel("f")).toThrow("fn must be a function, got f");
  });

  test("hands the function tensors of the backend it is given", async () => {
    const seen: string[] = [];
    const backend: TensorBackend = {
      ...hostBackend,
      name: "other",
      fromData(...args) {
        seen.push("fromData");
        return hostBackend.fromData(...args);
      },
    };
    const model = functionModel(({ x }) => x, { inputs: ["x"], backend });
    expect(model.backend).toBe(backend);
    await model.run({ feeds: { x: tensor([1]) }, fetches: ["output"] });
    expect(seen).toEqual(["fromData"]);
  });
});
