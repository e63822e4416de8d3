import type { ModelProto, NodeProto } from "@attr/backend-onnx";
import { node } from "../../../backend-onnx/src/onnx-builder.fixture.ts";

/** An ONNX file with other names for some of its values. */
export function renamed(file: ModelProto, names: Readonly<Record<string, string>>): ModelProto {
  const nameOf = (name: string): string => names[name] ?? name;
  const value = <V extends { readonly name: string }>(info: V): V => ({ ...info, name: nameOf(info.name) });
  const { graph } = file;
  return {
    ...file,
    graph: {
      ...graph,
      inputs: graph.inputs.map(value),
      outputs: graph.outputs.map(value),
      valueInfos: graph.valueInfos.map(value),
      nodes: graph.nodes.map(
        (each): NodeProto => ({ ...each, inputs: each.inputs.map(nameOf), outputs: each.outputs.map(nameOf) }),
      ),
    },
  };
}

/** An ONNX file of pictures that takes their channels last, under a name of its own. */
export function channelsLast(file: ModelProto, name: string, size: readonly number[]): ModelProto {
  const [input] = file.graph.inputs;
  const dims = [{ param: "n" }, ...size.map((length) => ({ value: length }))];
  return {
    ...file,
    graph: {
      ...file.graph,
      inputs: [{ name, type: { tensorType: { ...input!.type!.tensorType!, shape: { dims } } } }],
      nodes: [node("Transpose", [name], [input!.name], { perm: [0, 3, 1, 2] }), ...file.graph.nodes],
    },
  };
}

/** An ONNX file whose values bounded to 0 … 6 are the softplus of what they bound. */
export function smoothed(file: ModelProto): ModelProto {
  const nodes = file.graph.nodes.map((each) =>
    each.opType === "Clip" ? node("Softplus", [each.inputs[0]!], each.outputs) : each,
  );
  return { ...file, graph: { ...file.graph, nodes } };
}
