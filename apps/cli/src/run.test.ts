import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { LLMAttributionResult, MultipleChoiceResult } from "@attr/llm";
import { talesLm } from "@attr/models";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { attr } from "./run.fixture.ts";

const prompt = "Tom has a red ball. Sue has a blue kite. Question: Who has the kite? Answer:";
const question = ["--prompt", "Tom has a red ball. Sue has a blue kite. Who has the kite?", "--option", "Tom", "--option", "Sue"];

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "attr-cli-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("attr", () => {
  test("--help lists the commands, and each command's --help its options and examples", async () => {
    const { code, out } = await attr(["--help"]);
    expect(code).toBe(0);
    for (const name of ["demo", "llm", "choice", "inspect", "gradient"]) {
      expect(out).toContain(`  ${name}`);
      const help = await attr([name, "--help"]);
      expect(help.code).toBe(0);
      expect(help.out).toMatch(/Usage: attr [\s\S]*Options:[\s\S]*Examples:\n {2}attr /);
      expect(help.err).toBe("");
    }
  });

  test("--version prints the version alone", async () => {
    expect(await attr(["--version"])).toEqual({ code: 0, out: "1.2.3\n", err: "" });
  });

  test.each([
    [["nonsense"], '"nonsense" is no command'],
    [["help", "imgae"], '"imgae" is no command: there are demo, llm, '],
    [["help", "imgae"], "did you mean image?"],
    [["llm"], "--prompt is missing"],
    [["llm", "--prompt", "x", "--metod", "lime"], "--metod"],
    [
      ["llm", "--prompt", "x", "--method", "magic"],
      '--method takes one of feature-ablation, shapley-values, shapley-value-sampling, kernel-shap, lime, integrated-gradients, gradient-shap, input-x-gradient, saliency, got "magic"',
    ],
    [["llm", "--prompt", "x", "--max-new-tokens", "many"], '--max-new-tokens takes a whole number of at least 1, got "many"'],
    [["llm", "--prompt", "x", "--samples", "9"], "--samples is for sampled methods"],
    [["llm", "--prompt", "x", "--steps", "9"], "--steps is for integrated-gradients; feature-ablation follows no path"],
    [["llm", "--prompt", "x", "--method", "saliency", "--steps", "9"], "--steps is for other methods; saliency has none"],
    [["llm", "--prompt", "x", "--method", "saliency", "--attr-target", "prob"], "saliency explains log_prob or logit, not prob"],
    [["llm", "--prompt", "x", "--method", "saliency", "--by", "word"], "saliency explains tokens: leave --by out"],
    [["llm", "--prompt", "x", "--target", "y", "--temperature", "1"], "are for generated answers"],
    [["choice", "--prompt", "x", "--option", "a"], "--option is needed at least twice, got 1"],
    [["choice", "--prompt", "x", "--option", "a", "--option", "b", "--option", "a"], '--option "a" is given twice'],
    [[...question, "--explain", "3"], '--explain takes the number of an option (1 to 2) or its text, got "3"'],
    [[...question, "--explain", "1", "--versus", "1"], "--versus names the option that is explained"],
    [[...question, "--normalize", "tokens"], "this model is an encoder"],
  ])("%j is wrong usage and exits with 2", async (words, sentence) => {
    const { code, out, err } = await attr(words[0] === "--prompt" ? ["choice", ...words] : words);
    expect(code).toBe(2);
    expect(out).toBe("");
    expect(err).toContain(sentence);
  });

  test("without a command it shows the help and exits with 2", async () => {
    const { code, out } = await attr([]);
    expect(code).toBe(2);
    expect(out).toContain("Usage: attr COMMAND");
  });

  test("a folder without a model is a failure with a sentence, and exits with 1", async () => {
    const { code, err } = await attr(["llm", "--model", folder, "--prompt", "x"]);
    expect(code).toBe(1);
    expect(err).toMatch(/^attr llm: .*tokenizer\.json/);
    expect(err.trim().split("\n")).toHaveLength(1);
  });
});

