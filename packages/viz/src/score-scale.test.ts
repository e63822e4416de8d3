import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { numberFormat } from "./number-format.ts";
import { colorSteps, contrast, ScoreScale, scaleColor, textColor } from "./score-scale.ts";

function scaleOf(...scores: number[]): ScoreScale {
  return new ScoreScale([{ scores }]);
}

test.prop([fc.double({ min: -1, max: 1, noNaN: true }), fc.constantFrom("light" as const, "dark" as const)])(
  "text on the scale has a contrast of at least 4.5 to 1",
  (share, theme) => {
    const background = scaleColor(share, theme);
    expect(contrast(background, textColor(background))).toBeGreaterThanOrEqual(4.5);
  },
);

test.prop([fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 })])(
  "the scale is symmetric: opposite scores have opposite steps, and the largest has the last",
  (scores) => {
    const scale = scaleOf(...scores);
    for (const score of scores) expect(Math.abs(scale.share(score) + scale.share(-score))).toBe(0);
    if (scale.magnitude > 0) expect(Math.max(...scores.map((score) => Math.abs(scale.step(score) as number)))).toBe(colorSteps);
  },
);

test("scores that are all zero have no colour, infinite ones the strongest, NaN its own", () => {
  expect(scaleOf(0, -0).step(0)).toBe(0);
  expect(scaleOf(1, Number.POSITIVE_INFINITY).magnitude).toBe(1);
  expect(scaleOf(1).step(Number.POSITIVE_INFINITY)).toBe(colorSteps);
  expect(scaleOf(1).step(Number.NEGATIVE_INFINITY)).toBe(-colorSteps);
  expect(scaleOf(1).step(Number.NaN)).toBe("nan");
});

test("numbers have three digits of the largest one", () => {
  expect(numberFormat(2.5, "-").signed(-0.031)).toBe("-0.03");
  expect(numberFormat(0.25, "-").signed(0.031)).toBe("+0.031");
  expect(numberFormat(250, "−").signed(-31)).toBe("−31.00");
  expect(numberFormat(2500, "-").signed(-31)).toBe("-31");
  expect(numberFormat(2e-9, "-").signed(-1e-9)).toBe("-1.00e-9");
  expect(numberFormat(1, "-").signed(Number.NEGATIVE_INFINITY)).toBe("-∞");
  expect(numberFormat(0, "-").plain(-1.5)).toBe("-1.500");
});
