import { bind, HostTensor, upToLayer } from "@attr/core";
import { fillInput } from "../rooms/fill-input.ts";
import { type ModelExplanation, type ModelSettings, wholeNumbers } from "../rooms/model-settings.ts";
import type { WorkProgress } from "../worker/messages.ts";
import { makeMethod } from "./make-method.ts";
import type { ModelReport } from "./model-report.ts";
import type { OpenedModel } from "./opened-model.ts";

/** How many of the output's numbers are listed. */
const listed = 5;

/** Explains an output of a model at an input or a layer. @throws Error, or one of core's, that names what was asked wrongly. */
export async function explain(
  { model }: OpenedModel,
  { labels }: Pick<ModelReport, "labels">,
  settings: ModelSettings,
  tell: (progress: WorkProgress) => void,
): Promise<ModelExplanation> {
  const { input, layer, output } = settings;
  const filled = new Map(
    await Promise.all(model.inputs.map(async (info) => [info.name, await fillInput(info, settings.feeds[info.name]!)] as const)),
  );
  using _scope = model.backend.scope();
  const feeds = Object.fromEntries([...filled].map(([name, { value }]) => [name, value]));
  tell({ doing: "Running the model", done: 0, unit: "" });
  const given = Object.fromEntries(Object.entries(feeds).map(([name, value]) => [name, model.backend.from(value)]));
  const fetched = await model.run({ feeds: given, fetches: [output] });
  const { data, shape, dtype } = await model.backend.read(fetched[output]!);
  const found = new HostTensor(data, shape, dtype);
  const names = labels?.length === found.shape.at(-1) ? labels : undefined;
  const named = (path: readonly number[]): string | undefined => (path.length === 0 ? undefined : names?.[path.at(-1)!]);
  const highest = highestOf(found).map((one) => ({ ...one, label: named(one.path) }));
  const path = targetPath(settings.target, names) ?? highest[0]?.path ?? [];
  const others = Object.fromEntries(Object.entries(feeds).filter(([name]) => name !== input));
  const whole = output === model.outputs[0]?.name ? model : upToLayer(model, output);
  const bound = Object.keys(others).length === 0 ? whole : bind(whole, others);
  const { value, picture } = filled.get(input)!;
  const { method, options, groups, channels } = makeMethod({ model: bound, input, value, layer, settings });
  const result = await method.attribute(
    { [input]: value },
    {
      ...options,
      ...(path.length > 0 && settings.method !== "layer-activation" && { target: { path } }),
      onProgress: (progress) => tell({ doing: "Asking the model", ...progress }),
    },
  );
  const label = named(path);
  const place = path.length === 0 ? `“${output}”` : `element [${path.join(", ")}] of “${output}”`;
  return {
    result: result.toJSON(),
    explained: label === undefined ? place : `“${label}” (${place})`,
    highest,
    ...(layer === "" && value.data.length <= 4096 && { inputs: { shape: value.shape, data: Array.from(value.data, Number) } }),
    ...(picture !== undefined && { picture }),
    ...(groups !== undefined && { groups: Array.from(groups.data) }),
    layout: channels === "last" ? "channels-last" : "channels-first",
  };
}

/** A target as the user typed it: indices, or a label; undefined where nothing was. */
function targetPath(text: string, labels: readonly string[] | undefined): readonly number[] | undefined {
  if (text.trim() === "") return undefined;
  const place = labels?.indexOf(text.trim()) ?? -1;
  return place === -1 ? wholeNumbers(text, "the target") : [place];
}

/** The highest numbers of the first row, with their places behind the first axis. */
function highestOf({ data, shape }: HostTensor): readonly { readonly path: readonly number[]; readonly value: number }[] {
  const sizes = shape.slice(1);
  const length = sizes.reduce((product, size) => product * size, 1);
  const best: { at: number; value: number }[] = [];
  for (let at = 0; at < length; at++) {
    const value = Number(data[at]);
    if (best.length === listed && !(value > best[listed - 1]!.value)) continue;
    best.push({ at, value });
    best.sort((one, other) => other.value - one.value);
    best.length = Math.min(best.length, listed);
  }
  return best.map(({ at, value }) => ({ path: pathOf(at, sizes), value }));
}

function pathOf(at: number, sizes: readonly number[]): readonly number[] {
  const path: number[] = [];
  let rest = at;
  for (const size of sizes.toReversed()) {
    path.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return path;
}
