import { type FileSource, type ModelFiles, openFiles, TokenizationError } from "@attr/core";
import { huggingFaceTokenizer } from "./hugging-face-tokenizer.ts";
import { JsonPlace } from "./json.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** What a tokenizer of a file does beside what the file says. */
export interface LoadTokenizerOptions {
  /**
   * Whether BOS is put before a text.
   * @defaultValue what tokenizer_config.json says in `add_bos_token`, else what the post-processor of tokenizer.json does
   */
  readonly addBosToken?: boolean | undefined;
}

/**
 * Loads a Hugging Face tokenizer from a folder, an address, or bytes by file name: tokenizer.json and, where they are there,
 * tokenizer_config.json, special_tokens_map.json, chat_template.jinja and chat_template.json. A path or address of the tokenizer.json
 * itself is taken too.
 *
 * @throws TokenizationError where there is no tokenizer.json or a file is malformed; the sentence names the file.
 */
export async function loadTokenizer(source: FileSource, options: LoadTokenizerOptions = {}): Promise<Tokenizer> {
  const { folder, file } = folderAndFile(source);
  const files = openFiles(folder);
  const [tokenizerJson, tokenizerConfig, specialTokensMap, template, templateJson] = await Promise.all([
    readJson(files, file),
    readJson(files, "tokenizer_config.json"),
    readJson(files, "special_tokens_map.json"),
    files.readText("chat_template.jinja"),
    readJson(files, "chat_template.json"),
  ]);
  if (tokenizerJson === undefined) {
    throw new TokenizationError(
      `there is no ${file} in ${files.description}: pass the folder that holds it, its address, or its bytes as { "tokenizer.json": … }`,
    );
  }
  return huggingFaceTokenizer({
    tokenizerJson,
    tokenizerConfig,
    specialTokensMap,
    chatTemplate: template ?? templateOfJson(templateJson),
    addBosToken: options.addBosToken,
  });
}

/** A path to a JSON file is its folder and its name. */
function folderAndFile(source: FileSource): { readonly folder: FileSource; readonly file: string } {
  const file = "tokenizer.json";
  const address = typeof source === "string" ? source : hrefOf(source);
  const name = address === undefined ? undefined : /[^/\\]+\.json$/.exec(address)?.[0];
  if (address === undefined || name === undefined) return { folder: source, file };
  const folder = address.slice(0, -name.length);
  return { folder: folder === "" ? "." : folder, file: /^[a-z]+:\/\//i.test(address) ? decodeURIComponent(name) : name };
}

function hrefOf(source: Exclude<FileSource, string>): string | undefined {
  return "href" in source && typeof source.href === "string" ? source.href : undefined;
}

async function readJson(files: ModelFiles, name: string): Promise<unknown> {
  const text = await files.readText(name);
  if (text === undefined) return undefined;
  try {
    // A byte order mark is no part of the JSON.
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw new TokenizationError(
      `${name} in ${files.description} is not JSON: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function templateOfJson(json: unknown): string | undefined {
  if (json === undefined) return undefined;
  const place = new JsonPlace("chat_template.json:");
  return place.at("chat_template").text(place.record(json)["chat_template"]);
}
