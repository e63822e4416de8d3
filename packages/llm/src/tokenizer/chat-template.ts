import { TokenizationError, UnsupportedError } from "@attr/core";
import { Template } from "@huggingface/jinja";
import { describeValue, isRecord, type JsonPlace } from "./json.ts";
import type { ChatMessage, ChatTemplateOptions } from "./tokenizer.ts";

/** Chat templates by name; the only one of a model is called "default". */
export type ChatTemplates = ReadonlyMap<string, string>;

/** The `chat_template` of a tokenizer_config.json: one text, or a list of `{ name, template }`. */
export function readChatTemplates(value: unknown, place: JsonPlace): ChatTemplates {
  if (value === undefined || value === null) return new Map();
  if (typeof value === "string") return new Map([["default", value]]);
  if (isRecord(value)) {
    return new Map(Object.entries(value).map(([name, template]) => [name, place.at(name).text(template)]));
  }
  return new Map(
    place.list(value).map((entry, index) => {
      const at = place.at(index);
      const json = at.record(entry);
      return [at.at("name").text(json["name"]), at.at("template").text(json["template"])];
    }),
  );
}

/** Renders conversations with a model's templates; `specialTokens` are the variables `bos_token`, `eos_token` and so on. */
export class ChatTemplateRenderer {
  readonly #templates: ChatTemplates;
  readonly #specialTokens: Readonly<Record<string, string>>;
  readonly #parsed = new Map<string, Template>();

  constructor(templates: ChatTemplates, specialTokens: Readonly<Record<string, string>>) {
    this.#templates = templates;
    this.#specialTokens = specialTokens;
  }

  render(messages: readonly ChatMessage[], options: ChatTemplateOptions = {}): string {
    checkMessages(messages);
    const name = this.#chosen(options);
    try {
      return this.#template(name).render({
        tools: null,
        documents: null,
        ...this.#specialTokens,
        ...options.variables,
        messages,
        add_generation_prompt: options.addGenerationPrompt ?? false,
      });
    } catch (error) {
      throw new TokenizationError(`the chat template "${name}" refused the messages: ${messageOf(error)}`);
    }
  }

  #chosen(options: ChatTemplateOptions): string {
    const names = [...this.#templates.keys()];
    if (names.length === 0) {
      throw new UnsupportedError(
        "this tokenizer has no chat template: write the prompt as one text, or load it from a folder with chat_template in tokenizer_config.json",
      );
    }
    const { template } = options;
    if (template !== undefined) {
      if (this.#templates.has(template)) return template;
      throw new UnsupportedError(`there is no chat template ${describeValue(template)}: this tokenizer has ${names.join(", ")}`);
    }
    const tools = options.variables?.["tools"];
    if (tools !== undefined && tools !== null && this.#templates.has("tool_use")) return "tool_use";
    if (this.#templates.has("default")) return "default";
    if (names.length === 1) return names[0]!;
    throw new UnsupportedError(
      `this tokenizer has several chat templates and no default: pass \`template\`, one of ${names.join(", ")}`,
    );
  }

  #template(name: string): Template {
    let parsed = this.#parsed.get(name);
    if (parsed === undefined) {
      parsed = new Template(this.#templates.get(name)!);
      this.#parsed.set(name, parsed);
    }
    return parsed;
  }
}

function checkMessages(messages: readonly ChatMessage[]): void {
  if (!Array.isArray(messages)) {
    throw new TokenizationError(`messages must be a list of { role, content }, got ${describeValue(messages)}`);
  }
  for (const [index, message] of messages.entries()) {
    if (!isRecord(message) || typeof message["role"] !== "string") {
      throw new TokenizationError(
        `messages[${index}] must be { role, content } with a role in words, got ${describeValue(message)}`,
      );
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
