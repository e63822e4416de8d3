import { describe, test } from "vitest";
import { constant, weights } from "../../onnx-builder.fixture.ts";
import { expectGradient, type OperatorSpec } from "../finite-differences.fixture.ts";

const int = (value: number): { readonly int: number } => ({ int: value });
const floats = (values: ArrayLike<number>): { readonly floats: readonly number[] } => ({ floats: Array.from(values) });
const offZero = (x: number): number => (x < 0 ? x - 0.1 : x + 0.1);

const rows = { inputs: [[3, 4]] } as const;
const classes = { classlabels_ints: [0, 1, 2], coefficients: floats(weights(12)), intercepts: floats(weights(3)) };

const specs: readonly (readonly [string, Partial<OperatorSpec>])[] = [
  ["Scaler", { attributes: { offset: floats([1, 2, 3, 4]), scale: floats([0.5, 2, -1, 3]) } }],
  ["Scaler", { attributes: { offset: floats([0.3]), scale: floats([2]) } }],
  ["Imputer", { attributes: { imputed_value_floats: floats([1, 2, 3, 4]), replaced_value_float: Number.NaN } }],
  ["Imputer", { attributes: { imputed_value_floats: floats([7]), replaced_value_float: -99 } }],
  ...["L1", "L2"].map((norm) => ["Normalizer", { attributes: { norm }, range: offZero }] as const),
  ["Normalizer", { attributes: { norm: "MAX" }, range: (x) => 2 + x }],
  ["LinearRegressor", { attributes: { coefficients: floats(weights(4)), intercepts: floats([0.2]) } }],
  ["LinearRegressor", { attributes: { coefficients: floats(weights(8)), targets: int(2) } }],
  ...["NONE", "LOGISTIC", "SOFTMAX"].map(
    (post) => ["LinearClassifier", { attributes: { ...classes, post_transform: post }, outputs: ["label", "y"] }] as const,
  ),
  [
    "FeatureVectorizer",
    {
      inputs: [
        [3, 2],
        [3, 1],
      ],
      attributes: { inputdimensions: [2, 1] },
    },
  ],
  ["ArrayFeatureExtractor", { constants: [constant([2], [3, 1], "int64")] }],
];

describe.each([
  ["sizes that the file fixes", false],
  ["sizes known at run time only", true],
])("gradients of operators of classic models equal central differences, with %s", (_, free) => {
  test.each(specs)("%s %o", async (op, spec) => {
    await expectGradient({ op, domain: "ai.onnx.ml", type: "float32", ...rows, ...spec, free });
  });
});
