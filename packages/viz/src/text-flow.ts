import type { TextDocument } from "./documents/text-document.ts";
import { displayWidth, graphemes, visibleText } from "./visible-text.ts";

/** A part of a line: text of one piece, no line break inside. */
export interface Fragment {
  readonly text: string;
  readonly feature?: number | undefined;
  /** Columns of a fixed-width screen that the text takes. */
  readonly columns: number;
}

/**
 * A document's pieces as lines of at most `width` columns, broken at spaces where there are any; every control character is shown, not
 * obeyed.
 *
 * @param mark Text to show for a piece that has a feature, where it is not the piece's own.
 */
export function flowPieces(
  pieces: TextDocument["pieces"],
  width: number,
  mark: (text: string, feature: number) => string = (text) => text,
): Fragment[][] {
  const lines: Fragment[][] = [];
  let line: Fragment[] = [];
  let used = 0;
  const flush = (): void => {
    lines.push(line);
    line = [];
    used = 0;
  };
  // What no space divides stays together over the pieces' borders, so that a full stop is not put on a line of its own.
  let run: Fragment[] = [];
  const placeRun = (): void => {
    const columns = run.reduce((sum, chunk) => sum + chunk.columns, 0);
    const last = run.at(-1);
    const needed = last === undefined ? 0 : columns - last.columns + displayWidth(last.text.trimEnd());
    if (used > 0 && used + needed > width && needed <= width) flush();
    for (const chunk of run) {
      if (used > 0 && used + displayWidth(chunk.text.trimEnd()) > width) flush();
      line.push(chunk);
      used += chunk.columns;
    }
    run = [];
  };
  for (const { text, feature } of pieces) {
    const shown = visibleText(text, "keep");
    const marked = feature === undefined ? shown : mark(shown, feature);
    marked.split("\n").forEach((part, index) => {
      if (index > 0) {
        placeRun();
        flush();
      }
      for (const word of part.split(/(?<=\s)(?=\S)/u))
        for (const chunk of cutToWidth(word, width)) {
          const columns = displayWidth(chunk);
          if (columns === 0) continue;
          run.push({ text: chunk, feature, columns });
          if (/\s$/u.test(chunk)) placeRun();
        }
    });
  }
  placeRun();
  if (line.length > 0) flush();
  return lines;
}

/** A sentence cut into lines at its spaces. */
export function wrapWords(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ").flatMap((part) => cutToWidth(part, width))) {
    if (line !== "" && displayWidth(line) + 1 + displayWidth(word) > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines;
}

/** A word longer than a line, cut into lines. */
function cutToWidth(word: string, width: number): string[] {
  if (displayWidth(word) <= width) return [word];
  const parts: string[] = [];
  let part = "";
  let used = 0;
  for (const grapheme of graphemes(word)) {
    const columns = displayWidth(grapheme);
    if (used + columns > width) {
      parts.push(part);
      part = "";
      used = 0;
    }
    part += grapheme;
    used += columns;
  }
  parts.push(part);
  return parts;
}
