import { AttributionError, InvalidArgumentError, type ValueInfo } from "@attr/core";
import type { GraphModel } from "@tensorflow/tfjs-converter";
import { settingTexts } from "../inspect/setting-text.ts";
import type { TensorFlow, TfTensor } from "../runtime/tensor-flow.ts";
import {
  type GraphExecutor,
  type GraphModelParts,
  type GraphNode,
  graphModelParts,
  hasToWait,
  parseName,
  type Weights,
} from "./graph-model.ts";
import type { Execution, Network } from "./network.ts";
import { type SplitGraph, splitOutputs } from "./split-outputs.ts";
import { told, toldNow } from "./told.ts";
import { runUnfused } from "./unfused-nodes.ts";
import { valueInfo } from "./value-info.ts";

/** A live graph model as a network: every node's outputs can be fed and fetched. */
export class GraphNetwork implements Network {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly values: readonly string[];
  readonly notes: readonly string[] = [];
  readonly blackBox: string | undefined;
  readonly #tf: TensorFlow;
  readonly #parts: GraphModelParts;
  readonly #split: SplitGraph;
  readonly #weights: Weights;
  readonly #infos: ReadonlyMap<string, ValueInfo>;
  /** Runs any part of the graph at once. */
  readonly #executor: GraphExecutor;
  /** Run one node each. */
  readonly #runners = new Map<string, GraphExecutor>();
  readonly #plans = new Map<string, Plan>();

