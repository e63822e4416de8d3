import type { ModelProto, NodeProto } from "../onnx/proto.ts";
import type { SessionOptions } from "./runtime.ts";

/** Settings of an execution provider: its name, or an object with it. */
type Provider = string | (Readonly<Record<string, unknown>> & { readonly name?: unknown });

/** A part of a file and the settings of its session. */
export interface SessionParts {
  readonly model: ModelProto;
  readonly options: SessionOptions;
}

/**
 * Leaves to the processor what the runtime's WebGPU takes and then cannot run: maxima of windows that are asked for their places, as their
 * gradients are. Sessions without WebGPU stay as they are.
 */
export function withoutUnsupportedNodes({ model, options }: SessionParts): SessionParts {
  const providers = options["executionProviders"];
  if (!Array.isArray(providers) || !providers.some(isWebGpu)) return { model, options };
  const used = new Set(model.graph.nodes.map(({ name }) => name));
  const names: string[] = [];
  let changed = false;
  const nodes = model.graph.nodes.map((node, at) => {
    if (!asksForPlaces(node)) return node;
    let { name } = node;
    // The runtime is told of nodes by their names, which must be no other's.
    for (let count = at; name === "" || (name !== node.name && used.has(name)); count++) name = `MaxPool ${count}`;
    names.push(name);
    if (name === node.name) return node;
    used.add(name);
    changed = true;
    return { ...node, name };
  });
  if (names.length === 0) return { model, options };
  return {
    model: changed ? { ...model, graph: { ...model.graph, nodes } } : model,
    options: {
      ...options,
      executionProviders: providers.map((provider: Provider) => (isWebGpu(provider) ? withNodes(provider, names) : provider)),
    },
  };
}

function isWebGpu(provider: Provider): boolean {
  return (typeof provider === "string" ? provider : provider?.name) === "webgpu";
}

function withNodes(provider: Provider, names: readonly string[]): Provider {
  const settings = typeof provider === "string" ? { name: provider } : provider;
  const { forceCpuNodeNames: own = [] } = settings as { readonly forceCpuNodeNames?: string | readonly string[] }; // the runtime's
  return { ...settings, forceCpuNodeNames: [...(typeof own === "string" ? [own] : own), ...names] };
}

function asksForPlaces({ opType, domain, outputs }: NodeProto): boolean {
  return opType === "MaxPool" && (domain === "" || domain === "ai.onnx") && (outputs[1] ?? "") !== "";
}
