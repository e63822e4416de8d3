/**
 * Functions of one operand, element by element: kernel → the name of that operand. `Pow` and `Prelu` have a second one, an exponent or
 * slopes.
 */
export const pointwise: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [
      ...["Abs", "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Cos", "Cosh", "Sin", "Sinh", "Tan", "Tanh"],
      ...["Relu", "Relu6", "Elu", "Selu", "LeakyRelu", "Prelu", "Sigmoid", "Softplus", "ClipByValue", "Erf"],
      ...["Exp", "Expm1", "Log", "Log1p", "Sqrt", "Rsqrt", "Reciprocal"],
    ].map((kernel) => [kernel, "x"]),
  ),
  Pow: "a",
};

/** The operands of kernels that rules look at. */
export const operands = {
  binary: ["a", "b"],
  unary: ["x"],
  convolution: ["x", "filter"],
  transposedConvolution: ["dy", "filter"],
  normalisation: ["x", "mean", "variance"],
  logits: ["logits"],
} as const;
