import { writeFile } from "node:fs/promises";
import type { Progress } from "@attr/core";

/** Where a command writes: results to `out`, all that is about the work itself to `log`. */
export interface Terminal {
  /** Results: what a pipe gets. */
  out(text: string): void;
  /** Notes for a person at the terminal. */
  log(text: string): void;
  /** Draws how far the work has come; does nothing in a pipe. */
  progress(label: string): ((progress: Progress) => void) & { done(): void };
  readonly color: boolean;
  readonly width: number;
}

interface Stream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** A terminal over two streams. Colour follows the first and `NO_COLOR` / `FORCE_COLOR`, the progress bar the second. */
export function openTerminal(
  out: Stream,
  err: Stream,
  environment: Readonly<Record<string, string | undefined>>,
  options: { readonly quiet?: boolean | undefined; readonly color?: boolean | undefined } = {},
): Terminal {
  const width = Math.min(120, Math.max(20, out.columns ?? 80));
  const bar = err.isTTY === true && options.quiet !== true;
  return {
    out: (text) => void out.write(text.endsWith("\n") ? text : `${text}\n`),
    log: (text) => {
      if (options.quiet !== true) err.write(`${text}\n`);
    },
    progress(label) {
      let drawn = false;
      const draw = (progress: Progress): void => {
        if (!bar) return;
        drawn = true;
        err.write(`\r\u001b[2K${progressLine(label, progress, Math.max(20, err.columns ?? 80))}`);
      };
      return Object.assign(draw, {
        done: () => {
          if (drawn) err.write("\r\u001b[2K");
          drawn = false;
        },
      });
    },
    color: options.color ?? wantsColor(out, environment),
    width,
  };
}

/** `NO_COLOR` wins over `FORCE_COLOR`; without either, colour is for terminals that can show it. */
export function wantsColor(stream: Stream, environment: Readonly<Record<string, string | undefined>>): boolean {
  const set = (name: string): boolean => environment[name] !== undefined && environment[name] !== "";
  if (set("NO_COLOR")) return false;
  if (set("FORCE_COLOR")) return environment["FORCE_COLOR"] !== "0";
  return stream.isTTY === true && environment["TERM"] !== "dumb";
}

/** One line of a progress bar that fits `width` columns. */
export function progressLine(label: string, progress: Progress, width: number): string {
  const share = progress.total > 0 ? Math.min(1, progress.done / progress.total) : 1;
  const tail = ` ${String(Math.floor(share * 100)).padStart(3)} %  ${progress.done}/${progress.total} ${progress.unit}`;
  const room = width - label.length - tail.length - 2;
  if (room < 8) return `${label}${tail}`.slice(0, width - 1);
  const filled = Math.round(share * room);
  return `${label} ${"━".repeat(filled)}${"─".repeat(room - filled)}${tail}`;
}

/** A number with its noun: "1 model call", "7 model calls". */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Writes a result file, or to the standard output for `-`. `mode` says who may read a file that is made. */
export async function save(path: string, text: string, terminal: Terminal, mode = 0o666): Promise<void> {
  if (path === "-") return terminal.out(text);
  await writeFile(path, text.endsWith("\n") ? text : `${text}\n`, { mode });
  terminal.log(`wrote ${path}`);
}
