import { describe, expect, test } from "vitest";
import type { FolderFile } from "../files/model-folder.ts";
import { modelFilesIn, pathsBeside } from "./model-files.ts";

function file(path: string): FolderFile {
  return { path, file: new File(["content"], path) };
}

describe("the model among dropped files", () => {
  test("is the .onnx file, or the .json file that is not one of those beside a model", () => {
    expect(modelFilesIn(["weights.data", "config.json", "net.ONNX"].map(file))).toMatchObject({
      kind: "onnx",
      model: { path: "net.ONNX" },
      others: [{ path: "weights.data" }, { path: "config.json" }],
    });
    expect(modelFilesIn(["a/model.json", "a/metadata.json", "a/b/part.bin"].map(file))).toMatchObject({
      kind: "tfjs",
      model: { path: "a/model.json" },
    });
  });

  test("names the other files as its own file may", () => {
    const found = modelFilesIn(["a/model.json", "a/b/part.bin", "elsewhere.bin"].map(file));
    expect(pathsBeside(found).map(({ path }) => path)).toEqual(["b/part.bin", "elsewhere.bin"]);
  });

  test("is missed or doubled with a sentence", () => {
    expect(() => modelFilesIn([file("a.png")])).toThrow("Dropped: “a.png”");
    expect(() => modelFilesIn(Array.from({ length: 9 }, (_, at) => file(`${at}.png`)))).toThrow("and 3 more");
    expect(() => modelFilesIn(["a.onnx", "model.json"].map(file))).toThrow("one model, not of several");
  });
});
