import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { type PlanLimits, planScoring, type ScoringPlan } from "./scoring-plan.ts";
import { distinctTokens, tokenTrie } from "./token-trie.ts";

const free: PlanLimits = {
  maxRows: 64,
  maxTokens: 4096,
  maxStoredTokens: 1_000_000,
  callOverhead: 0,
  cached: true,
  sharing: true,
  mixedPasts: true,
  minimumShared: 1,
};

const lists = fc.array(fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 9, size: "max" }), {
  maxLength: 20,
  size: "max",
});

const limits = fc.record({
  maxRows: fc.integer({ min: 1, max: 5 }),
  maxTokens: fc.integer({ min: 1, max: 20 }),
  maxStoredTokens: fc.integer({ min: 1, max: 40 }),
  callOverhead: fc.integer({ min: 0, max: 3 }),
  cached: fc.boolean(),
  sharing: fc.boolean(),
  mixedPasts: fc.boolean(),
  minimumShared: fc.integer({ min: 1, max: 4 }),
});

function integers(sequences: readonly (readonly number[])[]): Int32Array[] {
  return sequences.map((sequence) => Int32Array.from(sequence));
}

/** The tokens a row's keys and values stand for: its parents' and its own. */
function spelled(plan: ScoringPlan, sequences: readonly (readonly number[])[], index: number): number[] {
  const { sequence, start, end, parent } = plan.rows[index]!;
  const before = parent < 0 ? [] : spelled(plan, sequences, parent).slice(0, start);
  return [...before, ...sequences[sequence]!.slice(start, end)];
}

/** The prompt, and the prompt with each token in turn replaced by 0: what an ablation asks for. */
function leaveOneOut(length: number): number[][] {
  const prompt = Array.from({ length }, (_, i) => i + 1);
  return [prompt, ...prompt.map((_, left) => prompt.map((token, i) => (i === left ? 0 : token)))];
}

describe("a plan", () => {
  test.prop([lists, limits])("spells every sequence by rows that go on from earlier calls", (sequences, some) => {
    const plan = planScoring(integers(sequences), { ...some, sharing: some.cached && some.sharing });
    const computed = new Set<number>();
    for (const call of plan.calls) {
      for (const index of call.rows) {
        const { parent, start } = plan.rows[index]!;
        if (parent < 0) expect(start).toBe(0);
        else expect(computed.has(parent) && plan.kept[parent]! >= start && plan.rows[parent]!.start < start).toBe(true);
      }
      for (const index of call.rows) computed.add(index);
    }
    expect(computed.size).toBe(plan.rows.length);
    expect(plan.calls.flatMap((call) => call.rows)).toHaveLength(plan.rows.length);
    for (const [index, sequence] of sequences.entries()) {
      const row = plan.rowOf[index]!;
      expect(plan.rows[row]!.end).toBeGreaterThanOrEqual(sequence.length);
      expect(plan.rows[row]!.start).toBeLessThan(sequence.length);
      expect(spelled(plan, sequences, row).slice(0, sequence.length)).toEqual(sequence);
    }
  });

  test.prop([lists, limits])("keeps to the limits of a call", (sequences, some) => {
    const plan = planScoring(integers(sequences), { ...some, sharing: some.cached && some.sharing });
    for (const { rows, width, past } of plan.calls) {
      const starts = rows.map((index) => plan.rows[index]!.start);
      expect(past).toBe(Math.max(...starts));
      expect(width).toBe(Math.max(...rows.map((index) => plan.rows[index]!.end - plan.rows[index]!.start)));
      if (!some.mixedPasts) expect(new Set(starts).size).toBe(1);
      if (some.cached) expect(width).toBeLessThanOrEqual(some.maxTokens);
      if (rows.length === 1) continue;
      expect(rows.length).toBeLessThanOrEqual(some.maxRows);
      expect(rows.length * width).toBeLessThanOrEqual(some.maxTokens);
      expect(rows.length * (width + past)).toBeLessThanOrEqual(some.maxStoredTokens);
    }
    expect(plan.tokens).toBe(plan.calls.reduce((sum, call) => sum + call.rows.length * call.width, 0));
  });

  test.prop([lists])("computes every distinct token once where that is free", (sequences) => {
    const plan = planScoring(integers(sequences), free);
    const tokens = plan.rows.reduce((sum, row) => sum + row.end - row.start, 0);
    expect(tokens).toBe(distinctTokens(tokenTrie(integers(sequences))));
  });

  test.prop([lists, limits])("keeps no more keys and values than it may, one row a level aside", (sequences, some) => {
    const plan = planScoring(integers(sequences), { ...some, cached: true, sharing: true });
    const waiting = plan.rows.map((_, index) => plan.rows.filter((row) => row.parent === index).length);
    const held = new Set<number>();
    for (const call of plan.calls) {
      for (const index of call.rows) {
        if (plan.kept[index]! > 0) held.add(index);
        const { parent } = plan.rows[index]!;
        if (parent >= 0 && --waiting[parent]! === 0) held.delete(parent);
      }
      const levels = plan.rows.length;
      const tokens = [...held].reduce((sum, index) => sum + plan.kept[index]!, 0);
      const largest = Math.max(0, ...[...held].map((index) => plan.kept[index]!));
      expect(tokens).toBeLessThanOrEqual(some.maxStoredTokens + levels * largest);
    }
    expect(held.size).toBe(0);
  });
});

