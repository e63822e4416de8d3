import type { ModelGraph, NodeGradient } from "./model-graph.ts";
import { type Group, nodesIn, type TreeItem } from "./scope-tree.ts";

/** What is drawn as one box. */
export type Box =
  | {
      readonly kind: "input" | "output";
      readonly id: string;
      readonly value: string;
      readonly title: string;
      readonly label: string;
    }
  | {
      readonly kind: "node" | "group";
      readonly id: string;
      readonly item: TreeItem;
      readonly title: string;
      readonly label: string;
      readonly gradient: NodeGradient;
    };

/** An arrow from one box to another. */
export interface Arrow {
  readonly from: string;
  readonly to: string;
}

/** Boxes and arrows, as far as groups are opened. */
export interface VisibleGraph {
  readonly boxes: readonly Box[];
  readonly arrows: readonly Arrow[];
}

/** Boxes that are opened without being asked for. */
const atStart = 80;

/** Boxes that are drawn at a time: the layout takes seconds for as many where arrows are long, and minutes for a thousand. */
export const mostBoxes = 200;

/** The groups to open at the start: outer ones first, as many as are seen at a glance. */
export function openedAtStart(root: Group): ReadonlySet<string> {
  const opened = new Set<string>();
  let shown = root.items.length;
  let level = groupsIn(root);
  while (level.length > 0) {
    const next: Group[] = [];
    for (const group of level) {
      if (shown + group.items.length - 1 > atStart) continue;
      shown += group.items.length - 1;
      opened.add(group.id);
      next.push(...groupsIn(group));
    }
    level = next;
  }
  return opened;
}

function groupsIn({ items }: Group): Group[] {
  return items.filter((item): item is Group => item.kind === "group");
}

/** How many items are shown with some groups opened. */
export function shownItems(root: Group, opened: ReadonlySet<string>): readonly TreeItem[] {
  const shown: TreeItem[] = [];
  const stack: TreeItem[] = [...root.items].reverse();
  while (stack.length > 0) {
    const item = stack.pop()!;
    if (item.kind === "group" && opened.has(item.id)) stack.push(...[...item.items].reverse());
    else shown.push(item);
  }
  return shown;
}

/** What is drawn of a model's graph with some groups opened: an arrow where a box reads what another one makes. */
export function visibleGraph({ inputs, outputs }: ModelGraph, root: Group, opened: ReadonlySet<string>): VisibleGraph {
  const items = shownItems(root, opened);
  const boxes: Box[] = inputs.map((value) => ({ kind: "input", id: `input:${value}`, value, title: "input", label: value }));
  const makers = new Map(inputs.map((value) => [value, `input:${value}`]));
  const members = items.map((item) => ({ item, nodes: nodesIn(item) }));
  for (const { item, nodes } of members) {
    for (const node of nodes) for (const output of node.outputs) makers.set(output, item.id);
    const title = item.kind === "node" ? item.node.operator : item.label;
    const label = item.kind === "node" ? item.label : `${item.count} nodes`;
    boxes.push({ kind: item.kind, id: item.id, item, title, label, gradient: worst(nodes.map(({ gradient }) => gradient)) });
  }
  const arrows = new Map<string, Arrow>();
  const draw = (from: string | undefined, to: string): void => {
    // A weight has no box, and what happens inside of one has no arrow.
    if (from !== undefined && from !== to) arrows.set(`${from}\n${to}`, { from, to });
  };
  for (const { item, nodes } of members)
    for (const node of nodes) for (const input of node.inputs) draw(makers.get(input), item.id);
  for (const value of outputs) {
    boxes.push({ kind: "output", id: `output:${value}`, value, title: "output", label: value });
    draw(makers.get(value), `output:${value}`);
  }
  return { boxes, arrows: [...arrows.values()] };
}

function worst(gradients: readonly NodeGradient[]): NodeGradient {
  if (gradients.includes("none")) return "none";
  return gradients.length > 0 && gradients.every((gradient) => gradient === "flat") ? "flat" : "rule";
}
