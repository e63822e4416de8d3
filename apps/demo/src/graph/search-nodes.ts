import type { GraphNode } from "./model-graph.ts";

/** Nodes whose name, operator or results have all the words; what begins so comes first. */
export function searchNodes(nodes: readonly GraphNode[], words: string): readonly GraphNode[] {
  const wanted = words
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  const [first] = wanted;
  if (first === undefined) return [];
  const found = nodes.filter(({ name, operator, outputs }) => {
    const text = `${name} ${operator} ${outputs.join(" ")}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
  const begins = ({ name, operator }: GraphNode): boolean =>
    name.toLowerCase().startsWith(first) || operator.toLowerCase().startsWith(first);
  return [...found.filter(begins), ...found.filter((node) => !begins(node))];
}
