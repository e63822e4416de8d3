import { describe, test } from "vitest";
import { describeCausalLm } from "../../../testing/src/index.ts";
import { modelCausalLm } from "./model-causal-lm.ts";
import { type TinyTransformerOptions, tinyTransformer } from "./tiny-transformer.fixture.ts";

const kinds: Readonly<Record<string, TinyTransformerOptions>> = {
  "a decoder of ids alone": {},
  "a decoder with a mask and positions": { mask: true, positions: true },
  "a decoder with a cache": { cache: true, mask: true, positions: true },
  "a decoder of a fixed length": { length: 24, mask: true },
};

for (const [name, kind] of Object.entries(kinds))
  describeCausalLm(
    name,
    () => {
      const { model, layout } = tinyTransformer(kind);
      return { lm: modelCausalLm(model, layout), tolerance: 1e-9 };
    },
    { describe, test },
  );
