import { InvalidArgumentError, UnsupportedError } from "@attr/core";
import { checkTensorFlow, type TensorFlow } from "./tensor-flow.ts";

/** The backends of TensorFlow.js that are looked for. */
export type TfjsRuntime = "tensorflow" | "webgpu" | "webgl" | "wasm" | "cpu";

/** Which TensorFlow.js is taken, and on which of its backends. */
export interface OpenTensorFlowOptions {
  /**
   * The module to run on: `@tensorflow/tfjs-core`, `@tensorflow/tfjs` or `@tensorflow/tfjs-node`.
   * @defaultValue `@tensorflow/tfjs-node` where its native part loads, else the `@tensorflow/tfjs-core` that is installed
   */
  readonly tf?: TensorFlow | undefined;
  /**
   * The backends to try, best first, where none has been chosen yet.
   * @defaultValue in Node `tensorflow`, `wasm`, `cpu`; in browsers `webgl`, `wasm`, `cpu`
   */
  readonly runtimes?: readonly TfjsRuntime[] | undefined;
}

/** A backend that was not taken, and why. */
export interface PassedOver {
  readonly runtime: string;
  readonly reason: string;
}

/** TensorFlow.js as it was found. */
export interface OpenedTensorFlow {
  readonly tf: TensorFlow;
  /** Better backends that were looked for in vain; empty where the choice was the user's. */
  readonly passedOver: readonly PassedOver[];
}

const opened = new WeakMap<object, readonly PassedOver[]>();

/** Not written into the import, so that bundlers for browsers do not look for it. */
const nodePackage: string = "@tensorflow/tfjs-node";

/**
 * Finds TensorFlow.js and sees to it that a backend runs. One that has been chosen already, by the user or by an earlier call, stays
 * chosen: a backend is set only where there is none.
 *
 * @throws UnsupportedError where no backend can be started.
 */
export async function openTensorFlow(options: OpenTensorFlowOptions = {}): Promise<OpenedTensorFlow> {
  const given = options.tf;
  if (given !== undefined) checkTensorFlow(given);
  const core = given ?? (await installed());
  if (core.findBackendFactory("tensorflow") !== null) restoreUtil();
  await withGradientFunctions(core);
  if (isChosen(core)) {
    await core.ready();
    return { tf: core, passedOver: opened.get(core.engine()) ?? [] };
  }
  const runtimes =
    options.runtimes ?? (inNode() ? (["tensorflow", "wasm", "cpu"] as const) : (["webgl", "wasm", "cpu"] as const));
  if (runtimes.length === 0) throw new InvalidArgumentError("runtimes is empty: name a backend to try");
  const passedOver: PassedOver[] = [];
  for (const runtime of runtimes) {
    try {
      const tf = await start(core, runtime);
      opened.set(tf.engine(), passedOver);
      return { tf, passedOver };
    } catch (cause) {
      passedOver.push({ runtime, reason: firstLine(cause) });
    }
  }
  const reasons = passedOver.map(({ runtime, reason }) => `${runtime}: ${reason}`).join("; ");
  throw new UnsupportedError(`no backend of TensorFlow.js could be started (${reasons}); install @tensorflow/tfjs-backend-wasm`);
}

/** Why better backends than the one that runs were passed over, for a module that was opened here. */
export function passedOverFor(tf: TensorFlow): readonly PassedOver[] {
  return opened.get(tf.engine()) ?? [];
}

async function installed(): Promise<TensorFlow> {
  try {
    return await import("@tensorflow/tfjs-core");
  } catch (cause) {
    throw new UnsupportedError("TensorFlow.js is not installed: install @tensorflow/tfjs, or hand it in as options.tf", {
      cause,
    });
  }
}

/** In Node the gradient functions come with the packages above core, not with core itself. */
async function withGradientFunctions(tf: TensorFlow): Promise<void> {
  if (tf.getGradient("Sum") !== undefined) return;
  try {
    await import("@tensorflow/tfjs-layers");
  } catch {
    // Runs do without; a gradient says what it lacks.
  }
}

function isChosen(tf: TensorFlow): boolean {
  const { backendName } = tf.engine();
  return typeof backendName === "string" && backendName !== "";
}

async function start(core: TensorFlow, runtime: TfjsRuntime): Promise<TensorFlow> {
  if (runtime === "tensorflow") return await startNode(core);
  if (core.findBackendFactory(runtime) === null) await importBackend(runtime);
  const worked = await core.setBackend(runtime);
  if (!worked) {
    core.removeBackend(runtime);
    throw new Error("the backend did not start on this machine");
  }
  await core.ready();
  return core;
}

async function importBackend(runtime: Exclude<TfjsRuntime, "tensorflow">): Promise<void> {
  switch (runtime) {
    case "cpu":
      await import("@tensorflow/tfjs-backend-cpu");
      return;
    case "wasm":
      await import("@tensorflow/tfjs-backend-wasm");
      return;
    case "webgl":
      await import("@tensorflow/tfjs-backend-webgl");
      return;
    case "webgpu":
      await import("@tensorflow/tfjs-backend-webgpu");
      return;
  }
}

/** Functions of `node:util` that tfjs-node calls and Node 23 took away. */
interface OldUtil {
  isNullOrUndefined?: (value: unknown) => boolean;
  isArray?: (value: unknown) => boolean;
}

/** Gives Node back what tfjs-node calls, each time an operation runs. */
function restoreUtil(): void {
  const util = inNode() ? (process.getBuiltinModule?.("node:util") as OldUtil | undefined) : undefined;
  if (util === undefined) return;
  util.isNullOrUndefined ??= (value) => value === null || value === undefined;
  util.isArray ??= Array.isArray;
}

async function startNode(core: TensorFlow): Promise<TensorFlow> {
  if (!inNode()) throw new Error("it runs in Node only");
  restoreUtil();
  const loaded = (await import(/* @vite-ignore */ /* webpackIgnore: true */ nodePackage)) as { readonly default?: unknown };
  const tf: unknown = "engine" in loaded ? loaded : loaded.default;
  checkTensorFlow(tf);
  if (tf.engine() !== core.engine())
    throw new Error("it brings another copy of @tensorflow/tfjs-core: install the same version of both");
  if (!(await tf.setBackend("tensorflow"))) throw new Error("its backend did not start");
  await tf.ready();
  return tf;
}

function inNode(): boolean {
  return typeof process !== "undefined" && typeof process.versions?.node === "string";
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error)
    .split("\n")[0]!
    .trim();
}
