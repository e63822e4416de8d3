import { InvalidArgumentError } from "@attr/core";
import { asTokenizer, type TokenizerLike } from "../tokenizer/as-tokenizer.ts";
import type { InterpretableInput, Prompt } from "./interpretable-input.ts";
import type { Span } from "./segment-text.ts";

/** A turn of a conversation: text that always stays, or an input whose features are attributed to. */
export interface ChatInputMessage {
  readonly role: string;
  readonly content: string | InterpretableInput;
}

/** How a conversation becomes a prompt. */
export interface ChatInputOptions {
  /** Ends the prompt where the model's answer begins. @defaultValue true */
  readonly addGenerationPrompt?: boolean | undefined;
}

/**
 * A conversation put into the model's own chat template, with features inside its messages: the features of every message that is an
 * input, one after the other. The template's text (roles, markers, BOS) always stays, and nothing is added to it.
 *
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { ChatInput, huggingFaceTokenizer, TextSegmentInput } from "@attr/llm";
 * import { talesLm } from "@attr/models";
 *
 * const tokenizerJson = JSON.parse(await readFile(new URL("tokenizer.json", talesLm), "utf8"));
 * const chatTemplate = "{% for message in messages %}{{ message.role }}: {{ message.content }} {% endfor %}";
 * const tokenizer = huggingFaceTokenizer({ tokenizerJson, chatTemplate }); // models of conversations bring their own template
 * new ChatInput([
 *   { role: "system", content: "Answer in one word." },
 *   { role: "user", content: new TextSegmentInput("Tom has a kite. Who has the kite?") },
 * ], tokenizer);
 * ```
 *
 * @throws InvalidArgumentError where no message has features or one's prompt is token ids; UnsupportedError where the tokenizer has no
 * chat template.
 */
export class ChatInput implements InterpretableInput {
  readonly values: readonly string[];
  readonly players: number;
  readonly playerOf: readonly number[];
  readonly layout: InterpretableInput["layout"];
  readonly #render: (contents: readonly string[]) => string;
  readonly #contents: readonly (string | { readonly input: InterpretableInput; readonly firstPlayer: number })[];

  constructor(messages: readonly ChatInputMessage[], tokenizer: TokenizerLike, options: ChatInputOptions = {}) {
    const renderer = asTokenizer(tokenizer);
    if (!Array.isArray(messages)) throw new InvalidArgumentError("messages must be an array of { role, content }");
    const values: string[] = [];
    const playerOf: number[] = [];
    let players = 0;
    this.#contents = messages.map(({ role, content }: ChatInputMessage, index) => {
      if (typeof role !== "string")
        throw new InvalidArgumentError(`messages[${index}].role must be a string, got ${typeof role}`);
      if (typeof content === "string") return content;
      if (!isInput(content))
        throw new InvalidArgumentError(`messages[${index}].content must be a string or an input, got ${typeof content}`);
      if (content.prompt().kind !== "text")
        throw new InvalidArgumentError(
          `messages[${index}].content is an input of token ids, which a chat template cannot hold: use TextSegmentInput with a text baseline, or TextTokenInput over tokenizer.applyChatTemplate(messages) with addSpecialTokens: false`,
        );
      const firstPlayer = players;
      values.push(...content.values);
      playerOf.push(...content.playerOf.map((player) => firstPlayer + player));
      players += content.players;
      return { input: content, firstPlayer };
    });
    if (players === 0)
      throw new InvalidArgumentError("no message has features: give the content to attribute to as an input (TextSegmentInput)");
    this.values = values;
    this.players = players;
    this.playerOf = playerOf;
    const addGenerationPrompt = options.addGenerationPrompt ?? true;
    this.#render = (contents) =>
      renderer.applyChatTemplate(
        contents.map((content, index) => ({ role: messages[index]!.role, content })),
        { addGenerationPrompt },
      );
    this.layout = this.#layout();
  }

  prompt(present: (player: number) => boolean = () => true): Prompt {
    return { kind: "text", text: this.#render(this.#texts(present)), addSpecialTokens: false };
  }

  #texts(present: (player: number) => boolean): string[] {
    return this.#contents.map((content) => {
      if (typeof content === "string") return content;
      const prompt = content.input.prompt((player) => present(content.firstPlayer + player));
      if (prompt.kind !== "text") throw new InvalidArgumentError("an input of a message must make text, got token ids");
      return prompt.text;
    });
  }

  /**
   * Where the features lie in the whole conversation: the template is rendered once more with marks in place of the contents, and the text
   * between the marks is what it adds. Unknown where the template changes contents in other ways than trimming them.
   */
  #layout(): InterpretableInput["layout"] {
    const contents = this.#texts(() => true);
    const text = this.#render(contents);
    const marks = contents.map((_, index) => `\ue000${index}\ue001`);
    const frame = this.#render(marks);
    const literals: string[] = [];
    let rest = frame;
    for (const mark of marks) {
      const at = rest.indexOf(mark);
      if (at < 0) return undefined;
      literals.push(rest.slice(0, at));
      rest = rest.slice(at + mark.length);
    }
    for (const trim of [(content: string) => content, (content: string) => content.trim()]) {
      let rendered = "";
      const starts = contents.map((content, index) => {
        rendered += literals[index]!;
        const start = rendered.length;
        rendered += trim(content);
        return start - (content.length - content.trimStart().length) * (trim(content) === content ? 0 : 1);
      });
      if (rendered + rest !== text) continue;
      const spans: Span[] = [];
      for (const [index, content] of this.#contents.entries()) {
        if (typeof content === "string") continue;
        const inner = content.input.layout;
        if (inner === undefined || inner.text !== contents[index]) return undefined;
        for (const [start, end] of inner.spans) spans.push([starts[index]! + start, starts[index]! + end]);
      }
      return { text, spans };
    }
    return undefined;
  }
}

function isInput(content: unknown): content is InterpretableInput {
  return typeof content === "object" && content !== null && "prompt" in content && typeof content.prompt === "function";
}
