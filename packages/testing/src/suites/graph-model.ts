import { type GraphModel, isGraphModel } from "@attr/core";
import { check, checkSame } from "../check.ts";
import type { TestFramework } from "../framework.ts";
import { describeModel } from "./model.ts";
import { caseTests, checkCloseTensors, type MakeCase, type ModelCase, namesOf, usualRows as rows, run } from "./model-case.ts";

/** What every graph model must do: all that a model must, and that its inner values can be fetched and fed. */
export function describeGraphModel(name: string, makeCase: MakeCase<ModelCase<GraphModel>>, framework: TestFramework): void {
  describeModel(name, makeCase, framework);
  framework.describe(`${name} as a graph model`, () => {
    const test = caseTests(framework, makeCase);

    test("knows its inputs and outputs among its values, and no others", async ({ model }) => {
      check(isGraphModel(model), "it has values, value and required");
      for (const { name } of [...model.inputs, ...model.outputs]) {
        check(model.values.includes(name), `"${name}" is among its values`);
        checkSame(model.value(name)?.name, name, `the name of value("${name}")`);
      }
      checkSame(model.value("no such value"), undefined, "a value it does not have");
    });

    test("computes the same outputs from any inner value fed as it was, with only the inputs that are still required", async (given) => {
      const { model, inputs, tolerance } = given;
      const feeds = inputs(rows);
      const fetches = namesOf(model.outputs);
      const expected = await run(model, feeds, fetches);
      for (const name of model.values) {
        const value = (await run(model, feeds, [name]))[name];
        check(value !== undefined, `a run gives "${name}"`);
        if (value.shape[0] !== rows) continue;
        const still = model.required([name], fetches);
        const fed = { ...Object.fromEntries(still.map((input) => [input, feeds[input]!])), [name]: value };
        const result = await run(model, fed, fetches);
        for (const fetch of fetches)
          await checkCloseTensors(model, result[fetch], expected[fetch], tolerance, `"${fetch}" from "${name}"`);
      }
    });

    test("requires nothing of what is fed, and every input when nothing is fed and all is fetched", async ({ model }) => {
      const fetches = namesOf(model.outputs);
      checkSame(model.required(fetches, fetches), [], "what is required of the outputs where they are fed");
      checkSame([...model.required([], model.values)].sort(), namesOf(model.inputs).sort(), "what is required of all values");
    });
  });
}
