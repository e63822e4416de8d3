import { expect, test } from "vitest";
import { collect } from "./collect.fixture.ts";
import { dummyLlm, dummyTokens } from "./dummy-llm.fixture.ts";

test("the published teacher-forced log-probabilities hold", async () => {
  const scores = dummyLlm().score([{ prefix: dummyTokens("a b c d e f"), continuation: dummyTokens("m n o p q", false) }]);
  const { logProbabilities } = (await collect(scores))[0]!;
  const published = [-6.306409, -6.489181, -5.878282, -6.053438, -4.408538];
  for (const [i, expected] of published.entries()) expect(logProbabilities[i]).toBeCloseTo(expected, 5);
  expect(logProbabilities.reduce((sum: number, entry: number) => sum + entry, 0)).toBeCloseTo(-29.135847, 5);
});

test("a published ablated prompt has its published score", async () => {
  const scores = dummyLlm().score([{ prefix: dummyTokens(" b   e "), continuation: dummyTokens("m n o p q", false) }]);
  const { logProbabilities } = (await collect(scores))[0]!;
  expect(logProbabilities.reduce((sum: number, entry: number) => sum + entry, 0)).toBeCloseTo(-29.144205, 5);
});

test("words are character codes after the start token", () => {
  expect(dummyTokens("a bc  d")).toEqual([0, 97, 1, 1, 100]);
});
