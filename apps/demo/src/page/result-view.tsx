import type { AttributionDocument } from "@attr/viz";
import type { ComponentChildren, JSX } from "preact";
import { ExportBar } from "./export-bar.tsx";
import { Picture } from "./picture.tsx";

interface Props {
  readonly title: ComponentChildren;
  readonly document: AttributionDocument;
  /** What is saved as JSON, for the page to open again. */
  readonly json: object;
  /** Whether it is the best so far only. */
  readonly unfinished?: boolean | undefined;
  /** A link that asks the same again; absent where an address cannot hold it. */
  readonly address?: (() => string) | undefined;
  /** What stands between the title and the picture: what is explained, to choose from. */
  readonly children?: ComponentChildren;
}

/** A result as every room shows it: a title, the picture with its numbers, and the ways to take it along. */
export function ResultView({ title, document, json, unfinished = false, address, children }: Props): JSX.Element {
  return (
    <section class="result" aria-labelledby="result-title">
      <h2 id="result-title">{title}</h2>
      {unfinished && <p class="note">The best so far: the work is not finished.</p>}
      {children}
      <Picture document={document} />
      <ExportBar document={document} json={json} address={address} />
    </section>
  );
}
