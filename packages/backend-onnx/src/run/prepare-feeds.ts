import { type DType, type HostData, InvalidArgumentError, type NamedTensors, type Shape, UnsupportedError } from "@attr/core";
import type { ValueType } from "../graph/value-type.ts";
import { type ElementType, elementTypeNamed } from "../onnx/element-type.ts";
import { toFileElements } from "../runtime/elements.ts";
import { checkEmptyFeeds } from "./check-empty-feeds.ts";
import { hostDataOf } from "./check-feeds.ts";
import type { LoadedModel } from "./loaded-model.ts";
import { hasRowAxis } from "./rows.ts";
import type { RowsFeed, RowsOfFeed } from "./run-rows.ts";

/** A feed with the elements and the type that the file wants. */
export interface PreparedFeed extends RowsFeed {
  readonly element: ElementType;
}

/** The host's data of feeds, every name held against the file. */
export function readFeeds({ values, index }: LoadedModel, feeds: NamedTensors): ReadonlyMap<string, HostData> {
  const read = new Map<string, HostData>();
  for (const [name, tensor] of Object.entries(feeds)) {
    values.check(name);
    read.set(name, hostDataOf(name, tensor));
  }
  checkEmptyFeeds(index.nodes, read);
  return read;
}

/** A feed as the file wants it. */
export function prepareFeed(model: LoadedModel, name: string, data: HostData, rows: RowsOfFeed): PreparedFeed {
  const described = describeFeed(model, name, data, rows);
  // Every dtype's elements lie in a typed array.
  const elements = toFileElements(data.data, data.dtype, described.element, `feed "${name}"`) as Float32Array;
  return { ...described, elements };
}

/** A feed as the file wants it, but for its elements. */
export function describeFeed(
  { values, plan }: LoadedModel,
  name: string,
  { shape, dtype }: { readonly shape: Shape; readonly dtype: DType },
  { whole, stack }: RowsOfFeed,
): Omit<PreparedFeed, "elements"> {
  const type = values.type(name);
  values.checkTensor(name, "fed");
  const element = type?.element ?? elementTypeNamed(dtype);
  if (element?.dtype === undefined) throw new UnsupportedError(`"${name}" takes ${element?.name ?? dtype}, which cannot be fed`);
  return {
    name,
    element,
    typeName: element.carrier === undefined ? element.name : element.dtype,
    shape,
    rowAxis: stack !== undefined || hasRowAxis(plan, name, type?.shape),
    perRun: whole !== true && plan.perRun.has(name),
    whole,
    stack,
  };
}

/** What feeds are compared with (DeepLIFT), held against the feeds. */
export function prepareReferences(
  model: LoadedModel,
  reference: NamedTensors,
  fed: ReadonlyMap<string, HostData>,
  rowsOf: (name: string) => RowsOfFeed,
): readonly PreparedFeed[] {
  return Object.entries(reference).map(([name, tensor]) => {
    const own = fed.get(name);
    const data = hostDataOf(`rules.reference.${name}`, tensor);
    if (own === undefined) throw new InvalidArgumentError(`rules.reference has "${name}", which is not among the feeds`);
    if (data.shape.length !== own.shape.length || data.shape.some((size, axis) => size !== own.shape[axis]))
      throw new InvalidArgumentError(
        `rules.reference has "${name}" [${data.shape.join(", ")}], but the feed has [${own.shape.join(", ")}]`,
      );
    return prepareFeed(model, name, data, rowsOf(name));
  });
}

/** The types of the inputs that feeds go into. */
export function inputTypes({ values, index, plan }: LoadedModel, feeds: readonly PreparedFeed[]): Map<string, ValueType> {
  return new Map(
    feeds.map(({ name, element }): readonly [string, ValueType] => {
      const shape = values.shape(name);
      // What the file computes for one batch size only can still be fed for any.
      const free = index.producers.has(name) && plan.mode === "together" && typeof shape?.[0] === "number";
      return [name, { element, shape: free ? [null, ...shape.slice(1)] : shape }];
    }),
  );
}

/** Feeds under the names of the inputs that they go into; those that nothing needs left out. */
export function feedsOfInputs(
  feeds: readonly PreparedFeed[],
  inputOf: ReadonlyMap<string, string | undefined>,
): readonly RowsFeed[] {
  return feeds.flatMap((feed): RowsFeed[] => {
    const name = inputOf.get(feed.name);
    return name === undefined ? [] : [{ ...feed, name }];
  });
}
