import { describe, expect, test } from "vitest";
import { referenceNetwork } from "../../../testing/src/host/host-graph.ts";
import { InvalidArgumentError, UnsupportedError } from "../errors.ts";
import { hostBackend } from "../tensor/host-backend.ts";
import type { HostTensor } from "../tensor/host-tensor.ts";
import type { TensorLike } from "../tensor/tensor.ts";
import { resolveBaselines } from "./baselines.ts";
import { bind } from "./bind.ts";
import { isGraphModel } from "./capabilities.ts";
import { resolveFeatureMask } from "./feature-mask.ts";
import { fromLayer } from "./from-layer.ts";
import { functionModel } from "./function-model.ts";
import { resolveInputs } from "./inputs.ts";
import type { Model } from "./model.ts";
import { type ModelCall, onCall } from "./on-call.ts";
import { resolveTarget } from "./target.ts";
import { wholeBatch } from "./whole-batch.ts";

/** Feature ablation in its plainest form, over whatever the model resolves to: `[outputs][elements]` by input. */
async function ablate(
  model: Model,
  inputs: Readonly<Record<string, TensorLike>>,
  mask?: Readonly<Record<string, TensorLike>>,
): Promise<Record<string, number[][]>> {
  const resolved = await resolveInputs(model, inputs);
  const { values, baselines } = await resolveBaselines(resolved);
  const { players, features } = resolveFeatureMask(values, mask, resolved.examples);
  const fetch = resolved.model.outputs[0]!.name;
  const evaluate = async (feeds: Record<string, HostTensor>): Promise<Float64Array> => {
    const output = await hostBackend.read((await resolved.model.run({ feeds, fetches: [fetch] }))[fetch]!);
    return resolveTarget(undefined, output.shape, resolved.examples, fetch).select(output);
  };
  // The tests run on the host backend.
  const full = await evaluate(values as Record<string, HostTensor>);
  const effects: Float64Array[] = [];
  for (let player = 0; player < players; player++) {
    const feeds = Object.entries(values).map(([name, value]) => {
      const absent = hostBackend.equal(features[name]!, hostBackend.from(player, "int32"));
      return [name, hostBackend.where(absent, baselines[name]!, value)];
    });
    const left = await evaluate(Object.fromEntries(feeds));
    effects.push(full.map((worth, k) => worth - left[k]!));
  }
  return Object.fromEntries(
    Object.entries(features).map(([name, feature]) => [
      name,
      Array.from(full, (_, k) => Array.from(feature.data, (player) => effects[player]![k]!)),
    ]),
  );
}

/** Σ over the rows of [3, 1, 2] · x, and s[0] for every row where there is one. */
const weighted = functionModel(
  ({ x, s }) => {
    let total = 0;
    for (let i = 0; i < x.data.length; i++) total += Number(x.data[i]) * [3, 1, 2][i % 3]!;
    return s.data.length > 0 ? total + x.shape[0]! * Number(s.data[0]) : total;
  },
  { inputs: ["x", "s"] },
);

/** The sum of all outputs of the reference network over the batch, as one number. */
const networkSum = functionModel(
  async ({ x }) => {
    const [network, feeds] = [referenceNetwork(), { x: hostBackend.cast(x, "float64") }];
    const { linear2 } = await network.run({ feeds, fetches: ["linear2"] });
    return hostBackend.sum(await hostBackend.read(linear2!));
  },
  { inputs: ["x"] },
);

