import { Graph, layout } from "@dagrejs/dagre";

/** A box to be placed, in pixels. */
export interface Sized {
  readonly id: string;
  readonly width: number;
  readonly height: number;
}

/** What is to be laid out: boxes, and arrows between them by their ids. */
export interface LayoutQuestion {
  readonly boxes: readonly Sized[];
  readonly arrows: readonly { readonly from: string; readonly to: string }[];
}

/** A point in pixels from the left upper corner of the drawing. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where everything lies. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  /** The left upper corners of boxes, by id. */
  readonly places: Readonly<Record<string, Point>>;
  /** The corners of the arrows' lines, in the order of the arrows. */
  readonly lines: readonly (readonly Point[])[];
}

/** Lays a graph out in layers from the top down, so that few arrows cross. */
export function layOut({ boxes, arrows }: LayoutQuestion): Layout {
  const graph = new Graph();
  graph.setGraph({ rankdir: "TB", nodesep: 24, ranksep: 36, marginx: 16, marginy: 16, ranker: "tight-tree" });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { id, width, height } of boxes) graph.setNode(id, { width, height });
  for (const { from, to } of arrows) graph.setEdge(from, to);
  layout(graph);
  const places = Object.fromEntries(
    boxes.map(({ id, width, height }) => {
      const { x, y } = placeOf(graph.node(id));
      return [id, { x: x - width / 2, y: y - height / 2 }];
    }),
  );
  const { width = 0, height = 0 } = graph.graph() as { readonly width?: number; readonly height?: number }; // the layout sets them
  const lines = arrows.map(({ from, to }) => (graph.edge(from, to) as { readonly points?: readonly Point[] }).points ?? []); // and these
  return { width, height, places, lines };
}

function placeOf(node: unknown): Point {
  return node as Point; // the layout gives every node a place
}
