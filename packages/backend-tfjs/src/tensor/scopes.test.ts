import "@tensorflow/tfjs-backend-cpu";
import type { Scope } from "@attr/core";
import * as tf from "@tensorflow/tfjs-core";
import { beforeEach, expect, test } from "vitest";
import { tfjsBackend } from "./tfjs-backend.ts";

await tf.setBackend("cpu");
const backend = tfjsBackend(tf);
let before = 0;
beforeEach(() => {
  before = tf.memory().numTensors;
});
const made = (): number => tf.memory().numTensors - before;
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

test("a module has one backend", () => {
  expect(tfjsBackend(tf)).toBe(backend);
});

test("a scope frees what was made inside, and hands on what it keeps", () => {
  const outer = backend.scope();
  const a = backend.from([1]);
  const inner = backend.scope();
  const b = inner.keep(backend.add(a, a));
  backend.add(b, b);
  inner[Symbol.dispose]();
  expect(made()).toBe(2);
  expect(b.shape).toEqual([1]);
  outer[Symbol.dispose]();
  expect(made()).toBe(0);
});

test("tidy frees nothing of a scope's", async () => {
  using _scope = backend.scope();
  const x = tf.tidy(() => {
    const made = backend.from([1, 2]);
    return { made: made as object, shape: made.shape } as unknown as tf.TensorContainer;
  }) as unknown as { readonly made: ReturnType<typeof backend.from> };
  expect((await backend.read(x.made)).data).toEqual(Float32Array.of(1, 2));
});

/** Work of one owner: a scope, calls that others run between, a result. */
async function owner(start: number, steps: number, kept?: (scope: Scope) => void): Promise<number> {
  using scope = backend.scope();
  kept?.(scope);
  let x = backend.from([start]);
  for (let step = 0; step < steps; step++) {
    using inner = backend.scope();
    const one = backend.from([1]);
    const sum = await backend.during(async (adopt) => {
      await turn();
      return adopt(tf.add(x.tensor, one.tensor));
    });
    x = inner.keep(backend.add(sum, backend.from([0]))) as typeof x;
  }
  return Number((await backend.read(x)).data[0]);
}

test("owners that take turns do not free each other's tensors, and leave nothing once all are done", async () => {
  const results = await Promise.all([owner(0, 5), owner(10, 3), owner(20, 8), owner(30, 1)]);
  expect(results).toEqual([5, 13, 28, 31]);
});

test("after that, scopes free at once again", async () => {
  await Promise.all([owner(0, 2), owner(10, 3)]);
  before = tf.memory().numTensors;
  {
    using _scope = backend.scope();
    backend.from([1]);
    expect(made()).toBe(1);
  }
  expect(made()).toBe(0);
});

test("what is made outside while an owner waits is not the owner's", async () => {
  const pending = owner(0, 2);
  await Promise.resolve();
  const mine = backend.from([7]);
  await pending;
  expect((await backend.read(mine)).data).toEqual(Float32Array.of(7));
  mine.dispose();
});

test("a tensor that was disposed of is refused by name, and disposing of it again does nothing", () => {
  const x = backend.from([1, 2]);
  x.dispose();
  x.dispose();
  expect(() => backend.add(x, x)).toThrow("add: the tensor [2] was disposed of already");
});

test("tensors of TensorFlow.js are taken as operands and stay their owner's", async () => {
  const own = tf.tensor([1, 2]);
  {
    using _scope = backend.scope();
    const sum = backend.add(own as never, backend.from(own as never));
    expect((await backend.read(sum)).data).toEqual(Float32Array.of(2, 4));
  }
  expect(own.isDisposed).toBe(false);
  own.dispose();
  expect(made()).toBe(0);
});

test("float64 is rounded, uint8 and int64 become int32, and what int32 does not hold is refused", async () => {
  using _scope = backend.scope();
  expect(backend.from([0.1], "float64").dtype).toBe("float32");
  expect((await backend.read(backend.from(Uint8Array.of(200)))).data).toEqual(Int32Array.of(200));
  expect((await backend.read(backend.from(BigInt64Array.of(-5n)))).data).toEqual(Int32Array.of(-5));
  expect(() => backend.from(BigInt64Array.of(2n ** 40n))).toThrow("1099511627776, which int32 does not hold");
  expect(() => backend.cast(backend.from([1]), "float64")).toThrow("no tensors of float64");
  const text = tf.tensor(["a"]);
  expect(() => backend.reshape(text as never, [1])).toThrow("holds no numbers");
  text.dispose();
});
