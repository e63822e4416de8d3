import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import type { CausalLm } from "../causal-lm/causal-lm.ts";
import { opaqueBackend } from "../game/opaque-backend.fixture.ts";
import { functionModel } from "../model/function-model.ts";
import { limitBatch } from "../model/limit-batch.ts";
import type { Model } from "../model/model.ts";
import type { Progress } from "../signal.ts";
import { tensor } from "../tensor/from.ts";
import { hostBackend } from "../tensor/host-backend.ts";
import type { HostTensor } from "../tensor/host-tensor.ts";
import type { AttributionResult } from "./attribution-result.ts";
import { FeatureAblation } from "./feature-ablation.ts";
import { FeaturePermutation } from "./feature-permutation.ts";
import { KernelShap } from "./kernel-shap.ts";
import { Lime } from "./lime.ts";
import { Occlusion } from "./occlusion.ts";
import type { Inputs, PerturbationOptions } from "./options.ts";
import { arbitraryInputs, example, randomNetwork } from "./random-models.fixture.ts";
import { ShapleyValueSampling } from "./shapley-value-sampling.ts";
import { ShapleyValues } from "./shapley-values.ts";

/*
 * What every perturbation method promises, on random networks of two inputs (five features). A method is called as it is by default,
 * and, where it samples, with too few samples to be exact.
 */

interface Explained {
  attribute(inputs: Inputs, options?: PerturbationOptions & { readonly seed?: number }): Promise<AttributionResult>;
}

interface MethodCase {
  readonly name: string;
  of(model: Model): Explained;
  /** Attributions sum to `f(x) − f(baseline)`. */
  readonly isComplete?: boolean;
  /** An example's attributions do not depend on the others in the batch. */
  readonly isByExample: boolean;
  readonly isSampled?: boolean;
}

const withOptions =
  (of: (model: Model) => { attribute(inputs: Inputs, options: never): Promise<AttributionResult> }, fixed: object) =>
  (model: Model): Explained => ({
    // The options every method here takes, and its own.
    attribute: (inputs, options) => of(model).attribute(inputs, { ...fixed, ...options } as never),
  });

const cases: MethodCase[] = [
  { name: "FeatureAblation", of: (model) => new FeatureAblation(model), isByExample: true },
  {
    name: "FeaturePermutation",
    of: withOptions((model) => new FeaturePermutation(model), {}),
    isByExample: false,
    isSampled: true,
  },
  { name: "Occlusion", of: withOptions((model) => new Occlusion(model), { window: { a: [2], b: [1] } }), isByExample: true },
  { name: "ShapleyValues", of: (model) => new ShapleyValues(model), isByExample: true, isComplete: true },
  {
    name: "ShapleyValueSampling",
    of: (model) => new ShapleyValueSampling(model),
    isByExample: true,
    isComplete: true,
    isSampled: true,
  },
  {
    name: "ShapleyValueSampling of 4 permutations",
    of: withOptions((model) => new ShapleyValueSampling(model), { samples: 4 }),
    isByExample: true,
    isComplete: true,
    isSampled: true,
  },
  { name: "KernelShap", of: (model) => new KernelShap(model), isByExample: true, isComplete: true, isSampled: true },
  {
    name: "KernelShap of 20 samples",
    of: withOptions((model) => new KernelShap(model), { samples: 20 }),
    isByExample: true,
    isComplete: true,
    isSampled: true,
  },
  { name: "Lime", of: (model) => new Lime(model), isByExample: true, isSampled: true },
  {
    name: "Lime of 25 samples",
    of: withOptions((model) => new Lime(model), { samples: 25 }),
    isByExample: true,
    isSampled: true,
  },
];

const runs = { numRuns: 15 };

function numbers(tensorOf: HostTensor | undefined): number[] {
  return [...tensorOf!.data].map(Number);
}

function expectNear(got: readonly number[], expected: readonly number[], tolerance = 1e-8): void {
  expect(got).toHaveLength(expected.length);
  for (let i = 0; i < got.length; i++) expect(Math.abs(got[i]! - expected[i]!)).toBeLessThanOrEqual(tolerance);
}

