import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InvalidArgumentError } from "@attr/core";
import { createAdaptorServer } from "@hono/node-server";
import type { Program } from "../commands/command.ts";
import { serveApp } from "./app.ts";
import { embeddedShelf, folderShelf } from "./model-shelf.ts";
import { OpenModels } from "./open-models.ts";
import type { ServeLimits } from "./serve-limits.ts";

export interface StartOptions {
  readonly port: number;
  /** A loopback address. */
  readonly host: "127.0.0.1" | "::1";
  /** The folder whose models are served. @defaultValue the embedded models */
  readonly models: string | undefined;
  /** Seconds that a model may work at one request. */
  readonly seconds: number;
  readonly program: Program;
  readonly failed: (error: unknown) => void;
  /** Milliseconds that a request may take to arrive whole. @defaultValue 30 seconds */
  readonly arrival?: number | undefined;
  readonly limits?: Partial<ServeLimits> | undefined;
}

const mebibyte = 1024 * 1024;

const standardLimits = { textBody: mebibyte, tensorBody: 32 * mebibyte, waiting: 8, results: 32 } as const;

/** Connections at a time, and models kept open. */
const [connections, openModels] = [64, 2];

/** A server that listens; disposing of it closes it and frees the models. */
export interface RunningServer extends AsyncDisposable {
  /** "http://127.0.0.1:8080/" */
  readonly address: string;
  /** What every request that is not GET has to bring. */
  readonly token: string;
  /** The page's address, which carries the token behind the #: browsers do not send that part. */
  readonly page: string;
  /** Opens the page in the browser of whoever is at this machine. */
  openPage(): Promise<void>;
  /** Waits for the signal. */
  closedBy(signal: AbortSignal): Promise<void>;
}

/** Starts the server. @throws InvalidArgumentError where the folder of models is none; what listening throws where the port is taken. */
export async function startServer(options: StartOptions): Promise<RunningServer> {
  const { models: folder, program, failed, seconds, arrival = 30_000 } = options;
  if (folder !== undefined && (await stat(folder).catch(() => undefined))?.isDirectory() !== true)
    throw new InvalidArgumentError(`there is no folder ${folder} to serve models from`);
  const token = randomBytes(32).toString("base64url");
  const closing = new AbortController();
  const models = new OpenModels(openModels);
  let port = 0;
  const app = serveApp({
    shelf: folder === undefined ? embeddedShelf() : folderShelf(folder),
    models,
    token,
    limits: { ...standardLimits, seconds, ...options.limits },
    program,
    port: () => port,
    signal: closing.signal,
    failed,
  });
  const server = createAdaptorServer({
    fetch: app.fetch,
    createServer,
    serverOptions: {
      requestTimeout: arrival,
      headersTimeout: Math.min(arrival, 10_000),
      connectionsCheckingInterval: Math.min(arrival, 1000),
    },
  }) as Server; // of createServer above
  server.maxConnections = connections;
  server.listen(options.port, options.host);
  await once(server, "listening");
  const listening = server.address();
  port = typeof listening === "object" && listening !== null ? listening.port : options.port;
  const address = `http://${options.host === "::1" ? "[::1]" : options.host}:${port}/`;
  const page = `${address}#token=${token}`;
  const temporary: string[] = [];
  return {
    address,
    token,
    page,
    openPage: async () => {
      // The token stays off the command line of the browser, which every user of the machine can read.
      const at = await mkdtemp(join(tmpdir(), "attr-serve-"));
      temporary.push(at);
      const file = join(at, "attr.html");
      await writeFile(
        file,
        `<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=${page}"><title>attr</title>`,
        { mode: 0o600 },
      );
      openInBrowser(file, failed);
    },
    closedBy: (signal) =>
      new Promise((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener("abort", () => resolve(), { once: true });
      }),
    [Symbol.asyncDispose]: async () => {
      closing.abort(new Error("the server closes"));
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
      await models[Symbol.asyncDispose]();
      for (const at of temporary) await rm(at, { recursive: true, force: true });
    },
  };
}

function openInBrowser(file: string, failed: (error: unknown) => void): void {
  const [command, ...words] =
    process.platform === "darwin"
      ? ["open", file]
      : process.platform === "win32"
        ? ["rundll32", "url.dll,FileProtocolHandler", file]
        : ["xdg-open", file];
  const child = spawn(command!, words, { stdio: "ignore", detached: true });
  child.once("error", (error) => failed(new Error(`the browser could not be opened: ${error.message}`)));
  child.unref();
}
