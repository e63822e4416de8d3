import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { referenceNetwork } from "../../../testing/src/host/host-graph.ts";
import { elementAt, indicesOf, naiveOf } from "../../../testing/src/index.ts";
import { InvalidArgumentError } from "../errors.ts";
import { tensor } from "../tensor/from.ts";
import { hostBackend } from "../tensor/host-backend.ts";
import type { HostTensor } from "../tensor/host-tensor.ts";
import { sizeOf } from "../tensor/shape.ts";
import type { Tensor, TensorLike } from "../tensor/tensor.ts";
import { type Baselines, resolveBaselines } from "./baselines.ts";
import { fromLayer } from "./from-layer.ts";
import { functionModel } from "./function-model.ts";
import { resolveInputs } from "./inputs.ts";
import type { ValueInfo } from "./model.ts";
import { onCall } from "./on-call.ts";

async function resolve(inputs: Readonly<Record<string, TensorLike>>, baselines?: Baselines, declared: readonly ValueInfo[] = []) {
  const model = functionModel(() => 1, { inputs: declared });
  return resolveBaselines(await resolveInputs(model, inputs), baselines);
}

// The tests run on the host backend.
const array = (value: Tensor | undefined): unknown => (value as HostTensor).toArray();

describe("resolveBaselines", () => {
  const x = [
    [1, 2, 3],
    [4, 5, 6],
  ];

  test("0 stands in where nothing is given, in the dtype of the value", async () => {
    const { baselines } = await resolve({ x, ids: [[1n], [2n]], flag: [true, false] });
    expect(array(baselines["x"])).toEqual([[0, 0, 0]]);
    expect(array(baselines["ids"])).toEqual([[0n]]);
    expect(array(baselines["flag"])).toEqual([false]);
  });

  test("a number stands for everything, or for one input by name", async () => {
    expect(await resolve({ x, y: [7, 8] }, 4)).toMatchObject({
      baselines: { x: { data: Float32Array.of(4, 4, 4) }, y: { data: Float32Array.of(4) } },
    });
    const { baselines } = await resolve({ x, y: [7, 8] }, { y: 3 });
    expect(array(baselines["x"])).toEqual([[0, 0, 0]]);
    expect(array(baselines["y"])).toEqual([3]);
  });

  test("tensors broadcast from the right, with one row or one an example", async () => {
    const given: readonly [TensorLike, unknown][] = [
      [[9, 8, 7], [[9, 8, 7]]],
      [[[9, 8, 7]], [[9, 8, 7]]],
      [
        [[1], [2]],
        [
          [1, 1, 1],
          [2, 2, 2],
        ],
      ],
      [[5], [[5, 5, 5]]],
      [x, x],
    ];
    for (const [baseline, expected] of given)
      expect(array((await resolve({ x }, { x: baseline })).baselines["x"])).toEqual(expected);
  });

  test.each([
    [
      { x: [1, 2] },
      'baseline "x" has shape [2], which does not broadcast to [2, 3]; its first axis is 1 or 2, one row an example',
    ],
    [{ x: [[1], [2], [3]] }, 'baseline "x" has shape [3, 1]'],
    [{ x: [[[1]]] }, 'baseline "x" has shape [1, 1, 1]'],
    [{ y: 1 }, 'baseline "y" is unknown; what is attributed to is "x"'],
    [{ x: [[1, 2], [3]] }, 'baseline "x" is ragged'],
    [[1, 2, 3], "baselines must be a number, or an object of numbers and tensors by input name"],
    [tensor([1]), "baselines must be a number"],
    ["zero", "baselines must be a number"],
  ])("refuses %j", async (baselines, sentence) => {
    // Some of the cases are what TypeScript would not let through.
    await expect(resolve({ x }, baselines as Baselines)).rejects.toThrow(sentence);
  });

  test("C039: a fraction makes an integer input a float, where the model does not declare it", async () => {
    const inputs = {
      inp1: Int32Array.of(0, 1),
      inp2: [[0.1], [0.2]],
      inp3: [[0n], [1n]],
    };
    const { values, baselines } = await resolve(inputs, { inp1: 0.2, inp2: 3.1, inp3: 0.4 });
    expect(values).toMatchObject({
      inp1: { dtype: "float32", data: Float32Array.of(0, 1) },
      inp2: { dtype: "float32" },
      inp3: { dtype: "float32" },
    });
    expect(baselines).toMatchObject({ inp1: { dtype: "float32", data: Float32Array.of(0.2) }, inp3: { dtype: "float32" } });
    const whole = await resolve(inputs, { inp1: 2, inp3: [[3n]] });
    expect(whole).toMatchObject({
      values: { inp1: { dtype: "int32" } },
      baselines: { inp1: { dtype: "int32" }, inp3: { dtype: "int64" } },
    });
  });

  test("the promoted dtype holds the integers", async () => {
    const { values } = await resolve({ ids: [2n ** 24n + 1n] }, { ids: 0.5 });
    expect(values["ids"]).toMatchObject({ dtype: "float64", data: Float64Array.of(2 ** 24 + 1) });
    const { baselines } = await resolve({ ids: [1n] }, { ids: [2 ** 24 + 1] });
    expect(array(baselines["ids"])).toEqual([BigInt(2 ** 24 + 1)]);
    expect((await resolve({ flag: [true] }, { flag: 1 })).baselines["flag"]).toMatchObject({ dtype: "bool" });
    expect((await resolve({ flag: [true] }, { flag: 0.5 })).values["flag"]).toMatchObject({ dtype: "float32" });
  });

  test("a fraction for an integer input the model declares is refused", async () => {
    const declared = [{ name: "ids", dtype: "int64" as const }];
    await expect(resolve({ ids: [1] }, { ids: 0.5 }, declared)).rejects.toThrow(
      'baseline "ids" (the model takes int64) is 0.5: int64 cannot hold it',
    );
    expect((await resolve({ ids: [1] }, { ids: 2 }, declared)).baselines["ids"]).toMatchObject({ dtype: "int64" });
  });

  test("for a layer view they are the layer's, or the layer's value at the inputs' (one call)", async () => {
    let calls = 0;
    const view = onCall(fromLayer(referenceNetwork(), "linear1"), () => calls++);
    const resolved = await resolveInputs(view, { x });
    const own = await resolveBaselines(resolved, { linear1: [[1, 2, 3, 4]] });
    expect(array(own.baselines["linear1"])).toEqual([[1, 2, 3, 4]]);
    expect(calls).toBe(1);
    const at = await resolveBaselines(resolved, { x: [[0, 0, 1]] });
    expect(array(at.baselines["linear1"])).toEqual([
      [-9, 2, 2, 2],
      [-9, 2, 2, 2],
    ]);
    expect(calls).toBe(2);
    expect(array((await resolveBaselines(resolved)).baselines["linear1"])).toEqual([[0, 0, 0, 0]]);
    await expect(resolveBaselines(resolved, { x: 0, linear1: 0 })).rejects.toThrow(
      'baselines give both "linear1" and the input "x"',
    );
    await expect(resolveBaselines(resolved, { y: 0 })).rejects.toThrow(
      'baseline "y" is unknown; what is attributed to is "linear1"',
    );
  });

  const cases = fc.record({
    rest: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }),
    examples: fc.integer({ min: 1, max: 3 }),
    perExample: fc.boolean(),
    ones: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
    drop: fc.integer({ min: 0, max: 4 }),
  });
  test.prop([cases])("hold at every element what broadcasting says", async ({ rest, examples, perExample, ones, drop }) => {
    const shape = [examples, ...rest];
    const own = [perExample ? examples : 1, ...rest.map((length, axis) => (ones[axis] === true ? 1 : length))];
    const given = perExample ? own : own.slice(Math.min(drop, own.length));
    const baseline = hostBackend.fromData(
      Float32Array.from({ length: sizeOf(given) }, (_, i) => i + 1),
      given,
      "float32",
    );
    const value = hostBackend.fromData(new Float32Array(sizeOf(shape)), shape, "float32");
    const result = (await resolve({ x: value }, { x: baseline })).baselines["x"]!;
    expect(result.shape).toEqual([perExample ? examples : 1, ...rest]);
    const naive = naiveOf(await hostBackend.read(result));
    for (const indices of indicesOf(shape)) expect(elementAt(naive, indices)).toBe(elementAt(naiveOf(baseline), indices));
  });

  test("a tensor of another backend is refused with what it is", async () => {
    await expect(resolve({ x }, { x: new Map() as unknown as TensorLike })).rejects.toThrow(InvalidArgumentError);
  });
});
