import { describe, expect, test } from "vitest";
import { ChatInput } from "./chat-input.ts";
import { TextSegmentInput } from "./text-segment-input.ts";
import { TextTokenInput } from "./text-token-input.ts";
import { characterTokenizer, wordTokenizer } from "./word-tokenizer.fixture.ts";

describe("ChatInput", () => {
  const tokenizer = wordTokenizer();
  const chat = new ChatInput(
    [
      { role: "system", content: "Be brief." },
      { role: "user", content: new TextSegmentInput("red kite") },
      { role: "user", content: new TextSegmentInput("who", { by: "line" }) },
    ],
    tokenizer,
  );

  test("the conversation stands in the model's template, to which nothing is added", () => {
    expect(chat.prompt()).toEqual({
      kind: "text",
      text: "<s>[system] Be brief.\n[user] red kite\n[user] who\n[assistant]",
      addSpecialTokens: false,
    });
  });

  test("features of several messages are players of their own", () => {
    expect(chat.values).toEqual(["red", "kite", "who"]);
    expect(chat.prompt((player) => player !== 2)).toMatchObject({
      text: "<s>[system] Be brief.\n[user] red kite\n[user] \n[assistant]",
    });
  });

  test("the layout finds every feature in the whole conversation", () => {
    const { layout } = chat;
    expect(layout!.spans.map(([start, end]) => layout!.text.slice(start, end))).toEqual(chat.values);
  });

  test("the layout holds where the template trims a message", () => {
    const padded = new ChatInput([{ role: "user", content: new TextSegmentInput("  red kite ") }], tokenizer);
    const { layout } = padded;
    expect(layout!.spans.map(([start, end]) => layout!.text.slice(start, end))).toEqual(["red", "kite"]);
  });

  test("what cannot be used is refused in a sentence", () => {
    expect(() => new ChatInput([{ role: "user", content: "x" }], tokenizer)).toThrow("no message has features");
    expect(() => new ChatInput([{ role: "user", content: new TextTokenInput("x", tokenizer) }], tokenizer)).toThrow(
      "messages[0].content is an input of token ids",
    );
    expect(() => new ChatInput([{ role: "user", content: new TextSegmentInput("x") }], characterTokenizer)).toThrow(
      "no chat template",
    );
  });
});
