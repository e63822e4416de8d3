import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { dataOf, tensors } from "../../../testing/src/index.ts";
import { InvalidArgumentError } from "../errors.ts";
import { dtypes } from "./dtype.ts";
import { isOpaqueTensor, tensor } from "./from.ts";
import { HostTensor } from "./host-tensor.ts";
import type { TensorLike } from "./tensor.ts";

/** Hands over what TypeScript would not let through. */
const untyped = (value: unknown): TensorLike => value as TensorLike;

describe("tensor", () => {
  test.prop([fc.constantFrom(...dtypes).chain((dtype) => tensors(dtype, { minLength: 1 }))])(
    "reads back its own nested arrays",
    (x) => {
      const made = new HostTensor(dataOf(x), x.shape, x.dtype);
      const again = tensor(made.toArray(), x.dtype);
      expect(again.shape).toEqual(x.shape);
      expect(again.data).toEqual(made.data);
    },
  );

  test("numbers are float32, bigints int64, booleans bool", () => {
    expect(tensor(1.5)).toMatchObject({ dtype: "float32", shape: [] });
    expect(tensor([[1, 2]])).toMatchObject({ dtype: "float32", shape: [1, 2] });
    expect(tensor([1n, 2n]).data).toEqual(BigInt64Array.of(1n, 2n));
    expect(tensor([[true], [false]])).toMatchObject({ dtype: "bool", shape: [2, 1], data: Uint8Array.of(1, 0) });
    expect(tensor([])).toMatchObject({ dtype: "float32", shape: [0] });
    expect(tensor([[], []])).toMatchObject({ dtype: "float32", shape: [2, 0] });
  });

  test("typed arrays keep what they hold, and are copied", () => {
    const source = Float32Array.of(1, 2);
    const made = tensor(source);
    source[0] = 9;
    expect(made.toArray()).toEqual([1, 2]);
    const kinds = [
      [new Float64Array(1), "float64"],
      [new Int8Array(1), "int32"],
      [new Uint16Array(1), "int32"],
      [new Int32Array(1), "int32"],
      [new Uint32Array(1), "int64"],
      [new BigInt64Array(1), "int64"],
      [new BigUint64Array(1), "int64"],
      [new Uint8Array(1), "uint8"],
      [new Uint8ClampedArray(1), "uint8"],
      [Buffer.from([7]), "uint8"],
    ] as const;
    for (const [array, dtype] of kinds) expect(tensor(array).dtype).toBe(dtype);
    expect(tensor([Float64Array.of(1, 2), Float64Array.of(3, 4)])).toMatchObject({ dtype: "float64", shape: [2, 2] });
  });

  test("a host tensor of the dtype asked for is itself", () => {
    const x = tensor([1, 2]);
    expect(tensor(x)).toBe(x);
    expect(tensor(x, "float64").data).toEqual(Float64Array.of(1, 2));
  });

  test("tensors of onnxruntime are read, float16 as float32", () => {
    expect(tensor({ data: Float32Array.of(1, 2), dims: [2, 1], type: "float32" })).toMatchObject({
      dtype: "float32",
      shape: [2, 1],
    });
    expect(tensor({ data: BigInt64Array.of(5n), dims: [1], type: "int64" }).item()).toBe(5n);
    expect(tensor({ data: Uint8Array.of(1, 0), dims: [2], type: "bool" }).toArray()).toEqual([true, false]);
    const bits = Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0001, 0x7c00, 0x7e00, 0x0000);
    const half = tensor({ data: bits, dims: [7], type: "float16" });
    expect(half.dtype).toBe("float32");
    expect(half.toArray()).toEqual([1, -2, 65504, 2 ** -24, Number.POSITIVE_INFINITY, Number.NaN, 0]);
    expect(tensor(untyped({ data: [1.5, 2], dims: [2], type: "float16", location: "cpu" })).toArray()).toEqual([1.5, 2]);
  });

  test("tensors that are not on the host are refused without looking at their data", () => {
    const away = {
      get data(): never {
        throw new Error("looked");
      },
      dims: [1],
      type: "float32",
      location: "gpu-buffer",
    };
    expect(() => tensor(away)).toThrow('lies on "gpu-buffer"');
    const opaque = { shape: [1], dtype: "float32" as const };
    expect(isOpaqueTensor(opaque)).toBe(true);
    expect(() => tensor(opaque)).toThrow("of another backend");
  });

  test("ragged arrays are refused with the place", () => {
    expect(() => tensor([[1, 2], [3]])).toThrow("ragged: [1] is an array of 1, where the first ones are arrays of 2");
    expect(() =>
      tensor([
        [[1], [2]],
        [[3], [4, 5]],
      ]),
    ).toThrow("[1, 1] is an array of 2");
    expect(() => tensor(untyped([1, [2]]))).toThrow("ragged: [1] is an array of 1, where the first ones are numbers");
    expect(() => tensor(untyped([[1], 2]))).toThrow("ragged");
  });

  test("elements that are no numbers are refused with the place", () => {
    expect(() => tensor(untyped([[1, "2"]]))).toThrow('element [0, 1] of the tensor is the string "2"');
    expect(() => tensor(untyped([1, undefined]))).toThrow("element [1] of the tensor is undefined");
    expect(() => tensor(untyped([null]))).toThrow("element [0] of the tensor is null");
    const holds: unknown[] = [];
    holds.push(holds);
    expect(() => tensor(untyped(holds))).toThrow("nested more than 32");
    for (const bad of [undefined, null, "x", {}, () => 1, new DataView(new ArrayBuffer(4)), new Map()])
      expect(() => tensor(untyped(bad))).toThrow(InvalidArgumentError);
  });

  test("kinds are mixed only under a dtype", () => {
    expect(() => tensor([1, true])).toThrow("mixes float32 and bool");
    expect(tensor([1, true, 2n], "int32").toArray()).toEqual([1, 1, 2]);
  });

  test("what an integer dtype cannot hold is refused, naming the element", () => {
    expect(() => tensor([[1, 0.5]], "int64")).toThrow("element [0, 1] of the tensor is 0.5: int64 cannot hold it");
    expect(() => tensor([300], "uint8")).toThrow("element [0] of the tensor is 300");
    expect(() => tensor(2 ** 31, "int32")).toThrow("the tensor is 2147483648");
    expect(() => tensor(2n ** 63n)).toThrow(InvalidArgumentError);
    expect(() => tensor([Number.NaN], "int32")).toThrow("NaN");
    expect(() => tensor([2], "bool")).toThrow("bool holds 0 and 1");
    expect(() => tensor(BigUint64Array.of(2n ** 64n - 1n))).toThrow("int64 cannot hold it");
    expect(() => tensor(tensor([0.5]), "int32")).toThrow("0.5");
  });

  test("absurd shapes are refused", () => {
    const data = new Float32Array(4);
    for (const dims of [[-1, -4], [2.5], [2 ** 40, 0.5], [2 ** 31, 2 ** 31], [Number.NaN], [5]])
      expect(() => tensor({ data, dims, type: "float32" })).toThrow(InvalidArgumentError);
    expect(() => tensor(untyped({ data: "abcd", dims: [4], type: "string" }))).toThrow(InvalidArgumentError);
    expect(() => tensor({ data: ["a"], dims: [1], type: "string" })).toThrow(InvalidArgumentError);
    // @ts-expect-error not a dtype
    expect(() => tensor([1], "float16")).toThrow("none of ours");
  });
});
