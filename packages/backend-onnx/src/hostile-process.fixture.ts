import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { writeModel } from "./onnx/write-model.ts";
import { branching, convolutional, perceptron } from "./onnx-builder.fixture.ts";
import { operatorModels } from "./operator-models.fixture.ts";

/**
 * Runs a script of this folder as a process of its own over broken relatives of small models, and of the `others`, one for each seed from 1
 * to `count`. It must come to its end, with no wrong error, quickly and in little memory. Gives the line that it wrote for each seed.
 */
export function linesOfHostileProcess(script: string, count: number, others: readonly string[] = []): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), "attr-hostile-"));
  try {
    const models = { perceptron: perceptron(), convolutional: convolutional(), branching: branching(), ...operatorModels };
    const files = Object.entries(models).map(([name, model]) => {
      const file = join(folder, `${name}.onnx`);
      writeFileSync(file, writeModel(model));
      return file;
    });
    const child = spawnSync(
      process.execPath,
      [
        "--conditions=@attr/source",
        "--experimental-strip-types",
        fileURLToPath(new URL(script, import.meta.url)),
        "1",
        String(count),
        ...files,
        ...others,
      ],
      { encoding: "utf8", timeout: 100_000, maxBuffer: 2 ** 26 },
    );
    const lines = child.stdout.split("\n").filter((line) => line !== "");
    // The last line is of the file that ended the process, where one did.
    expect({ signal: child.signal, status: child.status, last: child.status === 0 ? "" : lines.at(-1) }).toEqual({
      signal: null,
      status: 0,
      last: "",
    });
    expect(lines.filter((line) => /WRONG ERROR|LARGE|SLOW/.test(line))).toEqual([]);
    expect(lines).toHaveLength(count);
    return lines;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
