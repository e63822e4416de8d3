import { functionModel, type HostTensor, type Model } from "@attr/core";

/** A score of loan applications: what a team would hold to its promises before it decides about people. */
export const score: Model = functionModel(
  ({ income, debt }) =>
    Array.from({ length: rows(income) }, (_, row) => scoreOf(Number(income.data[row]), Number(debt.data[row]))),
  { inputs: ["income", "debt", "postcode"] },
);

function rows(tensor: HostTensor): number {
  return tensor.shape[0] ?? 0;
}

/** Rises with income, falls with debt as a part of it, and stays between 0 and 1. */
function scoreOf(income: number, debt: number): number {
  return 1 / (1 + Math.exp(-(Math.log1p(income) - 3 - (2 * debt) / (income + 1))));
}
