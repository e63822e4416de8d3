import {
  AttributionError,
  AttributionResult,
  bind,
  type DifferentiableGraphModel,
  type HostTensor,
  type Target,
  UnsupportedError,
  type WorkOptions,
} from "@attr/core";
import {
  internalInfluence,
  layerActivation,
  layerConductance,
  layerGradientXActivation,
  methodNamed,
} from "@attr/core/catalogue";

/** The methods at layers of any network. */
export const layerMethods = [
  layerConductance.name,
  layerGradientXActivation.name,
  internalInfluence.name,
  layerActivation.name,
] as const;

export type LayerMethodName = (typeof layerMethods)[number];

/** Whether it follows the way from a baseline to the input, a layer at a time; the others read all layers in one call. */
export function followsPath(name: LayerMethodName): boolean {
  return methodNamed(name).settings.includes("steps");
}

export interface LayerQuestion {
  readonly model: DifferentiableGraphModel;
  readonly method: LayerMethodName;
  readonly layers: readonly string[];
  /** What the model is fed, by input name, one example. */
  readonly feeds: Readonly<Record<string, HostTensor>>;
  /** What stands for an absent input, by name. @defaultValue zeros */
  readonly baselines?: Readonly<Record<string, HostTensor>> | undefined;
  readonly target: Target;
  readonly steps?: number | undefined;
  /** Leaves layers out that the method cannot say anything of, in place of failing. */
  readonly lenient: boolean;
}

export interface LayerResults {
  /** By layer, in the order asked for. */
  readonly results: Readonly<Record<string, AttributionResult>>;
  /** Layers left out, and why. */
  readonly leftOut: Readonly<Record<string, string>>;
}

/**
 * What each layer contributes to an output, by one method.
 *
 * @throws UnsupportedError where the method follows a way through numbers and all inputs are whole numbers; what the method throws at a
 * layer.
 */
export async function layerResults(question: LayerQuestion, { signal, onProgress }: WorkOptions): Promise<LayerResults> {
  const { method, layers, lenient } = question;
  if (followsPath(method) && !hasFloats(question.feeds))
    throw new UnsupportedError(
      `${method} follows a way through numbers, and the model's inputs are whole ones: layer-gradient-x-activation takes them`,
    );
  if (layers.length === 0) return { results: {}, leftOut: {} };
  const results: Record<string, AttributionResult> = {};
  const leftOut: Record<string, string> = {};
  // Both of the others read all layers in one call; where that fails, one by one tells which layer it was.
  const groups = followsPath(method) ? layers.map((layer) => [layer]) : [layers, ...layers.map((layer) => [layer])];
  for (const [at, group] of groups.entries()) {
    if (group.every((layer) => layer in results)) continue;
    try {
      Object.assign(results, await resultsAt(group, question, signal));
    } catch (error) {
      if (signal?.aborted === true || !(error instanceof AttributionError)) throw error;
      if (group.length > 1) continue;
      if (!lenient) throw error;
      leftOut[group[0]!] = error.message;
    }
    onProgress?.({ done: Math.min(layers.length, at + 1), total: layers.length, unit: "layers" });
  }
  return {
    results: Object.fromEntries(layers.flatMap((layer) => (layer in results ? [[layer, results[layer]!]] : []))),
    leftOut,
  };
}

/** Whether there is a way from a baseline to what is fed: whole numbers have none. */
export function hasFloats(feeds: Readonly<Record<string, HostTensor>>): boolean {
  return Object.values(feeds).some(isFloat);
}

function isFloat({ dtype }: HostTensor): boolean {
  return dtype === "float32" || dtype === "float64";
}

async function resultsAt(
  layers: readonly string[],
  { model, method, feeds, baselines, target, steps }: LayerQuestion,
  signal: WorkOptions["signal"],
): Promise<Record<string, AttributionResult>> {
  if (followsPath(method)) {
    const floats = Object.fromEntries(Object.entries(feeds).filter(([, value]) => isFloat(value)));
    const whole = Object.fromEntries(Object.entries(feeds).filter(([, value]) => !isFloat(value)));
    const bound = Object.keys(whole).length === 0 ? model : bind(model, whole);
    const made = methodNamed(method).create(bound, { layer: layers[0]! });
    const given = Object.fromEntries(Object.entries(baselines ?? {}).filter(([name]) => name in floats));
    return { [layers[0]!]: await made.attribute(floats, { target, steps, baselines: given, signal }) };
  }
  const result = await methodNamed(method).create(model, { layer: layers }).attribute(feeds, { target, signal });
  return Object.fromEntries(
    layers.map((layer) => [layer, new AttributionResult({ ...result, attributions: { [layer]: result.attributions[layer]! } })]),
  );
}

/** How the score of a layer lies among its units: those that matter most, down to half of the whole strength. */
export interface Concentration {
  readonly units: number;
  readonly of: number;
}

/** The fewest units of a layer that hold half of the sum of magnitudes; an empty or silent layer has none. */
export function concentration({ data }: HostTensor): Concentration {
  const magnitudes = Float64Array.from(data as ArrayLike<number>, (value) => Math.abs(Number(value)) || 0).sort();
  let total = 0;
  for (let i = 0; i < magnitudes.length; i++) total += magnitudes[i]!;
  let [units, held] = [0, 0];
  for (let i = magnitudes.length - 1; i >= 0 && held < total / 2; i--) {
    held += magnitudes[i]!;
    units++;
  }
  return { units, of: magnitudes.length };
}
