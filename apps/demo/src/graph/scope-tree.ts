import type { GraphNode } from "./model-graph.ts";

/** A node, or nodes that are shown as one: those of a scope, or neighbours where a scope has too many. */
export type TreeItem = Leaf | Group;

export interface Leaf {
  readonly kind: "node";
  readonly id: string;
  /** Its name, less that of its scope. */
  readonly label: string;
  readonly node: GraphNode;
}

export interface Group {
  readonly kind: "group";
  readonly id: string;
  readonly label: string;
  readonly items: readonly TreeItem[];
  /** Nodes in it, at any depth. */
  readonly count: number;
}

/** Items that one looks at together. */
const most = 40;

/** Scopes inside of each other; what is deeper counts as part of the node's own name. */
const deepest = 32;

interface Draft {
  readonly name: string;
  readonly items: Map<string, Draft | GraphNode>;
}

/**
 * Nodes as a tree of the scopes that their names tell ("encoder/layer.0/attention"), in the order they are computed. No group has more
 * than 40 items: neighbours are put together where there are more.
 */
export function scopeTree(nodes: readonly GraphNode[]): Group {
  const root: Draft = { name: "", items: new Map() };
  for (const node of nodes) {
    const parts = node.name.split("/").filter((part) => part !== "");
    let scope = root;
    for (const part of parts.slice(0, -1).slice(0, deepest)) {
      const key = `scope ${part}`;
      const known = scope.items.get(key);
      const next = known !== undefined && "items" in known ? known : { name: part, items: new Map() };
      scope.items.set(key, next);
      scope = next;
    }
    scope.items.set(`node ${node.name}`, node);
  }
  return groupOf("", "all", root);
}

function groupOf(id: string, label: string, { items }: Draft): Group {
  const made = [...items.values()].map((item): TreeItem => {
    if (!("items" in item)) return { kind: "node", id: `node:${item.name}`, label: lastPart(item.name), node: item };
    // A scope with one scope in it is one step, not two.
    let [name, draft] = [item.name, item];
    for (let only = onlyScope(draft); only !== undefined; only = onlyScope(draft)) [name, draft] = [`${name}/${only.name}`, only];
    return groupOf(`${id}${name}/`, name, draft);
  });
  return { kind: "group", id: `scope:${id}`, label, items: bundled(id, made), count: countOf(made) };
}

function onlyScope({ items }: Draft): Draft | undefined {
  const [first, ...others] = items.values();
  return first !== undefined && others.length === 0 && "items" in first ? first : undefined;
}

/** Neighbours put together until there are few enough. */
function bundled(id: string, items: readonly TreeItem[]): readonly TreeItem[] {
  if (items.length <= most) return items;
  const groups = Math.min(most, Math.ceil(items.length / most));
  const size = Math.ceil(items.length / groups);
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at): TreeItem => {
    const part = items.slice(at * size, (at + 1) * size);
    const inside = `${id}#${at}`;
    const label = `${part[0]!.label} … ${part.at(-1)!.label}`;
    return { kind: "group", id: `scope:${inside}`, label, items: bundled(inside, part), count: countOf(part) };
  });
}

function countOf(items: readonly TreeItem[]): number {
  return items.reduce((sum, item) => sum + (item.kind === "node" ? 1 : item.count), 0);
}

function lastPart(name: string): string {
  return name.split("/").findLast((part) => part !== "") ?? name;
}

/** The groups around a node, from the outside in, the root not among them; `undefined` where there is no such node. */
export function groupsAround(root: Group, id: string): readonly Group[] | undefined {
  const stack: { readonly item: TreeItem; readonly around: readonly Group[] }[] = [{ item: root, around: [] }];
  while (stack.length > 0) {
    const { item, around } = stack.pop()!;
    if (item.id === id) return around.filter((group) => group !== root);
    if (item.kind === "group") for (const inner of item.items) stack.push({ item: inner, around: [...around, item] });
  }
  return undefined;
}

/** All nodes in an item, in order. */
export function nodesIn(item: TreeItem): readonly GraphNode[] {
  if (item.kind === "node") return [item.node];
  return item.items.flatMap(nodesIn);
}
