import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { OnnxCausalLm, OnnxModel } from "@attr/backend-onnx";
import { type CausalLm, type GraphModel, InvalidArgumentError, openFiles } from "@attr/core";
import { loadTokenizer, type Tokenizer } from "@attr/llm";

/** A language model and its tokenizer, from a folder in the Hugging Face layout. */
export interface LanguageModel {
  readonly model: OnnxCausalLm;
  readonly tokenizer: Tokenizer;
}

/** A model that picks an option: an encoder with a multiple-choice head, or a language model. */
export interface ChoiceModel {
  readonly model: (CausalLm | GraphModel) & AsyncDisposable;
  readonly tokenizer: Tokenizer;
  readonly kind: "encoder" | "causal";
  /** Tokens that an encoder takes, where its `config.json` says so. */
  readonly contextLength?: number | undefined;
}

export async function openLanguageModel(folder: string | URL): Promise<LanguageModel> {
  const path = pathOf(folder);
  return { tokenizer: await loadTokenizer(path), model: await OnnxCausalLm.load(path) };
}

/** What `config.json` calls the architecture decides: `…ForMultipleChoice` is an encoder, all else a language model. */
export async function openChoiceModel(folder: string | URL): Promise<ChoiceModel> {
  const path = pathOf(folder);
  const config = await readConfig(path);
  if (!namesMultipleChoice(config)) return { ...(await openLanguageModel(path)), kind: "causal" };
  const longest = config["max_position_embeddings"];
  return {
    tokenizer: await loadTokenizer(path),
    model: await OnnxModel.load(join(path, "onnx", "model.onnx")),
    kind: "encoder",
    ...(typeof longest === "number" && Number.isSafeInteger(longest) && longest >= 1 && { contextLength: longest }),
  };
}

/** Whether a folder's `config.json` names an architecture for multiple choice. */
export async function isMultipleChoice(path: string): Promise<boolean> {
  return namesMultipleChoice(await readConfig(path));
}

function namesMultipleChoice(config: ModelConfig): boolean {
  const architectures = config["architectures"];
  return (
    Array.isArray(architectures) && architectures.some((name) => typeof name === "string" && name.endsWith("ForMultipleChoice"))
  );
}

type ModelConfig = Readonly<Record<string, unknown>>;

/** A folder's `config.json`; empty where there is none. */
async function readConfig(path: string): Promise<ModelConfig> {
  const text = await openFiles(path).readText("config.json");
  if (text === undefined) return {};
  try {
    const config: unknown = JSON.parse(text);
    return typeof config === "object" && config !== null ? { ...config } : {};
  } catch (error) {
    throw new InvalidArgumentError(
      `config.json in ${path} is not JSON: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function pathOf(folder: string | URL): string {
  return folder instanceof URL ? fileURLToPath(folder) : folder;
}
