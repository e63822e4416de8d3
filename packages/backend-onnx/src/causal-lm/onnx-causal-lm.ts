import {
  type CausalLm,
  type CausalLmCost,
  type CausalLmLayout,
  type Continuation,
  type ContinuationScore,
  type DifferentiableCausalLm,
  type FileSource,
  type GenerateOptions,
  type Generation,
  InvalidArgumentError,
  type ModelCausalLmOptions,
  type ModelFiles,
  modelCausalLm,
  openFiles,
  readVocabularySize,
  type WorkOptions,
} from "@attr/core";
import { OnnxModel } from "../onnx-model.ts";
import type { OnnxModelOptions } from "../onnx-model-options.ts";
import { callOverhead } from "./call-overhead.ts";
import { decoderLayout } from "./decoder-layout.ts";
import { type LocatedModel, locateModel, type OnnxDType } from "./locate-model.ts";
import { type ModelConfig, readModelConfig } from "./model-config.ts";
import { refuseOtherLmSources } from "./other-sources.ts";
import { quantizesPerCall } from "./quantized-per-call.ts";
import { tokenEmbedding } from "./token-embedding.ts";

/** How the folder of a language model is read, and how its file runs. */
export interface OnnxCausalLmOptions extends Omit<ModelCausalLmOptions, "vocabularySize"> {
  /** The model's file in the folder. @defaultValue `onnx/model.onnx` or `model.onnx` (or their older names), by `dtype` */
  readonly file?: string | undefined;
  /** The number format of the file to take, as transformers.js names them: "q8" is `onnx/model_quantized.onnx`. @defaultValue "fp32" */
  readonly dtype?: OnnxDType | undefined;
  /** Tokens a text may hold. @defaultValue what `config.json` says; else no limit */
  readonly contextLength?: number | undefined;
  /** Ids that end a text. @defaultValue what `generation_config.json` or `config.json` says; else none */
  readonly endTokens?: readonly number[] | undefined;
  /**
   * Rows a call may hold.
   * @defaultValue 64; 1 where the file quantises with one scale for the whole call (int8 exports do), so that a text's scores do not
   * depend on what else is scored. A batch that the file fixes is a limit in any case.
   */
  readonly maxBatchSize?: number | undefined;
  /**
   * Bytes that one call of the runtime may hold beside the weights, as for {@link OnnxModel}.
   * @defaultValue 1 GiB
   */
  readonly maxBatchBytes?: number | undefined;
  /** Whether tokens that texts share are computed once. @defaultValue true; false where the file quantises with one scale a call */
  readonly sharePrefixes?: boolean | undefined;
  /** What a call costs by itself, in tokens. @defaultValue estimated from the size of the model: 4 for large ones, up to 32 */
  readonly callOverhead?: number | undefined;
  /** Which input and output is which, where the file does not use the usual names. @defaultValue told from the names */
  readonly layout?: CausalLmLayout | undefined;
  /** The module that runs the file. @defaultValue onnxruntime-node in Node where it is installed, else onnxruntime-web */
  readonly runtime?: OnnxModelOptions["runtime"];
  /** The runtime's session options, passed on. */
  readonly session?: OnnxModelOptions["session"];
}

/**
 * A causal language model in an ONNX file, in the folder layout of Hugging Face (`config.json`, `onnx/model.onnx`), with or without
 * cached keys and values. `await using` frees it.
 */
export class OnnxCausalLm implements DifferentiableCausalLm {
  readonly kind = "causal-lm";
  readonly vocabularySize: number;
  readonly contextLength: number | undefined;
  readonly endTokens: readonly number[];
  /** What a user should know of every result. */
  readonly notes: readonly string[];
  /** The file as a model whose inner values can be fetched and fed. Disposed with the language model. */
  readonly model: OnnxModel;
  /** Which of the model's inputs and outputs is which. */
  readonly layout: CausalLmLayout;
  readonly #lm: CausalLm;

  private constructor(model: OnnxModel, layout: CausalLmLayout, lm: CausalLm, notes: readonly string[]) {
    this.model = model;
    this.layout = layout;
    this.#lm = lm;
    this.vocabularySize = lm.vocabularySize;
    this.contextLength = lm.contextLength;
    this.endTokens = lm.endTokens;
    this.notes = notes;
  }

