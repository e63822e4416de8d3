/** What the page tells a worker: a question, by a number that its answers carry. */
export interface Asked<Question> {
  readonly id: number;
  readonly question: Question;
}

/** How far a piece of work has come; `total` is absent where nobody knows it. */
export interface WorkProgress {
  /** What is being done: "Loading the model". */
  readonly doing: string;
  readonly done: number;
  readonly total?: number | undefined;
  /** What is counted, in the plural: "bytes", "coalitions". */
  readonly unit: string;
}

/** What a worker tells the page of a question: how far it is, what it has so far, and at last the answer or why there is none. */
export type Told<Answer> =
  | { readonly id: number; readonly kind: "progress"; readonly progress: WorkProgress }
  | { readonly id: number; readonly kind: "partial"; readonly answer: Answer }
  | { readonly id: number; readonly kind: "answer"; readonly answer: Answer; readonly milliseconds: number }
  | { readonly id: number; readonly kind: "failed"; readonly message: string };

/** What a worker tells while it works on a question. */
export interface Tell<Answer> {
  /** What is needed for the work is there (the model is loaded): how long the work takes counts from here. */
  ready(): void;
  progress(progress: WorkProgress): void;
  partial(answer: Answer): void;
}
