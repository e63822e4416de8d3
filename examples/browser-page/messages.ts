/** What the page asks its worker: to explain a prompt. A newer question ends the one before it. */
export interface Question {
  readonly id: number;
  readonly prompt: string;
}

/** What the worker tells of a question: how far it is, its picture, or why there is none. */
export type Told =
  | { readonly id: number; readonly done: number; readonly total: number | undefined }
  | { readonly id: number; readonly svg: string }
  | { readonly id: number; readonly error: string };
