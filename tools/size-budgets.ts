/** What may reach a browser, in kB (1000 bytes) minified and compressed with brotli. `node tools/check-sizes.ts` prints what does. */
export const sizeBudgets: {
  /** Everything a package exports, without the packages it depends on. */
  readonly packages: Readonly<Record<string, number>>;
  /** What one more method of `@attr/core` adds to a page that has another one of its kind. */
  readonly oneMoreMethod: number;
  /** The first method of a page, with the arrays, inputs, targets and results that every other one shares with it. */
  readonly firstMethod: number;
} = {
  packages: {
    // 25 was the aim when there were ten methods. There are thirty now, with games, views, language models and arrays under them; a tenth
    // of the figure is sentences of errors. A page never loads all of it: what it does load is bounded by the two figures below. Metrics of
    // explanations are 3 of it.
    "@attr/core": 53,
    "@attr/viz": 36,
    "@attr/inputs": 10,
    "@attr/llm": 32,
    "@attr/backend-onnx": 80, // the gradient of every operator: a rule each, and none may be left out of a model that is not known yet
    "@attr/backend-tfjs": 36,
    "@attr/testing": 20,
  },
  oneMoreMethod: 4,
  firstMethod: 20,
};
