import { type AttributionDocument, toSvg } from "@attr/viz";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { asTable, NumbersTable } from "./numbers-table.tsx";

/** A document as a picture as wide as there is room, and its numbers as a table below. */
export function Picture({ document }: { readonly document: AttributionDocument }): JSX.Element {
  const frame = useRef<HTMLElement>(null);
  const [width, setWidth] = useState(720);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) setWidth(Math.round(Math.min(960, Math.max(280, entry.contentRect.width))));
    });
    observer.observe(frame.current!);
    return () => observer.disconnect();
  }, []);
  const svg = useMemo(() => toSvg(document, { width }), [document, width]);
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard */}
      <section class="picture" ref={frame} tabIndex={0} aria-label="Picture of the result">
        <div dangerouslySetInnerHTML={{ __html: svg }} />
      </section>
      {document.kind === "text" && <NumbersTable document={document} />}
      {document.kind === "tabular" && <NumbersTable document={asTable(document)} />}
    </>
  );
}
