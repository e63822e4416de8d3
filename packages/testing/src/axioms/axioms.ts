import { type DifferentiableGraphModel, hostBackend, limitBatch, type ModelCall, onCall } from "@attr/core";
import fc from "fast-check";
import { type NetworkRows, networkInputs } from "../arbitraries/networks.ts";
import { check, checkClose, checkRejectsAs, checkSame } from "../check.ts";
import { dense, perceptron } from "../networks/make-networks.ts";
import type { Network } from "../networks/network.ts";
import { doubledUnit } from "./doubled-unit.ts";
import { type AxiomSubject, checkSameExplanation, exampleCount, explain, numbersOf, ofExample, pickRows } from "./subject.ts";

/** What a method keeps: a name, in a sentence, and how it is held. */
export interface Axiom {
  /** The law in one sentence. */
  readonly law: string;
  /** The property that holds the subject to the axiom. */
  property(subject: AxiomSubject): fc.IAsyncProperty<unknown>;
}

/** What a method may promise. */
export type AxiomName = "completeness" | "efficiency" | "dummy" | "symmetry" | "linearity" | "implementationInvariance";

/** What every method keeps. */
export type LawName = "structure" | "batchEquivariance" | "batchLimit" | "determinism" | "abort" | "memory";

const seeds = fc.integer({ min: 0, max: 100_000 });
/** A network of a seed with inputs of its own. */
const cases = (make: (seed: number) => Network): fc.Arbitrary<readonly [Network, NetworkRows]> =>
  seeds.chain((seed) => {
    const network = make(seed);
    return networkInputs(network).map((rows) => [network, rows] as const);
  });
const ordinary = cases((seed) => perceptron({ seed }));

function axiom<Draw>(law: string, draws: fc.Arbitrary<Draw>, holds: (subject: AxiomSubject, draw: Draw) => Promise<void>): Axiom {
  return {
    law,
    property: (subject) => fc.asyncProperty(draws, (draw) => holds(subject, draw)),
  };
}

/**
 * The laws of the literature that a method promises or does not. Sundararajan et al., "Axiomatic Attribution for Deep Networks", 2017;
 * Shapley, "A Value for n-Person Games", 1953.
 */
export const axioms: Readonly<Record<AxiomName, Axiom>> = {
  completeness: axiom(
    "the attributions of an example sum to the output there less the output at the baseline",
    ordinary,
    async (subject, [network, rows]) => {
      const model = await subject.realise(network);
      const result = await explain(subject, model, rows);
      const [at, base] = [await outputs(model, network, rows), await outputs(model, network, zeros(rows))];
      const changes = at.map((value, example) => value - base[example]!);
      const sums = changes.map((_, example) => ofExample(result, example).reduce((sum, x) => sum + x, 0));
      checkClose(sums, changes, subject.tolerance, "the sums of the attributions");
    },
  ),
  efficiency: axiom(
    "the attributions of groups of inputs, each group counted once, sum to the output with all less the output with none",
    ordinary,
    async (subject, [network, rows]) => {
      const model = await subject.realise(network);
      const [baselines, featureMask] = [
        { a: 0.25, b: -0.5 },
        { a: [[0, 1, 0]], b: [[2, 1]] },
      ];
      const result = await explain(subject, model, rows, { baselines, featureMask });
      const without = mapRows(rows, (name) => (name === "a" ? baselines.a : baselines.b));
      const [at, base] = [await outputs(model, network, rows), await outputs(model, network, without)];
      const changes = at.map((value, example) => value - base[example]!);
      // The first, second and fourth column stand for their groups.
      const sums = changes.map((_, example) => [0, 1, 3].reduce((sum, column) => sum + ofExample(result, example)[column]!, 0));
      checkClose(sums, changes, subject.tolerance, "the sums of the attributions of groups");
    },
  ),
  dummy: axiom(
    "an input that the output does not depend on gets 0",
    fc.tuple(seeds, fc.integer({ min: 0, max: 4 })).chain(([seed, column]) => {
      const network = perceptron({ seed, unused: [column] });
      return networkInputs(network).map((rows) => [network, rows, column] as const);
    }),
    async (subject, [network, rows, column]) => {
      const result = await explain(subject, await subject.realise(network), rows);
      const unused = Array.from({ length: exampleCount(rows) }, (_, example) => ofExample(result, example)[column]!);
      checkClose(
        unused,
        unused.map(() => 0),
        subject.tolerance,
        `the attributions of column ${column}`,
      );
    },
  ),
  symmetry: axiom(
    "two inputs that the output depends on alike, and that have the same value, get the same",
    cases((seed) => perceptron({ seed, alike: [[0, 2]] })),
    async (subject, [network, rows]) => {
      const a = rows["a"]!;
      const same = a.data.map((value, i) => (i % 3 === 2 ? a.data[i - 2]! : value));
      const result = await explain(subject, await subject.realise(network), { ...rows, a: { ...a, data: same } });
      const [one, other] = [0, 2].map((column) =>
        Array.from({ length: exampleCount(rows) }, (_, example) => ofExample(result, example)[column]!),
      );
      checkClose(one!, other!, subject.tolerance, "the attributions of the first column, and of the third");
    },
  ),
  linearity: axiom(
    "the attributions of a weighted sum of outputs are the weighted sum of theirs",
    ordinary,
    async (subject, [network, rows]) => {
      const [alpha, beta] = [1.5, -0.75];
      const model = await subject.realise(network);
      const [first, second] = [await explain(subject, model, rows), await explain(subject, model, rows, { target: 1 })];
      const weight = hostBackend.from([[alpha], [beta]], "float64");
      const summed = await subject.realise({
        ...network,
        layers: [...network.layers, dense("sum", network.output, weight)],
        output: "sum",
      });
      const expected = numbersOf(first).map((x, i) => alpha * x + beta * numbersOf(second)[i]!);
      checkClose(numbersOf(await explain(subject, summed, rows)), expected, subject.tolerance, "the attributions of the sum");
    },
  ),
  implementationInvariance: axiom(
    "two networks that compute the same function get the same attributions",
    ordinary,
    async (subject, [network, rows]) => {
      const [one, other] = [await subject.realise(network), await subject.realise(doubledUnit(network))];
      const [got, expected] = [await explain(subject, other, rows), await explain(subject, one, rows)];
      checkSameExplanation(got, expected, subject.tolerance, "the attributions of the network with a doubled unit");
    },
  ),
};

