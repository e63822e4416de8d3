import { type Faithfulness, seededRandom } from "@attr/core";
import { comparisonDocument } from "../build/comparison-document.ts";
import { faithfulnessDocument } from "../build/faithfulness-document.ts";
import { story } from "../document.fixture.ts";
import type { CurveDocument } from "../documents/curve-document.ts";
import type { AttributionDocument } from "../documents/document.ts";
import type { ImageDocument, ImagePixels } from "../documents/image-document.ts";
import type { LayersDocument } from "../documents/layers-document.ts";
import type { TabularDocument } from "../documents/tabular-document.ts";
import type { TextDocument } from "../documents/text-document.ts";

const numbers = (count: number, at: (index: number) => number): number[] =>
  Array.from({ length: count }, (_, index) => at(index));
const bump = (x: number, y: number, cx: number, cy: number, size: number): number =>
  Math.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * size * size));

/** A ring on a slope of grey, in colour. */
const ring: ImagePixels = {
  width: 56,
  height: 40,
  channels: 3,
  data: numbers(56 * 40 * 3, (index) => {
    const [pixel, channel] = [Math.floor(index / 3), index % 3];
    const [x, y] = [pixel % 56, Math.floor(pixel / 56)];
    const onRing = Math.abs(Math.hypot(x - 28, y - 20) - 13) < 3;
    return onRing ? [240, 200, 60][channel]! : 40 + 2 * x + channel * 20;
  }),
};

const map = (width: number, height: number, at: (x: number, y: number) => number): number[] =>
  numbers(width * height, (index) => at(((index % width) + 0.5) / width, (Math.floor(index / width) + 0.5) / height));

const overRing: ImageDocument = {
  kind: "image",
  title: "Where the ring is seen",
  explained: 'the logit of "ring"',
  unit: "logits",
  method: "IntegratedGradients",
  notes: [],
  value: 4.125,
  baseValue: -0.5,
  picture: ring,
  panels: [
    {
      label: "",
      width: 56,
      height: 40,
      scores: map(
        56,
        40,
        (x, y) => 0.02 * bump(x, y, 0.3, 0.5, 0.09) + 0.015 * bump(x, y, 0.7, 0.4, 0.07) - 0.016 * bump(x, y, 0.5, 0.85, 0.08),
      ),
    },
  ],
};

const coarse: ImageDocument = {
  ...overRing,
  title: "Where the ring is seen, by the last layer",
  method: "GradCam",
  scaling: "smooth",
  panels: [
    {
      label: "conv4",
      width: 7,
      height: 5,
      scores: map(7, 5, (x, y) => bump(x, y, 0.3, 0.5, 0.2) - 0.4 * bump(x, y, 0.9, 0.9, 0.2)),
    },
  ],
};

const channels: ImageDocument = {
  ...overRing,
  title: "Channel by channel",
  picture: undefined,
  scale: "each",
  panels: ["red", "green", "blue", "alpha"].map((label, channel) => ({
    label,
    width: 12,
    height: 12,
    scores: map(
      12,
      12,
      (x, y) => (channel + 1) * (bump(x, y, 0.2 + channel / 6, 0.5, 0.12) - 0.6 * bump(x, y, 0.8, 0.2 + channel / 6, 0.1)),
    ),
  })),
};

const passenger: TabularDocument = {
  kind: "tabular",
  title: "Why the model expects 71 %",
  explained: "the log-odds of survival",
  unit: "log-odds",
  method: "KernelShap",
  notes: ["256 samples for 6 features."],
  features: ["age", "fare", "sex", "class", "siblings", "port"],
  rows: [
    {
      label: "passenger 17",
      scores: [-0.42, 0.31, 1.64, 0.55, -0.08, 0.02],
      standardErrors: [0.05, 0.04, 0.09, 0.06, 0.02, 0.01],
      inputs: [54, 78.27, "female", 1, 1, "S"],
      value: 0.9,
      baseValue: -1.12,
    },
  ],
};

const random = seededRandom(7);
const people: TabularDocument = {
  ...passenger,
  title: "What the model goes by",
  notes: [],
  rows: numbers(500, () => random.next()).map((age, index) => {
    const fare = random.next();
    const woman = random.next() < 0.4;
    return {
      label: `passenger ${index}`,
      inputs: [
        Math.round(age * 80),
        Math.round(fare * 5000) / 50,
        woman ? "female" : "male",
        1 + Math.floor(fare * 3),
        index % 5,
        ["S", "C", "Q"][index % 3]!,
      ],
      scores: [
        0.9 - 1.6 * age + 0.3 * random.next(),
        fare * fare - 0.3,
        woman ? 1.5 : -0.8,
        0.8 * fare - 0.4,
        -0.1 * (index % 5),
        0.02 * random.next(),
      ],
      value: 0.5,
      baseValue: -1.12,
    };
  }),
};

const deletion: CurveDocument = {
  kind: "curve",
  title: "Deleting the strongest pixels first",
  explained: 'the probability of "ring"',
  unit: "probability",
  method: "deletion and insertion",
  notes: [],
  x: { label: "pixels changed", unit: "share" },
  y: { label: "output" },
  area: true,
  curves: [
    { label: "deletion", x: numbers(21, (i) => i / 20), y: numbers(21, (i) => 0.04 + 0.9 * Math.exp(-i / 3)) },
    { label: "insertion", x: numbers(21, (i) => i / 20), y: numbers(21, (i) => 0.94 - 0.9 * Math.exp(-i / 4)) },
    { label: "deletion at random", x: numbers(21, (i) => i / 20), y: numbers(21, (i) => 0.94 - 0.045 * i) },
  ],
  levels: [{ label: "base value", y: 0.04 }],
};

