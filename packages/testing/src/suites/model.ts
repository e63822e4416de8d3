import { InvalidArgumentError, isModel, type Model, type NamedTensors } from "@attr/core";
import { abortedSignal } from "../aborted-signal.ts";
import { check, checkRejects, checkRejectsAs, checkSame } from "../check.ts";
import type { TestFramework } from "../framework.ts";
import {
  caseTests,
  checkCloseTensors,
  inLimit,
  type MakeCase,
  type ModelCase,
  mapTensors,
  namesOf,
  numbers,
  reversed,
  usualRows as rows,
  rowsOf,
  run,
} from "./model-case.ts";

/** What every model must do. */
export function describeModel(name: string, makeCase: MakeCase<ModelCase>, framework: TestFramework): void {
  framework.describe(`${name} as a model`, () => {
    const test = caseTests(framework, makeCase);

    test("is one, with outputs and room for a row", async ({ model }) => {
      check(isModel(model), "it has inputs, outputs, a backend and run");
      check(model.outputs.length > 0, "it has an output");
      check(model.maxBatchSize >= 1, "maxBatchSize is 1 or more");
    });

    test("gives one row for every row, under the names asked for", async ({ model, inputs }) => {
      const fetches = namesOf(model.outputs);
      const result = await run(model, inputs(rows), fetches);
      checkSame(Object.keys(result).sort(), [...fetches].sort(), "the names of what is given");
      for (const fetch of fetches) checkSame(result[fetch]?.shape[0], rows, `the rows of "${fetch}"`);
    });

    test("gives a row the same numbers alone and in any batch", async ({ model, inputs, tolerance }) => {
      const fetch = firstOutput(model);
      const all = inputs(rows);
      const whole = await outputOf(model, all);
      const backwards = mapTensors(all, (tensor) => reversed(model, tensor));
      const turned = reversed(model, await outputOf(model, backwards));
      await checkCloseTensors(model, turned, whole, tolerance, `"${fetch}" of the rows in the opposite order`);
      for (let row = 0; row < rows; row++) {
        const alone = mapTensors(all, (tensor) => rowsOf(model, tensor, row, row + 1));
        const expected = rowsOf(model, whole, row, row + 1);
        await checkCloseTensors(model, await outputOf(model, alone), expected, tolerance, `row ${row} of "${fetch}" alone`);
      }
    });

    test("gives the same numbers when it is called again, and leaves its feeds as they were", async ({ model, inputs }) => {
      const feeds = inputs(rows);
      const fed = (): Promise<number[][]> => Promise.all(Object.values(feeds).map((tensor) => numbers(model, tensor)));
      const before = await fed();
      const first = await numbers(model, await outputOf(model, feeds));
      checkSame(await numbers(model, await outputOf(model, feeds)), first, "the numbers of the second call");
      checkSame(await fed(), before, "the feeds after the calls");
    });

    test("takes rows that share an example", async ({ model, inputs, tolerance }) => {
      const fetch = firstOutput(model);
      const two = inputs(2);
      const order = model.backend.from([1, 0, 1], "int32");
      const feeds = mapTensors(two, (tensor) => model.backend.gather(tensor, order, 0));
      const origin = { examples: Int32Array.of(1, 0, 1), count: 2 };
      const result = await inLimit(model).run({ feeds, fetches: [fetch], origin });
      const expected = model.backend.gather(await outputOf(model, two), order, 0);
      await checkCloseTensors(model, result[fetch], expected, tolerance, `"${fetch}"`);
    });

    test("refuses a missing input, an unknown one and an unknown output by name", async ({ model, inputs }) => {
      const feeds = inputs(1);
      const fetches = namesOf(model.outputs);
      const [first] = Object.entries(feeds);
      check(first !== undefined, "the case has an input");
      const { [first[0]]: _left, ...others } = feeds;
      await checkRejects(model.run({ feeds: others, fetches }), { kind: InvalidArgumentError }, "a run without an input");
      const more = { ...feeds, "no such input": first[1] };
      await checkRejects(model.run({ feeds: more, fetches }), { words: ["no such input"] }, "a run with an unknown input");
      const unknown = model.run({ feeds, fetches: ["no such output"] });
      await checkRejects(unknown, { words: ["no such output"] }, "a run for an unknown output");
    });

    test("rejects with the signal's reason once it is aborted", async ({ model, inputs }) => {
      const reason = new Error("enough");
      const signal = abortedSignal(reason);
      await checkRejectsAs(model.run({ feeds: inputs(1), fetches: namesOf(model.outputs), signal }), reason, "an aborted run");
    });
  });
}

export function firstOutput(model: Model): string {
  const [first] = model.outputs;
  check(first !== undefined, "the model has an output");
  return first.name;
}

/** The first output of any number of rows. */
export async function outputOf(model: Model, feeds: NamedTensors): Promise<NamedTensors[string]> {
  const fetch = firstOutput(model);
  const output = (await run(model, feeds, [fetch]))[fetch];
  check(output !== undefined, `a run gives "${fetch}"`);
  return output;
}