describe.each(cases)("$name", ({ of, isComplete, isByExample, isSampled }) => {
  test.prop([arbitraryInputs, fc.nat()], runs)("gives back the structure it is given", async (inputs, seed) => {
    const { model } = randomNetwork(seed, { outputs: 3 });
    const n = inputs.a.length;
    const one = await of(model).attribute(inputs, { target: 1 });
    expect(Object.keys(one.attributions)).toEqual(["a", "b"]);
    expect(one.attributions["a"]!.shape).toEqual([n, 3]);
    expect(one.attributions["b"]!.shape).toEqual([n, 2]);
    expect(one.value?.shape ?? [n]).toEqual([n]);
    const every = await of(model).attribute(inputs);
    expect(every.attributions["a"]!.shape).toEqual([n, 3, 3]);
    expect(every.attributions["b"]!.shape).toEqual([n, 3, 2]);
    if (every.standardErrors) expect(every.standardErrors["b"]!.shape).toEqual([n, 3, 2]);
    // The explained output is the one by itself.
    for (let i = 0; i < n; i++)
      expectNear(
        numbers(every.attributions["a"]).slice(i * 9 + 3, i * 9 + 6),
        numbers(one.attributions["a"]).slice(i * 3, i * 3 + 3),
      );
  });

  test.prop([arbitraryInputs, fc.nat(), fc.integer({ min: 1, max: 7 })], runs)(
    "the batch limit changes calls and not results",
    async (inputs, seed, limit) => {
      const network = randomNetwork(seed);
      const whole = await of(network.model).attribute(inputs, { target: 0 });
      const wholeRows = network.calls.splice(0).reduce((sum, rows) => sum + rows, 0);
      const cut = await of(limitBatch(network.model, limit)).attribute(inputs, { target: 0 });
      expect(cut.attributions).toEqual(whole.attributions);
      expect(Math.max(...network.calls)).toBeLessThanOrEqual(limit);
      expect(network.calls.reduce((sum, rows) => sum + rows, 0)).toBe(wholeRows);
      expect(cut.evaluations).toEqual({ calls: network.calls.length, rows: wholeRows, coalitions: whole.evaluations.coalitions });
      expect(network.calls).toHaveLength(Math.ceil(wholeRows / limit));
    },
  );

  test.prop([arbitraryInputs, fc.nat()], runs)("no row is run twice", async (inputs, seed) => {
    const { model, seen } = randomNetwork(seed);
    // Different examples must not look alike once features are replaced, so every example has a baseline of its own.
    const baselines = {
      a: inputs.a.map((row, i) => row.map((_, j) => 100 + 10 * i + j)),
      b: inputs.b.map((row, i) => row.map((_, j) => 200 + 10 * i + j)),
    };
    const values = new Set([...inputs.a, ...inputs.b].map((row) => row.join()));
    if (values.size < 2 * inputs.a.length) return;
    await of(model).attribute(inputs, { target: 0, ...(isByExample && { baselines }) });
    if (isByExample) expect(new Set(seen).size).toBe(seen.length);
    else
      for (const row of inputs.a.map((a, i) => [...a, ...inputs.b[i]!].join()))
        expect(seen.filter((other) => other === row).length).toBeGreaterThan(0);
  });

  if (isByExample)
    test.prop([arbitraryInputs, fc.nat()], runs)("an example alone is as it is in the batch", async (inputs, seed) => {
      const { model } = randomNetwork(seed);
      const together = await of(model).attribute(inputs, { target: 1, baselines: { a: 0.5 } });
      for (let i = 0; i < inputs.a.length; i++) {
        const alone = await of(model).attribute(example(inputs, i), { target: 1, baselines: { a: 0.5 } });
        expectNear(numbers(alone.attributions["a"]), numbers(together.attributions["a"]).slice(3 * i, 3 * i + 3), 1e-9);
        expectNear(numbers(alone.attributions["b"]), numbers(together.attributions["b"]).slice(2 * i, 2 * i + 2), 1e-9);
      }
    });

  test.prop([arbitraryInputs, fc.nat(), fc.nat({ max: 4 })], runs)(
    "a feature without effect gets 0",
    async (inputs, seed, column) => {
      const { model } = randomNetwork(seed, { unused: [column] });
      const result = await of(model).attribute(inputs, { target: 0, featureMask: { a: [[0, 1, 2]], b: [[3, 4]] } });
      const [name, at, width] = column < 3 ? (["a", column, 3] as const) : (["b", column - 3, 2] as const);
      const got = numbers(result.attributions[name]).filter((_, i) => i % width === at);
      // A window covers neighbours too, and few samples cannot tell a feature's effect from that of the others.
      const exact = of(model) instanceof FeatureAblation || of(model) instanceof ShapleyValues;
      if (exact) for (const value of got) expect(Math.abs(value)).toBeLessThan(1e-12);
      else expect(got.every(Number.isFinite)).toBe(true);
    },
  );

  if (isComplete)
    test.prop([arbitraryInputs, fc.nat()], runs)("attributions sum to the difference of the outputs", async (inputs, seed) => {
      const { model } = randomNetwork(seed);
      const result = await of(model).attribute(inputs, { target: 0, baselines: { a: 0.25, b: -1 } });
      const { output } = (await model.run({
        feeds: { a: tensor(inputs.a, "float64"), b: tensor(inputs.b, "float64") },
        fetches: ["output"],
      })) as { output: HostTensor };
      inputs.a.forEach((_, i) => {
        const sum = [
          ...numbers(result.attributions["a"]).slice(3 * i, 3 * i + 3),
          ...numbers(result.attributions["b"]).slice(2 * i, 2 * i + 2),
        ].reduce((a, b) => a + b, 0);
        expect(Number(result.value!.data[i])).toBeCloseTo(Number(output.data[2 * i]), 12);
        expect(sum).toBeCloseTo(Number(result.value!.data[i]) - Number(result.baseValue!.data[i]), 9);
        expect(Number(result.delta!.data[i])).toBeCloseTo(0, 9);
      });
    });

  if (isSampled)
    test("the same seed gives the same result", async () => {
      const { model } = randomNetwork(5);
      const inputs = {
        a: [
          [1, 2, 3],
          [0.5, -1, 2],
          [0, 1, 0],
          [3, 3, 1],
        ],
        b: [
          [1, 1],
          [0, 2],
          [2, 0],
          [1, -1],
        ],
      };
      const run = async (seed: number): Promise<AttributionResult> => await of(model).attribute(inputs, { target: 0, seed });
      expect(await run(3)).toEqual(await run(3));
      expect(await run(3)).toEqual(
        await of(randomNetwork(5, { maxBatchSize: 3 }).model)
          .attribute(inputs, { target: 0, seed: 3 })
          .then((other) => ({ ...other, evaluations: { ...other.evaluations, calls: expect.any(Number) } })),
      );
    });

  test("an abort between two calls rejects with its reason and runs no further", async () => {
    const network = randomNetwork(1, { maxBatchSize: 2 });
    const controller = new AbortController();
    const reason = new RangeError("no time");
    const stopping: Model = {
      ...network.model,
      async run(request) {
        const result = await network.model.run(request);
        if (network.calls.length === 2) controller.abort(reason);
        return result;
      },
    };
    const inputs = {
      a: [
        [1, 2, 3],
        [3, 2, 1],
      ],
      b: [
        [1, 2],
        [2, 1],
      ],
    };
    await expect(of(stopping).attribute(inputs, { target: 0, signal: controller.signal })).rejects.toBe(reason);
    expect(network.calls).toHaveLength(2);
    const before: AbortSignal = AbortSignal.abort(reason);
    await expect(of(stopping).attribute(inputs, { target: 0, signal: before })).rejects.toBe(reason);
    expect(network.calls).toHaveLength(2);
  });

  test("progress counts up to all", async () => {
    const seen: Progress[] = [];
    const { model } = randomNetwork(1, { maxBatchSize: 2 });
    await of(model).attribute({ a: [[1, 2, 3]], b: [[1, 2]] }, { target: 0, onProgress: (progress) => seen.push(progress) });
    expect(seen.map(({ done }) => done)).toEqual(seen.map((_, i) => i + 1));
    expect(seen.at(-1)!.done).toBe(seen.at(-1)!.total);
    expect(seen.every(({ unit }) => unit === "coalitions")).toBe(true);
  });

  test("a model on another backend gives the same, and leaves no tensor there", async () => {
    const { model: host } = randomNetwork(3);
    const backend = opaqueBackend();
    const model: Model = {
      ...host,
      backend,
      async run(request) {
        const feeds = Object.fromEntries(
          await Promise.all(
            Object.entries(request.feeds).map(
              async ([name, value]) =>
                [name, hostBackend.fromData((await backend.read(value)).data, value.shape, value.dtype)] as const,
            ),
          ),
        );
        const { output } = await host.run({ ...request, feeds });
        const { data, shape, dtype } = await hostBackend.read(output!);
        return { output: backend.fromData(data, shape, dtype) };
      },
    };
    const inputs = {
      a: [
        [1, 2, 3],
        [3, 2, 1],
      ],
      b: [
        [1, 2],
        [2, 1],
      ],
    };
    const options: PerturbationOptions = {
      target: 0,
      featureMask: {
        a: [
          [0, 1, 1],
          [2, 2, 0],
        ],
      },
    };
    const result = await of(model).attribute(inputs, options);
    expect(result.attributions).toEqual((await of(host).attribute(inputs, options)).attributions);
    expect(backend.live).toBe(0);
    await expect(of(model).attribute(inputs, { target: 9 })).rejects.toThrow("target 9 is outside axis 1");
    expect(backend.live).toBe(0);
  });
});

