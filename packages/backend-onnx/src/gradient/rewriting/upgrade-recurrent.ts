import type { NodeProto } from "../../onnx/proto.ts";
import { writeAttributes } from "../attributes.ts";

/**
 * A recurrent layer with the batch first (layout 1), which the runtime has no kernel of, as one with the steps first between
 * transpositions.
 *
 * @param name makes names for the values between
 */
export function stepsFirst(node: NodeProto, name: (what: string) => string): readonly NodeProto[] {
  const transposed = (from: string, to: string, perm: readonly number[]): NodeProto => ({
    inputs: [from],
    outputs: [to],
    name: to,
    opType: "Transpose",
    domain: "",
    attributes: writeAttributes({ perm }),
  });
  const before: NodeProto[] = [];
  // The sequence and the initial states; weights, lengths and peepholes have no batch.
  const inputs = node.inputs.map((input, i) => {
    if (input === "" || ![0, 5, 6].includes(i)) return input;
    const turned = name(`input_${i}`);
    before.push(transposed(input, turned, [1, 0, 2]));
    return turned;
  });
  const after: NodeProto[] = [];
  const outputs = node.outputs.map((output, i) => {
    if (output === "") return "";
    const own = name(`output_${i}`);
    after.push(transposed(own, output, i === 0 ? [2, 0, 1, 3] : [1, 0, 2]));
    return own;
  });
  const attributes = node.attributes.filter((attribute) => attribute.name !== "layout");
  return [...before, { ...node, inputs, outputs, attributes }, ...after];
}
