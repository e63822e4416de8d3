import { InvalidArgumentError, UnsupportedError } from "@attr/core";

/**
 * A module that runs ONNX files: `onnxruntime-node`, `onnxruntime-web`, or one of the latter's builds (`onnxruntime-web/wasm`,
 * `onnxruntime-web/webgpu`). Written down so loosely that every version's types fit.
 */
export interface OnnxRuntime {
  readonly InferenceSession: {
    /** Opens a file. */
    create(...parameters: never[]): Promise<object>;
  };
  readonly Tensor: abstract new (...parameters: never[]) => object;
}

/** Settings of the runtime's sessions, passed on as they are: `executionProviders`, `intraOpNumThreads`, `graphOptimizationLevel`, … */
export type SessionOptions = Readonly<Record<string, unknown>>;

/** What the runtimes take and give: elements, row-major. */
export interface RuntimeTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: unknown;
  /** Fetches the elements from where the execution provider keeps them. */
  getData?(): Promise<unknown>;
  dispose?(): void;
}

export interface RuntimeValueMetadata {
  readonly name: string;
  readonly isTensor: boolean;
  readonly type?: string;
  /** `[]` also where the rank is unknown. */
  readonly shape?: readonly (number | string)[];
}

export interface RuntimeSession {
  /** Absent in runtimes before 1.21. */
  readonly outputMetadata?: readonly RuntimeValueMetadata[];
  run(
    feeds: Readonly<Record<string, RuntimeTensor>>,
    fetches: readonly string[],
  ): Promise<Readonly<Record<string, RuntimeTensor>>>;
  release(): Promise<void>;
}

/** A runtime with the types that this package uses it by. */
export interface Runtime {
  createSession(model: Uint8Array, options: SessionOptions): Promise<RuntimeSession>;
  createTensor(type: string, data: ArrayBufferView, dims: readonly number[]): RuntimeTensor;
  /** True for onnxruntime-node, which can read weights from files by itself. */
  readonly readsFiles: boolean;
}

/** Not written into the import, so that bundlers for browsers do not look for it. */
const nodeRuntime: string = "onnxruntime-node";

/**
 * The runtime handed over, or the first of onnxruntime-node (in Node) and onnxruntime-web that is installed.
 *
 * @throws UnsupportedError where neither is.
 */
export async function findRuntime(given?: OnnxRuntime): Promise<Runtime> {
  if (given !== undefined) return runtimeOf(given);
  const causes: unknown[] = [];
  if (inNode())
    try {
      return runtimeOf(moduleOf((await import(/* @vite-ignore */ /* webpackIgnore: true */ nodeRuntime)) as object));
    } catch (cause) {
      causes.push(cause);
    }
  try {
    return runtimeOf(moduleOf(await import("onnxruntime-web")));
  } catch (cause) {
    causes.push(cause);
  }
  throw new UnsupportedError(
    `no ONNX runtime could be loaded: install onnxruntime-node (in Node) or onnxruntime-web, or pass one as options.runtime (${causes.map(firstLine).join("; ")})`,
    { cause: causes[0] },
  );
}

export function inNode(): boolean {
  return typeof process !== "undefined" && typeof process.versions?.node === "string";
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split("\n")[0]!;
}

/** CommonJS modules come with their exports under `default` as well, some of them only there. */
function moduleOf(module: object): OnnxRuntime {
  if ("InferenceSession" in module) return module as OnnxRuntime; // checked by runtimeOf
  return ("default" in module ? module.default : module) as OnnxRuntime; // checked by runtimeOf
}

function runtimeOf(module: OnnxRuntime): Runtime {
  if (!isRuntime(module))
    throw new InvalidArgumentError(
      `options.runtime must be the onnxruntime-node or onnxruntime-web module (import * as ort from "onnxruntime-node"), got ${describe(module)}`,
    );
  // The two classes' real signatures, which have too many overloads to be written into the interface.
  const { create } = module.InferenceSession as { create(model: Uint8Array, options: object): Promise<RuntimeSession> };
  const TensorClass = module.Tensor as unknown as new (
    type: string,
    data: ArrayBufferView,
    dims: readonly number[],
  ) => RuntimeTensor;
  return {
    createSession: (model, options) => create.call(module.InferenceSession, model, options),
    createTensor: (type, data, dims) => new TensorClass(type, data, dims),
    readsFiles: typeof (module as { listSupportedBackends?: unknown }).listSupportedBackends === "function",
  };
}

/** From JavaScript anything can be handed over. */
function isRuntime(value: unknown): value is OnnxRuntime {
  if (typeof value !== "object" || value === null || !("InferenceSession" in value) || !("Tensor" in value)) return false;
  const session = value.InferenceSession;
  const isClass = typeof session === "function" || (typeof session === "object" && session !== null);
  return isClass && "create" in session && typeof session.create === "function" && typeof value.Tensor === "function";
}

function describe(value: unknown): string {
  if (value instanceof Promise) return "a Promise (await the import)";
  return value === null ? "null" : typeof value;
}