describe("wholeBatch", () => {
  const x = [
    [1, -2, 3],
    [2, -1, 3],
  ];

  test("C042: explains one number for the batch, of inputs with first axes of their own", async () => {
    const model = wholeBatch(weighted);
    const columns = { x: [[0, 1, 2]] };
    expect(await ablate(model, { x, s: new Float32Array(0) }, columns)).toEqual({ x: [[9, -3, 12, 9, -3, 12]], s: [[]] });
    const s = [1, 7, 2, 4, 5, 3, 6];
    const result = await ablate(model, { x, s }, columns);
    expect(result).toEqual({ x: [[9, -3, 12, 9, -3, 12]], s: [[2, 0, 0, 0, 0, 0, 0]] });
  });

  test("C043, C044: a mask of lower rank holds for every row of the batch", async () => {
    const mask = { x: [[0, 0, 1]] };
    expect(await ablate(wholeBatch(networkSum), { x: [[2, 10, 3]] }, mask)).toEqual({ x: [[82, 82, 24]] });
    const two = [
      [2, 10, 3],
      [20, 50, 30],
    ];
    expect(await ablate(wholeBatch(networkSum), { x: two }, mask)).toEqual({ x: [[642, 642, 264, 642, 642, 264]] });
  });

  test("C045: masks may be of several inputs", async () => {
    const sum = functionModel(
      ({ a, b, c }) =>
        networkSum
          .run({
            feeds: { x: hostBackend.add(hostBackend.add(a, b), c) },
            fetches: ["output"],
            origin: { examples: Int32Array.of(0), count: 1 },
            shared: ["x"],
          })
          .then(({ output }) => output!),
      {
        inputs: ["a", "b", "c"],
      },
    );
    const given = {
      a: [
        [23, 100, 0],
        [20, 50, 30],
      ],
      b: [
        [20, 50, 30],
        [0, 100, 0],
      ],
      c: [
        [0, 100, 10],
        [2, 10, 3],
      ],
    };
    const result = await ablate(wholeBatch(sum), given, { a: [[1, 1, 1]], b: [[0, 3, 2]], c: [[4, 5, 6]] });
    const twice = (row: number[]): number[][] => [[...row, ...row]];
    expect(result).toEqual({ a: twice([1784, 1784, 1784]), b: twice([160, 1200, 240]), c: twice([16, 880, 104]) });
  });

  test("C046, C047: a row of several numbers for the batch is explained number by number", async () => {
    const first = wholeBatch(functionModel(({ x }) => hostBackend.slice(x, [0, 0], [1, 3]), { inputs: ["x"] }));
    const two = [
      [1, 2, 3],
      [4, 5, 6],
    ];
    const columns = { x: [[0, 1, 2]] };
    const firstRow = (rows: number[][]): number[][] => rows.map((row) => row.slice(0, 3));
    expect(firstRow((await ablate(first, { x: two }, columns))["x"]!)).toEqual([
      [1, 0, 0],
      [0, 2, 0],
      [0, 0, 3],
    ]);
    expect(firstRow((await ablate(first, { x: two }, { x: [[0, 0, 1]] }))["x"]!)).toEqual([
      [1, 1, 0],
      [2, 2, 0],
      [0, 0, 3],
    ]);
  });

  test("runs its rows one by one, and tells the model that none of the feeds has rows", async () => {
    const calls: ModelCall[] = [];
    const model = wholeBatch(onCall(weighted, (call) => calls.push(call)));
    const resolved = await resolveInputs(model, { x, s: [1] });
    expect(resolved).toMatchObject({ examples: 1, values: { x: { shape: [1, 2, 3] }, s: { shape: [1, 1] } } });
    const twice = Object.fromEntries(
      Object.entries(resolved.values).map(([name, value]) => [name, hostBackend.concat([value, value, value], 0)]),
    );
    const { output } = await resolved.model.run({ feeds: twice, fetches: ["output"] });
    expect(await hostBackend.read(output!)).toMatchObject({ shape: [3], data: Float64Array.of(20, 20, 20) });
    expect(calls.map((call) => call.rows)).toEqual([1, 1, 1]);
  });

  test("bound inputs inside go with the batch", async () => {
    const model = wholeBatch(bind(weighted, { s: [5, 6] }, { shared: ["s"] }));
    expect(await ablate(model, { x }, { x: [[0, 1, 2]] })).toEqual({ x: [[9, -3, 12, 9, -3, 12]] });
  });

  test("refuses outputs of several rows, and layer views", async () => {
    const rows = wholeBatch(functionModel(({ x }) => x, { inputs: ["x"] }));
    await expect(ablate(rows, { x })).rejects.toThrow(InvalidArgumentError);
    expect(() => wholeBatch(fromLayer(referenceNetwork(), "relu"))).toThrow(UnsupportedError);
    expect(isGraphModel(wholeBatch(referenceNetwork()))).toBe(false);
  });
});
