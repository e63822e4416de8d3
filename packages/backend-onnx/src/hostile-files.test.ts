import { expect, test } from "vitest";
import { linesOfHostileProcess } from "./hostile-process.fixture.ts";

const mutants = 600;

test(`loading and running ${mutants} broken files ends in a result or a sentence, and never ends the process`, () => {
  const lines = linesOfHostileProcess("./hostile-child.fixture.ts", mutants);
  // Both outcomes are there: files that were only bent, and files that were broken.
  expect(lines.filter((line) => line.endsWith(" ran")).length).toBeGreaterThan(mutants / 20);
  expect(lines.filter((line) => line.includes(" refused: ")).length).toBeGreaterThan(mutants / 4);
});
