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
}

export async function openLanguageModel(folder: string | URL): Promise<LanguageModel> {
  const path = pathOf(folder);
  return { tokenizer: await loadTokenizer(path), model: await OnnxCausalLm.load(path) };
}

/** What `config.json` calls the architecture decides: `…ForMultipleChoice` is an encoder, all else a language model. */
export async function openChoiceModel(folder: string | URL): Promise<ChoiceModel> {
  const path = pathOf(folder);
  if (!(await isMultipleChoice(path))) return { ...(await openLanguageModel(path)), kind: "causal" };
  return { tokenizer: await loadTokenizer(path), model: await OnnxModel.load(join(path, "onnx", "model.onnx")), kind: "encoder" };
}

/** Whether a folder's `config.json` names an architecture for multiple choice. */
export async function isMultipleChoice(path: string): Promise<boolean> {
  const text = await openFiles(path).readText("config.json");
  if (text === undefined) return false;
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch (error) {
    throw new InvalidArgumentError(
      `config.json in ${path} is not JSON: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  const architectures = typeof config === "object" && config !== null && "architectures" in config ? config.architectures : [];
  return (
    Array.isArray(architectures) && architectures.some((name) => typeof name === "string" && name.endsWith("ForMultipleChoice"))
  );
}

function pathOf(folder: string | URL): string {
  return folder instanceof URL ? fileURLToPath(folder) : folder;
}
