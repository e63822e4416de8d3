import type { DifferentiableGraphModel } from "@attr/core";
import type { WorkProgress } from "../worker/messages.ts";
import type { DeviceName } from "./device.ts";
import type { ModelFiles } from "./model-files.ts";
import type { ModelReport } from "./model-report.ts";

/** A model of the user's, whatever kind of file it came in and whatever runs it. */
export interface OpenedModel {
  readonly model: DifferentiableGraphModel;
  /** What it holds, and how far it can be differentiated. */
  report(): Promise<ModelReport>;
  dispose(): Promise<void>;
}

/** Opens a kind of model. @throws Error with a sentence for the user where its files are none. */
export type OpenModel = (files: ModelFiles, device: DeviceName, tell: (progress: WorkProgress) => void) => Promise<OpenedModel>;
