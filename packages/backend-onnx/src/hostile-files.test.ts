import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { writeModel } from "./onnx/write-model.ts";
import { branching, convolutional, perceptron } from "./onnx-builder.fixture.ts";
import { operatorModels } from "./operator-models.fixture.ts";

const mutants = 600;

test(`loading and running ${mutants} broken files ends in a result or a sentence, and never ends the process`, () => {
  const folder = mkdtempSync(join(tmpdir(), "attr-hostile-"));
  try {
    const models = { perceptron: perceptron(), convolutional: convolutional(), branching: branching(), ...operatorModels };
    const files = Object.entries(models).map(([name, model]) => {
      const file = join(folder, `${name}.onnx`);
      writeFileSync(file, writeModel(model));
      return file;
    });
    const script = fileURLToPath(new URL("./hostile-child.fixture.ts", import.meta.url));
    const child = spawnSync(
      process.execPath,
      ["--conditions=@attr/source", "--experimental-strip-types", script, "1", String(mutants), ...files],
      {
        encoding: "utf8",
        timeout: 50_000,
      },
    );
    const lines = child.stdout.split("\n").filter((line) => line !== "");
    // The last line is of the file that ended the process, where one did.
    expect({ signal: child.signal, status: child.status, last: child.status === 0 ? "" : lines.at(-1) }).toEqual({
      signal: null,
      status: 0,
      last: "",
    });
    expect(lines.filter((line) => /WRONG ERROR|LARGE|SLOW/.test(line))).toEqual([]);
    expect(lines).toHaveLength(mutants);
    // Both outcomes are there: files that were only bent, and files that were broken.
    expect(lines.filter((line) => line.endsWith(" ran")).length).toBeGreaterThan(mutants / 20);
    expect(lines.filter((line) => line.includes(" refused: ")).length).toBeGreaterThan(mutants / 4);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
