import { InvalidArgumentError } from "../errors.ts";
import type { Model, ValueInfo } from "../model/model.ts";
import type { DType } from "../tensor/tensor.ts";

/** A pair of values that carry a layer's keys or values from one call to the next. */
export interface CausalLmCacheEntry {
  /** The input that takes what earlier calls computed. */
  readonly past: string;
  /** The output that gives it, with the new tokens' part at its end. */
  readonly present: string;
  /**
   * Sizes of its axes after the batch, with "past" for the one that grows by a place a token: `[heads, "past", headSize]` in the usual
   * layout.
   */
  readonly shape: readonly (number | "past")[];
}

/**
 * Which inputs and outputs of a model play which role of a decoder-only language model, by name. `n` is rows, `t` new tokens, `p` tokens
 * that are already in the cache.
 */
export interface CausalLmLayout {
  /** Token ids `[n, t]`. */
  readonly inputIds: string;
  /** 1 for tokens and 0 for padding, `[n, p + t]`. Without it causality alone keeps padding (at the right) from having an effect. */
  readonly attentionMask?: string | undefined;
  /** The place of every new token in its text, counted from 0, `[n, t]`. */
  readonly positionIds?: string | undefined;
  /** Fed zeros `[n, t]`. */
  readonly tokenTypeIds?: string | undefined;
  /** Keys and values of every layer; absent or empty where the model has no cache. */
  readonly cache?: readonly CausalLmCacheEntry[] | undefined;
  /** A flag of merged decoders, one a row: fed whether there is anything in the cache. */
  readonly useCacheBranch?: string | undefined;
  /** Inputs that always take the same number, one a row. */
  readonly constants?: Readonly<Record<string, number>> | undefined;
  /** Scores of the vocabulary at every new token, not normalised, `[n, t, vocabulary]`. */
  readonly logits: string;
}

/** A layout held against its model: what the engine has to know of every value. */
export interface CheckedLayout extends CausalLmLayout {
  readonly cache: readonly CausalLmCacheEntry[];
  /** Element types of the inputs, by name. */
  readonly dtypes: ReadonlyMap<string, DType>;
  /** The number of tokens every call takes, where the model fixes it. */
  readonly fixedLength: number | undefined;
  /** The vocabulary's size, where the model says it. */
  readonly vocabularySize: number | undefined;
}

/** Holds a layout against a model: every named value is there, and no input is left without a role. */
export function checkLayout(model: Model, layout: CausalLmLayout): CheckedLayout {
  const inputs = new Map(model.inputs.map((info) => [info.name, info]));
  const outputs = new Map(model.outputs.map((info) => [info.name, info]));
  const cache = layout.cache ?? [];
  const roles = new Map<string, string>();
  const take = (name: string | undefined, role: string): void => {
    if (name === undefined) return;
    if (!inputs.has(name)) throw missing(`layout.${role}`, "input", name, inputs);
    const before = roles.get(name);
    if (before !== undefined) throw new InvalidArgumentError(`input "${name}" is both layout.${before} and layout.${role}`);
    roles.set(name, role);
  };
  take(layout.inputIds, "inputIds");
  take(layout.attentionMask, "attentionMask");
  take(layout.positionIds, "positionIds");
  take(layout.tokenTypeIds, "tokenTypeIds");
  take(layout.useCacheBranch, "useCacheBranch");
  for (const name of Object.keys(layout.constants ?? {})) take(name, "constants");
  for (const [index, entry] of cache.entries()) {
    take(entry.past, `cache[${index}].past`);
    if (!outputs.has(entry.present)) throw missing(`layout.cache[${index}].present`, "output", entry.present, outputs);
    checkCacheShape(entry, index);
  }
  if (!outputs.has(layout.logits)) throw missing("layout.logits", "output", layout.logits, outputs);
  for (const name of inputs.keys()) {
    if (!roles.has(name))
      throw new InvalidArgumentError(
        `input "${name}" of the model has no role in the layout: name it there, or bind it to a value`,
      );
  }
  const dtypes = new Map<string, DType>();
  for (const [name, role] of roles) dtypes.set(name, dtypeOf(inputs.get(name)!, role));
  const length = inputs.get(layout.inputIds)!.shape?.[1];
  const fixedLength = typeof length === "number" ? length : undefined;
  if (fixedLength !== undefined && cache.length > 0)
    throw new InvalidArgumentError(
      `input "${layout.inputIds}" takes ${fixedLength} tokens a call, no more and no less: such a model cannot go on from a cache, leave layout.cache out`,
    );
  const vocabulary = outputs.get(layout.logits)!.shape?.[2];
  return {
    ...layout,
    cache,
    dtypes,
    fixedLength,
    vocabularySize: typeof vocabulary === "number" ? vocabulary : undefined,
  };
}

function missing(argument: string, kind: string, name: string, among: ReadonlyMap<string, unknown>): InvalidArgumentError {
  const names = [...among.keys()].map((known) => `"${known}"`).join(", ");
  return new InvalidArgumentError(`${argument} names ${kind} "${name}", which the model does not have; it has ${names}`);
}

function checkCacheShape(entry: CausalLmCacheEntry, index: number): void {
  const sizes = entry.shape.filter((size) => size !== "past");
  const valid = sizes.length === entry.shape.length - 1 && sizes.every((size) => Number.isInteger(size) && size > 0);
  if (!valid)
    throw new InvalidArgumentError(
      `layout.cache[${index}].shape must hold "past" once and the sizes of the other axes after the batch, got [${entry.shape.join(", ")}]`,
    );
}

/** What is fed in a role: whole numbers unless the model says otherwise, floats for keys and values. */
function dtypeOf(info: ValueInfo, role: string): DType {
  if (role === "useCacheBranch") return info.dtype ?? "bool";
  if (!role.startsWith("cache")) return info.dtype ?? "int64";
  const dtype = info.dtype ?? "float32";
  if (dtype !== "float32" && dtype !== "float64")
    throw new InvalidArgumentError(`input "${info.name}" is ${dtype}; keys and values must be float32 or float64`);
  return dtype;
}
