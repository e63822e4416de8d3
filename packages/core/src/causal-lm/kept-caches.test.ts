import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import type { HostData } from "../tensor/tensor.ts";
import { checkLayout } from "./causal-lm-layout.ts";
import { KeptCaches } from "./kept-caches.ts";
import { planScoring } from "./scoring-plan.ts";
import { tinyTransformer } from "./tiny-transformer.fixture.ts";

const tiny = tinyTransformer({ cache: true });
const layout = checkLayout(tiny.model, {
  ...tiny.layout,
  cache: [{ ...tiny.layout.cache![0]!, shape: [2, "past", 3] }],
  constants: Object.fromEntries(tiny.layout.cache!.slice(1).map(({ past }) => [past, 0])),
});

const lists = fc.array(fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 1, maxLength: 12, size: "max" }), {
  minLength: 1,
  maxLength: 40,
});

/** A number that tells which token of which way, which head and which of its places it is. */
function element(way: string, head: number, place: number): number {
  let code = 7;
  for (const character of `${way}|${head}|${place}`) code = (code * 31 + character.charCodeAt(0)) % 65521;
  return code;
}

test.prop([lists, fc.integer({ min: 1, max: 8 }), fc.constantFrom(5, 100)])(
  "every row goes on from its own beginning, at the right of its place",
  (sequences, maxRows, maxTokens) => {
    const plan = planScoring(
      sequences.map((sequence) => Int32Array.from(sequence)),
      {
        maxRows,
        maxTokens,
        maxStoredTokens: 1000,
        callOverhead: 4,
        cached: true,
        sharing: true,
        mixedPasts: true,
        minimumShared: 1,
      },
    );
    const caches = new KeptCaches(plan, layout);
    let wrong = 0;
    for (const call of plan.calls) {
      const length = call.past + call.width;
      const data = new Float64Array(call.rows.length * 2 * length * 3).fill(Number.NaN);
      const [past] = call.past > 0 ? caches.join(call) : [];
      for (const [row, index] of call.rows.entries()) {
        const planned = plan.rows[index]!;
        const way = sequences[planned.sequence]!.slice(0, planned.end);
        for (let head = 0; head < 2; head++) {
          for (let at = 0; at < way.length; at++) {
            const slot = call.past - planned.start + at;
            for (let place = 0; place < 3; place++) {
              const value = element(way.slice(0, at + 1).join(), head, place);
              if (at < planned.start && past!.data[((row * 2 + head) * call.past + slot) * 3 + place] !== value) wrong++;
              data[((row * 2 + head) * length + slot) * 3 + place] = value;
            }
          }
        }
      }
      const present: HostData = { data, shape: [call.rows.length, 2, length, 3], dtype: "float64" };
      caches.update(call, [present]);
    }
    expect(wrong).toBe(0);
    expect(caches.size).toBe(0);
  },
);
