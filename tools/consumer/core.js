// A plain script of someone who installed @attr/core: three features of a function that is linear in them.
import assert from "node:assert/strict";
import { FeatureAblation, functionModel } from "@attr/core";
import { methodNamed } from "@attr/core/catalogue";

const weights = [2, -3, 0.5];
let rows = 0;
const model = functionModel(({ x }) => {
  const [count, width] = x.shape;
  rows += count;
  return Array.from({ length: count }, (_, row) => weights.reduce((sum, weight, i) => sum + weight * x.data[row * width + i], 0));
});

const result = await new FeatureAblation(model).attribute({ x: [[1, 10, 4]] });
assert.deepEqual(result.attributions.x.toArray(), [[2, -30, 2]]);
assert.equal(rows, 4, "one row for all features and one for each of the three");

const { settings, create } = methodNamed("occlusion");
assert.deepEqual(settings, ["baselines", "window", "strides"]);
const { attributions } = await create(model).attribute({ x: [[1, 10, 4]] }, { window: [1] });
assert.deepEqual(attributions, result.attributions);
