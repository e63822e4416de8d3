import { type AttributionDocument, toHtml, toSvg } from "@attr/viz";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { pngOf, saveFile } from "./save.ts";

interface Props {
  readonly document: AttributionDocument;
  /** What is written as JSON: a result with a schema, which the page opens again. */
  readonly json: object;
  /** A link that asks the same again: the address of what was asked; absent where an address cannot hold it. */
  readonly address?: (() => string) | undefined;
}

/** The ways to take a result along. */
export function ExportBar({ document, json, address }: Props): JSX.Element {
  const [said, setSaid] = useState("");
  const theme = (): "light" | "dark" => (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  const png = async (): Promise<void> => {
    try {
      saveFile("explanation.png", await pngOf(toSvg(document, { theme: theme() })), "image/png");
      setSaid("Saved as explanation.png.");
    } catch (error) {
      setSaid(error instanceof Error ? error.message : String(error));
    }
  };
  const copy = async (): Promise<void> => {
    const link = address!();
    try {
      await navigator.clipboard.writeText(link);
      setSaid("The link is copied. It holds the question behind the #, which browsers send to nobody.");
    } catch {
      setSaid(`The browser does not let the page copy. The link: ${link}`);
    }
  };
  const save = (name: string, text: string, type: string): void => {
    saveFile(name, text, type);
    setSaid(`Saved as ${name}.`);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: these are buttons, and no part of a form
    <div class="export-bar" role="group" aria-label="Take the result along">
      <button type="button" onClick={() => void png()}>
        PNG
      </button>
      <button type="button" onClick={() => save("explanation.svg", toSvg(document), "image/svg+xml")}>
        SVG
      </button>
      <button type="button" onClick={() => save("explanation.html", toHtml(document), "text/html")}>
        HTML
      </button>
      <button type="button" onClick={() => save("explanation.json", JSON.stringify(json, null, 1), "application/json")}>
        JSON
      </button>
      {address !== undefined && (
        <button type="button" onClick={() => void copy()}>
          Copy a link
        </button>
      )}
      <p role="status" class="status">
        {said}
      </p>
    </div>
  );
}
