import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeModel } from "@attr/backend-onnx";
import { constant, node, onnxModel } from "../../packages/backend-onnx/src/onnx-builder.fixture.ts";

/** Writes float32 tensors as a safetensors file. */
export function writeSafetensors(
  tensors: Readonly<Record<string, { shape: readonly number[]; data: readonly number[] }>>,
): Uint8Array {
  let end = 0;
  const header: Record<string, unknown> = { __metadata__: { made: "by a test" } };
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    header[name] = { dtype: "F32", shape, data_offsets: [end, end + data.length * 4] };
    end += data.length * 4;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  const elements = Float32Array.from(Object.values(tensors).flatMap(({ data }) => data));
  bytes.set(new Uint8Array(elements.buffer), 8 + text.length);
  return bytes;
}

/** Two rows of three features, and what a linear model with weights 2, -3, 0.5 makes of them. */
export const linear: { readonly x: readonly number[]; readonly logits: readonly number[]; readonly ablation: readonly number[] } =
  {
    x: [1, 10, 4, -2, 0, 1],
    logits: [-26, -3.5],
    ablation: [2, -30, 2, -4, 0, 0.5],
  };

/** A folder with the linear model `x` `[n, 3]` to `logits` `[n, 1]`, its tensors, and the given cases. */
export function writeCaseFolder(folder: string, cases: readonly unknown[]): void {
  mkdirSync(folder, { recursive: true });
  const model = onnxModel({
    inputs: { x: ["float32", ["n", 3]] },
    outputs: { logits: ["float32", ["n", 1]] },
    constants: { w: constant([3, 1], [2, -3, 0.5]) },
    nodes: [node("MatMul", ["x", "w"], ["logits"])],
  });
  writeFileSync(join(folder, "model.onnx"), writeModel(model));
  const tensors = {
    x: { shape: [2, 3], data: linear.x },
    logits: { shape: [2, 1], data: linear.logits },
    ablation: { shape: [2, 3], data: linear.ablation },
    zeros: { shape: [2, 3], data: [0, 0, 0, 0, 0, 0] },
    wrong: { shape: [2, 3], data: [2, -30, 2.1, -4, 0, 0.5] },
    nothing: { shape: [2, 1], data: [0, 0] },
    narrow: { shape: [2, 2], data: [1, 2, 3, 4] },
  };
  writeFileSync(join(folder, "tensors.safetensors"), writeSafetensors(tensors));
  writeFileSync(join(folder, "cases.json"), JSON.stringify({ model: "model.onnx", about: "a linear model", cases }));
}

/** A case on the linear model whose answer is right. */
export const goodCase = {
  id: "ablation",
  method: "FeatureAblation",
  inputs: { x: "x" },
  target: 0,
  expected: { x: "ablation" },
  rtol: 1e-5,
} as const;

/** Writes the operator case y = x0 · x1, with the gradients of its inputs. */
export function writeOperatorCase(
  folder: string,
  name: string,
  y: readonly number[] = [3, 8],
  toFirst: readonly number[] = [3, 4],
): void {
  mkdirSync(folder, { recursive: true });
  const model = onnxModel({
    inputs: { x0: ["float32", [2]], x1: ["float32", [2]] },
    outputs: { y: ["float32", [2]] },
    nodes: [node("Mul", ["x0", "x1"], ["y"])],
  });
  writeFileSync(join(folder, `${name}.onnx`), writeModel(model));
  const content = {
    inputs: [
      { shape: [2], data: [1, 2] },
      { shape: [2], data: [3, 4] },
    ],
    dy: { shape: [2], data: [1, 1] },
    y,
    grads: [toFirst, [1, 2]],
  };
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(content));
}