test("leaving each of 60 tokens out in turn costs little more than half of computing every prompt", () => {
  const sequences = integers(leaveOneOut(60));
  const shared = planScoring(sequences, { ...free, callOverhead: 16, minimumShared: 4 });
  const plain = planScoring(sequences, { ...free, callOverhead: 16, sharing: false });
  expect(plain.tokens).toBe(61 * 60);
  expect(shared.tokens).toBeLessThan(0.6 * plain.tokens);
});

test("many answers after one long prompt cost the prompt once", () => {
  const prompt = Array.from({ length: 200 }, (_, i) => i);
  const answers = Array.from({ length: 30 }, (_, i) => [...prompt, 1000 + i, 7, 8]);
  const plan = planScoring(integers(answers), { ...free, callOverhead: 16 });
  expect(plan.tokens).toBe(200 + 30 * 3);
  expect(plan.calls).toHaveLength(2);
});

test("prompts that share too little are computed by themselves, all in one call", () => {
  const prompts = Array.from({ length: 10 }, (_, i) => [1, 100 + i, 200 + i, 300 + i, 400 + i]);
  const plan = planScoring(integers(prompts), { ...free, callOverhead: 16 });
  expect(plan.calls).toHaveLength(1);
  expect(plan.rows.every((row) => row.start === 0)).toBe(true);
});

test("equal sequences, and beginnings of longer ones, need no row of their own", () => {
  const plan = planScoring(
    integers([
      [1, 2, 3],
      [1, 2],
      [1, 2, 3],
    ]),
    { ...free, cached: false, sharing: false },
  );
  expect(plan.rows).toHaveLength(1);
  expect(plan.tokens).toBe(3);
});

test("rows of a model of fixed length are counted at that length", () => {
  const plan = planScoring(integers([[1], [2, 3]]), { ...free, cached: false, sharing: false, fixedWidth: 8 });
  expect(plan.tokens).toBe(16);
});

test("no row waits for more than log2 of the sequences", () => {
  const sequences = Array.from({ length: 256 }, (_, bits) => Array.from({ length: 8 }, (_, i) => (bits >> i) & 1));
  const plan = planScoring(integers(sequences), free);
  const level = (index: number): number => (plan.rows[index]!.parent < 0 ? 0 : 1 + level(plan.rows[index]!.parent));
  expect(Math.max(...plan.rows.map((_, index) => level(index)))).toBeLessThanOrEqual(8);
});

test("thousands of sequences are planned in no time to speak of", () => {
  const plan = planScoring(integers(leaveOneOut(700)), { ...free, maxRows: 8 });
  expect(plan.rows).toHaveLength(701);
});
