import { AttributionError } from "../errors.ts";
import type { WorkOptions } from "../signal.ts";
import type { ContinuationScore } from "./causal-lm.ts";
import type { Decoder } from "./decoder.ts";
import { KeptCaches } from "./kept-caches.ts";
import { logSumExp } from "./log-sum-exp.ts";
import type { ScoringPlan } from "./scoring-plan.ts";
import type { ScoringRequest } from "./scoring-requests.ts";

/** A part of a request that one row answers: the places `from .. to` (exclusive) of its sequence. */
interface Reading {
  readonly request: number;
  readonly from: number;
  readonly to: number;
}

/** A result on its way: complete when nothing is missing. */
interface GrowingScore extends ContinuationScore {
  missing: number;
}

/** Runs a plan call by call and gives the scores in the order of the requests, each as soon as it and all before it are known. */
export async function* scoreContinuations(
  decoder: Decoder,
  requests: readonly ScoringRequest[],
  plan: ScoringPlan,
  options: WorkOptions,
): AsyncGenerator<ContinuationScore, void, void> {
  const readings = readingsOfRows(requests, plan);
  const scores = new Map<number, GrowingScore>();
  const caches = new KeptCaches(plan, decoder.layout);
  let next = 0;
  let done = 0;
  for (const call of plan.calls) {
    const { logits, present } = await decoder.run({
      rows: call.rows.map((index) => {
        const { sequence, start, end } = plan.rows[index]!;
        return { tokens: requests[sequence]!.sequence.subarray(start, end), start };
      }),
      width: call.width,
      pastLength: call.past,
      past: call.past === 0 ? undefined : caches.join(call),
      keep: call.rows.some((index) => plan.kept[index]! > 0),
      signal: options.signal,
    });
    const stride = (decoder.layout.fixedLength ?? call.width) * decoder.vocabularySize;
    for (const [row, index] of call.rows.entries()) {
      const from = row * stride;
      readRow(
        logits.subarray(from, from + stride),
        decoder.vocabularySize,
        plan.rows[index]!.start,
        readings[index]!,
        requests,
        scores,
      );
    }
    caches.update(call, present);
    done += call.rows.length * call.width;
    options.onProgress?.({ done, total: plan.tokens, unit: "tokens" });
    for (let score = scores.get(next); score?.missing === 0; score = scores.get(next)) {
      scores.delete(next++);
      yield { logProbabilities: score.logProbabilities, logits: score.logits };
    }
  }
}

/** Which places of which requests every row answers. */
function readingsOfRows(requests: readonly ScoringRequest[], plan: ScoringPlan): Reading[][] {
  const readings: Reading[][] = plan.rows.map(() => []);
  for (const [request, { first, targets }] of requests.entries()) {
    let to = first + targets.length;
    for (let row = plan.rowOf[request]!; ; row = plan.rows[row]!.parent) {
      const from = Math.max(first, plan.rows[row]!.start);
      if (from < to) readings[row]!.push({ request, from, to });
      to = Math.min(to, from);
      if (to <= first) break;
    }
  }
  return readings;
}

/** Takes the scores out of one row's logits; a place that several requests ask for is normalised once. */
function readRow(
  logits: Float32Array | Float64Array,
  vocabularySize: number,
  start: number,
  readings: readonly Reading[],
  requests: readonly ScoringRequest[],
  scores: Map<number, GrowingScore>,
): void {
  const normalisers = new Map<number, number>();
  for (const { request, from, to } of readings) {
    const { first, targets } = requests[request]!;
    let score = scores.get(request);
    if (score === undefined) {
      const logProbabilities = new Float64Array(targets.length);
      score = { logProbabilities, logits: new Float64Array(targets.length), missing: targets.length };
      scores.set(request, score);
    }
    for (let place = from; place < to; place++) {
      const offset = (place - start) * vocabularySize;
      let normaliser = normalisers.get(place);
      if (normaliser === undefined) {
        normaliser = logSumExp(logits, offset, vocabularySize);
        if (Number.isNaN(normaliser))
          throw new AttributionError(
            `the model's logits after ${place + 1} tokens of prefix ${request} and its continuation hold NaN or infinity: no probability follows from them`,
          );
        normalisers.set(place, normaliser);
      }
      const logit = logits[offset + targets[place - first]!]!;
      score.logits[place - first] = logit;
      score.logProbabilities[place - first] = logit - normaliser;
    }
    score.missing -= to - from;
  }
}
