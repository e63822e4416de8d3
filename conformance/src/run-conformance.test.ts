import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { runCommand } from "../../tools/run-command.ts";
import { tfjsBackend } from "./backends/tfjs-backend.ts";
import { goodCase, writeCaseFolder, writeOperatorCase } from "./case-folder.fixture.ts";
import { runConformance } from "./run-conformance.ts";

const temporary = mkdtempSync(join(tmpdir(), "attr-conformance-"));
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

let made = 0;
function caseFolder(cases: readonly unknown[]): string {
  const folder = join(temporary, `folder${made++}`);
  writeCaseFolder(folder, cases);
  return folder;
}

async function lines(...paths: string[]): Promise<{ lines: string[]; counts: readonly [number, number, number] }> {
  const printed: string[] = [];
  const { passed, failed, skipped } = await runConformance(paths, (line) => printed.push(line));
  return { lines: printed, counts: [passed, failed, skipped] };
}

test("a case with the right answer passes, and its line shows how near it was", async () => {
  const { lines: printed, counts } = await lines(
    caseFolder([goodCase, { ...goodCase, id: "forward", method: "Forward", target: undefined, expected: { logits: "logits" } }]),
  );
  expect(counts).toEqual([2, 0, 0]);
  expect(printed[0]).toMatch(/^pass folder\d+\/ablation {2}x \d\.\de[+-]\d+ <= 0\.00001$/);
});

test("a case with a wrong answer fails", async () => {
  const { lines: printed, counts } = await lines(caseFolder([{ ...goodCase, expected: { x: "wrong" } }]));
  expect(counts).toEqual([0, 1, 0]);
  expect(printed[0]).toMatch(/^FAIL folder\d+\/ablation {2}x \d\.\de-3 > 0\.00001$/);
});

test("the output transform is applied to the forward pass too", async () => {
  const forward = { ...goodCase, method: "Forward", target: undefined, outputTransform: "log_softmax" };
  // One class: its log-probability is 0, whatever the logit.
  const { counts } = await lines(
    caseFolder([
      { ...forward, expected: { logits: "nothing" } },
      { ...forward, id: "raw", expected: { logits: "logits" } },
    ]),
  );
  expect(counts).toEqual([1, 1, 0]);
});

test("an expected zero allows a norm of a millionth", async () => {
  const zero = { ...goodCase, baselines: { x: "x" }, expected: { x: "zeros" } };
  expect((await lines(caseFolder([zero]))).counts).toEqual([1, 0, 0]);
  expect((await lines(caseFolder([{ ...zero, baselines: { x: 0 } }]))).counts).toEqual([0, 1, 0]);
});

test("a method that is not built is skipped with its reason", async () => {
  const { lines: printed, counts } = await lines(caseFolder([{ ...goodCase, id: "other", method: "Divination" }]));
  expect(counts).toEqual([0, 0, 1]);
  expect(printed[0]).toContain("Divination is not built yet");
});

test.each([
  ["a tensor that is not in the file", { ...goodCase, inputs: { x: "nowhere" } }, 'inputs.x names the tensor "nowhere"'],
  ["an input that the model does not have", { ...goodCase, inputs: { z: "x" } }, "z"],
  ["a shape that the model does not take", { ...goodCase, inputs: { x: "narrow" } }, "x"],
  ["a target outside the output", { ...goodCase, target: 7 }, "target 7"],
  ["a result of another shape", { ...goodCase, expected: { x: "logits" } }, "has shape [2,3], expected [2,1]"],
  ["a name that the result does not have", { ...goodCase, expected: { y: "ablation" } }, "y is missing"],
  ["no method", { ...goodCase, method: undefined }, "method must be a string, got nothing"],
  ["a tolerance that is no number", { ...goodCase, rtol: "1e-5" }, "rtol must be a finite number"],
  ["nothing expected", { ...goodCase, expected: {} }, "expected is empty"],
  ["no object", 7, "the case must be an object, got 7"],
])("a case with %s fails in a sentence, and the rest goes on", async (_, wrong, sentence) => {
  const { lines: printed, counts } = await lines(caseFolder([wrong, { ...goodCase, id: "after" }]));
  expect(counts).toEqual([1, 1, 0]);
  expect(printed[0]).toMatch(/^FAIL /);
  expect(printed[0]).toContain(sentence);
  expect(printed[1]).toMatch(/^pass /);
});

