/** The id of the box that something in the drawing is part of. */
export function boxAt(target: EventTarget | null): string | undefined {
  const box = target instanceof Element ? target.closest("[data-box]") : null;
  return box?.getAttribute("data-box") ?? undefined;
}
