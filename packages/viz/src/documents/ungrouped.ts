import type { TabularDocument } from "./tabular-document.ts";

/** The same scores with a feature a group: members of one group carry its whole score each, so one line stands for all of them. */
export function ungrouped(document: TabularDocument): TabularDocument {
  const { groups, features, rows, feature } = document;
  if (groups === undefined) return document;
  const members = new Map<number, number[]>();
  groups.forEach((group, index) => {
    const list = members.get(group);
    if (list === undefined) members.set(group, [index]);
    else list.push(index);
  });
  const lists = [...members.values()];
  if (lists.length === features.length) return { ...document, groups: undefined };
  const first = <T>(entries: readonly T[]): T[] => lists.map((list) => entries[list[0]!]!);
  return {
    ...document,
    groups: undefined,
    features: lists.map((list) => {
      const names = list.slice(0, 3).map((index) => features[index]!);
      return `${names.join(" + ")}${list.length > 3 ? ` + ${list.length - 3} more` : ""}`;
    }),
    rows: rows.map((row) => ({
      ...row,
      scores: first(row.scores),
      standardErrors: row.standardErrors && first(row.standardErrors),
      // Several features have several values, and one name has room for none of them.
      inputs: row.inputs && lists.map((list) => (list.length === 1 ? row.inputs![list[0]!]! : "…")),
    })),
    feature: feature === undefined ? undefined : lists.findIndex((list) => list.includes(feature)),
  };
}