/** What every method keeps, whatever it promises. */
export const laws: Readonly<Record<LawName, Axiom>> = {
  structure: axiom(
    "attributions have the names and shapes of what is attributed to, and every output element its own where no target is given",
    ordinary,
    async (subject, [network, rows]) => {
      const model = await subject.realise(network);
      const [one, all] = [await explain(subject, model, rows), await explain(subject, model, rows, { target: undefined })];
      for (const [name, { shape }] of Object.entries(one.attributions)) {
        checkSame(shape[0], exampleCount(rows), `the examples of "${name}"`);
        if (rows[name] !== undefined) checkSame(shape, rows[name].dims, `the shape of "${name}"`);
        checkSame(all.attributions[name]?.shape, [shape[0]!, 2, ...shape.slice(1)], `the shape of "${name}" of every output`);
      }
      check(numbersOf(one).every(Number.isFinite), "every attribution is a number");
    },
  ),
  batchEquivariance: axiom(
    "an example gets the same alone, and wherever it stands in a batch",
    ordinary,
    async (subject, [network, rows]) => {
      const model = await subject.realise(network);
      const whole = await explain(subject, model, rows);
      const examples = Array.from({ length: exampleCount(rows) }, (_, example) => example);
      const turned = await explain(subject, model, pickRows(rows, [...examples].reverse()));
      for (const example of examples) {
        const alone = await explain(subject, model, pickRows(rows, [example]));
        const expected = ofExample(whole, example);
        checkClose(ofExample(alone, 0), expected, subject.tolerance, `example ${example} alone`);
        const there = ofExample(turned, examples.length - 1 - example);
        checkClose(there, expected, subject.tolerance, `example ${example} in the opposite order`);
      }
    },
  ),
  batchLimit: axiom(
    "the batch limit changes calls and not results",
    fc.tuple(ordinary, fc.integer({ min: 1, max: 5 })),
    async (subject, [[network, rows], limit]) => {
      const model = await subject.realise(network);
      const calls: ModelCall[] = [];
      const limited = onCall(limitBatch(model, limit), (call) => calls.push(call));
      const [got, expected] = [await explain(subject, limited, rows), await explain(subject, model, rows)];
      checkSameExplanation(got, expected, subject.tolerance, `the attributions at ${limit} rows a call`);
      check(Math.max(...calls.map((call) => call.rows)) <= limit, `no call has more than ${limit} rows`);
    },
  ),
  determinism: axiom("the same seed gives the same result", ordinary, async (subject, [network, rows]) => {
    const model = await subject.realise(network);
    const [one, other] = [await explain(subject, model, rows, { seed: 7 }), await explain(subject, model, rows, { seed: 7 })];
    checkSameExplanation(one, other, 0, "the attributions by the same seed");
  }),
  abort: axiom(
    "an abort rejects with its reason before the next call, and leaves no tensor behind",
    ordinary,
    async (subject, [network, rows]) => {
      const model = await subject.realise(network);
      const reason = new Error("enough");
      let calls = 0;
      let aborted = false;
      const signal = {
        get aborted() {
          return aborted;
        },
        reason,
        throwIfAborted() {
          if (aborted) throw reason;
        },
      };
      const listening = onCall(limitBatch(model, 1), () => {
        calls++;
        aborted = true;
      });
      const before = subject.liveTensors?.();
      const asked = explain(subject, listening, rows, { target: undefined, signal });
      await checkRejectsAs(asked, reason, "the aborted explanation");
      checkSame(calls, 1, "the calls that came back");
      checkSame(subject.liveTensors?.(), before, "the tensors alive afterwards");
    },
  ),
  memory: axiom("an explanation leaves no tensor behind", ordinary, async (subject, [network, rows]) => {
    const model = await subject.realise(network);
    await explain(subject, model, rows); // what is made once stays
    const before = subject.liveTensors?.();
    await explain(subject, model, rows);
    checkSame(subject.liveTensors?.(), before, "the tensors alive afterwards");
  }),
};

/** The first number of the output of every example. */
async function outputs(model: DifferentiableGraphModel, network: Network, rows: NetworkRows): Promise<number[]> {
  const { backend } = model;
  using _scope = backend.scope();
  const feeds = Object.fromEntries(Object.entries(rows).map(([name, value]) => [name, backend.from(value)]));
  const result = (await model.run({ feeds, fetches: [network.output] }))[network.output];
  check(result !== undefined, `a run gives "${network.output}"`);
  const { data, shape } = await backend.read(result);
  const width = data.length / shape[0]!;
  return Array.from({ length: shape[0]! }, (_, example) => Number(data[example * width]));
}

function zeros(rows: NetworkRows): NetworkRows {
  return mapRows(rows, () => 0);
}

/** Rows that hold one number for every input. */
function mapRows(rows: NetworkRows, numberOf: (name: string) => number): NetworkRows {
  return Object.fromEntries(
    Object.entries(rows).map(([name, row]) => [name, { ...row, data: row.data.map(() => numberOf(name)) }]),
  );
}
