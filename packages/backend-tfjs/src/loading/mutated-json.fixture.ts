import { fc } from "@fast-check/vitest";
import { type Files, textOf, withText } from "./sample-files.fixture.ts";

/** What is done to one place of a JSON text; numbers pick places and values, whatever the text is. */
export interface Mutation {
  readonly at: number;
  readonly what: "delete" | "replace" | "word" | "copy" | "repeat" | "rename" | "size" | "class" | "element";
  readonly by: number;
}

export const mutations: fc.Arbitrary<Mutation> = fc.record({
  at: fc.nat(),
  what: fc.constantFrom("delete", "replace", "word", "copy", "repeat", "rename", "size", "size", "class", "element"),
  by: fc.nat(),
});

const strange: readonly unknown[] = [
  ...[null, true, false, -1, 0, 1, 3, 1.5, 1e9, 2 ** 53, 1e308, -1e9, "", "x", "NaN", "float32", "complex64"],
  ...["__proto__", "constructor", "toString", "Lambda", [], {}, [null], [[[]]], [-1, -1], [1e9, 1e9]],
  ...[{ class_name: "Lambda", config: {} }, { class_name: "Dense", config: { units: 1e9 } }, { s: 3 }],
];

/** Sizes that are odd for any field that holds one: small enough to be computed at once, or so large that they cannot be meant. */
const sizes: readonly number[] = [
  ...[-1, 0, 1, 2, 5, 7, 64, 300, 1.5, 3e8, 1e9, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53, 1e308, -7, -1e9],
];

/** Classes of layers and operations, most of which make more of what they are given. */
const classes: readonly string[] = [
  ...[
    "ZeroPadding2D",
    "UpSampling2D",
    "RepeatVector",
    "Reshape",
    "Conv2DTranspose",
    "Embedding",
    "Bidirectional",
    "TimeDistributed",
  ],
  ...["Flatten", "Masking", "MaxPooling2D", "SeparableConv2D", "SimpleRNN", "StackedRNNCells", "Softmax", "Dot", "Cropping2D"],
  ...["Fill", "Range", "Tile", "Pad", "PadV2", "MirrorPad", "OneHot", "LinSpace", "BroadcastTo", "ResizeBilinear", "ScatterNd"],
  ...["Conv2DBackpropInput", "SpaceToBatchND", "BatchToSpaceND", "RandomUniform", "TensorListReserve", "While", "Enter", "Where"],
];

type Place = readonly [holder: Record<string, unknown>, key: string];

/** A model's files with one place of its model.json changed, or one whole number written into its weights. */
export function mutatedFiles(files: Files, mutation: Mutation): Files {
  if (mutation.what !== "element") return withText(files, mutated(textOf(files), mutation));
  const shards = Object.keys(files).filter((name) => name !== "model.json");
  const shard = shards[mutation.by % shards.length]!;
  const bytes = files[shard]!.slice();
  new DataView(bytes.buffer).setInt32(4 * (mutation.at % Math.floor(bytes.length / 4)), sizes[mutation.by % sizes.length]!, true);
  return { ...files, [shard]: bytes };
}

/** A JSON text with one place changed: taken away, replaced by something strange or by what stands elsewhere, doubled, renamed. */
function mutated(text: string, { at, what, by }: Mutation): string {
  const json: unknown = JSON.parse(text);
  const places: Place[] = [];
  const words: string[] = [];
  const look = (value: unknown): void => {
    if (typeof value === "string") words.push(value);
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      places.push([value as Record<string, unknown>, key]); // an array too, by its indices
      words.push(key);
      look(inner);
    }
  };
  look(json);
  const fitting = places.filter(
    ([holder, key]) =>
      (what !== "size" || isSize(holder[key])) && (what !== "class" || (["class_name", "op"].includes(key) && key in holder)),
  );
  const candidates = fitting.length === 0 ? places : fitting;
  const [holder, key] = candidates[at % candidates.length]!;
  const word = words[by % words.length]!;
  const [otherHolder, otherKey] = places[by % places.length]!;
  if (what === "delete") {
    if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else delete holder[key];
  } else if (what === "size") {
    const size = sizes[by % sizes.length]!;
    holder[key] = typeof holder[key] === "string" ? String(size) : size;
  } else if (what === "class") holder[key] = classes[by % classes.length];
  else if (what === "word") holder[key] = word;
  else if (what === "copy") holder[key] = structuredClone(otherHolder[otherKey]);
  else if (what === "repeat" && Array.isArray(holder)) holder.push(structuredClone(holder[Number(key)]));
  else if (what === "rename" && !Array.isArray(holder)) {
    const value = holder[key];
    delete holder[key];
    holder[word] = value;
  } else holder[key] = structuredClone(strange[by % strange.length]);
  return JSON.stringify(json);
}

/** Numbers, and the whole numbers that graph models write as text. */
function isSize(value: unknown): boolean {
  return typeof value === "number" || (typeof value === "string" && /^-?\d+$/.test(value));
}
