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
 * What keeps the runtime's WebGPU from wrong numbers and refusals. Channels stay where the file has them: its kernels for channels that come
 * last give wrong numbers for some convolutions with strides (seen with 1.30). And it takes maxima of windows that are asked for their
 * places, as their gradients are, which it cannot run: these are left to the processor. What the user sets goes before; sessions without
 * WebGPU stay as they are.
 */
export function forWebGpu({ model, options }: SessionParts): SessionParts {
  const providers: unknown = options["executionProviders"];
  if (!Array.isArray(providers) || !providers.some(isWebGpu)) return { model, options };
  const used = new Set(model.graph.nodes.map(({ name }) => name));
  const names: string[] = [];
  const nodes = model.graph.nodes.map((node, at) => {
    if (!asksForPlaces(node)) return node;
    let { name } = node;
    // The runtime is told of nodes by their names.
    for (let count = at; name === "" || (name !== node.name && used.has(name)); count++) name = `MaxPool ${count}`;
    used.add(name);
    names.push(name);
    return name === node.name ? node : { ...node, name };
  });
  const executionProviders = providers.map((provider: Provider) => (isWebGpu(provider) ? settingsOf(provider, names) : provider));
  return {
    model: names.length === 0 ? model : { ...model, graph: { ...model.graph, nodes } },
    options: { ...options, executionProviders },
  };
}

function isWebGpu(provider: Provider): boolean {
  return (typeof provider === "string" ? provider : provider?.name) === "webgpu";
}

function settingsOf(provider: Provider, names: readonly string[]): Provider {
  const settings = typeof provider === "string" ? { name: provider } : provider;
  const { forceCpuNodeNames: own = [] } = settings as { readonly forceCpuNodeNames?: string | readonly string[] }; // the runtime's
  const forced = [...(typeof own === "string" ? [own] : own), ...names];
  return { preferredLayout: "NCHW", ...settings, ...(forced.length > 0 && { forceCpuNodeNames: forced }) };
}

function asksForPlaces({ opType, domain, outputs }: NodeProto): boolean {
  return opType === "MaxPool" && (domain === "" || domain === "ai.onnx") && (outputs[1] ?? "") !== "";
}
