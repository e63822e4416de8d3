import { describe, expect, test } from "vitest";
import { labelsIn } from "./labels.ts";

describe("labels in a file's notes", () => {
  test.each([
    ["a list", { labels: ["cat", "dog"] }],
    ["an object by place", { id2label: { 1: "dog", 0: "cat" } }],
    ["JSON in a text", { author: "me", classes: '["cat","dog"]' }],
    ["a dict as Python writes it", { names: "{0: 'cat', 1: \"dog\"}" }],
    ["a list as Python writes it", { names: "['cat', 'dog']" }],
    ["lines", { Labels: "cat\ndog\n" }],
    ["commas", { class_names: "cat, dog" }],
  ])("%s", (_, notes) => {
    expect(labelsIn(notes)).toEqual(["cat", "dog"]);
  });

  test("what is none is none", () => {
    expect(
      labelsIn({ author: "a, b", names: 7, labels: { 0: "cat", 2: "dog" }, classes: [1, 2], id2label: "one" }),
    ).toBeUndefined();
  });
});
