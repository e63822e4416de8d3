/** Folder of the language model, as a URL that `OnnxCausalLm.load` and `loadTokenizer` take. */
export const talesLm = new URL("./tales-lm/", import.meta.url);

/** Folder of the multiple-choice encoder, as a URL that `loadTokenizer` takes; the model is `onnx/model.onnx` in it. */
export const talesChoice = new URL("./tales-choice/", import.meta.url);

/** Folder of the network that reads a written digit: `onnx/model.onnx` and, the same weights, `tfjs/model.json`. */
export const digits = new URL("./digits/", import.meta.url);

/** Folder of the network that tells penguins by their measurements: `onnx/model.onnx`, and the rows in `penguins.csv`. */
export const penguins = new URL("./penguins/", import.meta.url);
