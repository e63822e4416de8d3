import { type GradientRequest, hostBackend, type NamedTensors, type Random } from "@attr/core";
import type { OnnxModel } from "./onnx-model.ts";

function pick<T>(list: readonly T[], random: Random): T {
  return list[random.integer(list.length)]!;
}

const numbers = [0, 1, 2, -1, 3.5, 64, 2 ** 31, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY, -0.25, 1e-30, 1e30];
const kinds = ["epsilon", "gamma", "alphaBeta", "zPlus", "wSquare", "flat", "zBox", "identity", "sigma", ""];

/** A question about a model's gradient of which most parts may make no sense: names, indices, shapes, rules and their numbers. */
export function hostileQuestion(model: OnnxModel, feeds: NamedTensors, random: Random): GradientRequest {
  const names = [...model.values, "", "nothing", "__proto__", "toString"];
  const value = random.integer(3) > 0 ? (model.outputs[0]?.name ?? "") : pick(names, random);
  const wrt = Array.from({ length: 1 + random.integer(3) }, () =>
    random.integer(2) === 0 ? (model.inputs[0]?.name ?? "") : pick(names, random),
  );
  const given = random.integer(4) === 0 ? Object.fromEntries(Object.entries(feeds).slice(1)) : feeds;
  // What a caller in plain JavaScript may hand over is of any type.
  return {
    feeds: random.integer(6) === 0 ? { ...given, [pick(names, random)]: tensor(random) } : given,
    objective: objective(value, random),
    wrt,
    fetches: random.integer(3) === 0 ? [pick(names, random)] : [],
    rules: rules(feeds, names, random),
    shared: random.integer(6) === 0 ? [pick(names, random)] : undefined,
  } as GradientRequest;
}

function objective(value: string, random: Random): unknown {
  switch (random.integer(5)) {
    case 0:
      return { value, cotangent: tensor(random) };
    case 1:
      return { value, index: [] };
    case 2:
      return pick(
        [undefined, null, 7, {}, { value }, { value, index: "0" }, { value, cotangent: [1] }, { index: [[0]] }],
        random,
      );
    default:
      return { value, index: [0, 1].map(() => Array.from({ length: random.integer(4) }, () => number(random))) };
  }
}

function number(random: Random): number {
  return random.integer(2) === 0 ? random.integer(3) : pick(numbers, random);
}

function tensor(random: Random): unknown {
  const shape = Array.from({ length: random.integer(4) }, () => random.integer(4));
  const size = shape.reduce((product, length) => product * length, 1);
  const data = Float32Array.from({ length: size }, () => pick(numbers, random));
  const made = hostBackend.fromData(data, shape, "float32");
  return random.integer(3) === 0 ? hostBackend.cast(made, pick(["int32", "int64", "float64", "bool"], random)) : made;
}

function rules(feeds: NamedTensors, names: readonly string[], random: Random): unknown {
  switch (random.integer(7)) {
    case 0:
      return { kind: pick(["guided", "deconvolution"], random) };
    case 1:
      return { kind: "deepLift", reference: feeds, epsilon: pick([undefined, ...numbers], random) };
    case 2:
      return { kind: "deepLift", reference: { [pick(names, random)]: tensor(random) } };
    case 3:
    case 4:
      return {
        kind: "lrp",
        linear: linear(random),
        layers: random.integer(2) === 0 ? { [pick(names, random)]: linear(random) } : undefined,
      };
    case 5:
      return pick(
        [null, 3, "guided", {}, { kind: "" }, { kind: "lrp" }, { kind: "deepLift" }, { kind: "deepLift", reference: 1 }],
        random,
      );
    default:
      return undefined;
  }
}

function linear(random: Random): unknown {
  const some = (): number | undefined => pick([undefined, ...numbers], random);
  if (random.integer(10) === 0) return pick([null, 1, "epsilon", {}], random);
  return { rule: pick(kinds, random), epsilon: some(), gamma: some(), alpha: some(), beta: some(), low: some(), high: some() };
}
