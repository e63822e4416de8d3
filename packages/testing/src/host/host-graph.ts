import {
  type DifferentiableGraphModel,
  type DType,
  type GradientRequest,
  type GradientResult,
  type HostTensor,
  hostBackend,
  InvalidArgumentError,
  type NamedTensors,
  type RunRequest,
  tensor,
  type ValueInfo,
} from "@attr/core";
import { type BackwardStep, differentiate } from "./reverse-mode.ts";

/** One operation of a host graph: a named value, computed from others. */
export interface HostNode {
  readonly name: string;
  /** Names of inputs or of nodes before it. */
  readonly inputs: readonly string[];
  /** The value, of those it is computed from. */
  compute(...inputs: HostTensor[]): HostTensor;
  /** What goes back to the operands; absent where the operation has no derivative. */
  readonly backward?: BackwardStep | undefined;
}

/** The values of a graph that is computed in the host's memory. */
export interface HostGraphOptions {
  /** What is fed: names, or names with a dtype and a shape. */
  readonly inputs: readonly (string | ValueInfo)[];
  /** In an order in which they can be computed. */
  readonly nodes: readonly HostNode[];
  /** The first one is explained. */
  readonly outputs: readonly string[];
  /** @defaultValue 64 */
  readonly maxBatchSize?: number | undefined;
  /** What the model says of itself in results. */
  readonly notes?: readonly string[] | undefined;
}

/**
 * A small graph model over the host backend: every value can be fetched, fed and differentiated by. With float64 inputs it is the oracle
 * of other tests.
 */
export function hostGraph({ inputs, nodes, outputs, maxBatchSize = 64, notes }: HostGraphOptions): DifferentiableGraphModel {
  const infos = inputs.map((input) => (typeof input === "string" ? { name: input } : input));
  const values = [...infos, ...nodes].map(({ name }) => name);
  const nodeOf = new Map(nodes.map((node) => [node.name, node]));
  const infoOf = (name: string): ValueInfo | undefined =>
    infos.find((info) => info.name === name) ?? (nodeOf.has(name) ? { name } : undefined);

  const required = (fed: readonly string[], fetches: readonly string[]): string[] => {
    const reached = new Set<string>();
    const visit = (name: string): void => {
      if (fed.includes(name) || reached.has(name)) return;
      reached.add(name);
      for (const input of nodeOf.get(name)?.inputs ?? []) visit(input);
    };
    for (const name of fetches) visit(name);
    return infos.map(({ name }) => name).filter((name) => reached.has(name));
  };

  /** Checks a request and gives what computes values of it by name. */
  const evaluator = (request: Pick<RunRequest, "feeds" | "fetches" | "shared" | "stacked" | "origin" | "signal">) => {
    request.signal?.throwIfAborted();
    const rows = rowCount(request);
    if (rows > maxBatchSize) throw new InvalidArgumentError(`the graph takes ${maxBatchSize} rows a call, got ${rows}`);
    for (const name of [...Object.keys(request.feeds), ...request.fetches])
      if (!values.includes(name))
        throw new InvalidArgumentError(`"${name}" is no value of the graph, which has ${listOf(values)}`);
    for (const name of required(Object.keys(request.feeds), request.fetches))
      if (!Object.hasOwn(request.feeds, name))
        throw new InvalidArgumentError(`input "${name}" is missing; given: ${listOf(Object.keys(request.feeds))}`);
    return evaluatorOf(request.feeds);
  };

  const evaluatorOf = (feeds: NamedTensors): ((name: string) => HostTensor) => {
    // Feeds of the host backend are HostTensors.
    const known = new Map(Object.entries(feeds as Record<string, HostTensor>));
    const evaluate = (name: string): HostTensor => {
      const done = known.get(name);
      if (done !== undefined) return done;
      const node = nodeOf.get(name)!;
      const result = node.compute(...node.inputs.map(evaluate));
      known.set(name, result);
      return result;
    };
    return evaluate;
  };

  return {
    backend: hostBackend,
    inputs: infos,
    outputs: outputs.map((name) => infoOf(name)!),
    maxBatchSize,
    notes,
    values,
    value: infoOf,
    required,
    async run(request: RunRequest): Promise<NamedTensors> {
      const evaluate = evaluator(request);
      return Object.fromEntries(request.fetches.map((name) => [name, evaluate(name)]));
    },
    async gradient(request: GradientRequest): Promise<GradientResult> {
      const { objective, wrt, fetches = [], rules } = request;
      const evaluate = evaluator({ ...request, fetches: [objective.value, ...wrt, ...fetches] });
      const reference = rules?.kind === "deepLift" ? evaluatorOf({ ...request.feeds, ...rules.reference }) : undefined;
      return {
        gradients: differentiate({ nodes, fed: Object.keys(request.feeds), objective, wrt, rules, evaluate, reference }),
        values: Object.fromEntries(fetches.map((name) => [name, evaluate(name)])),
      };
    },
  };
}

function listOf(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}

