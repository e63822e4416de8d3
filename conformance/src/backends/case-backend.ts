import type { CausalLm, DifferentiableGraphModel } from "@attr/core";

/** A model as the cases are put to it. */
export type CaseModel = DifferentiableGraphModel & AsyncDisposable;

/** What the cases are run on. */
export interface CaseBackend {
  /** As the command names it. */
  readonly name: string;
  /**
   * Opens an ONNX file.
   *
   * @throws NotConverted where it cannot be run on this.
   */
  model(file: string, options?: { readonly batch?: "none" | undefined }): Promise<CaseModel>;
  /** Opens the language model of a folder. @throws NotConverted */
  languageModel(folder: string): Promise<CausalLm & AsyncDisposable>;
}
