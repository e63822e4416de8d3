import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { fc, test } from "@fast-check/vitest";
import { afterAll, afterEach, beforeAll, describe, expect, vi } from "vitest";
import { InvalidArgumentError, RemoteError, UnsupportedError } from "./errors.ts";
import { openFiles } from "./files.ts";

const hostile = ["../x", "..", "a/../../x", "/etc/passwd", "a\\..\\x", "C:/x", "c:x", "", ".", "./x", "a//b", "a/", "a\0b"];

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "model files "));
  await mkdir(join(directory, "onnx"));
  await writeFile(join(directory, "config.json"), '\uFEFF{"é":1}');
  await writeFile(join(directory, "onnx", "model.onnx"), Uint8Array.of(1, 2, 3));
  await writeFile(join(directory, "empty"), "");
});
afterAll(async () => {
  await rm(directory, { recursive: true });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

describe("files in a directory", () => {
  test("are read by name, from a path and from a file URL", async () => {
    for (const source of [directory, `${directory}/`, pathToFileURL(directory), pathToFileURL(directory).href]) {
      const files = openFiles(source);
      expect(await files.read("onnx/model.onnx")).toEqual(Uint8Array.of(1, 2, 3));
      expect(await files.readText("config.json")).toBe('{"é":1}');
      expect(await files.read("empty")).toEqual(new Uint8Array(0));
      expect(files.path?.("onnx/model.onnx")).toBe(join(directory, "onnx", "model.onnx"));
      expect(files.description).toContain(directory);
    }
  });

  test("are undefined where there is none of that name", async () => {
    const files = openFiles(directory);
    for (const name of ["nothing", "onnx", "config.json/x", "x".repeat(400)]) {
      expect(await files.read(name)).toBeUndefined();
      expect(await files.readText(name)).toBeUndefined();
      expect(files.path?.(name)).toBeUndefined();
    }
  });

  test("names that lead out of the directory are refused", async () => {
    const files = openFiles(join(directory, "onnx"));
    for (const name of hostile) {
      await expect(files.read(name)).rejects.toThrow(InvalidArgumentError);
      expect(() => files.path?.(name)).toThrow("is refused");
    }
  });

  test("a missing directory, a file in its place, and other addresses each give a sentence", () => {
    expect(() => openFiles(join(directory, "missing"))).toThrow("there is no directory");
    expect(() => openFiles(join(directory, "config.json"))).toThrow("is a file: give the directory it is in");
    expect(() => openFiles("gs://bucket/model")).toThrow("neither a directory nor an http(s) or file URL");
    for (const source of [undefined, null, 3, [], new Uint8Array(2)]) {
      // @ts-expect-error no source
      expect(() => openFiles(source)).toThrow(InvalidArgumentError);
    }
  });

  test("without a file system say what to give instead", () => {
    vi.stubGlobal("process", undefined);
    expect(() => openFiles("models/x")).toThrow(UnsupportedError);
    expect(() => openFiles("models/x")).toThrow("give an http(s) URL or the files' bytes by name");
  });
});

describe("given files", () => {
  test("are read by name", async () => {
    const files = openFiles({ "a/b.json": new TextEncoder().encode("[1]"), c: Uint8Array.of(9) });
    expect(await files.readText("a/b.json")).toBe("[1]");
    expect(await files.read("c")).toEqual(Uint8Array.of(9));
    expect(await files.read("d")).toBeUndefined();
    expect(await files.read("constructor")).toBeUndefined();
    expect(files.path).toBeUndefined();
    await expect(files.read("../c")).rejects.toThrow(InvalidArgumentError);
  });

  test("that are no bytes are refused when they are read", async () => {
    // @ts-expect-error text is no bytes
    await expect(openFiles({ a: "text" }).read("a")).rejects.toThrow('file "a" must be given as a Uint8Array, got string');
  });

  test.prop([fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.uint8Array())])("come back unchanged", async (given) => {
    const files = openFiles(given);
    for (const [name, bytes] of Object.entries(given)) expect(await files.read(name)).toEqual(bytes);
  });
});

describe("files at an address", () => {
  const answer = (status: number, body = ""): unknown => ({
    ok: status < 300,
    status,
    statusText: `status ${status}`,
    arrayBuffer: async () => new TextEncoder().encode(body).buffer,
  });

  test("are fetched below it, with its query", async () => {
    const fetch = vi.fn(async (_url: string) => answer(200, "hello"));
    vi.stubGlobal("fetch", fetch);
    expect(await openFiles("https://host/models/x").readText("onnx/a b.onnx")).toBe("hello");
    expect(await openFiles(new URL("https://host/models/x/?token=1#top")).readText("config.json")).toBe("hello");
    expect(fetch.mock.calls.map(([url]) => url)).toEqual([
      "https://host/models/x/onnx/a%20b.onnx",
      "https://host/models/x/config.json?token=1",
    ]);
  });

  test("are undefined where the server has none, and an error where it fails", async () => {
    const statuses = [404, 500];
    vi.stubGlobal("fetch", async () => answer(statuses.shift()!));
    const files = openFiles("https://host/x/");
    expect(await files.read("a")).toBeUndefined();
    await expect(files.read("a")).rejects.toThrow("https://host/x/a could not be fetched: the server answered 500 status 500");
    vi.stubGlobal("fetch", async () => {
      throw new TypeError("fetch failed");
    });
    await expect(files.read("a")).rejects.toThrow(RemoteError);
    vi.stubGlobal("fetch", undefined);
    await expect(files.read("a")).rejects.toThrow(UnsupportedError);
    await expect(files.read("../a")).rejects.toThrow(InvalidArgumentError);
  });
});
