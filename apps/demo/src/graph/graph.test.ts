import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { layOut } from "./layout.ts";
import type { GraphNode, ModelGraph } from "./model-graph.ts";
import { groupsAround, nodesIn, scopeTree, type TreeItem } from "./scope-tree.ts";
import { mostBoxes, openedAtStart, shownItems, visibleGraph } from "./visible-graph.ts";

/** A chain of nodes, each of which reads the one before. */
function chain(names: readonly string[]): ModelGraph {
  const nodes = names.map(
    (name, at): GraphNode => ({
      name,
      operator: "Relu",
      inputs: [at === 0 ? "x" : names[at - 1]!],
      outputs: [name],
      attributes: {},
      parameters: 0,
      gradient: "rule",
    }),
  );
  return { inputs: ["x"], outputs: [names.at(-1) ?? "x"], nodes, values: {} };
}

const part = fc.constantFrom("encoder", "layer.0", "layer.1", "attention", "a", "b", "");
const names = fc.uniqueArray(
  fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join("/")),
  { maxLength: 80 },
);

function itemsIn(item: TreeItem): readonly TreeItem[] {
  return item.kind === "node" ? [item] : [item, ...item.items.flatMap(itemsIn)];
}

describe("the tree of scopes", () => {
  test.prop([names])("every node is in it once, no group has more than 40 items, and ids are unlike", (list) => {
    const root = scopeTree(chain(list).nodes);
    expect(
      nodesIn(root)
        .map(({ name }) => name)
        .sort(),
    ).toEqual([...list].sort());
    const items = itemsIn(root);
    expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
    for (const item of items)
      if (item.kind === "group") {
        expect(item.items.length).toBeLessThanOrEqual(40);
        expect(item.count).toBe(nodesIn(item).length);
      }
  });

  test("scopes are cut by slashes, a scope in a scope is one, and labels leave out what is around", () => {
    const root = scopeTree(chain(["/model/encoder/a", "/model/encoder/b/c", "/model/encoder/b/d"]).nodes);
    expect(root.items).toMatchObject([
      {
        kind: "group",
        label: "model/encoder",
        count: 3,
        items: [{ label: "a" }, { label: "b", items: [{ label: "c" }, { label: "d" }] }],
      },
    ]);
    expect(groupsAround(root, "node:/model/encoder/b/d")?.map(({ label }) => label)).toEqual(["model/encoder", "b"]);
    expect(groupsAround(root, "node:elsewhere")).toBeUndefined();
  });

  test("ten thousand nodes in one scope, or a scope in a scope a thousand times, are a tree all the same", () => {
    const flat = scopeTree(chain(Array.from({ length: 10_000 }, (_, at) => `Conv_${at}`)).nodes);
    expect([flat.count, flat.items.length <= 40]).toEqual([10_000, true]);
    expect(flat.items[0]).toMatchObject({ kind: "group", label: "Conv_0 … Conv_249" });
    const deep = scopeTree(chain(Array.from({ length: 1000 }, (_, at) => "s/".repeat(at) + at)).nodes);
    expect(deep.count).toBe(1000);
  });
});

describe("what is drawn of a graph", () => {
  test.prop([names, fc.func(fc.boolean())])("an arrow leads from box to box exactly where a value does", (list, opens) => {
    const graph = chain(list);
    const root = scopeTree(graph.nodes);
    const opened = new Set(itemsIn(root).flatMap(({ id, kind }) => (kind === "group" && opens(id) ? [id] : [])));
    const { boxes, arrows } = visibleGraph(graph, root, opened);
    const boxOf = (value: string): string => {
      if (value === "x") return "input:x";
      return boxes.find((box) => "item" in box && nodesIn(box.item).some(({ name }) => name === value))!.id;
    };
    const expected = new Set<string>();
    for (const { name, inputs } of graph.nodes)
      for (const input of inputs) if (boxOf(input) !== boxOf(name)) expected.add(`${boxOf(input)} ${boxOf(name)}`);
    expected.add(`${boxOf(graph.outputs[0]!)} output:${graph.outputs[0]}`);
    expect(new Set(arrows.map(({ from, to }) => `${from} ${to}`))).toEqual(expected);
    expect(arrows.length).toBe(expected.size);
  });

  test("as much is opened at the start as is seen at a glance", () => {
    const small = scopeTree(chain(Array.from({ length: 60 }, (_, at) => `part${at % 3}/node${at}`)).nodes);
    expect(shownItems(small, openedAtStart(small))).toHaveLength(60);
    const large = scopeTree(chain(Array.from({ length: 9000 }, (_, at) => `part${at % 9}/node${at}`)).nodes);
    const shown = shownItems(large, openedAtStart(large));
    expect(shown.length).toBeLessThanOrEqual(80);
    expect(shown.length).toBeGreaterThan(9);
  });

  test("a group shows the worst of what is in it", () => {
    const graph = chain(["s/a", "s/b", "t/c"]);
    const nodes = graph.nodes.map((node, at): GraphNode => ({ ...node, gradient: at === 1 ? "none" : "flat" }));
    const { boxes } = visibleGraph({ ...graph, nodes }, scopeTree(nodes), new Set());
    expect(boxes.flatMap((box) => ("gradient" in box ? [box.gradient] : []))).toEqual(["none", "flat"]);
  });
});

describe("the layout", () => {
  test.prop([names.filter((list) => list.length > 0)])(
    "boxes lie apart from each other, in the drawing, below what they read",
    (list) => {
      const graph = chain(list);
      const { boxes, arrows } = visibleGraph(graph, scopeTree(graph.nodes), openedAtStart(scopeTree(graph.nodes)));
      const [width, height] = [120, 40];
      const laid = layOut({ boxes: boxes.map(({ id }) => ({ id, width, height })), arrows });
      const places = boxes.map(({ id }) => laid.places[id]!);
      places.forEach((one, at) => {
        expect(one.x >= 0 && one.y >= 0 && one.x + width <= laid.width + 1 && one.y + height <= laid.height + 1).toBe(true);
        for (const other of places.slice(at + 1))
          expect(Math.abs(one.x - other.x) >= width - 1 || Math.abs(one.y - other.y) >= height - 1).toBe(true);
      });
      expect(laid.lines.every((line) => line.length >= 2)).toBe(true);
    },
  );

  test("as many boxes as are drawn at a time are laid out, circles among them", () => {
    const boxes = Array.from({ length: mostBoxes }, (_, at) => ({ id: `${at}`, width: 100, height: 40 }));
    const arrows = boxes.flatMap(({ id }, at) => [
      { from: id, to: `${(at + 1) % mostBoxes}` },
      { from: id, to: `${Math.max(0, at - 3)}` },
    ]);
    const laid = layOut({ boxes, arrows: arrows.filter(({ from, to }) => from !== to) });
    expect(Object.keys(laid.places)).toHaveLength(mostBoxes);
  });
});
