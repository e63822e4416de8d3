import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { CausalLm } from "@attr/core";
import { loadTokenizer, type Tokenizer } from "@attr/llm";
import type { CaseBackend, CaseModel } from "./backends/case-backend.ts";
import { type JsonObject, parseJson, readObject, readOptional, readString } from "./format/read-json.ts";
import { type NamedHostTensors, readSafetensors } from "./format/safetensors.ts";

/** A language model with the tokenizer beside it. */
export interface LanguageModel {
  readonly model: CausalLm;
  readonly tokenizer: Tokenizer;
}

/** A folder of cases: its JSON and tensors, and its model, opened when the first case asks for it. */
export class CaseFolder implements AsyncDisposable {
  readonly fields: JsonObject;
  readonly tensors: NamedHostTensors;
  readonly #backend: CaseBackend;
  readonly #folder: string;
  readonly #modelFile: string;
  #model: Promise<CaseModel> | undefined;
  #languageModel: Promise<LanguageModel> | undefined;

  /**
   * @param file path of the `cases.json`
   * @param backend what its model is run on
   */
  constructor(file: string, backend: CaseBackend) {
    this.#backend = backend;
    this.#folder = dirname(file);
    this.fields = readObject(parseJson(readFileSync(file, "utf8"), "cases.json"), "cases.json");
    this.tensors = readSafetensors(readFileSync(join(this.#folder, "tensors.safetensors")), "tensors.safetensors");
    this.#modelFile = readOptional(this.fields["model"], "model", readString) ?? "model.onnx";
  }

  model(): Promise<CaseModel> {
    this.#model ??= this.#backend.model(join(this.#folder, this.#modelFile));
    return this.#model;
  }

  languageModel(): Promise<LanguageModel> {
    this.#languageModel ??= this.#openLanguageModel();
    return this.#languageModel;
  }

  async #openLanguageModel(): Promise<LanguageModel> {
    const model = await this.#backend.languageModel(this.#folder);
    return { model, tokenizer: await loadTokenizer(this.#folder) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // What could not be opened has failed its cases, and there is nothing to close.
    const opened = await Promise.allSettled([this.#model, this.#languageModel?.then(({ model }) => model)]);
    for (const one of opened) if (one.status === "fulfilled") await one.value?.[Symbol.asyncDispose]();
  }
}
