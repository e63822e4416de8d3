import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { optionsOf } from "../arguments.ts";
import { commands } from "../commands/all.ts";
import { textMethodNames } from "../explain-text.ts";
import { attr } from "../run.fixture.ts";

const runs = promisify(execFile);
const has = (shell: string): boolean => {
  try {
    execFileSync(shell, ["-c", "exit 0"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};

let folder = "";
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "attr-completion-"));
  for (const shell of ["bash", "zsh", "fish", "powershell"])
    writeFileSync(join(folder, `attr.${shell}`), (await attr(["completion", shell])).out);
  writeFileSync(join(folder, "a model.onnx"), "");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const names = commands.map(({ name }) => name);
const llm = commands.find(({ name }) => name === "llm")!;
const longForms = optionsOf(llm).map(({ name }) => `--${name}`);

/** What holds in every shell: the words typed so far, the last of which is being completed, and what is offered. */
const common: readonly (readonly [words: readonly string[], offered: readonly string[]])[] = [
  [["de"], ["demo"]],
  [["help", "gr"], ["gradient"]],
  [["llm", "--method", "s"], textMethodNames.filter((name) => name.startsWith("s"))],
  [["choice", "-m", "k"], ["kernel-shap"]],
  [
    ["llm", "--by", ""],
    ["line", "paragraph", "sentence", "token", "word"],
  ],
  [["completion", "f"], ["fish"]],
  [["llm", "--max"], ["--max-new-tokens"]],
  [["demo", "--ht"], ["--html"]],
];

test("an unknown shell is wrong usage", async () => {
  const { code, err } = await attr(["completion", "tcsh"]);
  expect(code).toBe(2);
  expect(err).toContain('SHELL is one of bash, zsh, fish, powershell, got "tcsh"');
});

describe("bash", () => {
  async function offered(words: readonly string[]): Promise<string[]> {
    const script = `source attr.bash; COMP_WORDS=(attr "$@"); COMP_CWORD=$#; _attr; printf '%s\\n' "\${COMPREPLY[@]}"; complete -p attr`;
    const { stdout, stderr } = await runs("bash", ["--norc", "-eu", "-c", script, "bash", ...words], { cwd: folder });
    expect(stderr).toBe("");
    const lines = stdout.trimEnd().split("\n");
    expect(lines.pop()).toBe("complete -F _attr attr");
    return lines.filter((line) => line !== "").sort();
  }

  test.each(common)("%j is completed", async (words, expected) => {
    expect(await offered(words)).toEqual([...expected].sort());
  });

  test("commands come first, then all options of the command", async () => {
    expect(await offered([""])).toEqual([...names, "help", "--help", "--version"].sort());
    expect(await offered(["llm", "--"])).toEqual(longForms.sort());
    expect(await offered(["llm", "-"])).toEqual(expect.arrayContaining(["-p", "-m", "--prompt"]));
  });

  test("files and folders are completed where an option or an operand is one, spaces and all; texts are not", async () => {
    expect(await offered(["inspect", "a"])).toEqual(["a model.onnx", "attr.bash", "attr.fish", "attr.powershell", "attr.zsh"]);
    expect(await offered(["llm", "--html", "a\\ "])).toEqual([]);
    expect(await offered(["llm", "--html", "a m"])).toEqual(["a model.onnx"]);
    expect(await offered(["llm", "--model", "a"])).toEqual([]);
    expect(await offered(["llm", "--prompt", ""])).toEqual([]);
  });

  test("a value behind = is completed as one of its own", async () => {
    expect(await offered(["llm", "--method", "=", "li"])).toEqual(["lime"]);
    expect(await offered(["completion", "--config", "="])).toContain("a model.onnx");
  });

  test("words that no shell should see as its own stay words", async () => {
    expect(await offered(["llm", "--method", "$(touch hacked)"])).toEqual([]);
    expect(await offered(["no-such", "x"])).toEqual([]);
  });
});

describe.skipIf(!has("fish"))("fish (skipped where it is not installed)", () => {
  async function offered(words: readonly string[]): Promise<string[]> {
    const line = ["attr", ...words].join(" ");
    const { stdout, stderr } = await runs("fish", ["--no-config", "-c", `source attr.fish; complete -C '${line}'`], {
      cwd: folder,
    });
    expect(stderr).toBe("");
    return stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.split("\t")[0]!)
      .sort();
  }

  test.each(common)("%j is completed", async (words, expected) => {
    expect(await offered(words)).toEqual([...expected].sort());
  });

  test("commands come first, then all options of the command, then files where the command takes one", async () => {
    expect(await offered([""])).toEqual([...names, "help"].sort());
    expect(await offered(["llm", "--"])).toEqual(longForms.sort());
    expect(await offered(["inspect", "a"])).toContain("a model.onnx");
    expect(await offered(["llm", "--prompt", ""])).toEqual([]);
  });
});

describe.skipIf(!has("zsh"))("zsh (skipped where it is not installed)", () => {
  /** Types the words into an interactive zsh and presses Tab: what stands there after it. */
  async function completed(line: string): Promise<string> {
    const script = `
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'PS1=; PROMPT=; unsetopt zle_bracketed_paste; bindkey -e; autoload -Uz compinit; compinit -u -D; source ./attr.zsh; report() { print -r -- "<<$BUFFER>>"; BUFFER=; zle accept-line }; zle -N report; bindkey "^X" report; print read''y'
zpty -r shell line '*ready*'
zpty -w -n shell $'${line}\\t\\x18'
zpty -r shell line '*>>*'
print -r -- "$line"
zpty -d shell`;
    const { stdout } = await runs("zsh", ["-f", "-c", script], { cwd: folder, timeout: 60_000 });
    const [, buffer] = /.*<<(.*)>>/s.exec(stdout) ?? [];
    return buffer ?? stdout;
  }

  test.each([
    ["attr de", "attr demo "],
    ["attr llm --max", "attr llm --max-new-tokens "],
    ["attr choice --method ker", "attr choice --method kernel-shap "],
    ["attr completion pow", "attr completion powershell "],
    ["attr inspect a\\\\ m", "attr inspect a\\ model.onnx "],
    ["attr image x.onnx a\\\\ m", "attr image x.onnx a\\ model.onnx "],
  ])("%s is completed", async (line, expected) => {
    expect(await completed(line)).toBe(expected);
  });
});

describe.skipIf(!has("pwsh"))("PowerShell (skipped where it is not installed)", () => {
  test.each(common)("%j is completed", async (words, expected) => {
    const line = ["attr", ...words].join(" ");
    const script = `. ./attr.ps1; (TabExpansion2 -inputScript '${line}' -cursorColumn ${line.length}).CompletionMatches | ForEach-Object { $_.CompletionText }`;
    writeFileSync(join(folder, "attr.ps1"), (await attr(["completion", "powershell"])).out);
    const { stdout } = await runs("pwsh", ["-NoProfile", "-Command", script], { cwd: folder });
    expect(stdout.trim().split(/\r?\n/).sort()).toEqual([...expected].sort());
  });
});

test("every option of every command is in every script", async () => {
  for (const shell of ["bash", "zsh", "fish", "powershell"]) {
    const { out } = await attr(["completion", shell]);
    for (const command of commands)
      for (const { name } of optionsOf(command))
        expect(out, `${shell}: ${command.name}`).toContain(shell === "fish" ? `-l ${name} ` : `--${name}`);
  }
});
