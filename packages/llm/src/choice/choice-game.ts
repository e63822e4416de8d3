import type { AbortSignalLike, Game } from "@attr/core";

/** The game of a question: players are the prompt's features, and a coalition is worth one number an option. */
export interface ChoiceGame extends Game {
  /** Distinct prompts scored so far. */
  readonly prompts: number;
  readonly warnings: readonly string[];
  /** The raw scores of the options after the whole prompt: from an earlier evaluation where there was one. */
  fullScores(signal?: AbortSignalLike): Promise<Float64Array>;
  /** What the model computed so far. */
  cost(): { readonly calls: number; readonly rows: number; readonly tokens: number };
}
