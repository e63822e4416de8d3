import type { JSX } from "preact";
import { useEffect, useId, useMemo, useRef, useState } from "preact/hooks";
import { Problem } from "../page/problem.tsx";
import { useWork } from "../page/work.ts";
import { boxAt } from "./box-at.ts";
import { GraphDrawing, sizedBoxes } from "./graph-drawing.tsx";
import type { Layout, LayoutQuestion } from "./layout.ts";
import { usePointers } from "./use-pointers.ts";
import type { VisibleGraph } from "./visible-graph.ts";
import { atStart, fitted, moved, type Size, showing, type Window, zoomed } from "./window.ts";

interface Props {
  readonly visible: VisibleGraph;
  readonly selected: string | undefined;
  readonly onSelect: (id: string | undefined) => void;
  readonly onOpen: (group: string) => void;
}

interface Drawn {
  readonly visible: VisibleGraph;
  readonly layout: Layout;
}

const startWorker = (): Worker => new Worker(new URL("./graph.worker.ts", import.meta.url), { type: "module" });

/** How far a key moves the drawing, in pixels of the screen. */
const step = 60;

/** The graph as a drawing that is moved and enlarged by pointers and keys. Where boxes lie is found in a worker. */
export function GraphView({ visible, selected, onSelect, onOpen }: Props): JSX.Element {
  const work = useWork<LayoutQuestion, Layout>(startWorker);
  const frame = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState<Size>({ width: 600, height: 480 });
  const [drawn, setDrawn] = useState<Drawn>();
  const [seen, setSeen] = useState<Window>({ x: 0, y: 0, scale: 1 });
  const asked = useRef(visible);
  const hint = useId();
  const boxes = useMemo(() => (drawn === undefined ? [] : sizedBoxes(drawn.visible, drawn.layout)), [drawn]);

  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) setSize({ width: entry.contentRect.width, height: entry.contentRect.height });
    });
    observer.observe(frame.current!);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    asked.current = visible;
    work.ask({ boxes: sizedBoxes(visible), arrows: visible.arrows });
  }, [visible]);
  useEffect(() => {
    if (work.answer === undefined) return;
    setDrawn({ visible: asked.current, layout: work.answer });
    const [first] = sizedBoxes(asked.current, work.answer);
    if (drawn === undefined && first !== undefined) setSeen(atStart(work.answer, size, first));
  }, [work.answer]);
  // What is chosen elsewhere, or moved by a new layout, is brought into view.
  useEffect(() => {
    const box = boxes.find(({ id }) => id === selected);
    if (box !== undefined) setSeen((before) => showing(before, size, box));
  }, [selected, boxes]);

  const middle = { x: size.width / 2, y: size.height / 2 };
  const zoom = (factor: number): void => setSeen((before) => zoomed(before, factor, middle));
  const fit = (): void => {
    if (drawn !== undefined) setSeen(fitted(drawn.layout, size));
  };
  const go = (direction: "up" | "down" | "left" | "right"): void => {
    const next = neighbour(boxes, drawn?.visible.arrows ?? [], selected, direction);
    if (next !== undefined) onSelect(next);
  };
  const pointers = usePointers(frame, setSeen, (target) => onSelect(target));
  const press = (event: KeyboardEvent): void => {
    const arrows = { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "left", ArrowRight: "right" } as const;
    const box = boxes.find(({ id }) => id === selected);
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (Object.hasOwn(arrows, event.key)) {
      const direction = arrows[event.key as keyof typeof arrows]; // looked up just before
      if (!event.shiftKey) go(direction);
      else {
        const [x, y] = { up: [0, -step], down: [0, step], left: [-step, 0], right: [step, 0] }[direction] as [number, number];
        setSeen((before) => moved(before, { x, y }));
      }
    } else if (event.key === "+" || event.key === "=") zoom(1.25);
    else if (event.key === "-") zoom(0.8);
    else if (event.key === "0") fit();
    else if (event.key === "Enter" && box?.box.kind === "group") onOpen(box.id);
    else if (event.key === "Escape") onSelect(undefined);
    else return;
    event.preventDefault();
  };
  const chosen = boxes.find(({ id }) => id === selected)?.box;
  return (
    <div class="graph-view">
      {/* biome-ignore lint/a11y/useSemanticElements: these are buttons, and no part of a form */}
      <div class="actions" role="group" aria-label="The drawing">
        <button type="button" aria-label="Enlarge" onClick={() => zoom(1.25)}>
          +
        </button>
        <button type="button" aria-label="Make smaller" onClick={() => zoom(0.8)}>
          −
        </button>
        <button type="button" onClick={fit}>
          Fit
        </button>
        <span class="amount">{Math.round(seen.scale * 100)} %</span>
        {work.running && <span class="amount">Laying it out…</span>}
      </div>
      {/* An application: its keys are its own, and the list beside it is for who reads. */}
      <div
        ref={frame}
        class="frame"
        role="application"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: an application takes keys
        tabIndex={0}
        aria-label={`Drawing of the graph${chosen === undefined ? "" : `: ${chosen.title} ${chosen.label}`}`}
        aria-describedby={hint}
        onKeyDown={press}
        onDblClick={(event) => {
          const id = boxAt(event.target);
          if (boxes.find((box) => box.id === id)?.box.kind === "group") onOpen(id!);
        }}
        {...pointers}
      >
        {drawn !== undefined && <GraphDrawing boxes={boxes} drawn={drawn} seen={seen} frame={size} selected={selected} />}
      </div>
      <p class="note" id={hint}>
        Drag to move, Ctrl and the wheel or two fingers to enlarge. Keys: arrows go from node to node, with Shift they move the
        drawing; + and − enlarge, 0 fits, Enter opens a group.
      </p>
      <p class="note legend">
        <span class="key group" /> group: opens <span class="key flat" /> ▪ the gradient ends <span class="key none" /> ✕ no
        gradient
      </p>
      {work.error !== undefined && <Problem>The graph cannot be drawn: {work.error}</Problem>}
    </div>
  );
}

type Placed = ReturnType<typeof sizedBoxes>[number];

/** The box that a key leads to: up to what is read, down to who reads, left and right on the same height. */
function neighbour(
  boxes: readonly Placed[],
  arrows: VisibleGraph["arrows"],
  selected: string | undefined,
  direction: "up" | "down" | "left" | "right",
): string | undefined {
  const at = boxes.find(({ id }) => id === selected);
  if (at === undefined) return boxes[0]?.id;
  const byId = new Map(boxes.map((box) => [box.id, box]));
  const nearest = (candidates: readonly (Placed | undefined)[]): string | undefined =>
    candidates
      .filter((box) => box !== undefined)
      .sort((one, other) => Math.hypot(one.x - at.x, one.y - at.y) - Math.hypot(other.x - at.x, other.y - at.y))[0]?.id;
  if (direction === "up") return nearest(arrows.flatMap(({ from, to }) => (to === selected ? [byId.get(from)] : [])));
  if (direction === "down") return nearest(arrows.flatMap(({ from, to }) => (from === selected ? [byId.get(to)] : [])));
  const beside = (box: Placed): boolean => box.id !== at.id && Math.abs(box.y - at.y) < box.height;
  return nearest(boxes.filter((box) => beside(box) && (direction === "left" ? box.x < at.x : box.x > at.x)));
}