  constructor(tf: TensorFlow, model: GraphModel) {
    this.#tf = tf;
    this.#parts = graphModelParts(model);
    const { executor, makeExecutor } = this.#parts;
    const outputs = outputsOf(this.#parts);
    this.#split = splitOutputs(
      executor.graph,
      outputs.map(({ name }) => name),
    );
    const { graph, nodeOf } = this.#split;
    this.#weights = executor.weightMap;
    this.#executor = makeExecutor(graph, this.#weights);
    const constants = new Set(graph.weights.map(({ name }) => name));
    const infos = new Map<string, ValueInfo>();
    for (const node of graph.inputs) infos.set(node.name, inputInfo(node));
    const byNode = new Map([...nodeOf].map(([value, node]) => [node, value]));
    for (const node of inOrder(Object.values(graph.nodes))) {
      const value = byNode.get(node.name);
      if (value !== undefined && !constants.has(value) && !infos.has(value)) infos.set(value, { name: value });
    }
    for (const output of outputs) if (infos.get(output.name)?.dtype === undefined) infos.set(output.name, output);
    this.#infos = infos;
    this.values = [...infos.keys()];
    this.inputs = graph.inputs.map(({ name }) => infos.get(name)!);
    this.outputs = outputs.map(({ name }) => infos.get(name)!);
    const waits = this.#plan(
      new Set(this.inputs.map(({ name }) => name)),
      this.outputs.map(({ name }) => name),
    ).order.find(hasToWait);
    this.blackBox =
      waits === undefined
        ? undefined
        : `node "${waits.name}" (${waits.op}) decides while it runs what is run, so the graph is a black box: it can be run, but its inner values and gradients are out of reach`;
  }

  value(name: string): ValueInfo | undefined {
    return this.#infos.get(name);
  }

  describe(): ReturnType<Network["describe"]> {
    const { graph } = this.#parts.executor;
    const sizeOfWeight = (name: string): number => (this.#weights[name] ?? []).reduce((sum, tensor) => sum + countOf(tensor), 0);
    const isWeight = (name: string): boolean => this.#weights[name] !== undefined;
    const inputs = new Set(graph.inputs.map(({ name }) => name));
    const made = new Map<string, string[]>();
    for (const name of this.#split.nodeOf.keys()) {
      const [node] = parseName(name);
      made.set(node, [...(made.get(node) ?? []), name]);
    }
    const nodes = inOrder(Object.values(graph.nodes)).flatMap((node) => {
      if (isWeight(node.name) || inputs.has(node.name)) return [];
      const reads = node.inputNames.filter((name) => !name.startsWith("^"));
      return {
        name: node.name,
        operator: node.op,
        inputs: reads.filter((name) => !isWeight(parseName(name)[0])).map(valueName),
        outputs: made.get(node.name) ?? [node.name],
        attributes: settingTexts(Object.fromEntries(Object.entries(node.attrParams).map(([name, one]) => [name, one?.value]))),
        parameters: reads.reduce((sum, name) => sum + sizeOfWeight(parseName(name)[0]), 0),
      };
    });
    const parameters = Object.keys(this.#weights).reduce((sum, name) => sum + sizeOfWeight(name), 0);
    return { format: "graph-model", parameters, nodes };
  }

  required(fed: readonly string[], fetches: readonly string[]): readonly string[] {
    const { missing } = this.#plan(new Set(fed), fetches);
    return this.inputs.map(({ name }) => name).filter((name) => missing.has(name));
  }

  execute(feeds: ReadonlyMap<string, TfTensor>, fetches: readonly string[], execution: Execution): readonly TfTensor[] {
    this.#checkInputs(feeds, fetches);
    return execution.unfused ? this.#byNode(feeds, fetches, execution) : this.#atOnce(feeds, fetches);
  }

  async executeAsync(
    feeds: ReadonlyMap<string, TfTensor>,
    fetches: readonly string[],
    around: <T>(step: () => T) => T,
  ): Promise<readonly TfTensor[]> {
    this.#checkInputs(feeds, fetches);
    // One of its own for each run, to know what to free where it fails.
    const executor = this.#parts.makeExecutor(this.#split.graph, this.#weights);
    const computed = watched(executor, around);
    const others = new Set([...feeds.values(), ...Object.values(this.#weights).flat()].map(({ id }) => id));
    try {
      const results = await told("the graph", () => executor.executeAsync(this.#byNodeName(feeds), this.#nodes(fetches)));
      checkComputed(results, fetches);
      // What is nobody else's is the caller's.
      return results.map((tensor) => (others.has(tensor.id) ? this.#tf.clone(tensor) : tensor));
    } catch (error) {
      // What had begun before it failed may still end.
      await new Promise((resolve) => setTimeout(resolve, 0));
      for (const tensor of computed()) if (!others.has(tensor.id)) tensor.dispose();
      throw error;
    }
  }

  #atOnce(feeds: ReadonlyMap<string, TfTensor>, fetches: readonly string[]): readonly TfTensor[] {
    const wanted = [...new Set(fetches)].filter((name) => !feeds.has(name));
    let results: readonly TfTensor[] = [];
    try {
      if (wanted.length > 0) results = this.#executor.execute(this.#byNodeName(feeds), this.#nodes(wanted));
    } catch (cause) {
      // Node by node the same fails, and it is known where.
      this.#byNode(feeds, wanted, { unfused: false });
      toldNow("the graph", () => {
        throw cause;
      });
    }
    checkComputed(results, wanted);
    return fetches.map((name) => feeds.get(name) ?? results[wanted.indexOf(name)]!);
  }

  #byNode(feeds: ReadonlyMap<string, TfTensor>, fetches: readonly string[], execution: Execution): readonly TfTensor[] {
    const { order } = this.#plan(new Set(feeds.keys()), fetches);
    const tensors = new Map<string, TfTensor>();
    for (const [name, tensor] of feeds) tensors.set(this.#split.nodeOf.get(name)!, tensor);
    const several = new Map<string, readonly TfTensor[]>();
    for (const node of order) {
      if (tensors.has(node.name)) continue;
      const what = `node "${node.name}" (${node.op})`;
      execution.entering?.(what, [node.name]);
      const read = (name: string): TfTensor => {
        const [of, output] = parseName(name);
        const tensor = several.get(of)?.[output] ?? tensors.get(of) ?? this.#weights[of]?.[output];
        if (tensor === undefined) throw new AttributionError(`${what} reads "${name}", which was not computed`);
        return tensor;
      };
      if (this.#split.identities.has(node.name)) {
        tensors.set(node.name, this.#tf.clone(read(node.inputNames[0]!)));
        continue;
      }
      const unfused = toldNow(what, () => runUnfused(this.#tf, node, node.inputNames.map(read)));
      if (unfused !== undefined) tensors.set(node.name, unfused);
      else {
        const reads = node.inputs.filter(({ name }) => this.#weights[name] === undefined);
        const given = Object.fromEntries(reads.map(({ name }) => [name, read(name)]));
        const parts = this.#parts;
        const outputs = node.children.flatMap(({ inputNames }) => inputNames).filter((name) => parseName(name)[0] === node.name);
        const isSplit = outputs.some((name) => parseName(name)[1] > 0);
        const names = isSplit ? [...new Set(outputs)] : [node.name];
        const results = toldNow(what, () => this.#runner(node, parts).execute(given, names));
        if (!isSplit) tensors.set(node.name, results[0]!);
        else {
          const all: TfTensor[] = [];
          names.forEach((name, i) => {
            all[parseName(name)[1]] = results[i]!;
          });
          several.set(node.name, all);
        }
      }
    }
    return fetches.map((name) => {
      const node = this.#split.nodeOf.get(name)!;
      // An output may be a weight.
      const tensor = tensors.get(node) ?? this.#weights[node]?.[0];
      if (tensor === undefined) throw new AttributionError(`"${name}" was not computed: the graph is not whole`);
      return tensor;
    });
  }

  /** An executor that holds no more weights than the node reads, since each run copies their table. */
  #runner(node: GraphNode, parts: GraphModelParts): GraphExecutor {
    let runner = this.#runners.get(node.name);
    if (runner === undefined) {
      const weights = Object.fromEntries(
        node.inputs.flatMap(({ name }) => (this.#weights[name] === undefined ? [] : [[name, this.#weights[name]]])),
      );
      runner = parts.makeExecutor(this.#split.graph, weights);
      this.#runners.set(node.name, runner);
    }
    return runner;
  }

  #checkInputs(feeds: ReadonlyMap<string, TfTensor>, fetches: readonly string[]): void {
    const { missing } = this.#plan(new Set(feeds.keys()), fetches);
    for (const name of missing)
      throw new InvalidArgumentError(
        `input "${name}" is missing; given: ${feeds.size === 0 ? "none" : [...feeds.keys()].map((key) => `"${key}"`).join(", ")}`,
      );
  }

  #byNodeName(feeds: ReadonlyMap<string, TfTensor>): Record<string, TfTensor> {
    return Object.fromEntries([...feeds].map(([name, tensor]) => [this.#split.nodeOf.get(name)!, tensor]));
  }

  #nodes(values: readonly string[]): string[] {
    return values.map((name) => this.#split.nodeOf.get(name)!);
  }

  #plan(fed: ReadonlySet<string>, fetches: readonly string[]): Plan {
    const key = JSON.stringify([[...fed].sort(), [...fetches]]);
    let plan = this.#plans.get(key);
    if (plan === undefined) {
      const { graph, nodeOf } = this.#split;
      const given = new Set([...fed].map((name) => nodeOf.get(name)!));
      const starts = fetches.map((name) => graph.nodes[nodeOf.get(name)!]!).filter(({ name }) => !given.has(name));
      const order: GraphNode[] = [];
      const missing = new Set<string>();
      const inputs = new Set(graph.inputs.map(({ name }) => name));
      for (const node of inOrder(starts, (name) => given.has(name) || this.#weights[name] !== undefined)) {
        if (given.has(node.name) || this.#weights[node.name] !== undefined) continue;
        if (inputs.has(node.name) || node.op.startsWith("Placeholder")) missing.add(node.name);
        else order.push(node);
      }
      plan = { order, missing };
      if (this.#plans.size >= mostPlans) this.#plans.clear();
      this.#plans.set(key, plan);
    }
    return plan;
  }
}

/** Numbers that a weight holds: whole ones are sizes and axes, and are settings rather than parameters. */
function countOf({ dtype, size }: TfTensor): number {
  return dtype === "float32" ? size : 0;
}

/** The name that a node's output has as a value. */
function valueName(name: string): string {
  const [node, output] = parseName(name);
  return output === 0 ? node : `${node}:${output}`;
}

/** An executor gives nothing for what a broken graph leads nowhere to. */
function checkComputed(results: readonly (TfTensor | null | undefined)[], names: readonly string[]): void {
  names.forEach((name, i) => {
    const tensor = results[i];
    if (tensor === undefined || tensor === null) throw new AttributionError(`"${name}" was not computed: the graph is not whole`);
  });
}

const mostPlans = 256;

interface Plan {
  readonly order: readonly GraphNode[];
  readonly missing: ReadonlySet<string>;
}

/** The nodes and all they need, each after what it reads; loops are cut where they close. */
function inOrder(starts: readonly GraphNode[], stops: (name: string) => boolean = () => false): GraphNode[] {
  const state = new Map<GraphNode, "open" | "done">();
  const order: GraphNode[] = [];
  const stack = [...starts].reverse();
  while (stack.length > 0) {
    const node = stack.at(-1)!;
    const known = state.get(node);
    if (known !== undefined) {
      stack.pop();
      if (known === "open") {
        state.set(node, "done");
        order.push(node);
      }
      continue;
    }
    state.set(node, "open");
    if (stops(node.name)) continue;
    for (const input of [...node.inputs].reverse()) if (!state.has(input)) stack.push(input);
  }
  return order;
}

function inputInfo(node: GraphNode): ValueInfo {
  const shape = node.attrParams["shape"]?.value as readonly number[] | undefined; // a placeholder's attribute
  const dtype = node.attrParams["dtype"]?.value as string | undefined; // likewise
  return valueInfo(node.name, dtype, freeShape(shape));
}

function freeShape(shape: readonly number[] | null | undefined): ValueInfo["shape"] {
  return Array.isArray(shape) ? shape.map((size) => (size < 0 ? null : size)) : undefined;
}

const signatureTypes: Readonly<Record<string, string>> = {
  DT_FLOAT: "float32",
  DT_INT32: "int32",
  DT_INT64: "int32",
  DT_BOOL: "bool",
  1: "float32",
  3: "int32",
  9: "int32",
  10: "bool",
};

/** The outputs in the order of `model.outputs`, under their nodes' names, with what the signature tells of them. */
function outputsOf({ executor, signature }: GraphModelParts): ValueInfo[] {
  const entries = Object.values(signature.outputs ?? {});
  return executor.graph.outputs.flatMap((node) => {
    const own = entries.filter(({ name }) => parseName(name)[0] === node.name);
    if (own.length === 0) return [{ name: node.name }];
    return own.map(({ name, dtype, tensorShape }) => {
      const [, output] = parseName(name);
      const sizes = tensorShape?.dim?.map(({ size }) => Number(size));
      return valueInfo(
        output === 0 ? node.name : `${node.name}:${output}`,
        dtype === undefined ? undefined : signatureTypes[dtype],
        freeShape(sizes),
      );
    });
  });
}

type Step = (this: GraphExecutor, ...parameters: unknown[]) => Promise<unknown>[];

/**
 * Takes what is ready node by node: where one throws, the promises of those before it would be lost, and one of them that fails later
 * would end the process.
 */
function oneByOne(executor: GraphExecutor, step: Step, [inputs, ready, ...others]: readonly unknown[]): Promise<unknown>[] {
  const stack = ready as unknown[]; // of nodes with their contexts
  const promises: Promise<unknown>[] = [];
  try {
    while (stack.length > 0) {
      const single = [stack.pop()];
      single.push = (...items) => stack.push(...items);
      promises.push(...step.call(executor, inputs, single, ...others));
    }
  } catch (error) {
    for (const promise of promises) promise.catch(() => undefined);
    throw error;
  }
  return promises;
}

/** Puts `around` about the steps of an executor and of those inside it; what comes back lists the tensors computed so far. */
function watched(executor: GraphExecutor, around: <T>(step: () => T) => T): () => readonly TfTensor[] {
  const tables = new Set<TensorTable>();
  const watch = (one: GraphExecutor): void => {
    const { processStack } = one;
    if (processStack !== undefined)
      one.processStack = (...parameters) => {
        tables.add(parameters[3] as TensorTable); // see there
        return around(() => oneByOne(one, processStack as Step, parameters as unknown[]));
      };
    for (const inner of Object.values(one.functionExecutorMap ?? {})) watch(inner);
  };
  watch(executor);
  return () =>
    [...tables]
      .flatMap((table) => Object.values(table).flatMap((list) => list ?? []))
      .filter((tensor): tensor is TfTensor => tensor?.isDisposed === false);
}

type TensorTable = Readonly<Record<string, readonly (TfTensor | undefined)[] | undefined>>;
