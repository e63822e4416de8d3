import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { linesOfHostileProcess } from "./hostile-process.fixture.ts";

const files = 700;

test(`differentiating ${files} broken files ends in a result or a sentence, and never ends the process`, () => {
  const networks = fileURLToPath(new URL("./torch-vectors/", import.meta.url));
  const whole = readdirSync(networks).flatMap((file) => (file.endsWith(".onnx") ? [join(networks, file)] : []));
  const lines = linesOfHostileProcess("./hostile-gradients-child.fixture.ts", files, whole);
  // All outcomes are there: files that were only bent, files that were broken, and questions that make no sense.
  const count = (pattern: RegExp): number => lines.filter((line) => pattern.test(line)).length;
  expect(count(/ differentiated [1-4] of 4 /)).toBeGreaterThan(files / 8);
  expect(count(/ did not load refused: /)).toBeGreaterThan(files / 8);
  expect(count(/refused: (objective|rules)/)).toBeGreaterThan(files / 8);
});
