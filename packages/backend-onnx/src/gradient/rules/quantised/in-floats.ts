import type { NodeProto } from "../../../onnx/proto.ts";
import type { OperatorRule } from "../../rule.ts";
import { composed } from "../composed.ts";

/** Element types that quantised numbers have: all integers but those of indices. */
const quantised: ReadonlySet<number> = new Set([2, 3, 4, 5, 6, 21, 22]);

/** Whether a value of this element type may hold quantised numbers. */
export function mayBeQuantised(code: number | undefined): boolean {
  return code !== undefined && quantised.has(code);
}

/**
 * The rule of an operator that hands on quantised numbers of the kind that it is handed (it moves them, takes the largest, adds them): its
 * own rule, on the same numbers as floats.
 *
 * @param code the element type of the quantised numbers
 */
export function inFloats(node: NodeProto, code: number): OperatorRule {
  return composed((build, call) => {
    const inputs = node.inputs.map((input) => (input !== "" && build.code(input) === code ? build.castTo(input, 1) : input));
    const outputs = node.outputs.map((output) => (output === "" ? "" : build.name(node.opType)));
    build.write({ ...call.node, inputs, outputs, name: outputs.find((output) => output !== "")! });
    const float = build.type(inputs.find((input, i) => input !== node.inputs[i])!)!.element; // one was cast
    outputs.forEach((output, i) => {
      const type = output === "" ? undefined : build.type(node.outputs[i]!);
      if (type?.element.code === code) build.declare(output, { element: float, shape: type.shape });
    });
    return outputs.map((output) => (output === "" ? undefined : output));
  }, node.outputs.length);
}
