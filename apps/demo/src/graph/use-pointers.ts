import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { boxAt } from "./box-at.ts";
import type { Point } from "./layout.ts";
import { moved, type Window, zoomed } from "./window.ts";

type Change = (change: (before: Window) => Window) => void;

interface Handlers {
  readonly onPointerDown: (event: PointerEvent) => void;
  readonly onPointerMove: (event: PointerEvent) => void;
  readonly onPointerUp: (event: PointerEvent) => void;
  readonly onPointerCancel: (event: PointerEvent) => void;
}

/** A pointer that moves less than this, in pixels, has clicked. */
const still = 5;

/** One pointer moves the drawing or clicks a box, two enlarge it; so does the wheel with Ctrl. */
export function usePointers(
  frame: RefObject<HTMLElement | null>,
  change: Change,
  onClick: (target: string | undefined) => void,
): Handlers {
  const down = useRef(new Map<number, Point>());
  const travelled = useRef(0);
  const pressed = useRef<string>(undefined);
  const place = ({ clientX, clientY }: { readonly clientX: number; readonly clientY: number }): Point => {
    const { left, top } = frame.current!.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  };
  useEffect(() => {
    const element = frame.current!;
    const turn = (event: WheelEvent): void => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const at = place(event);
      change((before) => zoomed(before, Math.exp(-event.deltaY / 300), at));
    };
    // The page must be kept from being enlarged itself, which only such a listener may.
    element.addEventListener("wheel", turn, { passive: false });
    return () => element.removeEventListener("wheel", turn);
  }, []);
  const lift = (event: PointerEvent): void => {
    down.current.delete(event.pointerId);
  };
  return {
    onPointerDown: (event) => {
      if (event.button !== 0) return;
      frame.current?.focus({ preventScroll: true });
      if (down.current.size === 0) {
        travelled.current = 0;
        pressed.current = boxAt(event.target);
      }
      down.current.set(event.pointerId, place(event));
      frame.current?.setPointerCapture(event.pointerId);
    },
    onPointerMove: (event) => {
      const before = down.current.get(event.pointerId);
      if (before === undefined) return;
      const now = place(event);
      const other = [...down.current].find(([id]) => id !== event.pointerId)?.[1];
      down.current.set(event.pointerId, now);
      travelled.current += Math.hypot(now.x - before.x, now.y - before.y);
      if (travelled.current < still) return;
      if (other === undefined) change((window) => moved(window, { x: before.x - now.x, y: before.y - now.y }));
      else {
        const span = (point: Point): number => Math.max(1, Math.hypot(point.x - other.x, point.y - other.y));
        const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
        change((window) => zoomed(window, span(now) / span(before), middle));
      }
    },
    onPointerUp: (event) => {
      const clicked = down.current.size === 1 && down.current.has(event.pointerId) && travelled.current < still;
      lift(event);
      if (clicked) onClick(pressed.current);
    },
    onPointerCancel: lift,
  };
}
