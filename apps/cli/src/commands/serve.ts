import { chmod, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { jsonOption } from "../shared-options.ts";
import { save, type Terminal } from "../terminal.ts";
import type { RunnableCommand } from "./command.ts";

/** `attr serve`: a page and a JSON API on this machine, for this machine. */
export const serve: RunnableCommand = {
  name: "serve",
  summary: "Serves a page and a JSON API to this machine alone.",
  usage: "attr serve [--port N] [--models DIR] [--open] [options]",
  options: [
    {
      name: "port",
      type: "string",
      value: "N",
      help: "the port listened at; 0 takes a free one",
      number: { minimum: 0, maximum: 65_535, integer: true },
      default: 0,
    },
    {
      name: "host",
      type: "string",
      value: "ADDRESS",
      help: "the loopback address listened at",
      choices: ["127.0.0.1", "::1"],
      default: "127.0.0.1",
    },
    {
      name: "models",
      type: "string",
      value: "DIR",
      path: "folder",
      help: "serve the models in and below this folder, and nothing outside it (default: the embedded models)",
    },
    {
      name: "timeout",
      type: "string",
      value: "SECONDS",
      help: "how long a model may work at one request",
      number: { minimum: 1, maximum: 86_400 },
      default: 600,
    },
    { name: "open", type: "boolean", help: "open the page in the browser" },
    { ...jsonOption, help: "write the address and the token as JSON, for this user to read (- for the standard output)" },
    { name: "quiet", short: "q", type: "boolean", help: "print the address and nothing else" },
  ],
  examples: [
    "attr serve --open",
    "attr serve --port 8080 --models ./models",
    "attr serve --json - | jq -r .page  # for other programs",
  ],
  async run({ given, terminal, signal, program }) {
    const folder = given.text("models");
    const json = given.text("json");
    // Loaded here: no other command has use for a server.
    const { startServer } = await import("../serve/start-server.ts");
    await using server = await startServer({
      port: given.number("port") ?? 0,
      host: given.choice("host", ["127.0.0.1", "::1"], "127.0.0.1"),
      models: folder === undefined ? undefined : resolve(folder),
      seconds: given.number("timeout") ?? 600,
      program,
      failed: (error) => terminal.log(`attr serve: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
    }).catch((error: unknown) => {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      const why = code === "EADDRINUSE" ? "is taken" : code === "EACCES" ? "may not be listened at" : undefined;
      if (why === undefined) throw error;
      throw new Error(`port ${given.text("port")} ${why}: name another, or leave --port out for a free one`, { cause: error });
    });
    const { address, token, page } = server;
    const announcement = JSON.stringify({ schema: "attr.serve/1", address, token, page });
    if (json !== undefined && json !== "-") await saveForOneself(json, announcement, terminal);
    if (json === "-") terminal.out(announcement);
    else {
      terminal.out(page);
      terminal.log(`The API is at ${address}api; whatever is not GET needs the token: Authorization: Bearer ${token}`);
      terminal.log("Only this machine is answered. Ctrl-C ends it.");
    }
    if (given.flag("open")) await server.openPage();
    await server.closedBy(signal);
    throw signal.reason;
  },
};

/** Writes a file that holds the token: nobody else reads it, also where it was there before. */
async function saveForOneself(path: string, text: string, terminal: Terminal): Promise<void> {
  if ((await stat(path).catch(() => undefined))?.isFile() === true) await chmod(path, 0o600);
  await save(path, text, terminal, 0o600);
}
