import { AttributionError } from "@attr/core";
import * as tf from "@tensorflow/tfjs-core";
import { TfjsModel } from "../tfjs-model.ts";
import type { Files } from "./sample-files.fixture.ts";

/**
 * Loads the files, runs the model, and takes a gradient; what is wrong with them may be told at any of the three.
 *
 * @param loaded called when the first is done.
 */
async function use(files: Files, loaded?: () => void): Promise<void> {
  await using model = await TfjsModel.load(files, { tf });
  loaded?.();
  const { backend } = model;
  // Too large to be worth trying: the model was loaded.
  const shapes = model.values.map((name) => model.value(name)?.shape ?? []);
  const largest = Math.max(0, ...shapes.map((shape) => shape.reduce<number>((size, n) => size * Number(n ?? 1), 1)));
  if (model.maxBatchSize > 100 || largest > 1e5) throw new AttributionError("not tried");
  using _scope = backend.scope();
  const feeds = Object.fromEntries(
    model.inputs.map(({ name, shape = [null, 4], dtype }) => {
      const dims = shape.map((length, axis) => (axis === 0 ? 2 : typeof length === "number" ? length : 3));
      const size = dims.reduce((product, length) => product * length, 1);
      if (size > 1e5) throw new AttributionError("not tried");
      const data = Float32Array.from({ length: size }, (_, i) => Math.sin(i + 1));
      return [
        name,
        backend.fromData(dtype === "int32" ? new Int32Array(data) : data, dims, dtype === "int32" ? dtype : "float32"),
      ];
    }),
  );
  const value = model.outputs[0]!.name;
  const output = (await model.run({ feeds, fetches: [value] }))[value]!;
  await backend.read(output);
  const size = output.shape.reduce((product, length) => product * length, 1);
  const cotangent = backend.fromData(new Float32Array(size).fill(1), output.shape, "float32");
  const wrt = model.inputs.slice(0, 1).map(({ name }) => name);
  const { gradients } = await model.gradient({ feeds, objective: { value, cotangent }, wrt });
  for (const name of wrt) await backend.read(gradients[name]!);
}

/** What it fails with; undefined where all goes through. */
export async function failureOf(files: Files, loaded?: () => void): Promise<unknown> {
  return await use(files, loaded).then(
    () => undefined,
    (error: unknown) => error,
  );
}
