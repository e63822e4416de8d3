import type { TapeNode } from "../gradient/tape.ts";
import type { GradientDefinition, Repairs } from "../repair/with-gradients.ts";
import type { TensorFlow, TfTensor } from "../runtime/tensor-flow.ts";
import { fusedProduct, fusedProductCall } from "./fused-product.ts";

/** What a kernel was called with, and what it gave. */
export interface KernelCall {
  readonly operands: Readonly<Record<string, TfTensor>>;
  readonly result: TfTensor;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** What the kernel added besides, in the shape of its result, which is given without it. */
  readonly bias?: TfTensor | undefined;
  /** The kernel on other operands, with the same attributes. */
  run(operands: Readonly<Record<string, TfTensor>>): KernelResult;
}

/** What a kernel gives, and the way back from it. */
export interface KernelResult {
  readonly result: TfTensor;
  /** The part of a gradient for an operand. */
  back(cotangent: TfTensor, operand: string): TfTensor;
}

/** Kernels, with the names of the operands that are looked at; `"list"` where a kernel takes a list of them. */
export type Operands = Readonly<Record<string, readonly string[] | "list">>;

/** Lets rules see what kernels were called with, which the tape does not tell. */
export interface KernelCalls {
  /** What has to be registered while the tape is recorded. */
  readonly repairs: Repairs;
  /** The call of an operation that was recorded so; undefined for a kernel that is not looked at, or has no gradient. */
  of(node: TapeNode): KernelCall | undefined;
}

/**
 * Takes down the calls of kernels: their gradients are registered anew, saving operands and result as well, and tell when asked what they
 * were given. Asked for a gradient they give that of the definition they stand in for.
 */
export function kernelCalls(tf: TensorFlow, repairs: Repairs, kernels: Operands): KernelCalls {
  const asked: { open: boolean; call: KernelCall | undefined } = { open: false, call: undefined };
  const definitions = new Map(repairs.gradients.map((definition) => [definition.kernelName, definition]));
  for (const [kernelName, names] of Object.entries(kernels)) {
    const base = definitions.get(kernelName) ?? tf.getGradient(kernelName);
    if (base === undefined) continue;
    definitions.set(kernelName, {
      ...saving(base, names),
      gradFunc: (cotangent, saved, attributes) => {
        const result = saved.at(-1)!;
        const operands = Object.fromEntries(keysOf(base, names, saved.length - 1).map((name, i) => [name, saved[i]!]));
        if (!asked.open) return base.gradFunc(cotangent, savedFor(base, operands, result), attributes);
        const run: KernelCall["run"] = (others) => {
          const made = tf.engine().runKernel<TfTensor>(kernelName, others, attributes);
          const back: KernelResult["back"] = (given, operand) =>
            base.gradFunc(given, savedFor(base, others, made), attributes)[operand]!();
          return { result: made, back };
        };
        asked.call = { operands, result, attributes: attributes ?? {}, run };
        return {};
      },
    });
  }
  return {
    repairs: { ...repairs, gradients: [...definitions.values()] },
    of: (node) => {
      if (node.kernelName === fusedProduct) return fusedProductCall(tf, node);
      if (!Object.hasOwn(kernels, node.kernelName) || node.gradient === undefined) return undefined;
      asked.open = true;
      asked.call = undefined;
      try {
        // Nothing is computed, and what stands in for the cotangent is not looked at.
        node.gradient([node.saved.at(-1)]);
        return asked.call;
      } finally {
        asked.open = false;
      }
    },
  };
}

/** A definition that saves the operands looked at, those that it needs itself, and the result. */
function saving(base: GradientDefinition, names: readonly string[] | "list"): Omit<GradientDefinition, "gradFunc"> {
  const { kernelName } = base;
  const outputsToSave = [true];
  if (names === "list") return { kernelName, saveAllInputs: true, outputsToSave };
  return { kernelName, inputsToSave: keysOf(base, names, 0), outputsToSave };
}

/** The names of the operands that are saved, in order. */
function keysOf(base: GradientDefinition, names: readonly string[] | "list", count: number): string[] {
  if (names === "list") return Array.from({ length: count }, (_, i) => String(i));
  return [...new Set([...names, ...(base.inputsToSave ?? [])])];
}

/** What a definition would have saved itself. */
function savedFor(base: GradientDefinition, operands: Readonly<Record<string, TfTensor>>, result: TfTensor): TfTensor[] {
  const inputs = base.saveAllInputs === true ? Object.values(operands) : (base.inputsToSave ?? []).map((name) => operands[name]!);
  return base.outputsToSave?.[0] === true ? [...inputs, result] : inputs;
}
