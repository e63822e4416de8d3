import { InvalidArgumentError, type ModelFiles } from "@attr/core";
import type { CacheSizes } from "./decoder-layout.ts";

/** What the configuration files of a language model's folder say, as far as it is needed to run it. */
export interface ModelConfig {
  /** Tokens a text may hold. */
  readonly contextLength: number | undefined;
  /** Ids that end a text. */
  readonly endTokens: readonly number[];
  readonly cache: CacheSizes;
}

/** Under which names model families write down how many tokens a text may hold. */
const contextKeys = [
  "max_position_embeddings",
  "n_positions",
  "max_sequence_length",
  "max_seq_len",
  "seq_length",
  "n_ctx",
] as const;

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Reads `config.json` and `generation_config.json`; either may be missing.
 *
 * @throws InvalidArgumentError where one is not JSON
 */
export async function readModelConfig(files: ModelFiles): Promise<ModelConfig> {
  const config = await readObject(files, "config.json");
  const generation = await readObject(files, "generation_config.json");
  // Models over text and more keep what concerns the text in an object of its own.
  const text = isObject(config["text_config"]) ? { ...config, ...config["text_config"] } : config;
  const heads = size(text["num_attention_heads"]) ?? size(text["n_head"]);
  const width = size(text["hidden_size"]) ?? size(text["n_embd"]);
  return {
    contextLength: contextKeys.map((key) => size(text[key])).find((length) => length !== undefined),
    endTokens: tokens(generation["eos_token_id"]) ?? tokens(text["eos_token_id"]) ?? [],
    cache: {
      heads: size(text["num_key_value_heads"]) ?? heads,
      headSize: size(text["head_dim"]) ?? (heads !== undefined && width !== undefined ? width / heads : undefined),
    },
  };
}

async function readObject(files: ModelFiles, name: string): Promise<JsonObject> {
  const text = await files.readText(name);
  if (text === undefined) return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new InvalidArgumentError(`${name} in ${files.description} is not JSON: ${String(cause)}`, { cause });
  }
  if (isObject(value)) return value;
  throw new InvalidArgumentError(`${name} in ${files.description} must hold an object`);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function size(value: unknown): number | undefined {
  return typeof value === "number" && Number.isInteger(value) && value > 0 ? value : undefined;
}

function tokens(value: unknown): readonly number[] | undefined {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const ids = list.filter((id): id is number => typeof id === "number" && Number.isInteger(id) && id >= 0);
  return ids.length > 0 ? ids : undefined;
}
