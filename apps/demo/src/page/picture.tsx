import type { AttributionDocument } from "@attr/viz";
import "@attr/viz/element";
import type { AttrResultElement } from "@attr/viz/element";
import type { JSX, Ref } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

declare module "preact" {
  namespace JSX {
    interface IntrinsicElements {
      "attr-result": { readonly ref?: Ref<AttrResultElement> | undefined };
    }
  }
}

/** A document as a picture as wide as there is room, and its numbers as tables below: the element that others install. */
export function Picture({ document }: { readonly document: AttributionDocument }): JSX.Element {
  const element = useRef<AttrResultElement>(null);
  useLayoutEffect(() => {
    element.current!.document = document;
  }, [document]);
  return (
    <div class="picture">
      <attr-result ref={element} />
    </div>
  );
}
