import { type ModelProto, readModel, type TensorProto, writeModel } from "@attr/backend-onnx";
import { type HostTensor, tensor } from "@attr/core";

/** ONNX's codes of the two element types. */
const float32 = 1;
const float16 = 10;

/** Smaller tensors hold constants (epsilons, infinities) that 16 bits would change; they weigh nothing anyway. */
const fewestElements = 1024;

/**
 * An ONNX file with its weights in half precision: what travels to the page, half as heavy. No runtime takes it as it is;
 * {@link widenWeights} makes a file of float32 of it again, with weights rounded to 11 bits.
 */
export function narrowWeights(file: Uint8Array): Uint8Array {
  return mapWeights(file, (tensor) => {
    if (tensor.dataType !== float32 || tensor.rawData === undefined || elementsOf(tensor) < fewestElements) return tensor;
    const wide = new Float32Array(tensor.rawData.slice().buffer);
    const narrow = Float16Array.from(wide);
    if (!narrow.every(Number.isFinite)) return tensor;
    return { ...tensor, dataType: float16, rawData: new Uint8Array(narrow.buffer) };
  });
}

/** The file that {@link narrowWeights} was given, as float32 again. Files without half-precision weights come back equal. */
export function widenWeights(file: Uint8Array): Uint8Array {
  const numbers = halfNumbers();
  return mapWeights(file, (tensor) => {
    if (tensor.dataType !== float16 || tensor.rawData === undefined) return tensor;
    const narrow = new Uint16Array(tensor.rawData.slice().buffer);
    const wide = new Float32Array(narrow.length);
    for (let i = 0; i < narrow.length; i++) wide[i] = numbers[narrow[i]!]!;
    return { ...tensor, dataType: float32, rawData: new Uint8Array(wide.buffer) };
  });
}

function mapWeights(file: Uint8Array, change: (tensor: TensorProto) => TensorProto): Uint8Array {
  const model: ModelProto = readModel(file);
  return writeModel({ ...model, graph: { ...model.graph, initializers: model.graph.initializers.map(change) } });
}

function elementsOf({ dims }: TensorProto): number {
  return dims.reduce((product, size) => product * size, 1);
}

/** What each pattern of 16 bits stands for. Not every browser has Float16Array. */
function halfNumbers(): HostTensor<"float32">["data"] {
  const patterns = Uint16Array.from({ length: 0x10000 }, (_, bits) => bits);
  return tensor({ type: "float16", dims: [patterns.length], data: patterns }, "float32").data;
}
