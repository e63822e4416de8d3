import { type MethodEntry, shapleyValues } from "@attr/core/catalogue";
import { type ListedMethod, listedMethods } from "./listed-method.ts";
import { tensorMethods } from "./tensor-methods.ts";

const entries = [shapleyValues, ...tensorMethods] as const;

export type TableMethodName = (typeof entries)[number]["name"];

/** The methods for rows of a table. */
export const tableMethods: readonly MethodEntry<TableMethodName>[] = entries;

/** The same, as the page offers them. */
export const tableMethodList: readonly ListedMethod<TableMethodName>[] = listedMethods(tableMethods);

export function tableMethodNamed(name: string | null): MethodEntry<TableMethodName> {
  return tableMethods.find((method) => method.name === name) ?? tableMethods[0]!;
}
