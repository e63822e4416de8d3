import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { AttributionError, TokenizationError, UnsupportedError } from "@attr/core";
import { afterAll, describe, expect, test } from "vitest";
import { loadTokenizer } from "./load-tokenizer.ts";
import { absence, open, realTokenizers } from "./real-tokenizers.fixture.ts";

const base = mkdtempSync(join(tmpdir(), "load-tokenizer-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const json = JSON.stringify({
  added_tokens: [{ id: 1, content: "<s>", special: true }],
  pre_tokenizer: { type: "WhitespaceSplit" },
  model: { type: "WordLevel", vocab: { "<unk>": 0, the: 2, cat: 3 }, unk_token: "<unk>" },
});
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

let folders = 0;
function folder(files: Readonly<Record<string, string>>): string {
  const path = join(base, `model ${folders++}`);
  mkdirSync(path);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content);
  return path;
}

describe("a source", () => {
  const path = folder({ "tokenizer.json": json });
  test.each([
    ["a folder", path],
    ["the file itself", join(path, "tokenizer.json")],
    ["the address of a folder", pathToFileURL(`${path}/`)],
    ["the address of the file", pathToFileURL(join(path, "tokenizer.json"))],
    ["bytes by name", { "tokenizer.json": bytes(json) }],
  ])("is %s", async (_, source) => {
    const tokenizer = await loadTokenizer(source);
    expect(tokenizer.encode("the cat").ids).toEqual([2, 3]);
    expect(tokenizer.bosToken).toBe(1);
  });
});

test("BOS is as the configuration says, and as the option says before that", async () => {
  const source = folder({ "tokenizer.json": json, "tokenizer_config.json": '{"bos_token": "<s>", "add_bos_token": true}' });
  expect((await loadTokenizer(source)).encode("the").ids).toEqual([1, 2]);
  expect((await loadTokenizer(source, { addBosToken: false })).encode("the").ids).toEqual([2]);
  const map = { "tokenizer.json": json, "special_tokens_map.json": '{"bos_token": {"content": "<s>"}}' };
  expect((await loadTokenizer(folder(map), { addBosToken: true })).encode("the").ids).toEqual([1, 2]);
});

test("EOS is added where the configuration says so", async () => {
  const config = '{"bos_token": "<s>", "eos_token": "cat", "add_bos_token": true, "add_eos_token": true}';
  const tokenizer = await loadTokenizer(folder({ "tokenizer.json": json, "tokenizer_config.json": config }));
  expect(tokenizer.encode("the").ids).toEqual([1, 2, 3]);
  expect(tokenizer.encode("the", { pair: "the" }).ids).toEqual([1, 2, 3, 1, 2, 3]);
  expect(tokenizer.encode("the").special).toEqual([true, false, true]);
});

test("a chat template in a file of its own goes before the configuration's", async () => {
  const config = '{"bos_token": "<s>", "chat_template": "old"}';
  const messages = [{ role: "user", content: "hi" }];
  const template = "{{ bos_token }}{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}";
  const own = folder({ "tokenizer.json": json, "tokenizer_config.json": config, "chat_template.jinja": template });
  expect((await loadTokenizer(own)).applyChatTemplate(messages)).toBe("<s>[user]hi");
  const inJson = folder({
    "tokenizer.json": json,
    "tokenizer_config.json": config,
    "chat_template.json": JSON.stringify({ chat_template: template }),
  });
  expect((await loadTokenizer(inJson)).applyChatTemplate(messages)).toBe("<s>[user]hi");
  const configured = folder({ "tokenizer.json": json, "tokenizer_config.json": config });
  expect((await loadTokenizer(configured)).applyChatTemplate(messages)).toBe("old");
  expect(() => open(realTokenizers.talesLm).applyChatTemplate(messages)).toThrow(UnsupportedError);
});

test("a missing tokenizer.json is a sentence", async () => {
  const empty = folder({ "config.json": "{}" });
  await expect(loadTokenizer(empty)).rejects.toThrow(TokenizationError);
  await expect(loadTokenizer(empty)).rejects.toThrow(/there is no tokenizer\.json in .*model/);
  await expect(loadTokenizer(join(base, "nowhere"))).rejects.toThrow(AttributionError);
  await expect(loadTokenizer({})).rejects.toThrow("pass the folder that holds it");
});

test("a malformed file is named", async () => {
  await expect(loadTokenizer(folder({ "tokenizer.json": "{" }))).rejects.toThrow(/^tokenizer\.json in .* is not JSON: /);
  await expect(loadTokenizer(folder({ "tokenizer.json": "[]" }))).rejects.toThrow(
    "tokenizer.json must be an object, got a list of 0",
  );
  const broken = folder({ "tokenizer.json": json, "tokenizer_config.json": "{'a'}" });
  await expect(loadTokenizer(broken)).rejects.toThrow(/^tokenizer_config\.json in .* is not JSON: /);
  await expect(loadTokenizer(folder({ "tokenizer.json": json, "chat_template.json": "{}" }))).rejects.toThrow(
    "chat_template.json: chat_template must be text, got nothing",
  );
});

test("a byte order mark before the JSON is no harm", async () => {
  expect((await loadTokenizer({ "tokenizer.json": bytes(`\ufeff${json}`) })).vocabularySize).toBe(4);
});

describe("a real folder", () => {
  const reason = absence(realTokenizers.stories);
  if (reason !== undefined) {
    test.skip(`skipped: ${reason}`, () => {});
    return;
  }
  test("gives what its files say", async () => {
    const copy = join(base, "stories");
    cpSync(realTokenizers.stories.folder, copy, {
      recursive: true,
      filter: (path) => !path.includes("onnx") && !path.endsWith(".safetensors"),
    });
    const tokenizer = await loadTokenizer(copy);
    expect({ ...tokenizer.encode("Once upon a 😀") }).toEqual({ ...open(realTokenizers.stories).encode("Once upon a 😀") });
  });
});
