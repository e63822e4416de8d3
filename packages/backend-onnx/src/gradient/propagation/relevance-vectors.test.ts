import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type AttributionResult, fromLayer, hostBackend, Lrp, upToLayer } from "@attr/core";
import { describe, expect, test } from "vitest";
import { OnnxModel } from "../../onnx-model.ts";

/*
 * Transformers exported at several opsets, with operators written out and with fused ones, against relevance that torch's autograd gives
 * on the same weights in float64. scripts/relevance-vectors makes it.
 */

interface Vectors {
  readonly inputs: Readonly<Record<string, { readonly shape: readonly number[]; readonly data: readonly number[] }>>;
  /** What is explained: an index path into each row of the scores. */
  readonly targets: readonly (readonly number[])[];
  readonly values: readonly number[];
  readonly relevances: Readonly<Record<"attnLrp" | "cpLrp", readonly number[]>>;
}

const read = (path: string): unknown => JSON.parse(readFileSync(fileURLToPath(new URL(path, import.meta.url)), "utf8"));
const networks = read("relevance-vectors.fixture.json") as Readonly<Record<string, Vectors>>; // its script writes this shape
const cases = Object.entries(networks).flatMap(([network, vectors]) => {
  // The script of these writes the layer by file.
  const { files } = read(`../../torch-vectors/${network}.fixture.json`) as { readonly files: Readonly<Record<string, string>> };
  return Object.entries(files).flatMap(([file, layer]) =>
    (["attnLrp", "cpLrp"] as const).map((attention) => ({ file, layer, attention, vectors })),
  );
});

async function relevance(model: OnnxModel, { layer, attention, vectors }: (typeof cases)[number]): Promise<AttributionResult> {
  // Scores: the files of encoders end with their logarithmic softmax.
  const last = model.proto.graph.nodes.find(({ opType }) => opType === "LogSoftmax");
  const scores = last === undefined ? model : upToLayer(model, last.inputs[0]!);
  const inputs = Object.fromEntries(
    Object.entries(vectors.inputs).map(([name, { shape, data }]) => [
      name,
      hostBackend.fromData(BigInt64Array.from(data, BigInt), shape, "int64"),
    ]),
  );
  return await new Lrp(fromLayer(scores, layer), { attention }).attribute(inputs, { target: vectors.targets });
}

describe("relevance of transformers", () => {
  test.each(cases)("of $file by $attention is what torch's autograd gives", async (one) => {
    const path = fileURLToPath(new URL(`../../torch-vectors/${one.file}`, import.meta.url));
    await using model = await OnnxModel.load(path, { session: { intraOpNumThreads: 1 } });
    const result = await relevance(model, one);
    const expected = one.vectors.relevances[one.attention];
    const got = [...result.attributions[one.layer]!.data].map(Number);
    expect(got).toHaveLength(expected.length);
    const largest = Math.max(...expected.map(Math.abs));
    for (const [i, value] of one.vectors.values.entries()) expect(Number(result.value!.data[i])).toBeCloseTo(value, 4);
    for (const [i, value] of got.entries())
      expect(Math.abs(value - expected[i]!), `element ${i}: ${value}, ${expected[i]}`).toBeLessThan(1e-4 * largest);
  });
});
