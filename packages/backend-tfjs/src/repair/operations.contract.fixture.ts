import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { expectTrueGradients } from "./finite-differences.fixture.ts";
import { type Operation, operations } from "./operations.fixture.ts";
import { forwardRepairs } from "./registry.ts";
import { withGradients } from "./with-gradients.ts";

/** Holds the operations that models are made of, and their gradients, on one backend of TensorFlow.js; cpu has to be there too. */
export function describeOperations(backend: string): void {
  const run = ([, f, operands]: Operation): number[] =>
    withGradients(tf, forwardRepairs(tf), () =>
      tf.tidy(() => Array.from(f(operands.map(({ data, shape }) => tf.tensor(data, shape))).dataSync())),
    );

  describe(`operations on ${backend}`, () => {
    beforeAll(async () => {
      await tf.setBackend(backend);
    });
    for (const operation of operations) {
      const [name, f, operands, refusing = []] = operation;
      if (refusing.includes(backend)) {
        test(`${name} is refused`, () => {
          expect(() => run(operation)).toThrow();
        });
        continue;
      }
      test(`the gradient of ${name} is that of central differences`, () => {
        expectTrueGradients(tf, f, operands, { step: 5e-3, tolerance: 5e-3 });
      });
      if (backend === "cpu") continue;
      test(`${name} gives what cpu gives`, async () => {
        await tf.setBackend("cpu");
        const expected = run(operation);
        await tf.setBackend(backend);
        const got = run(operation);
        expect(got).toHaveLength(expected.length);
        for (const [i, value] of got.entries())
          expect(Math.abs(value - expected[i]!)).toBeLessThanOrEqual(1e-4 * Math.max(1, Math.abs(expected[i]!)));
      });
    }
  });
}
