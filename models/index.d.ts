/** Folder of the language model, as a URL that `OnnxCausalLm.load` and `loadTokenizer` take. */
export declare const talesLm: URL;

/** Folder of the multiple-choice encoder, as a URL that `loadTokenizer` takes; the model is `onnx/model.onnx` in it. */
export declare const talesChoice: URL;
