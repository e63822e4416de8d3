import { type CausalLmCacheEntry, type CausalLmLayout, UnsupportedError, type ValueInfo } from "@attr/core";

/** What a configuration says of the cache, for files that do not. */
export interface CacheSizes {
  readonly heads?: number | undefined;
  readonly headSize?: number | undefined;
}

/** Inputs and outputs of a model, as it states them. */
export interface Interface {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
}

/** Inputs that take one number whatever is run. */
const constants: Readonly<Record<string, number>> = {
  // 0 means the logits of every token.
  num_logits_to_keep: 0,
};

/**
 * Tells from the names, in the layout that Optimum and transformers.js use, which input and output plays which role.
 *
 * @param name what sentences call the file
 * @throws UnsupportedError where it is not a decoder over token ids, naming what it is instead
 */
export function decoderLayout({ inputs, outputs }: Interface, name: string, sizes: CacheSizes): CausalLmLayout {
  const known = new Map(inputs.map((info) => [info.name, info]));
  const inputIds = idsInput(inputs, name);
  const named = (role: string): string | undefined => (known.has(role) && role !== inputIds ? role : undefined);
  const layout = {
    inputIds,
    attentionMask: named("attention_mask"),
    positionIds: named("position_ids"),
    tokenTypeIds: named("token_type_ids"),
    useCacheBranch: named("use_cache_branch"),
    constants: Object.fromEntries(Object.entries(constants).filter(([input]) => known.has(input))),
    cache: cacheEntries({ inputs, outputs }, known.get(inputIds)!, name, sizes),
    logits: logitsOutput(outputs, name),
  };
  const used = new Set<string | undefined>([
    inputIds,
    layout.attentionMask,
    layout.positionIds,
    layout.tokenTypeIds,
    layout.useCacheBranch,
    ...Object.keys(layout.constants),
    ...layout.cache.map((entry) => entry.past),
  ]);
  const unknown = inputs.filter((input) => !used.has(input.name)).map((input) => input.name);
  if (unknown.length > 0) throw new UnsupportedError(unknownInputs(unknown, name));
  if (layout.attentionMask !== undefined && (known.get(layout.attentionMask)!.shape?.length ?? 2) !== 2)
    throw new UnsupportedError(
      `"attention_mask" of ${name} has ${known.get(layout.attentionMask)!.shape?.length} axes; only masks of [rows, tokens] can be fed`,
    );
  return layout;
}

function idsInput(inputs: readonly ValueInfo[], name: string): string {
  if (inputs.some((input) => input.name === "input_ids")) return "input_ids";
  const [only] = inputs;
  if (inputs.length === 1 && only !== undefined && only.dtype?.startsWith("float") !== true && (only.shape?.length ?? 2) === 2)
    return only.name;
  if (inputs.some((input) => input.name === "inputs_embeds"))
    throw new UnsupportedError(`${name} takes embeddings ("inputs_embeds"), not token ids: load the file that takes "input_ids"`);
  throw new UnsupportedError(
    `${name} has no input "input_ids"; it has ${quoted(inputs.map((input) => input.name))}. If it is a causal language model, say which input is which with options.layout`,
  );
}

function logitsOutput(outputs: readonly ValueInfo[], name: string): string {
  const [first] = outputs;
  if (outputs.some((output) => output.name === "logits")) return "logits";
  const isOther = outputs.find(({ name: output }) => output === "last_hidden_state");
  if (isOther !== undefined)
    throw new UnsupportedError(
      `${name} gives hidden states ("last_hidden_state"), no scores of the vocabulary: export the model with its language-model head`,
    );
  if (first !== undefined && first.dtype?.startsWith("float") !== false && (first.shape?.length ?? 3) === 3) return first.name;
  throw new UnsupportedError(
    `${name} has no output "logits" of [rows, tokens, vocabulary]; it has ${quoted(outputs.map((output) => output.name))}`,
  );
}

function unknownInputs(unknown: readonly string[], name: string): string {
  if (unknown.some((input) => input.startsWith("encoder_") || input.startsWith("decoder_input")))
    return `${name} has inputs of an encoder (${quoted(unknown)}): encoder–decoder models are no causal language models over one text`;
  if (unknown.includes("pixel_values") || unknown.includes("input_features"))
    return `${name} takes more than text (${quoted(unknown)}): only models over token ids can be loaded`;
  return `${name} has inputs that a causal language model over token ids does not have: ${quoted(unknown)}`;
}

function cacheEntries({ inputs, outputs }: Interface, ids: ValueInfo, name: string, sizes: CacheSizes): CausalLmCacheEntry[] {
  const given = new Set(outputs.map((output) => output.name));
  return inputs
    .filter((input) => input.name.startsWith("past"))
    .map((input) => {
      const candidates = ["present", "present_key_values"].map((word) => input.name.replace(/^past(_key_values)?/, word));
      const present = candidates.find((candidate) => given.has(candidate));
      if (present === undefined)
        throw new UnsupportedError(
          `${name} takes "${input.name}" but gives no ${quoted(candidates).replace(", ", " or ")} to go with it`,
        );
      return { past: input.name, present, shape: cacheShape(input, ids, name, sizes) };
    });
}

/** The sizes of a cache input behind its batch axis; the one that is free grows. */
function cacheShape(input: ValueInfo, ids: ValueInfo, name: string, sizes: CacheSizes): (number | "past")[] {
  const [batch, ...rest] = input.shape ?? [];
  const unsupported = (why: string): UnsupportedError =>
    new UnsupportedError(
      `"${input.name}" of ${name} has the shape [${(input.shape ?? []).map((size) => size ?? "?").join(", ")}]: ${why}`,
    );
  if (rest.length === 0) throw unsupported("what its axes are cannot be told");
  // Keys and values of all heads under one axis with the batch, as some older exports have them, are not a row each.
  const own = rest.length !== 3 && typeof batch === "string" && batch !== ids.shape?.[0];
  if (own || typeof batch === "number") throw unsupported("its first axis is not the batch");
  const free = rest.filter((size) => typeof size !== "number").length;
  if (free === 0) throw unsupported("the number of cached tokens is fixed, so that it cannot grow with the text");
  if (free === 1) return rest.map((size) => (typeof size === "number" ? size : "past"));
  const { heads, headSize } = sizes;
  if (rest.length === 3 && heads !== undefined && headSize !== undefined) return [heads, "past", headSize];
  throw unsupported("it has several free axes, and config.json does not say how many heads there are and how large they are");
}

function quoted(names: readonly string[]): string {
  return names.map((each) => `"${each}"`).join(", ");
}
