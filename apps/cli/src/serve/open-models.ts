import { stat } from "node:fs/promises";
import { openTensorModel, type TensorModel } from "../models/open-tensor-model.ts";
import { type ChoiceModel, type LanguageModel, openChoiceModel, openLanguageModel } from "../open-model.ts";
import type { ShelvedModel } from "./model-shelf.ts";
import { Problem } from "./problem.ts";

interface Opened {
  readonly key: string;
  readonly model: AsyncDisposable;
  readonly value: unknown;
}

/**
 * Models kept open between requests: the few that were asked for last. A model whose file changed is opened anew. For use by one request
 * at a time: opening one may free another.
 */
export class OpenModels implements AsyncDisposable {
  readonly #limit: number;
  /** The one used last is last. */
  readonly #opened: Opened[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @throws Problem (422) for a model that is no language model. */
  async languageModel(model: ShelvedModel): Promise<LanguageModel> {
    if (model.kind !== "language-model") throw new Problem(422, `${model.name} is no language model, but ${kindInWords(model)}`);
    return await this.#open("language-model", model, () => openLanguageModel(model.path));
  }

  /** @throws Problem (422) for a model that reads no text. */
  async choiceModel(model: ShelvedModel): Promise<ChoiceModel> {
    if (model.kind === "tensors") throw new Problem(422, `${model.name} reads no text: it is ${kindInWords(model)}`);
    return await this.#open("choice", model, () => openChoiceModel(model.path));
  }

  /** The file of a model of any kind, as a model of tensors. */
  async tensorModel(model: ShelvedModel): Promise<TensorModel> {
    return await this.#open("tensors", model, () => openTensorModel(model.file));
  }

  async #open<T extends { readonly model: AsyncDisposable }>(
    how: string,
    shelved: ShelvedModel,
    open: () => Promise<T>,
  ): Promise<T> {
    const { mtimeMs, size } = await stat(shelved.file);
    const key = `${how} ${mtimeMs} ${size} ${shelved.path}`;
    const at = this.#opened.findIndex((entry) => entry.key === key);
    if (at >= 0) {
      const [entry] = this.#opened.splice(at, 1);
      this.#opened.push(entry!);
      return entry!.value as T; // what the same key stored
    }
    while (this.#opened.length >= this.#limit) await this.#opened.shift()!.model[Symbol.asyncDispose]();
    const value = await open();
    this.#opened.push({ key, model: value.model, value });
    return value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#opened.splice(0).map(({ model }) => model[Symbol.asyncDispose]()));
  }
}

function kindInWords({ kind }: ShelvedModel): string {
  if (kind === "tensors") return "a model of tensors, for /api/attribute";
  return kind === "multiple-choice" ? "a multiple-choice encoder, for /api/choice" : "a language model";
}
