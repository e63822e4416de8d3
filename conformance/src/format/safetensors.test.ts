import { AttributionError } from "@attr/core";
import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { writeSafetensors } from "../case-folder.fixture.ts";
import { readSafetensors } from "./safetensors.ts";

const file = writeSafetensors({
  a: { shape: [2, 3], data: [1, 2, 3, 4, 5, 6] },
  b: { shape: [], data: [7] },
  c: { shape: [0, 4], data: [] },
});

function fileOf(header: unknown, elements: number): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + elements);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

test("tensors are read with their shapes", () => {
  const tensors = readSafetensors(file, "file");
  expect([...tensors.keys()]).toEqual(["a", "b", "c"]);
  expect(tensors.get("a")?.toArray()).toEqual([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  expect(tensors.get("b")?.toArray()).toBe(7);
  expect(tensors.get("c")?.shape).toEqual([0, 4]);
});

test("a Buffer inside a larger one is read as well", () => {
  const pool = Buffer.alloc(file.length + 16);
  pool.set(file, 5);
  expect(
    readSafetensors(pool.subarray(5, 5 + file.length), "file")
      .get("b")
      ?.toArray(),
  ).toBe(7);
});

test("int64 elements are read whole", () => {
  const bytes = fileOf({ ids: { dtype: "I64", shape: [1], data_offsets: [0, 8] } }, 8);
  new DataView(bytes.buffer).setBigInt64(bytes.length - 8, -(2n ** 53n) - 1n, true);
  expect(readSafetensors(bytes, "file").get("ids")?.data).toEqual(BigInt64Array.of(-(2n ** 53n) - 1n));
});

test.each([
  [{ x: { dtype: "F32", shape: [2], data_offsets: [0, 12] } }, "takes 8 bytes, got data_offsets [0,12]"],
  [{ x: { dtype: "F32", shape: [2], data_offsets: [8, 16] } }, "outside the 12 that are there"],
  [{ x: { dtype: "F32", shape: [-2, -1], data_offsets: [0, 8] } }, "takes 8 bytes"],
  [{ x: { dtype: "F8", shape: [2], data_offsets: [0, 8] } }, "must be one of F32"],
  [{ x: { dtype: "F32", shape: [1e9, 1e9, 1e9], data_offsets: [0, 8] } }, "takes"],
  [{ x: 3 }, "must be an object, got 3"],
  [[], "must be an object"],
] as const)("a header that does not fit is refused: %j", (header, sentence) => {
  expect(() => readSafetensors(fileOf(header, 12), "file")).toThrow(sentence);
});

test.prop([fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }), fc.nat(file.length)])(
  "changed or cut files give tensors or an AttributionError, nothing else",
  (changes, length) => {
    const bytes = file.slice();
    for (const [at, byte] of changes) bytes[at] = byte;
    for (const one of [bytes, bytes.slice(0, length)])
      try {
        readSafetensors(one, "file");
      } catch (error) {
        expect(error).toBeInstanceOf(AttributionError);
      }
  },
);
