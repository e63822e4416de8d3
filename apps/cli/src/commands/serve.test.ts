import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { attr } from "../run.fixture.ts";

const main = fileURLToPath(new URL("../main.ts", import.meta.url));

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "attr-serve-test-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Program {
  readonly child: ChildProcess;
  readonly told: { readonly schema: string; readonly address: string; readonly token: string; readonly page: string };
  readonly errors: string[];
}

/** The program itself, once it listens. */
async function program(words: readonly string[] = [], path = process.env["PATH"]): Promise<Program> {
  const child = spawn(process.execPath, ["--conditions=@attr/source", main, "serve", "--json", "-", ...words], {
    stdio: ["ignore", "pipe", "pipe"],
    cwd: folder,
    env: { ...process.env, PATH: path },
  });
  const errors: string[] = [];
  createInterface({ input: child.stderr! }).on("line", (line) => errors.push(line));
  const [line] = await once(createInterface({ input: child.stdout! }), "line");
  return { child, told: JSON.parse(String(line)), errors };
}

describe("attr serve as a program of its own", () => {
  test.each([
    ["SIGINT", 130, "attr: interrupted"],
    ["SIGTERM", 143, "attr: terminated"],
  ] as const)("%s ends it with %d, in the middle of work too", async (signal, code, sentence) => {
    const { child, told, errors } = await program();
    expect(told).toMatchObject({ schema: "attr.serve/1", address: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/$/) });
    expect(told.page).toBe(`${told.address}#token=${told.token}`);
    expect(told.token).toMatch(/^[\w-]{43}$/);
    const working = fetch(`${told.address}api/llm`, {
      method: "POST",
      headers: { authorization: `Bearer ${told.token}`, "content-type": "application/json", accept: "application/x-ndjson" },
      body: JSON.stringify({ prompt: "Tom has a kite. Sue has a ball.", method: "shapley-value-sampling", samples: 90_000 }),
    });
    const { value } = await (await working).body!.getReader().read();
    expect(new TextDecoder().decode(value)).toContain("waiting");
    child.kill(signal);
    expect(await once(child, "exit")).toEqual([code, null]);
    expect(errors).toContain(sentence);
    await expect(fetch(told.address)).rejects.toThrow("fetch failed");
  });

  test("--open has the browser open a file that only its user reads, and that is gone afterwards", async () => {
    const opener = join(folder, process.platform === "darwin" ? "open" : "xdg-open");
    await writeFile(
      opener,
      `#!/bin/sh\ncp -p "$1" '${folder}/opened.html'; echo "$1" > '${folder}/opened.txt.part'; mv '${folder}/opened.txt.part' '${folder}/opened.txt'\n`,
    );
    await chmod(opener, 0o755);
    const { child, told } = await program(["--open"], `${folder}:${process.env["PATH"]}`);
    let at = "";
    while (at === "") at = (await readFile(join(folder, "opened.txt"), "utf8").catch(() => "")).trim();
    expect(await readFile(join(folder, "opened.html"), "utf8")).toContain(`url=${told.page}`);
    expect((await stat(join(folder, "opened.html"))).mode & 0o077).toBe(0);
    expect(at).not.toContain(told.token);
    child.kill("SIGINT");
    await once(child, "exit");
    await expect(stat(at)).rejects.toThrow("ENOENT");
  });
});

describe("attr serve", () => {
  /** Serves until the page's address is printed, then ends. */
  async function served(words: readonly string[]): Promise<Awaited<ReturnType<typeof attr>>> {
    const ending = new AbortController();
    // All that it has to say is written in one go, and files before it waits.
    const onWrite = ({ out }: { readonly out: string }): void => {
      if (out.endsWith("\n")) setTimeout(() => ending.abort(new Error("enough")), 0);
    };
    return await attr(["serve", ...words], { signal: ending.signal, onWrite });
  }

  test("prints the page's address alone on the standard output, and how to use the API beside it", async () => {
    const { code, out, err } = await served([]);
    expect(code).toBe(130);
    expect(out).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]{43}\n$/);
    expect(err).toContain("Authorization: Bearer ");
    expect((await served(["--quiet"])).err).toBe("attr: interrupted\n");
  });

  test("writes the token to a file that nobody else reads, one that was there before too", async () => {
    const path = join(folder, "server.json");
    await writeFile(path, "{}", { mode: 0o644 });
    for (const words of [
      ["--json", path],
      ["--json", join(folder, "new.json")],
    ]) {
      await served(words);
      expect((await stat(words[1]!)).mode & 0o077).toBe(0);
      expect(JSON.parse(await readFile(words[1]!, "utf8"))).toMatchObject({ schema: "attr.serve/1" });
    }
  });

  test("a port that is taken, or a folder that is none, is a failure with a sentence", async () => {
    const first = await program();
    const { port } = new URL(first.told.address);
    const { code, err } = await served(["--port", port]);
    expect([code, err]).toEqual([1, `attr serve: port ${port} is taken: name another, or leave --port out for a free one\n`]);
    first.child.kill();
    await once(first.child, "exit");
    const none = await served(["--models", join(folder, "none")]);
    expect([none.code, none.err]).toEqual([1, expect.stringContaining("there is no folder")]);
  });

  test.each([
    [["--port", "70000"], "--port takes a whole number from 0 to 65535"],
    [["--host", "0.0.0.0"], "--host takes one of 127.0.0.1, ::1"],
    [["--timeout", "0"], "--timeout takes a number from 1 to 86400"],
  ])("%j is wrong usage", async (words, sentence) => {
    const { code, err } = await served(words);
    expect(code).toBe(2);
    expect(err).toContain(sentence);
  });

  test("::1 is served where the machine has it", async ({ skip }) => {
    const { code, out, err } = await served(["--host", "::1"]);
    if (err.includes("EADDRNOTAVAIL") || err.includes("EAFNOSUPPORT")) skip("this machine has no ::1");
    expect(code).toBe(130);
    expect(out).toMatch(/^http:\/\/\[::1\]:\d+\/#token=/);
  });
});
