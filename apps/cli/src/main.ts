#!/usr/bin/env node
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { exitCodes, Interruption } from "./exit-codes.ts";
import { run } from "./run.ts";

// The first signal lets the command end in order; a second one of the same kind ends the program at once.
const interruption = new AbortController();
process.once("SIGINT", () => interruption.abort(new Interruption("interrupted")));
process.once("SIGTERM", () => interruption.abort(new Interruption("terminated")));
// A reader that has seen enough (`attr demo | head`) is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(exitCodes.done);
  process.stderr.write(`attr: the output cannot be written: ${error.message}\n`);
  process.exit(exitCodes.failed);
});

const { version } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8")) as { version: string }; // our own file

process.exitCode = await run(process.argv.slice(2), {
  out: process.stdout,
  err: process.stderr,
  environment: process.env,
  folder: process.cwd(),
  signal: interruption.signal,
  version,
  readInput: () => text(process.stdin),
});
