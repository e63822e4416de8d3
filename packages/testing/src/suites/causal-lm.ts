import { type CausalLm, type Continuation, type ContinuationScore, InvalidArgumentError, isCausalLm } from "@attr/core";
import fc from "fast-check";
import { abortedSignal } from "../aborted-signal.ts";
import { continuations, prompts } from "../arbitraries/prompts.ts";
import { check, checkClose, checkRejects, checkRejectsAs, checkSame } from "../check.ts";
import type { TestFramework } from "../framework.ts";

/** What the suite needs of a language model under test. */
export interface CausalLmCase {
  readonly lm: CausalLm;
  /** By how much a log-probability may be off between batches, of the larger of 1 and the number. @defaultValue 1e-4 */
  readonly tolerance?: number | undefined;
  /** Texts drawn for each property. @defaultValue 10 */
  readonly runs?: number | undefined;
}

interface Given {
  readonly lm: CausalLm;
  readonly tolerance: number;
  readonly runs: number;
}

/** What every language model must do. */
export function describeCausalLm(
  name: string,
  makeCase: () => CausalLmCase | Promise<CausalLmCase>,
  { describe, test }: TestFramework,
): void {
  describe(`${name} as a language model`, () => {
    const caseTest = (fact: string, holds: (given: Given) => Promise<void>): void => {
      test(fact, async () => {
        const { lm, tolerance = 1e-4, runs = 10 } = await makeCase();
        await holds({ lm, tolerance, runs });
      });
    };

    caseTest("is one, with a vocabulary, and end tokens within it", async ({ lm }) => {
      check(isCausalLm(lm), 'its kind is "causal-lm" and it has score');
      check(Number.isInteger(lm.vocabularySize) && lm.vocabularySize > 0, "vocabularySize is a whole number above 0");
      check(
        lm.endTokens.every((token) => Number.isInteger(token) && token >= 0 && token < lm.vocabularySize),
        "every end token is in the vocabulary",
      );
    });

    caseTest("gives one log-probability and one logit a token, none above 0", async ({ lm, runs }) => {
      await fc.assert(
        fc.asyncProperty(fc.array(continuations(lm), { maxLength: 6 }), async (asked) => {
          const scores = await scoresOf(lm, asked);
          checkSame(scores.length, asked.length, "the number of scores");
          for (const [i, { logProbabilities, logits }] of scores.entries()) {
            const length = asked[i]!.continuation.length;
            checkSame([logProbabilities.length, logits.length], [length, length], `the tokens of score ${i}`);
            check(
              logProbabilities.every((x) => x <= 1e-6),
              `no log-probability of score ${i} is above 0`,
            );
          }
        }),
        { numRuns: runs },
      );
    });

    caseTest("scores a text alike alone and beside any others, in any order", async ({ lm, tolerance, runs }) => {
      await fc.assert(
        fc.asyncProperty(fc.array(continuations(lm), { minLength: 2, maxLength: 6 }), async (asked) => {
          const together = await scoresOf(lm, asked);
          const turned = (await scoresOf(lm, [...asked].reverse())).reverse();
          for (const [i, one] of asked.entries()) {
            const [alone] = await scoresOf(lm, [one]);
            checkScore(together[i]!, alone!, tolerance, `text ${i} beside the others`);
            checkScore(turned[i]!, alone!, tolerance, `text ${i} in the opposite order`);
          }
        }),
        { numRuns: runs },
      );
    });

    caseTest("scores a continuation as the sum of its steps", async ({ lm, tolerance, runs }) => {
      await fc.assert(
        fc.asyncProperty(continuations(lm), async ({ prefix, continuation }) => {
          const [whole] = await scoresOf(lm, [{ prefix, continuation }]);
          const steps = continuation.map((token, i) => ({
            prefix: [...prefix, ...continuation.slice(0, i)],
            continuation: [token],
          }));
          for (const [i, step] of (await scoresOf(lm, steps)).entries())
            checkClose([whole!.logProbabilities[i]!], [step.logProbabilities[0]!], tolerance, `step ${i}`);
        }),
        { numRuns: runs },
      );
    });

    caseTest("spreads a probability of 1 over its vocabulary, by logits up to one constant", async ({ lm, tolerance }) => {
      const tokens = Array.from({ length: Math.min(lm.vocabularySize, 2048) }, (_, token) => token);
      const scores = await scoresOf(
        lm,
        tokens.map((token) => ({ prefix: [0], continuation: [token] })),
      );
      const sum = scores.reduce((total, { logProbabilities }) => total + Math.exp(logProbabilities[0]!), 0);
      if (tokens.length === lm.vocabularySize) checkClose([sum], [1], tolerance, "the sum of the probabilities");
      else check(sum <= 1 + tolerance, "the probabilities of some of the vocabulary come to no more than 1");
      const apart = scores.map(({ logits, logProbabilities }) => logits[0]! - logProbabilities[0]!);
      checkClose(apart, Array(apart.length).fill(apart[0]!), tolerance, "the logits less the log-probabilities");
    });

    caseTest("goes on greedily with the likeliest tokens, scored as score does", async ({ lm, tolerance }) => {
      const prompt = [0, Math.min(1, lm.vocabularySize - 1)];
      const { tokens, logProbabilities } = await lm.generate(prompt, { maxNewTokens: 3, stopTokens: [] });
      checkSame(tokens.length, 3, "the number of new tokens");
      const [score] = await scoresOf(lm, [{ prefix: prompt, continuation: tokens }]);
      checkClose([...logProbabilities], [...score!.logProbabilities], tolerance, "the log-probabilities of the new tokens");
      const others = Array.from({ length: Math.min(lm.vocabularySize, 256) }, (_, token) => token);
      const first = await scoresOf(
        lm,
        others.map((token) => ({ prefix: prompt, continuation: [token] })),
      );
      check(
        first.every(({ logProbabilities: [other] }) => other! <= logProbabilities[0]! + tolerance),
        "no other token is likelier than the first new one",
      );
    });

    caseTest("samples the same tokens by the same seed, and ends at a stop token", async ({ lm, runs }) => {
      await fc.assert(
        fc.asyncProperty(prompts(lm), fc.integer({ min: 0, max: 1000 }), async (prompt, seed) => {
          const options = { maxNewTokens: 3, temperature: 1, stopTokens: [], seed };
          if (prompt.length + 3 > (lm.contextLength ?? Number.POSITIVE_INFINITY)) return;
          const { tokens } = await lm.generate(prompt, options);
          checkSame((await lm.generate(prompt, options)).tokens, tokens, "the tokens by the same seed");
          const stopped = await lm.generate(prompt, { ...options, stopTokens: [tokens[0]!] });
          checkSame(stopped.tokens, [], "the tokens before the first, a stop token");
          checkSame(stopped.stopReason, "stop-token", "why it stopped");
        }),
        { numRuns: Math.min(runs, 5) },
      );
    });

    caseTest("refuses texts without tokens, and tokens that are none of its own", async ({ lm }) => {
      const refused = async (asked: Continuation, what: string): Promise<void> =>
        checkRejects(scoresOf(lm, [asked]), { kind: InvalidArgumentError }, what);
      await refused({ prefix: [], continuation: [0] }, "a score after no token");
      await refused({ prefix: [0], continuation: [] }, "a score of no token");
      await refused({ prefix: [0], continuation: [lm.vocabularySize] }, "a score of a token outside the vocabulary");
      await refused({ prefix: [-1], continuation: [0] }, "a score after a token outside the vocabulary");
      await refused({ prefix: [0.5], continuation: [0] }, "a score after half a token");
      await checkRejects(lm.generate([]), { kind: InvalidArgumentError }, "a text after no token");
    });

    caseTest("counts what it computes, and does nothing once it is aborted", async ({ lm }) => {
      const before = lm.cost;
      await scoresOf(lm, [{ prefix: [0], continuation: [0] }]);
      const after = lm.cost;
      check(
        after.calls > before.calls && after.rows > before.rows && after.tokens > before.tokens,
        "the cost of a score is counted",
      );
      const reason = new Error("enough");
      const asked = collect(lm.score([{ prefix: [0], continuation: [0] }], { signal: abortedSignal(reason) }));
      await checkRejectsAs(asked, reason, "an aborted score");
      checkSame(lm.cost, after, "the cost after an aborted score");
    });
  });
}

function scoresOf(lm: CausalLm, asked: readonly Continuation[]): Promise<ContinuationScore[]> {
  return collect(lm.score(asked));
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const result: T[] = [];
  for await (const item of items) result.push(item);
  return result;
}

function checkScore(got: ContinuationScore, expected: ContinuationScore, tolerance: number, what: string): void {
  checkClose([...got.logProbabilities], [...expected.logProbabilities], tolerance, `the log-probabilities of ${what}`);
  checkClose([...got.logits], [...expected.logits], tolerance, `the logits of ${what}`);
}
