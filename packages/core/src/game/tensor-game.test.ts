import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import type { Model, RunRequest } from "../model/model.ts";
import { tensor } from "../tensor/from.ts";
import { hostBackend } from "../tensor/host-backend.ts";
import type { DType, Tensor, TensorBackend } from "../tensor/tensor.ts";
import { BitMatrix } from "./bit-matrix.ts";
import type { FeatureSwitch } from "./feature-switch.ts";
import { all } from "./games.fixture.ts";
import { opaqueBackend } from "./opaque-backend.fixture.ts";
import { partitionSwitch } from "./partition-switch.ts";
import { tensorGame } from "./tensor-game.ts";
import { windowSwitch } from "./window-switch.ts";

/** A model that gives its own input back, and what it was asked. */
function recording(maxBatchSize: number, backend: TensorBackend = hostBackend): { model: Model; requests: RunRequest[] } {
  const requests: RunRequest[] = [];
  return {
    requests,
    model: {
      backend,
      inputs: [{ name: "x" }],
      outputs: [{ name: "y" }],
      maxBatchSize,
      async run(request) {
        requests.push(request);
        return { y: backend.reshape(request.feeds["x"]!, request.feeds["x"]!.shape) };
      },
    },
  };
}

const switches: ((examples: number) => FeatureSwitch)[] = [
  () => partitionSwitch(3, { x: { rows: 1, elements: 4, players: Int32Array.of(0, 2, 2, 1) } }),
  (examples) =>
    partitionSwitch(2, {
      x: { rows: examples, elements: 4, players: Int32Array.from({ length: 4 * examples }, (_, i) => (i >> (i % 3)) & 1) },
    }),
  () => windowSwitch({ x: { shape: [4], size: [2], strides: [1] } }),
];

const dtypes: DType[] = ["float32", "float64", "int32", "int64", "uint8", "bool"];

const setups = fc.record({
  examples: fc.integer({ min: 1, max: 4 }),
  limit: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constant(Number.POSITIVE_INFINITY)),
  which: fc.nat({ max: switches.length - 1 }),
  sharedBaseline: fc.boolean(),
  dtype: fc.constantFrom(...dtypes),
  coalitions: fc.array(fc.nat({ max: 7 }), { minLength: 1, maxLength: 12 }),
});

