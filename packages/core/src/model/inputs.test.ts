import { describe, expect, test } from "vitest";
import { referenceNetwork } from "../../../testing/src/host/host-graph.ts";
import { InvalidArgumentError } from "../errors.ts";
import { tensor } from "../tensor/from.ts";
import { hostBackend } from "../tensor/host-backend.ts";
import type { TensorLike } from "../tensor/tensor.ts";
import { bind } from "./bind.ts";
import { fromLayer } from "./from-layer.ts";
import { functionModel } from "./function-model.ts";
import { resolveInputs } from "./inputs.ts";
import type { ModelCall } from "./on-call.ts";
import { onCall } from "./on-call.ts";

const model = functionModel(({ image }) => hostBackend.sum(image, [1, 2]), {
  inputs: [
    { name: "image", dtype: "float32", shape: ["batch", 2, "width"] },
    { name: "ids", dtype: "int64", shape: [1, null] },
    { name: "flag", dtype: "bool" },
  ],
});
const image = [
  [
    [1, 2, 3],
    [4, 5, 6],
  ],
];

describe("resolveInputs", () => {
  test("gives tensors of the dtype the model declares", async () => {
    const { values, inputs, examples, model: same, at } = await resolveInputs(model, { image, ids: [[1, 2]], flag: [1] });
    expect(values).toBe(inputs);
    expect(examples).toBe(1);
    expect(same).toBe(model);
    expect(at).toBeUndefined();
    expect(values).toMatchObject({
      image: { dtype: "float32", shape: [1, 2, 3] },
      ids: { dtype: "int64" },
      flag: { dtype: "bool" },
    });
  });

  test("keeps what is given where the model declares nothing", async () => {
    const any = functionModel(() => [1, 1]);
    const { values } = await resolveInputs(any, { a: [1, 2], b: [1n, 2n], c: Int32Array.of(1, 2), d: [true, false] });
    expect(Object.values(values).map((value) => value.dtype)).toEqual(["float32", "int64", "int32", "bool"]);
  });

  test.each([
    [{ image, ids: [[0.5]], flag: [1] }, 'element [0, 0] of input "ids" is 0.5: int64 cannot hold it'],
    [{ image, ids: [[1]] }, 'input "flag" is missing: give it, or fix it with bind(model, { flag: … })'],
    [{ image, ids: [[1]], flag: [1], more: 1 }, 'input "more" is unknown; the model takes "image", "ids", "flag"'],
    [
      { image: image[0]!, ids: [[1]], flag: [1] },
      'input "image" has rank 2 (shape [2, 3]), but the model takes [batch, 2, width]; the first axis is the batch',
    ],
    [
      { image: [[[1, 2, 3]]], ids: [[1]], flag: [1] },
      'input "image" has 1 along axis 1 (shape [1, 1, 3]), but the model takes [batch, 2, width]',
    ],
    [{ image, ids: [[1]], flag: [1, 0] }, 'input "flag" has 2 examples (shape [2]), but "image" has 1'],
    [{ image, ids: [[1]], flag: true }, 'input "flag" is a single number: its first axis must be the batch'],
    [{ image, ids: [[1]], flag: [2] }, 'element [0] of input "flag" is 2: bool holds 0 and 1'],
    [{ image, ids: [[1], [2, 3]], flag: [1] }, 'input "ids" is ragged'],
    [{}, 'inputs is empty; the model takes "image"'],
  ])("refuses %j", async (inputs, sentence) => {
    await expect(resolveInputs(model, inputs)).rejects.toThrow(sentence);
  });

  test("a fixed batch is no bound on the examples", async () => {
    const { examples } = await resolveInputs(model, { image: [...image, ...image], ids: [[1], [2]], flag: [1, 0] });
    expect(examples).toBe(2);
  });

  test("refuses what is no object of tensors by name", async () => {
    for (const bad of [
      undefined,
      null,
      3,
      "x",
      [1, 2],
      tensor([1]),
      Float32Array.of(1),
      { image: undefined },
      { image: null },
      { image: "x" },
    ]) {
      // What TypeScript would not let through.
      const inputs = bad as unknown as Readonly<Record<string, TensorLike>>;
      const act = resolveInputs(
        functionModel(() => 1),
        inputs,
      );
      await expect(act).rejects.toThrow(InvalidArgumentError);
    }
    await expect(
      resolveInputs(
        functionModel(() => 1),
        { x: new Float32Array(0) },
      ),
    ).rejects.toThrow('input "x" has no examples (shape [0])');
  });

  test("an input without elements is one", async () => {
    const { values, examples } = await resolveInputs(
      functionModel(() => [1, 1]),
      { x: [[1], [2]], none: [[], []] },
    );
    expect(examples).toBe(2);
    expect(values["none"]).toMatchObject({ shape: [2, 0] });
  });

  test("resolves a layer view with one call, and holds its inputs to what the model declares", async () => {
    const calls: ModelCall[] = [];
    const view = onCall(fromLayer(referenceNetwork(), "relu"), (call) => calls.push(call));
    const resolved = await resolveInputs(view, { x: [[3, 4, 0]] });
    expect(calls).toEqual([{ rows: 1, fetches: ["relu"] }]);
    expect(resolved.values).toMatchObject({ relu: { data: Float64Array.of(0, 8, 8, 8) } });
    expect(resolved.inputs).toMatchObject({ x: { dtype: "float64" } });
    await expect(resolveInputs(view, { x: [[3, 4]] })).rejects.toThrow("the model takes [batch, 3]");
    await expect(resolveInputs(view, { relu: [[1, 1, 1, 1]] })).rejects.toThrow('input "relu" is unknown');
  });

  test("stops where the signal is aborted before the layer is computed", async () => {
    const view = fromLayer(referenceNetwork(), "relu");
    await expect(resolveInputs(view, { x: [[1, 2, 3]] }, AbortSignal.abort(new Error("stop")))).rejects.toThrow("stop");
  });

  test("bound inputs are not asked for", async () => {
    const { values } = await resolveInputs(bind(model, { ids: [[1]], flag: [1] }), { image });
    expect(Object.keys(values)).toEqual(["image"]);
  });
});
