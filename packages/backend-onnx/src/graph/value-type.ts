import type { ElementType } from "../onnx/element-type.ts";

/** A shape as a file states it: a size, a named free dimension, or a free one; `undefined` where the rank is unknown. */
export type FileShape = readonly (number | string | null)[] | undefined;

/** What is known of a value before anything is run. */
export interface ValueType {
  readonly element: ElementType;
  readonly shape?: FileShape;
}

/** `undefined` marks a value that is no tensor: a sequence, a map, an optional. */
export type ValueTypes = ReadonlyMap<string, ValueType | undefined>;
