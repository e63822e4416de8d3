import { describeTensorBackend } from "@attr/testing";
import * as core from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { describeBlackBoxes } from "./black-box.contract.fixture.ts";
import { describeMemory } from "./memory.contract.fixture.ts";
import { describeMethods } from "./methods.contract.fixture.ts";
import { describeRealModels } from "./real-models.contract.fixture.ts";
import { describeGradients } from "./repair/gradients.contract.fixture.ts";
import { describeKernels } from "./repair/kernels.contract.fixture.ts";
import { describeOperations } from "./repair/operations.contract.fixture.ts";
import { openTensorFlow } from "./runtime/open-tensor-flow.ts";
import { tfjsBackend } from "./tensor/tfjs-backend.ts";
import { describeSmallModels } from "./tfjs-model.contract.fixture.ts";

// The native backend comes from a folder that scripts/build-tfjs-node.sh made: what npm installs lacks its libraries in many places.
if (process.env["ATTR_TFJS_NODE"] === undefined) {
  test.skip("ATTR_TFJS_NODE names no folder where @tensorflow/tfjs-node was built (docs/guides/tfjs-node.md)", () => {});
} else {
  const { tf, passedOver } = await openTensorFlow();

  describe("@tensorflow/tfjs-node", () => {
    beforeAll(async () => {
      await tf.setBackend("tensorflow");
    });

    test("is what is opened where it is installed, with nothing passed over", () => {
      const { runtime, versions } = tfjsBackend(tf).describe();
      expect(runtime).toBe("tensorflow");
      expect(versions["tfjs-node"]).toMatch(/^4\./);
      expect(passedOver).toEqual([]);
      expect(tf.engine()).toBe(core.engine());
    });

    test("multiplies matrices", () => {
      const product = tf.tidy(() => tf.matMul(tf.tensor2d([[1, 2], [3, 4]]), tf.tensor2d([[5, 6], [7, 8]])).arraySync()); // biome-ignore format: tables
      expect(product).toEqual([[19, 22], [43, 50]]); // biome-ignore format: a table
    });

    // Those that count tensors come first: what others leave to the garbage collector may go at any time.
    describeMemory("tensorflow");
    describeBlackBoxes("tensorflow");
    describeRealModels("tensorflow");
    describeGradients("tensorflow");
    describeKernels("tensorflow");
    describeOperations("tensorflow");
    describeMethods("tensorflow");
    describeSmallModels("tensorflow");
    // TensorFlow has the processor take numbers too small to be normal for 0.
    const dtypes = ["float32", "int32", "bool"] as const;
    describeTensorBackend("tfjs-node", tfjsBackend(tf), { dtypes, tolerance: 1e-5, subnormals: false, describe, test });
  });
}