test("on TensorFlow.js a case is put to the model's layers, and skipped with the reason where there are none", async () => {
  const folder = caseFolder([goodCase, { ...goodCase, id: "off", expected: { x: "wrong" } }]);
  writeOperatorCase(join(folder, "operators"), "mul");
  const printed: string[] = [];
  expect(await runConformance([folder], (line) => printed.push(line), tfjsBackend("cpu"))).toEqual({
    passed: 1,
    failed: 1,
    skipped: 1,
  });
  expect(printed[2]).toBe("skip operators/mul  a layers model has a batch axis");
});

test("two cases of one id are a failure of the second", async () => {
  expect((await lines(caseFolder([goodCase, goodCase]))).counts).toEqual([1, 1, 0]);
});

test("files that cannot be read fail, and other folders go on", async () => {
  const broken = ["cases.json", "tensors.safetensors", "model.onnx"].map((file) => {
    const folder = caseFolder([goodCase]);
    writeFileSync(join(folder, file), "{");
    return folder;
  });
  const { lines: printed, counts } = await lines(...broken, caseFolder([goodCase]));
  expect(counts).toEqual([1, 3, 0]);
  expect(printed[0]).toContain("cases.json is not JSON");
  expect(printed[1]).toContain("tensors.safetensors is cut off");
});

test("a folder without cases is a failure, and so is one that does not exist", async () => {
  const empty = join(temporary, "empty");
  mkdirSync(empty);
  const { lines: printed, counts } = await lines(empty, join(temporary, "absent"), caseFolder([]));
  expect(counts).toEqual([0, 3, 0]);
  expect(printed[0]).toContain("holds no case");
  expect(printed[1]).toContain("does not exist");
  expect(printed[2]).toContain("cases is empty");
});

test("the forward pass and the gradients of an operator case are held against its numbers", async () => {
  const folder = join(temporary, "operators");
  writeOperatorCase(folder, "mul");
  writeOperatorCase(folder, "off", [3, 8.1]);
  writeOperatorCase(folder, "turned", [3, 8], [3.1, 4]);
  const { lines: printed, counts } = await lines(folder);
  expect(counts).toEqual([1, 2, 0]);
  expect(printed[0]).toMatch(/^pass operators\/mul {2}y 0\.0e\+0 <= 0\.00002, x0 0\.0e\+0 <= 0\.00002, x1 0\.0e\+0 <= 0\.00002$/);
  expect(printed[1]).toMatch(/^FAIL operators\/off {2}y 1\.2e-2 > 0\.00002/);
  expect(printed[2]).toMatch(/^FAIL operators\/turned {2}y 0\.0e\+0 <= 0\.00002, x0 2\.\de-2 > /);
});

test("cases are found below a folder, by file, and each is run once", async () => {
  const above = join(temporary, "above");
  writeCaseFolder(join(above, "deep/er"), [goodCase]);
  writeOperatorCase(join(above, "ops"), "mul");
  expect((await lines(above)).counts).toEqual([2, 0, 0]);
  expect((await lines(above, join(above, "deep"), join(above, "ops/mul.json"))).counts).toEqual([2, 0, 0]);
  expect((await lines(join(above, "deep/er/cases.json"))).counts).toEqual([1, 0, 0]);
  expect((await lines(join(above, "ops/mul.onnx"))).counts).toEqual([0, 1, 0]);
});

