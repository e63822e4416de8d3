import { describe, expect, test } from "vitest";
import { linear, relu, reshape, tanh } from "../../../testing/src/host/host-graph.ts";
import { UnsupportedError } from "../errors.ts";
import * as core from "../index.ts";
import { graph } from "../methods/gradient-models.fixture.ts";
import { Saliency } from "../methods/saliency.ts";
import type { DifferentiableModel } from "../model/differentiable.ts";
import { functionModel } from "../model/function-model.ts";
import { seededRandom } from "../tensor/random.ts";
import * as catalogue from "./index.ts";
import {
  allMethods,
  type EntryOf,
  embeddingMethodNamed,
  embeddingMethods,
  gameMethodNamed,
  gameMethods,
  gradCam,
  guidedGradCam,
  type MethodSettings,
  methodNamed,
  methodSettings,
} from "./index.ts";

const random = seededRandom(7);
const matrix = (rows: number, columns: number): number[][] =>
  Array.from({ length: rows }, () => Array.from({ length: columns }, () => random.normal()));

/** Two maps of 2 × 2 from one channel of 4 × 4, and one output. */
const model = graph(
  ["image"],
  [
    reshape("flat", "image", [16]),
    linear("units", "flat", matrix(16, 8)),
    reshape("maps", "units", [2, 2, 2]),
    relu("rectified", "maps"),
    tanh("bent", "rectified"),
    reshape("flat2", "bent", [8]),
    linear("out", "flat2", matrix(8, 1)),
  ],
  "out",
);
/** As many as have more orders than samples are drawn. */
const image = Array.from({ length: 5 }, () => [matrix(4, 4)]);

/** Every setting, as far from what it is by itself as makes sense. */
const all: Required<MethodSettings> = {
  baselines: { image: 0.5 },
  featureMask: {
    image: [[Array.from({ length: 4 }, (_, y) => Array.from({ length: 4 }, (_column, x) => Math.floor(y / 2) + x))]],
  },
  window: [1, 2, 2],
  strides: [1, 2, 2],
  segments: [{ image: [Array.from({ length: 4 }, (_, y) => [y, y, y, y])] }],
  samples: 40,
  seed: 1,
  steps: 4,
  quadrature: "riemann-left",
  stdev: 0.3,
  multiplyByInputs: false,
  abs: false,
  relu: true,
  epsilon: 1e3,
  maxSigma: 3,
  layout: "channels-first",
  layer: "maps",
  neuron: [0, 1, 1],
};

type Entry = (typeof allMethods)[number];

/** What a method needs to be asked at all, and to be asked quickly. */
const least = ["window", "layer", "neuron", "steps", "samples", "stdev"] as const;

function pick({ settings }: Entry, names: readonly (keyof MethodSettings)[]): MethodSettings {
  return Object.fromEntries(names.filter((name) => settings.includes(name)).map((name) => [name, all[name]]));
}

async function ask(entry: Entry, settings: MethodSettings): Promise<number[]> {
  const { attributions } = await entry.create(model, settings).attribute({ image }, { ...settings, target: 0 });
  return Object.values(attributions).flatMap(({ data }) => Array.from(data, Number));
}

const made = (entry: Entry): object => entry.create(model, all);

/** A method that wraps another is over that one. */
const classesOf = (method: object): unknown[] => [
  method.constructor,
  ...("method" in method ? classesOf(method.method as object) : []),
];

test("every class of core that attributes is made by an entry", () => {
  const attributing = Object.values(core).filter(
    (value) => typeof value === "function" && value.prototype instanceof Object && "attribute" in value.prototype,
  );
  expect(attributing.length).toBeGreaterThan(25);
  const classes = new Set(allMethods.flatMap((entry) => classesOf(made(entry))));
  expect(attributing.filter((one) => !classes.has(one))).toEqual([]);
});

