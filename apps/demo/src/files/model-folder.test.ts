import { describe, expect, test } from "vitest";
import { folderOf } from "./model-folder.ts";

const file = (path: string): File =>
  Object.defineProperty(new File([], path.split("/").at(-1)!), "webkitRelativePath", { value: path });
const paths = (...given: readonly string[]): readonly [string, readonly string[]] => {
  const { name, files } = folderOf(given.map(file));
  return [name, files.map(({ path }) => path)];
};

describe("a folder that was chosen", () => {
  test("has its files by their paths in it", () => {
    expect(paths("vit/config.json", "vit/onnx/model.onnx")).toEqual(["vit", ["config.json", "onnx/model.onnx"]]);
  });

  test("folders that hold nothing but the next are left out", () => {
    expect(paths("a/b/config.json", "a/b/onnx/model.onnx")).toEqual(["b", ["config.json", "onnx/model.onnx"]]);
    expect(paths("vit/onnx/model.onnx")).toEqual(["onnx", ["model.onnx"]]);
  });

  test("files chosen together are a folder without a name of its own", () => {
    expect(paths("config.json", "model.onnx")).toEqual(["config.json, model.onnx", ["config.json", "model.onnx"]]);
    expect(paths()).toEqual(["", []]);
  });
});
