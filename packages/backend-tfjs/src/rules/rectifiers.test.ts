import { convolutionalNetwork, perceptron } from "@attr/testing";
import { fc, test } from "@fast-check/vitest";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect } from "vitest";
import { expectAsInDoublePrecision } from "./both-models.fixture.ts";
import { propagate } from "./propagate.fixture.ts";

/** Networks of rectifiers, with what they are differentiated by. */
const networks = fc.oneof(
  fc.nat(10_000).map((seed) => ({ network: perceptron({ seed, activation: "relu" }), wrt: ["a", "b", "active"] })),
  fc.tuple(fc.nat(10_000), fc.constantFrom("maxPooling" as const, "averagePooling" as const)).map(([seed, pooling]) => ({
    network: convolutionalNetwork({ seed, activation: "relu", pooling }),
    wrt: ["image", "first"],
  })),
);

describe.each(["cpu", "wasm"])("on %s", (backend) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
  });

  describe.each(["guided", "deconvolution"] as const)("%s", (kind) => {
    test.prop([networks, fc.nat(1000)], { numRuns: 8 })("is what it is in double precision", async ({ network, wrt }, shift) => {
      await expectAsInDoublePrecision(tf, network, { rules: () => ({ kind }), wrt, shift });
    });

    test("changes no other function than the rectifier", () => {
      tf.tidy(() => {
        const x = tf.tensor([-1, 0.5, 2]);
        const f = ([a]: tf.Tensor[]) => tf.elu(tf.mul(a!, -1));
        const cotangent = tf.tensor([1, -1, -1]);
        const [passed] = propagate(tf, f, [x], cotangent, { kind });
        const plain = tf.grad((a) => f([a]))(x, cotangent);
        expect(Array.from(passed!.dataSync())).toEqual(Array.from(plain.dataSync()));
      });
    });
  });
});
