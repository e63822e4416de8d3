import { OnnxModel } from "@attr/backend-onnx";
import { type DifferentiableModel, hostBackend, type Tensor } from "@attr/core";
import * as ortNode from "onnxruntime-node";
import * as ortWeb from "onnxruntime-web";
import { formatTiming, interleave, type Timing } from "../measure/interleave.ts";
import type { ExplainedNetwork } from "./explained-network.ts";
import { batch, picture, same, size, target } from "./pictures.ts";

interface Side {
  readonly model: DifferentiableModel;
  readonly value: string;
  readonly feed: Tensor;
  readonly isLast: boolean;
}

/** A batch forward, and its gradient, on each runtime, of the same network, weights and rows. */
export async function sideBySide({ model, onnx, scores }: ExplainedNetwork, rounds: number): Promise<void> {
  // In Node TensorFlow.js has one thread on wasm.
  const session = { intraOpNumThreads: 1, logSeverityLevel: 4 } as const;
  await using inNode = await OnnxModel.load(onnx, { runtime: ortNode, session });
  await using asWasm = await OnnxModel.load(onnx, { runtime: ortWeb, session });
  using _scope = model.backend.scope();
  const rows = hostBackend.fromData(
    Float32Array.from(
      { length: batch * picture.length },
      (_, i) => picture[i % picture.length]! / (1 + Math.floor(i / picture.length)),
    ),
    [batch, size, size, 3],
    "float32",
  );
  const isLast = inNode.inputs[0]!.shape?.at(-1) === 3;
  const own = { value: scores.onnx, feed: isLast ? rows : hostBackend.transpose(rows, [0, 3, 1, 2]), isLast };
  const sides: Readonly<Record<string, Side>> = {
    "tfjs wasm": { model, value: scores.tfjs, feed: model.backend.from(rows), isLast: true },
    "onnxruntime-node": { model: inNode, ...own },
    "onnxruntime-web": { model: asWasm, ...own },
  };
  console.log(`${batch} rows a call, one thread`);
  for (const [what, work] of Object.entries({ forward, gradient })) {
    const works = Object.fromEntries(Object.entries(sides).map(([name, side]) => [`${what}, ${name}`, () => work(side)]));
    const [first, ...others] = await Promise.all(Object.values(works).map((run) => run()));
    for (const other of others) same(what, other!, first!);
    const times: Readonly<Record<string, Timing>> = await interleave(works, rounds);
    for (const [label, timing] of Object.entries(times)) console.log(formatTiming(label, timing));
  }
}

async function forward({ model, value, feed }: Side): Promise<ArrayLike<number>> {
  using _scope = model.backend.scope();
  const found = await model.run({ feeds: { [model.inputs[0]!.name]: feed }, fetches: [value] });
  return Float64Array.from((await model.backend.read(found[value]!)).data, Number);
}

async function gradient({ model, value, feed, isLast }: Side): Promise<ArrayLike<number>> {
  using _scope = model.backend.scope();
  const input = model.inputs[0]!.name;
  const objective = { value, index: Array.from({ length: batch }, () => [target]) };
  const { gradients } = await model.gradient({ feeds: { [input]: feed }, objective, wrt: [input] });
  const found = hostBackend.from(await model.backend.read(gradients[input]!));
  return Float64Array.from((isLast ? found : hostBackend.transpose(found, [0, 2, 3, 1])).data, Number);
}