describe("cost", () => {
  test.prop([fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 12 })])(
    "FeatureAblation over M features takes M + 1 rows an example, in full calls, the input itself once",
    async (features, examples, limit) => {
      const seen: string[] = [];
      const calls: number[] = [];
      const model = functionModel<"x">(
        ({ x }) => {
          calls.push(x.shape[0]!);
          return Array.from({ length: x.shape[0]! }, (_, row) => {
            const values = [...x.data.slice(row * features, (row + 1) * features)].map(Number);
            seen.push(values.join());
            return values.reduce((sum, value) => sum + value, 0);
          });
        },
        { inputs: ["x"], maxBatchSize: limit },
      );
      const x = Array.from({ length: examples }, (_, row) => Array.from({ length: features }, (_value, i) => 1 + row * 100 + i));
      const result = await new FeatureAblation(model).attribute({ x });
      const rows = (features + 1) * examples;
      expect(result.evaluations).toEqual({ calls: Math.ceil(rows / limit), rows, coalitions: features + 1 });
      expect(calls.length).toBe(Math.ceil(rows / limit));
      for (const row of x) expect(seen.filter((other) => other === row.join())).toHaveLength(1);
      expect(numbers(result.attributions["x"])).toEqual(x.flat());
    },
  );

  test("groups of a mask are what costs, not elements or gaps between ids", async () => {
    const { model, calls } = randomNetwork(1);
    const result = await new ShapleyValues(model).attribute(
      { a: [[1, 2, 3]], b: [[4, 5]] },
      { target: 0, featureMask: { a: [[7, 7, 1000]], b: 7 } },
    );
    expect(result.evaluations).toEqual({ calls: 1, rows: 4, coalitions: 4 });
    expect(calls).toEqual([4]);
  });

  test("sampled methods stay within their samples", async () => {
    const { model } = randomNetwork(1);
    const inputs = { a: [[1, 2, 3]], b: [[4, 5]] };
    expect((await new KernelShap(model).attribute(inputs, { target: 0, samples: 20 })).evaluations.rows).toBeLessThanOrEqual(20);
    expect((await new Lime(model).attribute(inputs, { target: 0, samples: 20 })).evaluations.rows).toBeLessThanOrEqual(20);
    expect(
      (await new ShapleyValueSampling(model).attribute(inputs, { target: 0, samples: 4 })).evaluations.rows,
    ).toBeLessThanOrEqual(2 + 4 * 4);
  });
});

