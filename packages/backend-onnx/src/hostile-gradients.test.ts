import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { writeModel } from "./onnx/write-model.ts";
import { branching, convolutional, perceptron } from "./onnx-builder.fixture.ts";
import { operatorModels } from "./operator-models.fixture.ts";

const files = 700;

test(`differentiating ${files} broken files ends in a result or a sentence, and never ends the process`, () => {
  const folder = mkdtempSync(join(tmpdir(), "attr-hostile-gradients-"));
  try {
    const models = { perceptron: perceptron(), convolutional: convolutional(), branching: branching(), ...operatorModels };
    const small = Object.entries(models).map(([name, model]) => {
      const file = join(folder, `${name}.onnx`);
      writeFileSync(file, writeModel(model));
      return file;
    });
    const networks = fileURLToPath(new URL("./torch-vectors/", import.meta.url));
    const whole = readdirSync(networks).flatMap((file) => (file.endsWith(".onnx") ? [join(networks, file)] : []));
    const script = fileURLToPath(new URL("./hostile-gradients-child.fixture.ts", import.meta.url));
    const child = spawnSync(
      process.execPath,
      ["--conditions=@attr/source", "--experimental-strip-types", script, "1", String(files), ...small, ...whole],
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
    expect(lines).toHaveLength(files);
    // All outcomes are there: files that were only bent, files that were broken, and questions that make no sense.
    const count = (pattern: RegExp): number => lines.filter((line) => pattern.test(line)).length;
    expect(count(/ differentiated [1-4] of 4 /)).toBeGreaterThan(files / 8);
    expect(count(/ did not load refused: /)).toBeGreaterThan(files / 8);
    expect(count(/refused: (objective|rules)/)).toBeGreaterThan(files / 8);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
