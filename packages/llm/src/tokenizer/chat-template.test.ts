import { TokenizationError, UnsupportedError } from "@attr/core";
import { expect, test } from "vitest";
import { ChatTemplateRenderer, readChatTemplates } from "./chat-template.ts";
import { JsonPlace } from "./json.ts";
import type { ChatMessage } from "./tokenizer.ts";

const place = new JsonPlace("tokenizer_config.json:").at("chat_template");
const messages: readonly ChatMessage[] = [{ role: "user", content: "Hi" }];

function renderer(template: unknown): ChatTemplateRenderer {
  return new ChatTemplateRenderer(readChatTemplates(template, place), { bos_token: "<s>", eos_token: "</s>" });
}

test("a template sees the messages, the special tokens and the generation prompt", () => {
  const chat = renderer(
    "{{ bos_token }}{% for m in messages %}{{ m['content'] + eos_token }}{% endfor %}{% if add_generation_prompt %}AI:{% endif %}",
  );
  expect(chat.render(messages)).toBe("<s>Hi</s>");
  expect(chat.render(messages, { addGenerationPrompt: true })).toBe("<s>Hi</s>AI:");
});

test("what a template refuses is told", () => {
  const chat = renderer("{{ raise_exception('roles must alternate') }}");
  expect(() => chat.render(messages)).toThrow(TokenizationError);
  expect(() => chat.render(messages)).toThrow('the chat template "default" refused the messages: roles must alternate');
});

test("a template that is none is told", () => {
  expect(() => renderer("{% if %}").render(messages)).toThrow(TokenizationError);
});

test("of several templates one is chosen by name", () => {
  const named = [
    { name: "default", template: "D" },
    { name: "tool_use", template: "T{{ tools | length }}" },
    { name: "rag", template: "R" },
  ];
  expect(renderer(named).render(messages)).toBe("D");
  expect(renderer(named).render(messages, { template: "rag" })).toBe("R");
  expect(renderer(named).render(messages, { variables: { tools: [{}] } })).toBe("T1");
  expect(() => renderer(named).render(messages, { template: "x" })).toThrow(
    'there is no chat template "x": this tokenizer has default, tool_use, rag',
  );
  expect(() => renderer(named.slice(1)).render(messages)).toThrow("several chat templates and no default");
  expect(renderer(named.slice(2)).render(messages)).toBe("R");
});

test("no template is a sentence", () => {
  expect(() => renderer(undefined).render(messages)).toThrow(UnsupportedError);
  expect(() => renderer(null).render(messages)).toThrow("has no chat template");
});

test("messages that are none are refused by their place", () => {
  const chat = renderer("x");
  // What plain JavaScript can hand in.
  expect(() => chat.render("hi" as unknown as ChatMessage[])).toThrow('messages must be a list of { role, content }, got "hi"');
  expect(() => chat.render([...messages, {} as ChatMessage])).toThrow("messages[1] must be { role, content }");
});

test("malformed templates are named by their place", () => {
  expect(() => readChatTemplates(5, place)).toThrow("tokenizer_config.json: chat_template must be a list, got 5");
  expect(() => readChatTemplates([{ name: 1 }], place)).toThrow("tokenizer_config.json: chat_template[0].name must be text");
});