describe("attr llm", () => {
  test("writes the explanation, and no progress bar or colour in a pipe", async () => {
    const { code, out, err } = await attr(["llm", "--prompt", prompt, "--target", " Sue"]);
    expect(code).toBe(0);
    expect(out).toContain('Why the model answers " Sue"');
    expect(out + err).not.toContain("\u001b");
    expect(err).toMatch(/^\d+ distinct prompts?, \d+ model calls?, \d+ token positions?\n$/);
  });

  test("draws a progress bar and colours on a terminal, none of it with NO_COLOR", async () => {
    const words = ["llm", "--prompt", prompt, "--target", " Sue"];
    const colored = await attr(words, { terminal: true });
    expect(colored.out).toContain("\u001b[");
    expect(colored.err).toContain("\r\u001b[2Kscoring prompts ━");
    expect((await attr(words, { terminal: true, environment: { NO_COLOR: "1" } })).out).not.toContain("\u001b");
    expect((await attr([...words, "--quiet"], { terminal: true })).err).toBe("");
  });

  test("reads the prompt from the standard input and writes JSON to the standard output that loads back", async () => {
    const { code, out } = await attr(["llm", "--prompt", "-", "--target", " Sue", "--by", "sentence", "--json", "-"], {
      input: `${prompt}\n`,
    });
    expect(code).toBe(0);
    const result = LLMAttributionResult.fromJSON(out);
    expect(result.inputTokens).toEqual(["Tom has a red ball.", "Sue has a blue kite.", "Question: Who has the kite?", "Answer:"]);
    expect(result.outputText).toBe(" Sue");
  });

  test("writes the page and the picture to files", async () => {
    const [html, svg] = [join(folder, "why.html"), join(folder, "why.svg")];
    const { code, err } = await attr(["llm", "--prompt", prompt, "--target", " Sue", "--html", html, "--svg", svg]);
    expect(code).toBe(0);
    expect(err).toContain(`wrote ${html}`);
    expect(await readFile(html, "utf8")).toMatch(/^<!doctype html>/i);
    expect(await readFile(svg, "utf8")).toContain("<svg");
  });

  test.each(["shapley-value-sampling", "kernel-shap", "lime"])("%s gives the same result for the same seed", async (method) => {
    const words = [
      "llm",
      "--prompt",
      prompt,
      "--target",
      " Sue",
      "--method",
      method,
      "--samples",
      "24",
      "--seed",
      "7",
      "--json",
      "-",
    ];
    const scores = async (): Promise<unknown> => JSON.parse((await attr(words)).out).sequenceAttributions;
    expect(await scores()).toEqual(await scores());
  });

  test("--by token explains tokens", async () => {
    const { out } = await attr(["llm", "--prompt", prompt, "--target", " Sue", "--by", "token", "--json", "-"]);
    expect(LLMAttributionResult.fromJSON(out).inputTokens.join("").trimStart()).toBe(prompt);
  });

  test.each([
    ["integrated-gradients", "--steps", "8"],
    ["gradient-shap", "--samples", "4", "--seed", "1"],
    ["input-x-gradient"],
    ["saliency", "--attr-target", "logit"],
  ])("--method %s explains tokens by gradients at their embeddings", async (...method) => {
    const { code, out } = await attr(["llm", "--prompt", prompt, "--target", " Sue", "--method", ...method, "--json", "-"]);
    expect(code).toBe(0);
    const result = LLMAttributionResult.fromJSON(out);
    expect(result.inputTokens.join("").trimStart()).toBe(prompt);
    expect(result.sequenceAttributions.some((score) => score !== 0)).toBe(true);
    expect(result.attrTarget).toBe(method[0] === "saliency" ? "logit" : "log_prob");
  });

  test("an interrupted run exits with 130", async () => {
    const interruption = new AbortController();
    interruption.abort(new Error("interrupted"));
    const { code, out } = await attr(["llm", "--prompt", prompt], { signal: interruption.signal });
    expect(code).toBe(130);
    expect(out).toBe("");
  });
});

describe("attr choice", () => {
  test("a question that is longer than the encoder takes is refused before the encoder is asked", async () => {
    const { code, err } = await attr([
      "choice",
      "--prompt",
      "Tom has a ball. ".repeat(400),
      "--option",
      "Tom",
      "--option",
      "Sue",
    ]);
    expect(code).toBe(1);
    expect(err).toMatch(/^attr choice: prompt and option are \d+ tokens, the model takes 256\n$/);
  });

  test("explains the chosen option by default, and the one asked for", async () => {
    expect((await attr(["choice", ...question])).out).toMatch(/Why the model chooses "(Tom|Sue)"/);
    expect((await attr(["choice", ...question, "--explain", "2", "--versus", "Tom"])).out).toContain('Why "Sue" and not "Tom"');
  });

  test("language models choose as well, by continuations and by letters", async () => {
    const model = fileURLToPath(talesLm);
    for (const rest of [
      ["--normalize", "tokens"],
      ["--answers", "letters"],
    ]) {
      const { code, out } = await attr([
        "choice",
        "--model",
        model,
        "--prompt",
        prompt,
        "--option",
        "Tom",
        "--option",
        "Sue",
        ...rest,
        "--json",
        "-",
      ]);
      expect(code).toBe(0);
      const result = MultipleChoiceResult.fromJSON(out);
      expect(result.options).toEqual(["Tom", "Sue"]);
      expect(Math.exp(result.scores[0]!) + Math.exp(result.scores[1]!)).toBeCloseTo(1, 6);
    }
  });
});

describe("the program", () => {
  // A device that is always full; other systems have none.
  test.skipIf(!existsSync("/dev/full"))("says in a line that its output cannot be written, and exits with 1", async () => {
    const main = fileURLToPath(new URL("./main.ts", import.meta.url));
    const full = await open("/dev/full", "w");
    const child = spawn(process.execPath, ["--conditions=@attr/source", main, "--help"], { stdio: ["ignore", full.fd, "pipe"] });
    const [err, [code]] = await Promise.all([text(child.stderr!), once(child, "close")]);
    await full.close();
    expect([code, err]).toEqual([1, expect.stringMatching(/^attr: the output cannot be written: .*ENOSPC.*\n$/)]);
  });
});

describe("attr demo", () => {
  test("explains the embedded models as a program of its own, and writes the page asked for", async () => {
    const html = join(folder, "demo.html");
    const main = fileURLToPath(new URL("./main.ts", import.meta.url));
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [
      "--conditions=@attr/source",
      main,
      "demo",
      "--html",
      html,
    ]);
    expect(stdout).toContain("tales-lm answers: Sue");
    expect(stdout).toContain('Why "Sue" and not "Max"');
    expect(stderr).toContain(`wrote ${html}`);
    expect(await readFile(html, "utf8")).toMatch(/^<!doctype html>/i);
  });
});
