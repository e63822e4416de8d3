import type { GradientCoverage, OnnxModel } from "@attr/backend-onnx";

/** What a row of a model takes, in bytes beside the weights. */
export interface MemoryOfARow {
  readonly forward: number;
  /** Of the gradient by all inputs that have one, or by the values nearest to them; absent where nothing has. */
  readonly gradient?: number | undefined;
  /** What was taken for sizes that the file leaves free. */
  readonly freeSizes: Readonly<Record<string, number>>;
}

/** A paragraph of words, a small picture: what free sizes are taken for. */
const freeSize = 64;

/** Predicts the memory of one row; undefined where the file does not say what shape an input has. */
export function memoryOfARow(
  model: OnnxModel,
  { of, inputs }: Pick<GradientCoverage, "of" | "inputs">,
): MemoryOfARow | undefined {
  const freeSizes: Record<string, number> = {};
  const feeds: Record<string, { readonly shape: readonly number[] }> = {};
  for (const { name, shape } of model.inputs) {
    if (shape === undefined) return undefined;
    feeds[name] = {
      shape: shape.map((size, axis) => {
        if (axis === 0) return 1;
        if (typeof size === "number") return size;
        // "past_sequence_length + sequence_length" is the sum of two that have names of their own.
        const parts = (size ?? `${name} axis ${axis}`).split(" + ");
        for (const part of parts) freeSizes[part] = freeSize;
        return freeSize * parts.length;
      }),
    };
  }
  const wrt = inputs.flatMap(({ input, gradient, nearest }) => (gradient ? [input] : nearest === undefined ? [] : [nearest]));
  const gradient = of === undefined || wrt.length === 0 ? undefined : model.predictMemory({ feeds, gradient: { of, wrt } }).bytes;
  return { forward: model.predictMemory({ feeds }).bytes, gradient, freeSizes };
}
