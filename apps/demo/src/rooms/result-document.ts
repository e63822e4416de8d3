import type { AttributionResult, HostTensor } from "@attr/core";
import { type ChannelLayout, type ComparedDocument, type ImagePixels, imageDocument, type TabularDocument } from "@attr/viz";

/** What a picture of a result says beside the scores. */
export interface ResultView {
  readonly explained: string;
  readonly inputs?: { readonly data: readonly number[] } | undefined;
  readonly picture?: ImagePixels | undefined;
  /** Where channels are in maps; found by their sizes where it is not known. */
  readonly layout?: ChannelLayout | undefined;
  /** The group of every element of a row, where the method was given some: a group's score counts once. */
  readonly groups?: readonly number[] | undefined;
}

/** Features that are listed one by one; the others are one sum. */
const most = 400;

/**
 * How scores of any shape are shown, for the first example: maps of at least 4 by 4 as a picture, a row a token as one sum a token, all
 * else element by element.
 */
export function resultDocument(result: AttributionResult, view: ResultView): ComparedDocument {
  const { explained, inputs, picture, layout, groups } = view;
  const [name, scores] = Object.entries(result.attributions)[0]!; // a result has at least one input
  const shape = scores.shape.slice(1);
  const head = { title: `What ${explained} goes by`, explained, unit: "units of the output" };
  if (isMap(shape, layout)) {
    const featureMask = groups && { shape, data: groups };
    // A layer's map is coarser than the picture, and is drawn over it.
    const drawn = imageDocument(result, { ...head, input: name, layout, featureMask });
    return picture === undefined ? drawn : { ...drawn, picture, overlay: "signed" };
  }
  const byElement = groups === undefined && shape.length !== 2;
  const { labels, values } =
    groups !== undefined
      ? oneEach(name, scores, groups)
      : byElement
        ? elements(name, scores, shape)
        : sumsOfRows(name, scores, shape);
  const known = byElement ? inputs?.data : undefined;
  const order = values.map((_, index) => index).sort((a, b) => Math.abs(values[b]!) - Math.abs(values[a]!));
  const kept = order.slice(0, most).sort((a, b) => a - b);
  const rest = order.slice(most).reduce((sum, index) => sum + values[index]!, 0);
  const folded = order.length > most;
  return {
    kind: "tabular",
    ...head,
    method: result.method,
    notes: result.warnings,
    features: [...kept.map((index) => labels(index)), ...(folded ? [`the ${order.length - most} others`] : [])],
    rows: [
      {
        label: "this input",
        scores: [...kept.map((index) => values[index]!), ...(folded ? [rest] : [])],
        ...(known !== undefined && !folded && { inputs: kept.map((index) => Number(known[index]!.toPrecision(4))) }),
        ...firstOf("value", result.value),
        ...firstOf("baseValue", result.baseValue),
      },
    ],
  } satisfies TabularDocument;
}

function firstOf<Name extends string>(name: Name, tensor: HostTensor | undefined): { readonly [key in Name]?: number } {
  // The object that the type says: its one key is `name`.
  return (tensor === undefined ? {} : { [name]: Number(tensor.data[0]) }) as { readonly [key in Name]?: number };
}

interface Features {
  readonly labels: (index: number) => string;
  readonly values: readonly number[];
}

function elements(name: string, { data }: HostTensor, shape: readonly number[]): Features {
  const length = shape.reduce((product, size) => product * size, 1);
  const values = Array.from({ length }, (_, index) => Number(data[index]));
  const labels = (index: number): string => {
    const path: number[] = [];
    let rest = index;
    for (const size of shape.toReversed()) {
      path.unshift(rest % size);
      rest = Math.floor(rest / size);
    }
    return `${name}[${path.join(", ")}]`;
  };
  return { labels, values };
}

function sumsOfRows(name: string, { data }: HostTensor, [rows = 1, width = 1]: readonly number[]): Features {
  const values = Array.from({ length: rows }, (_, row) => {
    let sum = 0;
    for (let i = row * width; i < (row + 1) * width; i++) sum += Number(data[i]);
    return sum;
  });
  return { labels: (row) => `${name}[${row}]`, values };
}

/** The score of every group, which all of its elements have. */
function oneEach(name: string, { data }: HostTensor, groups: readonly number[]): Features {
  const scores = new Map<number, number>();
  groups.forEach((group, at) => {
    if (!scores.has(group)) scores.set(group, Number(data[at]));
  });
  const ids = [...scores.keys()].sort((a, b) => a - b);
  return { labels: (index) => `${name}, group ${ids[index]}`, values: ids.map((id) => scores.get(id)!) };
}

/** `[c, h, w]`, or `[h, w, c]`, which has few channels where it is not known to be so. */
function isMap(shape: readonly number[], layout: ChannelLayout | undefined): boolean {
  if (shape.length !== 3) return false;
  const [first = 0, second = 0, last = 0] = shape;
  return layout === "channels-last" || (layout === undefined && last <= 4) ? first >= 4 && second >= 4 : second >= 4 && last >= 4;
}
