import type { ListedMethod } from "./method-list.ts";
import { type TensorMethodName, tensorMethodList } from "./tensor-method-list.ts";

export type TableMethodName = TensorMethodName | "shapley-values";

/** The methods for rows of a table. */
export const tableMethodList: readonly (ListedMethod & { readonly name: TableMethodName })[] = [
  {
    name: "shapley-values",
    label: "Shapley values, exact",
    kind: "perturbation",
    settings: [],
    says: "Every selection of features: exact fair shares, for up to about fifteen features.",
  },
  ...tensorMethodList,
];

export function tableMethodNamed(name: string | null): ListedMethod & { readonly name: TableMethodName } {
  return tableMethodList.find((method) => method.name === name) ?? tableMethodList[0]!;
}
