/** Keys under which files list what the places of their output stand for. */
const keys = /^(id2label|labels?|names|classes|class_?names|categories)$/i;

/**
 * Labels among a file's notes: a list, an object of labels by place, or a text of either (JSON, as Python writes a dict, or names with
 * line breaks or commas between).
 */
export function labelsIn(notes: Readonly<Record<string, unknown>>): readonly string[] | undefined {
  for (const [key, value] of Object.entries(notes)) {
    const found = keys.test(key) ? labelsOf(value) : undefined;
    if (found !== undefined && found.length > 1) return found;
  }
  return undefined;
}

function labelsOf(value: unknown): readonly string[] | undefined {
  if (Array.isArray(value)) return value.every((one) => typeof one === "string") ? value : undefined;
  if (typeof value === "object" && value !== null) return inOrder(Object.entries(value));
  if (typeof value !== "string") return undefined;
  try {
    return labelsOf(JSON.parse(value));
  } catch {
    const pairs = [...value.matchAll(/(\d+)\s*:\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")/g)];
    if (pairs.length > 0) return inOrder(pairs.map(([, at, single, double]) => [at!, single ?? double ?? ""]));
    const listed = [...value.matchAll(/'((?:[^'\\]|\\.)*)'/g)].map(([, name]) => name!);
    if (value.trim().startsWith("[") && listed.length > 0) return listed;
    const parts = value.split(value.includes("\n") ? /\r?\n/ : ",").map((part) => part.trim());
    return parts.filter((part) => part !== "");
  }
}

/** Labels by place, where every place from 0 on has one. */
function inOrder(entries: readonly (readonly [string, unknown])[]): readonly string[] | undefined {
  const byPlace = new Map(entries.map(([place, label]) => [Number(place), label]));
  const labels = Array.from({ length: entries.length }, (_, place) => byPlace.get(place));
  return labels.every((label) => typeof label === "string") ? labels : undefined;
}