const steps = numbers(21, (i) => i / 20);
const falling = (rate: number): Faithfulness => ({
  metric: "deletion",
  method: rate > 4 ? "IntegratedGradients" : "Saliency",
  features: 2240,
  shares: steps,
  values: [steps.map((share) => 0.04 + 0.9 * Math.exp(-rate * share))],
  score: [0],
  random: {
    orders: 10,
    values: [steps.map((share) => 0.94 - 0.9 * share ** 1.5)],
    score: [0],
    winRate: [rate > 4 ? 1 : 0.9],
    standardErrors: [steps.map((share) => 0.25 * share * (1 - share))],
  },
  evaluations: { coalitions: 0 },
});
const faithfulness = faithfulnessDocument(
  { "integrated gradients": falling(6), saliency: falling(2) },
  { explained: 'the probability of "ring"', unit: "probability" },
);

const convergence: CurveDocument = {
  ...deletion,
  title: "Shapley values settle",
  explained: "the log-odds of survival",
  unit: "log-odds",
  method: "ShapleyValueSampling",
  area: false,
  x: { label: "evaluations" },
  y: { label: "attribution" },
  partial: { done: 320, total: 1000, unit: "evaluations" },
  levels: [],
  curves: ["sex", "class", "age"].map((label, index) => {
    const end = [1.6, 0.5, -0.4][index]!;
    return {
      label,
      x: numbers(16, (i) => 20 * (i + 1)),
      y: numbers(16, (i) => end + (0.5 * Math.cos(i + index)) / (i + 1)),
      standardErrors: numbers(16, (i) => 0.5 / Math.sqrt(i + 1)),
    };
  }),
};

const layers: LayersDocument = {
  kind: "layers",
  title: "Through the network",
  explained: 'the logit of "7"',
  unit: "logits",
  method: "LayerConductance",
  notes: [],
  measure: "sum of attributions",
  value: 9.31,
  baseValue: 0.12,
  layers: [
    { name: "conv1", score: 9.19, shape: [8, 28, 28] },
    { name: "relu1", score: 9.18, shape: [8, 28, 28] },
    { name: "conv2", score: 8.9, standardError: 0.3, shape: [16, 14, 14] },
    { name: "attention", score: -2.4, shape: [49, 16], detail: "4 heads" },
    { name: "dense", score: 9.19, shape: [10] },
  ],
};

const many: TabularDocument = {
  ...passenger,
  title: "Thirty features, five shown",
  top: 5,
  rows: [{ label: "row", scores: numbers(30, (i) => (i % 3 === 0 ? -1 : 1) / (i + 1)), value: 2, baseValue: 0.5 }],
  features: numbers(30, (i) => i).map((i) => `feature ${i}`),
};

/** The story once more, with other scores. */
const retold = (scores: readonly number[], method: string, unit = "nats"): TextDocument => ({
  ...story,
  unit,
  method,
  rows: [{ label: "the whole answer", scores, value: -0.25, baseValue: -4.375 }],
  notes: [],
});

const methods = comparisonDocument([
  { label: "Feature ablation", document: story, cost: { calls: 1, rows: 5, milliseconds: 41 } },
  {
    label: "Shapley value sampling",
    document: retold([2.25, 0.1, 1.5, 0.25], "ShapleyValueSampling"),
    cost: { calls: 12, rows: 180, milliseconds: 1240 },
  },
  {
    label: "Saliency",
    document: retold([0.9, 0.4, 0.7, 0.1], "Saliency", "nats per unit of the embedding"),
    cost: { calls: 1, rows: 1, milliseconds: 9.4 },
  },
]);

const otherScores = [-0.2, 0.5, 1.9, 0.1, 0.05, 0];
const passengers = comparisonDocument([
  { label: "Kernel SHAP", document: { ...passenger, view: "waterfall" } },
  {
    label: "Feature ablation",
    document: {
      ...passenger,
      method: "FeatureAblation",
      notes: [],
      view: "waterfall",
      rows: [{ ...passenger.rows[0]!, scores: otherScores, standardErrors: undefined }],
    },
  },
]);

const maps = comparisonDocument([
  { label: "Integrated gradients", document: overRing, cost: { calls: 3, rows: 50 } },
  {
    label: "Occlusion",
    document: {
      ...overRing,
      panels: [{ ...overRing.panels[0]!, scores: overRing.panels[0]!.scores.map((score, i) => score * (i % 3 === 0 ? 0.4 : 1)) }],
    },
    cost: { calls: 40, rows: 1120 },
  },
]);

/** What the golden pictures show. */
export const examples: Readonly<Record<string, AttributionDocument>> = {
  text: story,
  "image-heat": { ...overRing, overlay: "heat" },
  "image-blended": overRing,
  "image-signed": { ...overRing, overlay: "signed" },
  "image-masked": { ...overRing, overlay: "masked" },
  "image-contour": { ...overRing, overlay: "contour" },
  "image-smooth": coarse,
  "image-channels": channels,
  "image-absolute": { ...overRing, overlay: "heat", sign: "absolute" },
  "tabular-bars": passenger,
  "tabular-waterfall": { ...passenger, view: "waterfall" },
  "tabular-waterfall-open": { ...many, view: "waterfall" },
  "tabular-beeswarm": people,
  "tabular-dependence": { ...people, view: "dependence", feature: 0 },
  "tabular-dependence-words": { ...people, view: "dependence", feature: 2 },
  "curve-deletion": deletion,
  "curve-faithfulness": faithfulness,
  "curve-convergence": convergence,
  layers,
  "comparison-text": methods,
  "comparison-tabular": passengers,
  "comparison-image": maps,
};
