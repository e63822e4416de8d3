import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeModel } from "@attr/backend-onnx";
import { onTestFinished } from "vitest";
import { constant, node, onnxModel } from "../../../packages/backend-onnx/src/onnx-builder.fixture.ts";

/** What a classifier of colours calls its classes: red, green, blue. */
export const colorClasses = ["tomato", "meadow", "sea"] as const;

/**
 * A small classifier of photographs, `[n, 3, 32, 32]`: a convolution that looks for what is more of one colour than of the others, and how
 * much of it there is.
 */
function colorModel(): Uint8Array {
  const filters = [1, -0.5, -0.5, -0.5, 1, -0.5, -0.5, -0.5, 1];
  return writeModel(
    onnxModel({
      inputs: { pixel_values: ["float32", ["n", 3, 32, 32]] },
      outputs: { logits: ["float32", ["n", 3]] },
      constants: {
        filters: constant([3, 3, 1, 1], Float32Array.from(filters)),
        weights: constant([3, 3], Float32Array.of(6, 0, 0, 0, 6, 0, 0, 0, 6)),
        bias: constant([3], Float32Array.of(0, 0, 0)),
      },
      nodes: [
        node("Conv", ["pixel_values", "filters"], ["found"], { kernel_shape: [1, 1] }),
        node("Relu", ["found"], ["colors"]),
        node("GlobalAveragePool", ["colors"], ["pooled"]),
        node("Flatten", ["pooled"], ["flat"], { axis: { int: 1 } }),
        node("Gemm", ["flat", "weights", "bias"], ["logits"]),
      ],
    }),
  );
}

/** The files of the classifier, in the layout of Hugging Face. */
export function colorClassifier(): Readonly<Record<string, Buffer>> {
  const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
  return {
    "config.json": json({ id2label: Object.fromEntries(colorClasses.map((name, index) => [index, name])) }),
    "preprocessor_config.json": json({ size: { height: 32, width: 32 }, resample: 2, do_normalize: false }),
    "onnx/model.onnx": Buffer.from(colorModel()),
  };
}

/** A folder on disk with these files, while the test runs; its path. */
export function folderWith(name: string, files: Readonly<Record<string, Buffer>>): string {
  const temporary = mkdtempSync(join(tmpdir(), "attr-classifier-"));
  onTestFinished(() => rmSync(temporary, { recursive: true, force: true }));
  const folder = join(temporary, name);
  for (const [path, bytes] of Object.entries(files)) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
  return folder;
}
