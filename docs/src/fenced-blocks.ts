import type { Page } from "./documents.ts";

/** A fenced block of code in a page. */
export interface FencedBlock {
  readonly page: string;
  /** The line its code starts at, counted from 1. */
  readonly line: number;
  /** The first word after the fence: "ts", "sh", "json"; empty where there is none. */
  readonly language: string;
  /** What follows the first word: "no-run needs a graphics card". */
  readonly marks: string;
  readonly code: string;
}

/** The fenced blocks of a page, in order. An indented fence (in a list) gives its code without the indentation. */
export function fencedBlocks({ path, text }: Page): readonly FencedBlock[] {
  const blocks: FencedBlock[] = [];
  const lines = text.split(/\r?\n/);
  for (let at = 0; at < lines.length; at++) {
    const opening = /^( *)(`{3,}|~{3,})\s*(\S*)\s*(.*?)\s*$/.exec(lines[at]!);
    if (opening === null) continue;
    const [, indent = "", fence = "", language = "", marks = ""] = opening;
    const start = at + 1;
    const closes = (line: string): boolean => line.trim().startsWith(fence) && line.trim().replaceAll(fence[0]!, "") === "";
    do at++;
    while (at < lines.length && !closes(lines[at]!));
    if (at === lines.length) throw new Error(`${path}:${start} opens a block of code that is never closed`);
    const code = lines.slice(start, at).map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line.trimStart()));
    blocks.push({ page: path, line: start + 1, language, marks, code: `${code.join("\n")}\n` });
  }
  return blocks;
}

/** The reason of a block that is read and not run, or `undefined` where it is run. Throws where the reason is missing. */
export function reasonNotToRun({ page, line, marks }: FencedBlock): string | undefined {
  if (marks === "") return undefined;
  const [, reason] = /^no-run\s+(\S.*)$/.exec(marks) ?? [];
  if (reason === undefined)
    throw new Error(`${page}:${line} is marked "${marks}"; the only mark is "no-run" followed by its reason`);
  return reason;
}
