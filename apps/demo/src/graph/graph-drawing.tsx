import type { JSX } from "preact";
import { gradientSigns } from "./gradient-words.ts";
import type { Layout, Point } from "./layout.ts";
import type { Box, VisibleGraph } from "./visible-graph.ts";
import { isSeen, type Size, type Window } from "./window.ts";

/** A box with its size, and its place where there is a layout. */
export interface PlacedBox extends Point, Size {
  readonly id: string;
  readonly box: Box;
  readonly lines: readonly [string, string];
}

/** Letters of a line; longer names lose their middle. */
const longest = 26;

const letter = 7.2;

/** Boxes as wide as what is written in them. */
export function sizedBoxes({ boxes }: VisibleGraph, layout?: Layout): readonly PlacedBox[] {
  return boxes.map((box) => {
    const sign = "gradient" in box ? gradientSigns[box.gradient] : "";
    const lines = [shortened(sign === "" ? box.title : `${box.title}  ${sign}`), shortened(box.label)] as const;
    const width = Math.max(72, Math.ceil(Math.max(...lines.map((line) => line.length)) * letter) + 20);
    const { x = 0, y = 0 } = layout?.places[box.id] ?? {};
    return { id: box.id, box, lines, width, height: 44, x, y };
  });
}

function shortened(text: string): string {
  if (text.length <= longest) return text;
  const half = (longest - 1) >> 1;
  return `${text.slice(0, half)}…${text.slice(-half)}`;
}

interface Props {
  readonly boxes: readonly PlacedBox[];
  readonly drawn: { readonly visible: VisibleGraph; readonly layout: Layout };
  readonly seen: Window;
  readonly frame: Size;
  readonly selected: string | undefined;
}

/** The part of the graph that is seen, as SVG. */
export function GraphDrawing({ boxes, drawn, seen, frame, selected }: Props): JSX.Element {
  const { visible, layout } = drawn;
  return (
    <svg width={frame.width} height={frame.height} aria-hidden="true">
      <defs>
        <marker
          id="graph-arrow"
          viewBox="0 0 8 8"
          refX="7"
          refY="4"
          markerUnits="userSpaceOnUse"
          markerWidth="9"
          markerHeight="9"
          orient="auto"
        >
          <path d="M0 0L8 4L0 8Z" class="head" />
        </marker>
      </defs>
      <g transform={`scale(${seen.scale}) translate(${-seen.x} ${-seen.y})`}>
        {visible.arrows.map(({ from, to }, at) => {
          const line = layout.lines[at] ?? [];
          if (line.length < 2 || !isSeen(seen, frame, ...corners(line))) return null;
          const near = from === selected || to === selected;
          return (
            <path key={`${from}\n${to}`} class={near ? "arrow near" : "arrow"} d={curve(line)} marker-end="url(#graph-arrow)" />
          );
        })}
        {boxes.map(({ id, box, lines, x, y, width, height }) => {
          if (!isSeen(seen, frame, { x, y }, { x: x + width, y: y + height })) return null;
          const gradient = "gradient" in box ? box.gradient : "rule";
          return (
            <g
              key={id}
              data-box={id}
              class={`box ${box.kind} ${gradient}${id === selected ? " chosen" : ""}`}
              transform={`translate(${x} ${y})`}
            >
              {box.kind === "group" && <rect class="behind" x={4} y={4} width={width} height={height} rx={6} />}
              <rect class="face" width={width} height={height} rx={box.kind === "input" || box.kind === "output" ? 22 : 6} />
              <text class="title" x={width / 2} y={18} text-anchor="middle">
                {lines[0]}
              </text>
              <text class="name" x={width / 2} y={35} text-anchor="middle">
                {lines[1]}
              </text>
            </g>
          );
        })}
      </g>
    </svg>
  );
}

function corners(line: readonly Point[]): readonly [Point, Point] {
  const [xs, ys] = [line.map(({ x }) => x), line.map(({ y }) => y)];
  return [
    { x: Math.min(...xs), y: Math.min(...ys) },
    { x: Math.max(...xs), y: Math.max(...ys) },
  ];
}

/** A line that bends at its corners instead of breaking there. */
function curve(line: readonly Point[]): string {
  const text = ({ x, y }: Point): string => `${x.toFixed(1)} ${y.toFixed(1)}`;
  const middle = (one: Point, other: Point): Point => ({ x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 });
  let path = `M${text(line[0]!)}`;
  for (let at = 1; at < line.length - 1; at++) {
    const end = at === line.length - 2 ? line[at + 1]! : middle(line[at]!, line[at + 1]!);
    path += `Q${text(line[at]!)} ${text(end)}`;
  }
  return line.length === 2 ? `${path}L${text(line[1]!)}` : path;
}