describe("streams", () => {
  test.each([
    [
      "ShapleyValueSampling",
      (model: Model) => new ShapleyValueSampling(model).stream({ a: [[1, 2, 3]], b: [[4, 5]] }, { target: 0, samples: 6 }),
      (model: Model) => new ShapleyValueSampling(model).attribute({ a: [[1, 2, 3]], b: [[4, 5]] }, { target: 0, samples: 6 }),
    ],
    [
      "KernelShap",
      (model: Model) => new KernelShap(model).stream({ a: [[1, 2, 3]], b: [[4, 5]] }, { target: 0, samples: 20 }),
      (model: Model) => new KernelShap(model).attribute({ a: [[1, 2, 3]], b: [[4, 5]] }, { target: 0, samples: 20 }),
    ],
    [
      "Lime",
      (model: Model) => new Lime(model).stream({ a: [[1, 2, 3]], b: [[4, 5]] }, { target: 0, samples: 25 }),
      (model: Model) => new Lime(model).attribute({ a: [[1, 2, 3]], b: [[4, 5]] }, { target: 0, samples: 25 }),
    ],
  ] as const)("the last result of %s is what attribute gives", async (_, stream, attribute) => {
    const { model } = randomNetwork(2);
    const results: AttributionResult[] = [];
    for await (const result of stream(model)) results.push(result);
    expect(results.at(-1)).toEqual(await attribute(model));
  });

  test("a stream that is left stops the work", async () => {
    const { model, calls } = randomNetwork(2, { maxBatchSize: 1 });
    for await (const result of new ShapleyValueSampling(model).stream(
      { a: [[1, 2, 3]], b: [[4, 5]] },
      { target: 0, samples: 5 },
    )) {
      expect(result.attributions["a"]!.shape).toEqual([1, 3]);
      break;
    }
    expect(calls.length).toBeLessThan(2 + 5 * 4);
  });
});

