import { expect, test } from "vitest";
import { tinyTransformer } from "./tiny-transformer.fixture.ts";
import { readVocabularySize } from "./vocabulary-size.ts";

test("what the model says is taken without a run", async () => {
  const tiny = tinyTransformer({ cache: true });
  expect(await readVocabularySize(tiny.model, tiny.layout)).toBe(13);
  expect(tiny.calls).toHaveLength(0);
});

test.each([{}, { length: 5, mask: true }, { cache: true, mask: true, positions: true }])(
  "a model that does not say is run on one token (%o)",
  async (kind) => {
    const tiny = tinyTransformer(kind);
    const outputs = tiny.model.outputs.map(({ name }) => ({ name }));
    expect(await readVocabularySize({ ...tiny.model, outputs }, tiny.layout)).toBe(13);
    expect(tiny.calls).toHaveLength(1);
  },
);

test("logits of another shape are refused", async () => {
  const tiny = tinyTransformer();
  const { backend } = tiny.model;
  const model = { ...tiny.model, outputs: [{ name: "logits" }], run: async () => ({ logits: backend.from([[1, 2]]) }) };
  await expect(readVocabularySize(model, tiny.layout)).rejects.toThrow('output "logits" has shape [1, 2]');
});
