import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { hostBackend, ShapleyValues } from "@attr/core";
import { describeModel } from "@attr/testing";
import fc from "fast-check";
import { score } from "./score.ts";

// The model keeps what every model promises: a row says the same alone and beside others, bad input is refused by name.
const inputs = (count: number) => {
  const column = (first: number) => hostBackend.from(Array.from({ length: count }, (_, row) => first + row / 7));
  return { income: column(20), debt: column(3), postcode: column(10115) };
};
describeModel("the score", () => ({ model: score, inputs }), { describe, test });

const application = fc.record({
  income: fc.double({ min: 0, max: 500, noNaN: true }),
  debt: fc.double({ min: 0, max: 500, noNaN: true }),
  postcode: fc.integer({ min: 1000, max: 99999 }),
});
const typical = { income: 40, debt: 5, postcode: 10115 };

/** What each input adds to the score of one application, against a typical one, exactly. */
async function shares({ income, debt, postcode }: typeof typical) {
  const method = new ShapleyValues(score);
  const result = await method.attribute({ income: [income], debt: [debt], postcode: [postcode] }, { baselines: typical });
  const share = (name: string): number => Number(result.attributions[name]?.data[0]);
  return { income: share("income"), debt: share("debt"), postcode: share("postcode"), difference: result };
}

const holds = (property: fc.IAsyncProperty<unknown>): Promise<void> => fc.assert(property, { numRuns: 50 });

describe("what each input adds to a score", () => {
  test("the postcode adds nothing, whoever applies", () =>
    holds(fc.asyncProperty(application, async (one) => assert.ok(Math.abs((await shares(one)).postcode) < 1e-12))));

  test("the shares add up to the difference from a typical application", () =>
    holds(
      fc.asyncProperty(application, async (one) => {
        const { income, debt, postcode, difference } = await shares(one);
        const expected = Number(difference.value?.data[0]) - Number(difference.baseValue?.data[0]);
        assert.ok(Math.abs(income + debt + postcode - expected) < 1e-9);
      }),
    ));

  test("more debt than typical never raises a score, and less never lowers it", () =>
    holds(
      fc.asyncProperty(application, async (one) => {
        const { debt } = await shares(one);
        assert.ok(one.debt >= typical.debt ? debt <= 1e-12 : debt >= -1e-12, `${debt}`);
      }),
    ));
});