  /**
   * Loads a language model.
   *
   * @param source its folder: a path (in Node), an address, or files by name; or the path, address or bytes of a single `.onnx` file, which
   * then comes without configuration (`contextLength` and `endTokens` can be given as options).
   * @throws InvalidArgumentError where there is no such model, naming the files looked for
   * @throws UnsupportedError where the file is not a decoder over token ids
   */
  static async load(source: FileSource | Uint8Array | ArrayBuffer, options: OnnxCausalLmOptions = {}): Promise<OnnxCausalLm> {
    refuseOtherLmSources(source);
    const { located, config } = await locate(source, options);
    const model = await OnnxModel.load(located.source, {
      ...(options.runtime !== undefined && { runtime: options.runtime }),
      ...(options.session !== undefined && { session: options.session }),
      ...(options.maxBatchBytes !== undefined && { maxBatchBytes: options.maxBatchBytes }),
      name: located.name,
      // Logits are fetched with keys and values and without: one session for both, so that a large model is in memory once.
      outputsTogether: true,
    });
    try {
      const layout = options.layout ?? decoderLayout(model, located.name, config.cache);
      const alone = quantizesPerCall(model.proto);
      const rows = options.maxBatchSize ?? (alone ? 1 : 64);
      const lm = modelCausalLm(model, layout, {
        ...options,
        vocabularySize: await readVocabularySize(model, layout),
        contextLength: options.contextLength ?? config.contextLength,
        endTokens: options.endTokens ?? config.endTokens,
        maxBatchSize: Math.min(rows, fixedRows(model, layout) ?? rows),
        callOverhead: options.callOverhead ?? callOverhead(model.proto),
        sharePrefixes: options.sharePrefixes ?? !alone,
      });
      return new OnnxCausalLm(model, layout, lm, [...model.notes, ...(alone ? [perCallNote] : [])]);
    } catch (error) {
      await model.dispose();
      throw error;
    }
  }

  /** What the model has done since it was opened: calls, rows and tokens. */
  get cost(): CausalLmCost {
    return this.#lm.cost;
  }

  get tokenEmbedding(): string {
    return tokenEmbedding(this.model, this.layout.inputIds);
  }

  score(continuations: readonly Continuation[], options?: WorkOptions): AsyncIterable<ContinuationScore> {
    return this.#lm.score(continuations, options);
  }

  /** The tokens the model puts after the prompt, greedily or drawn with a seed. */
  generate(prompt: readonly number[], options?: GenerateOptions): Promise<Generation> {
    return this.#lm.generate(prompt, options);
  }

  /** Frees the model; runs under way finish first. The language model cannot be used afterwards. */
  async dispose(): Promise<void> {
    await this.#lm[Symbol.asyncDispose]();
    await this.model.dispose();
  }

  /** Releases the sessions of the file; what it keeps for the next call is gone. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}

const perCallNote =
  "the file quantises with one scale for a whole call: texts are scored one by one and share nothing, so that none depends on the others";

const noConfig: ModelConfig = { contextLength: undefined, endTokens: [], cache: {} };

async function locate(
  source: FileSource | Uint8Array | ArrayBuffer,
  options: OnnxCausalLmOptions,
): Promise<{ readonly located: LocatedModel; readonly config: ModelConfig }> {
  const file = singleFile(source);
  if (file === undefined) {
    const files = openFolder(source as FileSource); // what is no single file is a folder
    return { located: await locateModel(files, options), config: await readModelConfig(files) };
  }
  const picked = options.file === undefined ? options.dtype && "dtype" : "file";
  if (picked !== undefined)
    throw new InvalidArgumentError(`options.${picked} picks a file of a folder, but the source is a single file`);
  return { located: file, config: noConfig };
}

function openFolder(source: FileSource): ModelFiles {
  try {
    return openFiles(source);
  } catch (cause) {
    // "owner/name" is how models are named where they are published, and how other libraries take them.
    if (typeof source !== "string" || !/^[\w.-]+\/[\w.-]+$/.test(source) || !(cause instanceof InvalidArgumentError)) throw cause;
    throw new InvalidArgumentError(
      `${cause.message}; if "${source}" is the name of a published model, download its files first, or pass the address they are at`,
      { cause },
    );
  }
}

function singleFile(source: FileSource | Uint8Array | ArrayBuffer): LocatedModel | undefined {
  if (source instanceof Uint8Array || source instanceof ArrayBuffer) return { source, name: "the ONNX model" };
  const address = typeof source === "string" ? source : source["href"];
  if (typeof address !== "string" || !/\.onnx([?#]|$)/i.test(address)) return undefined;
  const path = address.replace(/[?#].*$/, "");
  return { source: address, name: `"${path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1)}"` };
}

/** The number of rows every run of the file takes, where it fixes it: more rows in a call would be padded for nothing. */
function fixedRows(model: OnnxModel, layout: CausalLmLayout): number | undefined {
  const input = model.proto.graph.inputs.find(({ name }) => name === layout.inputIds);
  const rows = input?.type?.tensorType?.shape?.dims[0]?.value;
  return rows !== undefined && rows > 0 ? rows : undefined;
}