/** How many rows are fed. @throws InvalidArgumentError where the feeds disagree. */
function rowCount({
  feeds,
  shared = [],
  stacked = [],
  origin,
}: Pick<RunRequest, "feeds" | "shared" | "stacked" | "origin">): number {
  const counts = Object.entries(feeds).flatMap(([name, { shape }]) =>
    shape.length === 0 || shared.includes(name) || stacked.includes(name) ? [] : [shape[0]!],
  );
  const rows = origin?.examples.length ?? counts[0];
  if (rows === undefined) throw new InvalidArgumentError("no input with rows is fed; its first axis is the batch");
  if (counts.some((count) => count !== rows))
    throw new InvalidArgumentError(`the inputs have ${counts.join(", ")} rows; they must have one row each for every row`);
  return rows;
}

/** `input · weight + bias`; `weight` is `[in, out]`. */
export function linear(name: string, input: string, weight: readonly (readonly number[])[], bias?: readonly number[]): HostNode {
  return {
    name,
    inputs: [input],
    compute(x) {
      const product = hostBackend.matMul(x, tensor(weight, x.dtype));
      return bias === undefined ? product : hostBackend.add(product, tensor(bias, x.dtype));
    },
    backward: { kind: "linear", weight, bias },
  };
}

export function relu(name: string, input: string): HostNode {
  return {
    name,
    inputs: [input],
    compute: (x) => hostBackend.maximum(x, tensor(0, x.dtype)),
    backward: {
      kind: "rectifier",
      slope: (x) => hostBackend.cast(hostBackend.less(tensor(0, x.dtype), x), x.dtype),
    },
  };
}

export function tanh(name: string, input: string): HostNode {
  // tanh x = 1 − 2 / (e^2x + 1), which does not overflow to NaN.
  return {
    name,
    inputs: [input],
    compute(x) {
      const [one, two] = [tensor(1, x.dtype), tensor(2, x.dtype)];
      const power = hostBackend.exp(hostBackend.mul(two, x));
      return hostBackend.sub(one, hostBackend.div(two, hostBackend.add(power, one)));
    },
    backward: { kind: "activation", slope: (x, y) => hostBackend.sub(tensor(1, x.dtype), hostBackend.mul(y, y)) },
  };
}

/** `scale · x + offset`, element by element. */
export function affine(name: string, input: string, scale: number, offset = 0): HostNode {
  return {
    name,
    inputs: [input],
    compute: (x) => hostBackend.add(hostBackend.mul(x, tensor(scale, x.dtype)), tensor(offset, x.dtype)),
    backward: { kind: "affine", scale },
  };
}

/** Rows of another shape: `shape` is without the batch axis. */
export function reshape(name: string, input: string, shape: readonly number[]): HostNode {
  return {
    name,
    inputs: [input],
    compute: (x) => hostBackend.reshape(x, [x.shape[0]!, ...shape]),
    backward: { kind: "reshape" },
  };
}

/** The product of two values, element by element. */
export function mul(name: string, a: string, b: string): HostNode {
  return { name, inputs: [a, b], compute: (x, y) => hostBackend.mul(x, y), backward: { kind: "product" } };
}

export function add(name: string, ...inputs: readonly string[]): HostNode {
  return {
    name,
    inputs,
    compute: (...terms) => terms.reduce((sum, term) => hostBackend.add(sum, term)),
    backward: { kind: "sum" },
  };
}

/**
 * The three-input network most published reference values are of: `z = Σx + (−10, 1, 1, 1)`, `out = (Σ relu z − 1, Σ relu z + 1)`, with
 * layers "linear0" (x itself), "linear1" (z), "relu" and "linear2" (the output).
 *
 * @param options.bypass adds a second hidden layer that is computed from the input directly, past "linear0": "multi_relu" is both.
 */
export function referenceNetwork(
  options: { readonly dtype?: DType; readonly bypass?: boolean; readonly maxBatchSize?: number } = {},
): DifferentiableGraphModel {
  const { dtype = "float64", bypass = false, maxBatchSize } = options;
  const identity = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ];
  const ones = [
    [1, 1, 1, 1],
    [1, 1, 1, 1],
    [1, 1, 1, 1],
  ];
  const columns = [
    [1, 1],
    [1, 1],
    [1, 1],
    [1, 1],
  ];
  const hidden = [linear("linear1", "linear0", ones, [-10, 1, 1, 1]), relu("relu", "linear1")];
  const other = [
    linear("linear1_bypass", "x", ones, [-10, 1, 1, 1]),
    relu("relu_bypass", "linear1_bypass"),
    add("multi_relu", "relu", "relu_bypass"),
  ];
  return hostGraph({
    inputs: [{ name: "x", dtype, shape: ["batch", 3] }],
    nodes: [
      linear("linear0", "x", identity),
      ...hidden,
      ...(bypass ? other : []),
      linear("linear2", bypass ? "multi_relu" : "relu", columns, [-1, 1]),
    ],
    outputs: ["linear2"],
    maxBatchSize,
  });
}