describe("tensorGame", () => {
  test.prop([setups])(
    "feeds every coalition of every example, on any backend, in full calls",
    async ({ examples, limit, which, sharedBaseline, dtype, coalitions }) => {
      const featureSwitch = switches[which]!(examples);
      const numbers = (rows: number, offset: number): number[][] =>
        Array.from({ length: rows }, (_, row) =>
          [0, 1, 2, 3].map((i) => (dtype === "bool" ? (row + i + offset) % 2 : 10 * row + i + offset)),
        );
      const present = numbers(examples, 1);
      const absent = numbers(sharedBaseline ? 1 : examples, 100);
      const request = new BitMatrix(coalitions.length, featureSwitch.players);
      coalitions.forEach((bits, row) => {
        for (let player = 0; player < featureSwitch.players; player++) request.set(row, player, ((bits >> player) & 1) === 1);
      });
      const expected = coalitions.map((_, row) =>
        present.flatMap((values, example) => {
          const mixed = values.slice();
          for (let player = 0; player < featureSwitch.players; player++) {
            if (request.get(row, player)) continue;
            const runs = featureSwitch.runs("x", example, player);
            for (let run = 0; run < runs.length; run += 2)
              for (let i = runs[run]!; i < runs[run + 1]!; i++) mixed[i] = absent[sharedBaseline ? 0 : example]![i]!;
          }
          return mixed;
        }),
      );
      for (const backend of [hostBackend, opaqueBackend(), opaqueBackend({ inHostMemory: true })]) {
        const { model, requests } = recording(limit, backend);
        const make = (values: number[][]): Tensor => {
          const host = tensor(dtype === "bool" ? values.map((row) => row.map((value) => value === 1)) : values, dtype);
          return backend.fromData(host.data, host.shape, dtype);
        };
        const game = tensorGame({ model, values: { x: make(present) }, absent: { x: make(absent) }, featureSwitch });
        const worths = await all(game.value(request));
        expect(worths.map((worth) => [...worth])).toEqual(expected);
        const rows = coalitions.length * examples;
        const perCall = Math.min(limit, 64);
        expect(requests.map(({ origin }) => origin!.examples.length)).toEqual(
          Array.from({ length: Math.ceil(rows / perCall) }, (_, call) => Math.min(perCall, rows - call * perCall)),
        );
        expect(requests.flatMap(({ origin }) => [...origin!.examples])).toEqual(
          Array.from({ length: rows }, (_, row) => row % examples),
        );
        expect(requests.every(({ origin, fetches }) => origin!.count === examples && fetches.join() === "y")).toBe(true);
        // A request of the game's batch size leaves no call part empty.
        expect((game.batchSize * examples) % perCall).toBe(0);
        if ("live" in backend) expect(backend.live).toBe(2);
      }
    },
  );

  test("a shared partition uploads bits and no elements", async () => {
    const backend = opaqueBackend();
    const { model } = recording(8, backend);
    const elements = 1000;
    const game = tensorGame({
      model,
      values: { x: backend.broadcastTo(backend.from(1), [1, elements]) },
      absent: { x: backend.broadcastTo(backend.from(0), [1, elements]) },
      featureSwitch: partitionSwitch(2, {
        x: { rows: 1, elements, players: Int32Array.from({ length: elements }, (_, i) => i % 2) },
      }),
    });
    const before = backend.uploaded;
    await all(game.value(BitMatrix.full(8, 2)));
    expect(backend.uploaded - before).toBe(8 * 2 + elements);
  });

  test("without a limit of the model, calls hold at most 256 MiB", async () => {
    const elements = 2 ** 23;
    const { model, requests } = recording(Number.POSITIVE_INFINITY);
    const summed: Model = { ...model, run: async (request) => ({ y: hostBackend.sum((await model.run(request))["y"]!, [1]) }) };
    const values = { x: hostBackend.fromData(new Uint8Array(elements), [1, elements], "uint8") };
    const game = tensorGame({
      model: summed,
      values,
      absent: values,
      featureSwitch: partitionSwitch(1, { x: { rows: 1, elements, players: new Int32Array(elements) } }),
    });
    await all(game.value(BitMatrix.full(40, 1)));
    expect(requests.map(({ origin }) => origin!.examples.length)).toEqual([31, 9]);
  });

  test("a target picks what is explained, one index an example", async () => {
    const { model } = recording(3);
    const values = {
      x: tensor([
        [1, 2],
        [3, 4],
      ]),
    };
    const featureSwitch = partitionSwitch(1, { x: { rows: 1, elements: 2, players: Int32Array.of(0, 0) } });
    const absent = { x: tensor([[0, 0]]) };
    const game = tensorGame({ model, values, absent, featureSwitch, target: [1, 0] });
    expect(await all(game.value(BitMatrix.full(2, 1)))).toEqual([Float64Array.of(2, 3), Float64Array.of(2, 3)]);
    expect(game.plan!.shape).toEqual([]);
    const outside = tensorGame({ model, values, absent, featureSwitch, target: 10 });
    await expect(all(outside.value(BitMatrix.full(1, 1)))).rejects.toThrow('target 10 is outside axis 1 of "y" (length 2)');
  });

  test("a model that gives other rows than it was fed is named", async () => {
    const { model } = recording(4);
    const broken: Model = { ...model, run: async () => ({ y: tensor([1]) }) };
    const values = { x: tensor([[1], [2]]) };
    const game = tensorGame({
      model: broken,
      values,
      absent: values,
      featureSwitch: partitionSwitch(1, { x: { rows: 1, elements: 1, players: Int32Array.of(0) } }),
    });
    await expect(all(game.value(BitMatrix.full(1, 1)))).rejects.toThrow('output "y" has shape [1] for 2 rows fed');
  });

  test("stops between two calls when aborted, with the signal's reason", async () => {
    const { model, requests } = recording(1);
    const controller = new AbortController();
    const stopping: Model = {
      ...model,
      run(request) {
        if (requests.length === 2) controller.abort(new RangeError("no time"));
        return model.run(request);
      },
    };
    const values = { x: tensor([[1]]) };
    const game = tensorGame({
      model: stopping,
      values,
      absent: values,
      featureSwitch: partitionSwitch(1, { x: { rows: 1, elements: 1, players: Int32Array.of(0) } }),
    });
    await expect(all(game.value(BitMatrix.full(9, 1), controller.signal))).rejects.toThrow(new RangeError("no time"));
    expect(requests).toHaveLength(3);
  });

  test.prop([
    fc.array(fc.tuple(fc.integer({ min: -30, max: 30 }), fc.integer({ min: -30, max: 30 })), { minLength: 4, maxLength: 4 }),
    fc.nat({ max: 7 }),
  ])("distances are those of the whole vectors", async (pairs, bits) => {
    const { model } = recording(4);
    const [present, absent] = [pairs.map(([a]) => a / 10), pairs.map(([, b]) => b / 10)];
    const game = tensorGame({
      model,
      values: { x: tensor([present], "float64") },
      absent: { x: tensor([absent], "float64") },
      featureSwitch: switches[0]!(1),
      target: 0,
    });
    const coalition = new BitMatrix(1, 3, Uint32Array.of(bits));
    await all(game.value(coalition));
    const players = [0, 2, 2, 1];
    const mixed = present.map((value, i) => (coalition.get(0, players[i]!) ? value : absent[i]!));
    const dot = (a: number[], b: number[]): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
    const [[cosine], [euclidean]] = [
      ...(await all(game.distances!(coalition, "cosine"))),
      ...(await all(game.distances!(coalition, "euclidean"))),
    ] as [Float64Array, Float64Array];
    const lengths = Math.sqrt(dot(present, present) * dot(mixed, mixed));
    if (lengths === 0) expect(cosine).toBe(1);
    else expect(cosine).toBeCloseTo(1 - dot(present, mixed) / lengths, 6);
    expect(euclidean).toBeCloseTo(Math.hypot(...present.map((value, i) => value - mixed[i]!)), 6);
  });
});
