import { InvalidArgumentError, UnsupportedError } from "@attr/core";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { tfjsBackend } from "../tensor/tfjs-backend.ts";
import { openTensorFlow } from "./open-tensor-flow.ts";

test("without a backend the best that starts is taken, and it is told why others were not", async () => {
  const opened = await openTensorFlow();
  const { runtime, versions, passedOver } = tfjsBackend(opened.tf).describe();
  expect(runtime).toBe(tf.getBackend());
  expect(versions["tfjs-core"]).toBe(tf.version_core);
  // tfjs-node where its native part was built, else what comes next.
  expect(["tensorflow", "wasm"]).toContain(runtime);
  if (runtime === "wasm") {
    expect(passedOver).toEqual([{ runtime: "tensorflow", reason: expect.stringMatching(/native addon|Cannot find|install/i) }]);
  }
  expect(opened.passedOver).toEqual(passedOver);
  expect(tf.getGradient("Sum")).toBeDefined();
});

test("a backend that was chosen stays chosen", async () => {
  await import("@tensorflow/tfjs-backend-cpu");
  await tf.setBackend("cpu");
  const { tf: found } = await openTensorFlow({ runtimes: ["wasm"] });
  expect(found.getBackend()).toBe("cpu");
  expect((await openTensorFlow({ tf })).tf).toBe(tf);
});

test("a module that is none is refused with what was got", async () => {
  await expect(openTensorFlow({ tf: {} as never })).rejects.toThrow("got an object without engine");
  await expect(openTensorFlow({ tf: import("@tensorflow/tfjs-core") as never })).rejects.toThrow("await the import");
  await expect(openTensorFlow({ tf: 3 as never })).rejects.toThrow(InvalidArgumentError);
});

test("where nothing starts the sentence lists what was tried", async () => {
  const engine = tf.engine();
  const { backendName } = engine;
  engine.backendName = null as unknown as string;
  try {
    await expect(openTensorFlow({ runtimes: ["webgl"] })).rejects.toThrow(UnsupportedError);
    await expect(openTensorFlow({ runtimes: [] })).rejects.toThrow("runtimes is empty");
  } finally {
    await tf.setBackend(backendName);
  }
});