test("a JSON beside an ONNX file is a case where it speaks of one, or cannot be read", async () => {
  const folder = join(temporary, "others");
  writeOperatorCase(folder, "mul");
  writeOperatorCase(folder, "model");
  writeOperatorCase(folder, "torn");
  writeOperatorCase(folder, "half");
  writeFileSync(join(folder, "model.json"), JSON.stringify({ format: "layers-model" }));
  writeFileSync(join(folder, "torn.json"), "{");
  writeFileSync(join(folder, "half.json"), JSON.stringify({ y: [1] }));
  const { lines: printed, counts } = await lines(folder);
  expect(counts).toEqual([1, 2, 0]);
  expect(printed[0]).toContain("FAIL others/half  InvalidArgumentError: inputs must be a list, got nothing");
  expect(printed[2]).toContain("FAIL others/torn  InvalidArgumentError: torn.json is not JSON");
});

describe("the command", () => {
  const main = join(import.meta.dirname, "main.ts");
  const run = (cwd: string, ...paths: string[]): ReturnType<typeof runCommand> =>
    runCommand(process.execPath, ["--conditions=@attr/source", main, ...paths], {
      cwd: import.meta.dirname,
      env: { INIT_CWD: cwd, NO_COLOR: "1" },
    });

  test("reads paths from where its caller stands, and ends with the counts", async () => {
    const folder = caseFolder([goodCase]);
    const { status, output } = await run(temporary, relative(temporary, folder));
    expect(output.trimEnd().split("\n").at(-1)).toBe("1 passed, 0 failed, 0 skipped");
    expect(status).toBe(0);
  });

  test("exits with 1 when a case fails", async () => {
    const { status, output } = await run(temporary, caseFolder([{ ...goodCase, expected: { x: "wrong" } }]));
    expect(output.trimEnd().split("\n").at(-1)).toBe("0 passed, 1 failed, 0 skipped");
    expect(status).toBe(1);
  });

  test("runs the cases on the backend that is named, and knows no other", async () => {
    const folder = caseFolder([goodCase]);
    for (const backend of ["tfjs", "tfjs-wasm"]) {
      const { status, output } = await run(temporary, "--backend", backend, folder);
      expect(output.trimEnd().split("\n").at(-1)).toBe("1 passed, 0 failed, 0 skipped");
      expect(status).toBe(0);
    }
    const { status, output } = await run(temporary, "--backend", "abacus", folder);
    expect(output).toContain("onnx (the default), tfjs");
    expect(status).toBe(2);
  });

  test("without a folder says how it is used", async () => {
    const { status, output } = await run(temporary);
    expect(output).toContain("usage: pnpm conformance [--backend NAME] DIR");
    expect(status).toBe(2);
  });
});

const shared = join(import.meta.dirname, "../../../shared/conformance");
// The answers of other implementations are kept beside the repository, not in it.
describe.skipIf(!existsSync(shared))("the cases in ../shared/conformance", () => {
  test.each(existsSync(shared) ? readdirSync(join(shared, "captum")) : [])("captum/%s: every case holds", async (folder) => {
    const { lines: printed, counts } = await lines(join(shared, "captum", folder));
    expect(printed.filter((line) => !line.startsWith("pass"))).toEqual([]);
    expect(counts[0]).toBeGreaterThan(0);
  });

  test.each(existsSync(shared) ? readdirSync(join(shared, "captum")) : [])(
    "captum/%s: every case holds on TensorFlow.js, unless the model is no layers model",
    async (folder) => {
      const printed: string[] = [];
      const tally = await runConformance([join(shared, "captum", folder)], (line) => printed.push(line), tfjsBackend("cpu"));
      if (["causal-lm", "encoder", "multiple-choice"].includes(folder)) {
        // Transformers that compute with their own shapes.
        expect(printed.filter((line) => !/^skip .* (is|has|does)\b/.test(line))).toEqual([]);
      } else {
        expect(printed.filter((line) => !line.startsWith("pass"))).toEqual([]);
        expect(tally.passed).toBeGreaterThan(0);
      }
    },
  );

  test("onnx-operators: the gradients of all 144 cases hold", async () => {
    const { lines: printed, counts } = await lines(join(shared, "onnx-operators"));
    expect(printed.filter((line) => !line.startsWith("pass"))).toEqual([]);
    expect(counts[0]).toBe(144);
  });
});
