import type { GradientRules } from "@attr/core";
import type * as core from "@tensorflow/tfjs-core";
import { backpropagate } from "../gradient/backpropagate.ts";
import { record } from "../gradient/tape.ts";
import { repairsFor } from "../repair/registry.ts";
import { withGradients } from "../repair/with-gradients.ts";
import type { TensorFlow, TfTensor } from "../runtime/tensor-flow.ts";
import { propagationFor } from "./rules-for.ts";

type Tensor = core.Tensor;

/**
 * What comes back to tensors from a function of theirs by rules, given what comes back to its result. `references` are what the tensors
 * are compared with. `name`: what the function's operations are said to be part of.
 */
export function propagate(
  tf: TensorFlow,
  f: (xs: Tensor[]) => Tensor,
  xs: readonly Tensor[],
  cotangent: TfTensor,
  rules: GradientRules,
  { references = [], name = "f" }: { readonly references?: readonly Tensor[]; readonly name?: string } = {},
): readonly TfTensor[] {
  const propagation = propagationFor(tf, rules, repairsFor(tf));
  return withGradients(tf, propagation.repairs, () =>
    tf.tidy(() => {
      const recorded = (at: readonly Tensor[]) =>
        record(tf, (entering) => {
          entering(`function "${name}"`, [name]);
          return f([...at]);
        });
      const { value, tape } = recorded(xs);
      const reference = rules.kind === "deepLift" ? recorded(references).tape : undefined;
      try {
        const over = propagation.over({ tape, reference, compared: xs, by: xs });
        const seed = propagation.start(value, cotangent);
        return backpropagate(tf, tape, [{ value, seed }], xs, over).map((part, i) => part ?? tf.zerosLike(xs[i]!));
      } finally {
        tape.dispose();
        reference?.dispose();
      }
    }),
  );
}