describe("what is no model", () => {
  const fn = (): number => 0;

  test.each<[string, (model: never) => unknown]>([
    ["FeatureAblation", (model) => new FeatureAblation(model)],
    ["FeaturePermutation", (model) => new FeaturePermutation(model)],
    ["KernelShap", (model) => new KernelShap(model)],
    ["Lime", (model) => new Lime(model)],
    ["Occlusion", (model) => new Occlusion(model)],
    ["ShapleyValueSampling", (model) => new ShapleyValueSampling(model)],
    ["ShapleyValues", (model) => new ShapleyValues(model)],
  ])("%s is not made over it", (_, make) => {
    expect(() => make(fn as never)).toThrow("model is a function: wrap it, functionModel(fn)");
    expect(() => make(undefined as never)).toThrow("model is undefined");
  });
});

describe("language models", () => {
  const lm = { kind: "causal-lm", score: () => {} } as unknown as CausalLm; // enough to be told apart

  test.each([
    ["FeatureAblation", () => new FeatureAblation(lm)],
    ["Occlusion", () => new Occlusion(lm)],
    ["ShapleyValues", () => new ShapleyValues(lm)],
    ["ShapleyValueSampling", () => new ShapleyValueSampling(lm)],
    ["KernelShap", () => new KernelShap(lm)],
    ["Lime", () => new Lime(lm)],
  ] as const)("%s is made over one, and its attribute says what to use", async (name, make) => {
    const method = make() as unknown as Explained;
    await expect(method.attribute({ x: [1] })).rejects.toThrow(
      `${name}.attribute takes tensors, and its model is a language model: wrap the method, new LLMAttribution(method, tokenizer)`,
    );
  });

  test("attribute over one does not compile", () => {
    const method = new FeatureAblation(lm);
    const compiles = (): unknown =>
      // @ts-expect-error a language model has no tensors to attribute to
      method.attribute({ x: [1] });
    expect(compiles).toBeTypeOf("function");
    // @ts-expect-error a permutation needs a batch of examples
    expect(() => new FeaturePermutation(lm)).toThrow("causal language model");
  });
});
