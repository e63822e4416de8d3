import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { OnnxCausalLm, OnnxModel } from "@attr/backend-onnx";
import { loadTokenizer, type Tokenizer } from "@attr/llm";
import { type JsonObject, parseJson, readObject, readOptional, readString } from "./format/read-json.ts";
import { type NamedHostTensors, readSafetensors } from "./format/safetensors.ts";

/** A language model with the tokenizer beside it. */
export interface LanguageModel {
  readonly model: OnnxCausalLm;
  readonly tokenizer: Tokenizer;
}

/** A folder of cases: its JSON and tensors, and its model, opened when the first case asks for it. */
export class CaseFolder implements AsyncDisposable {
  readonly fields: JsonObject;
  readonly tensors: NamedHostTensors;
  readonly #folder: string;
  readonly #modelFile: string;
  #model: Promise<OnnxModel> | undefined;
  #languageModel: Promise<LanguageModel> | undefined;

  /** @param file path of the `cases.json` */
  constructor(file: string) {
    this.#folder = dirname(file);
    this.fields = readObject(parseJson(readFileSync(file, "utf8"), "cases.json"), "cases.json");
    this.tensors = readSafetensors(readFileSync(join(this.#folder, "tensors.safetensors")), "tensors.safetensors");
    this.#modelFile = readOptional(this.fields["model"], "model", readString) ?? "model.onnx";
  }

  model(): Promise<OnnxModel> {
    this.#model ??= OnnxModel.load(join(this.#folder, this.#modelFile));
    return this.#model;
  }

  languageModel(): Promise<LanguageModel> {
    this.#languageModel ??= this.#openLanguageModel();
    return this.#languageModel;
  }

  async #openLanguageModel(): Promise<LanguageModel> {
    const tokenizer = await loadTokenizer(this.#folder);
    return { model: await OnnxCausalLm.load(this.#folder), tokenizer };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // What could not be opened has failed its cases, and there is nothing to close.
    const opened = await Promise.allSettled([this.#model, this.#languageModel?.then(({ model }) => model)]);
    for (const one of opened) if (one.status === "fulfilled") await one.value?.[Symbol.asyncDispose]();
  }
}
