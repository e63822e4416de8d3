import { isRecord, type JsonRecord } from "./json.ts";

/** The part a special token plays. */
export type SpecialTokenRole = "bos" | "eos" | "unk" | "pad" | "mask" | "sep" | "cls";

const roles: readonly SpecialTokenRole[] = ["bos", "eos", "unk", "pad", "mask", "sep", "cls"];

/** The usual spellings, for a tokenizer.json that comes without the files that say which token is which. */
const usualSpellings: Readonly<Record<SpecialTokenRole, readonly string[]>> = {
  bos: ["<s>", "<bos>", "<|begin_of_text|>", "<|startoftext|>", "[BOS]"],
  eos: ["</s>", "<eos>", "<|end_of_text|>", "<|endoftext|>", "[EOS]"],
  unk: ["<unk>", "[UNK]"],
  pad: ["<pad>", "[PAD]"],
  mask: ["<mask>", "[MASK]"],
  sep: ["[SEP]"],
  cls: ["[CLS]"],
};

/** A token as the configuration files write it: its spelling, or an object with it. */
export function tokenSpelling(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return isRecord(value) && typeof value["content"] === "string" ? value["content"] : undefined;
}

/**
 * Which token plays which part, by tokenizer_config.json, then special_tokens_map.json. Where neither is there, special tokens with the
 * usual spellings are taken.
 */
export function specialTokenRoles(
  config: JsonRecord | undefined,
  map: JsonRecord | undefined,
  specialSpellings: ReadonlySet<string>,
): Readonly<Partial<Record<SpecialTokenRole, string>>> {
  const found: Partial<Record<SpecialTokenRole, string>> = {};
  for (const role of roles) {
    const spelling =
      config === undefined && map === undefined
        ? usualSpellings[role].find((usual) => specialSpellings.has(usual))
        : (tokenSpelling(config?.[`${role}_token`]) ?? tokenSpelling(map?.[`${role}_token`]));
    if (spelling !== undefined) found[role] = spelling;
  }
  return found;
}

/** Further special tokens that tokenizer_config.json and special_tokens_map.json list. */
export function additionalSpecialTokens(config: JsonRecord | undefined, map: JsonRecord | undefined): readonly string[] {
  const lists = [config, map].flatMap((file) => [file?.["additional_special_tokens"], file?.["extra_special_tokens"]]);
  return lists.flatMap((list) => {
    if (Array.isArray(list)) return list.flatMap((value) => tokenSpelling(value) ?? []);
    return isRecord(list) ? Object.values(list).flatMap((value) => tokenSpelling(value) ?? []) : [];
  });
}
