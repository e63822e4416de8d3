/** Folder of the language model, as a URL that `OnnxCausalLm.load` and `loadTokenizer` take. */
export declare const talesLm: URL;

/** Folder of the multiple-choice encoder, as a URL that `loadTokenizer` takes; the model is `onnx/model.onnx` in it. */
export declare const talesChoice: URL;

/** Folder of the network that reads a written digit: `onnx/model.onnx` and, the same weights, `tfjs/model.json`. */
export declare const digits: URL;

/** Folder of the network that tells penguins by their measurements: `onnx/model.onnx`, and the rows in `penguins.csv`. */
export declare const penguins: URL;
