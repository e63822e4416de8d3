import { OnnxCausalLm } from "@attr/backend-onnx";
import {
  deletionCurve,
  type Estimate,
  type Faithfulness,
  FeatureAblation,
  functionGame,
  functionModel,
  HostTensor,
  Occlusion,
  rankFeatures,
  ShapleyValues,
  shapleySampling,
} from "@attr/core";
import { LLMAttribution, loadTokenizer, TextSegmentInput } from "@attr/llm";
import { talesLm } from "@attr/models";
import { type AttributionDocument, convergenceDocument, faithfulnessDocument, imageDocument, tabularDocument } from "@attr/viz";

const host = (data: readonly number[], shape: readonly number[]): HostTensor =>
  new HostTensor(Float64Array.from(data), shape, "float64");

/** One row's elements of an input. */
function rowOf(input: HostTensor, row: number): number[] {
  const size = input.data.length / input.shape[0]!;
  return Array.from({ length: size }, (_, i) => Number(input.data[row * size + i]));
}

/** A little model of what a flat costs: area and floor help, age hurts, and a lift matters only high up. */
const rent = functionModel<"flat">(({ flat }) =>
  Array.from({ length: flat.shape[0]! }, (_, n) => {
    const [area = 0, floor = 0, age = 0, lift = 0] = rowOf(flat, n);
    return 200 + 9 * area - 2.5 * age + (lift === 1 ? 30 * floor : -20 * floor);
  }),
);
const names = ["area", "floor", "age", "lift"];

/** The digits that runtimes and processors agree on. */
const rounded = (numbers: readonly number[]): readonly number[] => numbers.map((number) => Math.round(number * 100) / 100);

/** What an embedded language model answers, and what the answer came from: the picture of the first page. */
export async function answerPicture(): Promise<AttributionDocument> {
  await using lm = await OnnxCausalLm.load(talesLm);
  const prompt = "Tom has a red ball. Sue has a blue kite. Question: Who has the kite? Answer:";
  const words = new TextSegmentInput(prompt, { by: "word", withSpace: true });
  const result = await new LLMAttribution(new FeatureAblation(lm), await loadTokenizer(talesLm)).attribute(words);
  const { rows, ...document } = result.toDocument();
  const { scores, value = 0, baseValue, ...answer } = rows[0]!;
  return { ...document, rows: [{ ...answer, scores: rounded(scores), value: rounded([value])[0]! }] };
}

/** The pictures of the guide, by the names of their files, drawn from results of real calls. */
export async function guidePictures(): Promise<Readonly<Record<string, AttributionDocument>>> {
  const flat = host([72, 5, 38, 1], [1, 4]);
  const baselines = { flat: host([50, 2, 30, 0], [1, 4]) };
  const one = await new ShapleyValues(rent).attribute({ flat }, { baselines });
  const head = { title: "Why this flat costs 903", explained: "the rent", unit: "euros" };

  const many = host(Array.from({ length: 60 }, (_, i) => [30 + ((i * 37) % 80), i % 7, (i * 13) % 90, i % 2]).flat(), [60, 4]);
  const all = await new ShapleyValues(rent).attribute({ flat: many }, { baselines });

  const side = 14;
  const pixels = Array.from({ length: side * side }, (_, i) => {
    const [x, y] = [(i % side) - 6.5, Math.floor(i / side) - 6.5];
    return Math.abs(Math.hypot(x, y) - 4.5) < 1.2 ? 1 : 0.1;
  });
  // Left half of a ring counts for it, the lower right against it.
  const weights = pixels.map((_, i) => (i % side < 7 ? 0.2 : Math.floor(i / side) > 7 ? -0.25 : 0));
  const ring = functionModel<"image">(({ image }) =>
    Array.from({ length: image.shape[0]! }, (_, n) => rowOf(image, n).reduce((sum, pixel, i) => sum + pixel * weights[i]!, 0)),
  );
  const image = host(pixels, [1, side, side]);
  const seen = await new FeatureAblation(ring).attribute({ image });

  // Twelve players whose worth grows with the square of what they bring: who comes late brings more.
  const game = functionGame(12, (present) => [...present].reduce((sum, player) => sum + (player % 4) - 1, 0) ** 2 / 10);
  const estimates: Estimate[] = [];
  for await (const estimate of shapleySampling(game, { samples: 40, seed: 5, antithetic: false })) estimates.push(estimate);

  // A score that saturates: half the ring is enough.
  const sure = functionModel<"image">(({ image }) =>
    Array.from({ length: image.shape[0]! }, (_, n) =>
      Math.tanh(rowOf(image, n).reduce((sum, pixel, i) => sum + pixel * weights[i]!, 0) / 1.5),
    ),
  );
  const measured: Record<string, Faithfulness> = {};
  const results = {
    ablation: await new FeatureAblation(sure).attribute({ image }),
    "occlusion, 5×5": await new Occlusion(sure).attribute({ image }, { window: 5, strides: 2 }),
  };
  for (const [name, result] of Object.entries(results)) {
    using ranked = await rankFeatures(sure, { image }, result);
    measured[name] = await deletionCurve(ranked, { randomOrders: 20, seed: 3 });
  }

  return {
    faithfulness: faithfulnessDocument(measured, { explained: "the ring's score", unit: "points" }),
    waterfall: tabularDocument(one, { ...head, names, inputs: { flat }, view: "waterfall", labels: ["this flat"] }),
    beeswarm: tabularDocument(all, { ...head, title: "What rents depend on", names, inputs: { flat: many } }),
    image: imageDocument(seen, {
      picture: image,
      overlay: "signed",
      title: "What speaks for a ring",
      explained: "the ring's score",
      unit: "points",
    }),
    convergence: convergenceDocument(estimates, {
      names: Array.from({ length: 12 }, (_, i) => `player ${i}`),
      top: 3,
      explained: "the game",
      unit: "points",
      method: "shapleySampling",
    }),
  };
}