test("the list has every entry that is exported, once", () => {
  const exported = Object.values(catalogue).filter((value) => typeof value === "object" && "create" in value);
  expect(new Set<unknown>(allMethods)).toEqual(new Set<unknown>(exported));
  expect(new Set(allMethods.map(({ name }) => name)).size).toBe(allMethods.length);
  expect(new Set(allMethods.map(({ title }) => title)).size).toBe(allMethods.length);
});

test("an entry is found by its name, and none by another", () => {
  for (const entry of allMethods) expect(methodNamed(entry.name)).toBe(entry);
  expect(methodNamed("toString")).toBeUndefined();
});

describe.each(allMethods.map((entry) => [entry.name, entry] as const))("%s", (_name, entry) => {
  test("is told in one sentence about inputs of any kind", () => {
    expect(entry.summary).toMatch(/^[A-Z][^.]*\.$/);
    expect(`${entry.title} ${entry.summary}`).not.toMatch(/\b(pictures?|images?|pixels?|texts?|tokens?|prompts?|words?)\b/i);
  });

  test("takes each setting that it lists: each changes the answer", async () => {
    const usual = pick(entry, least);
    const answer = await ask(entry, usual);
    expect(answer.every(Number.isFinite)).toBe(true);
    for (const name of entry.settings) {
      if ((least as readonly string[]).includes(name)) continue;
      const other = name === "layout" ? "channels-last" : all[name];
      expect(await ask(entry, { ...usual, [name]: other }), name).not.toEqual(answer);
    }
  });

  test("answers the same where a setting is said to be what it is by itself", async () => {
    const usual = pick(entry, least);
    const answer = await ask(entry, usual);
    for (const name of entry.settings) {
      const value = methodSettings[name].default;
      if (value !== undefined) expect(await ask(entry, { ...usual, [name]: value }), name).toEqual(answer);
    }
  });

  test("attributes to what it says, over models of the kind that it says", async () => {
    const method = made(entry);
    const { attributions } = await entry.create(model, all).attribute({ image }, { ...pick(entry, least), target: 0 });
    expect(Object.keys(attributions)).toEqual([entry.attributesTo === "layer" ? "maps" : "image"]);
    expect("baselineRows" in method && method.baselineRows === "distribution").toBe(entry.baselineRows === "distribution");
    const blackBox = functionModel<"image">(({ image: { shape } }) => Array.from({ length: shape[0]! }, () => 1));
    const over = (): unknown => entry.create(blackBox as unknown as typeof model, all); // as plain JavaScript would
    if (entry.kind === "perturbation") expect(over).not.toThrow();
    else expect(over).toThrow(UnsupportedError);
  });
});

test("methods over texts are made over a black box, or over what has gradients, and found by their names", () => {
  const answer = functionModel<"x">(({ x: { shape } }) => Array.from({ length: shape[0]! }, () => 1));
  for (const entry of gameMethods) {
    expect(entry.create(answer).estimate).toBeTypeOf("function");
    expect(gameMethodNamed(entry.name)).toBe(entry);
    expect(embeddingMethodNamed(entry.name)).toBeUndefined();
  }
  for (const entry of embeddingMethods) {
    expect(entry.create(model).model).toBe(model);
    expect(embeddingMethodNamed(entry.name)).toBe(entry);
    expect(gameMethodNamed(entry.name)).toBeUndefined();
  }
});

test("methods at a layer read channels where the layout has them", () => {
  expect(gradCam.create(model, { layer: "maps" }).channelAxis).toBe(1);
  expect(gradCam.create(model, { layer: "maps", layout: "channels-last" }).channelAxis).toBe(3);
  expect(guidedGradCam.create(model, { layer: "maps", layout: "channels-last" }).channels).toBe("last");
});

test("an entry that lists what its class does not take does not compile", () => {
  const wrong: EntryOf<"saliency", (model: DifferentiableModel) => Saliency> = {
    name: "saliency",
    title: "Saliency",
    summary: "How fast the output changes.",
    kind: "gradient",
    // @ts-expect-error: it follows no path
    settings: ["steps"],
    create: (over) => new Saliency(over),
  };
  expect(wrong.settings).toEqual(["steps"]);
});
