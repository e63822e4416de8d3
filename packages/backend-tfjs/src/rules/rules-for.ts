import { type GradientRules, InvalidArgumentError } from "@attr/core";
import type { PropagationRules } from "../gradient/backpropagate.ts";
import type { Tape } from "../gradient/tape.ts";
import type { Repairs } from "../repair/with-gradients.ts";
import type { TensorFlow, TfTensor } from "../runtime/tensor-flow.ts";
import { deepLiftKernels, deepLiftRules } from "./deep-lift.ts";
import { kernelCalls } from "./kernel-calls.ts";
import { relevanceKernels, relevanceRules } from "./lrp.ts";
import { rectifierRules } from "./rectifiers.ts";

/** What was recorded, for rules that look at it. */
export interface Recorded {
  readonly tape: Tape;
  /** The same at the reference feeds; given for `deepLift`. */
  readonly reference: Tape | undefined;
  /** The tensors of the feeds that have a reference. */
  readonly compared: readonly TfTensor[];
  /** What is differentiated by. */
  readonly by: readonly TfTensor[];
}

/** A kind of propagation, before anything is recorded. */
export interface Propagation {
  /** What has to be registered while operations are recorded and gone back over. */
  readonly repairs: Repairs;
  /** What is sent back from the objective's value, given its cotangent. */
  start(value: TfTensor, cotangent: TfTensor): TfTensor;
  over(recorded: Recorded): PropagationRules | undefined;
}

/**
 * How operations are recorded and gone back over for a request's rules; one without a rule of its own passes its true derivative.
 *
 * @throws InvalidArgumentError for rules that there are not.
 */
export function propagationFor(tf: TensorFlow, rules: GradientRules | undefined, repairs: Repairs): Propagation {
  const start: Propagation["start"] = (_, cotangent) => cotangent;
  switch (rules?.kind) {
    case undefined:
      if (rules === undefined) return { repairs, start, over: () => undefined };
      break;
    case "guided":
    case "deconvolution":
      return { repairs, start, over: () => rectifierRules(tf, rules.kind) };
    case "deepLift": {
      if (!isObject(rules.reference)) throw wrong("rules.reference", "tensors by name", rules.reference);
      const calls = kernelCalls(tf, repairs, deepLiftKernels);
      return {
        repairs: calls.repairs,
        start,
        over: ({ tape, reference, compared }) =>
          deepLiftRules(tf, { here: tape, there: reference! }, compared, calls, rules.epsilon ?? 1e-10),
      };
    }
    case "lrp": {
      if (!isObject(rules.linear)) throw wrong("rules.linear", "a rule", rules.linear);
      const calls = kernelCalls(tf, repairs, relevanceKernels);
      return {
        repairs: calls.repairs,
        start: (value, cotangent) => tf.mul(cotangent, value),
        over: ({ tape, by }) => relevanceRules(tf, tape, by, calls, rules),
      };
    }
  }
  // What comes from JavaScript may be anything.
  const given = rules as { readonly kind?: unknown } | null;
  throw wrong("rules.kind", 'one of "guided", "deconvolution", "deepLift", "lrp"', given?.kind);
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

function wrong(subject: string, what: string, got: unknown): InvalidArgumentError {
  return new InvalidArgumentError(`${subject} must be ${what}, got ${JSON.stringify(got) ?? String(got)}`);
}
