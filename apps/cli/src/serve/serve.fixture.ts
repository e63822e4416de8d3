import { type ClientRequest, type IncomingHttpHeaders, request } from "node:http";
import { text } from "node:stream/consumers";
import { commands } from "../commands/all.ts";
import { type RunningServer, type StartOptions, startServer } from "./start-server.ts";

/** An answer of the server, its body as text. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A real server on a port of its own, and the errors that it took for its own fault. */
export async function serving(
  options: Partial<StartOptions> = {},
): Promise<{ readonly server: RunningServer; readonly failures: unknown[]; readonly port: number }> {
  const failures: unknown[] = [];
  const server = await startServer({
    port: 0,
    host: "127.0.0.1",
    models: undefined,
    seconds: 60,
    program: { version: "1.2.3", commands },
    failed: (error) => failures.push(error),
    ...options,
  });
  return { server, failures, port: Number(new URL(server.address).port) };
}

export interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Called with the request before its body is written, in place of writing it. */
  readonly write?: (asked: ClientRequest) => void;
  readonly signal?: AbortSignal;
}

/** Asks as written: any Host, any path, no header added that is not here. */
export function ask(port: number, path: string, asking: Asking = {}): Promise<Answer> {
  const { method = "GET", body, write, signal } = asking;
  const length = body === undefined || write !== undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
  const headers = { ...length, ...asking.headers };
  return new Promise((resolve, reject) => {
    const asked = request(
      { host: "127.0.0.1", port, path, method, headers, agent: false, ...(signal && { signal }) },
      (answer) => {
        text(answer).then((whole) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: whole }), reject);
      },
    );
    asked.once("error", reject);
    if (write !== undefined) write(asked);
    else asked.end(body);
  });
}

/** Asks with the token, a body of JSON where there is one. */
export function post(
  { server, port }: { readonly server: RunningServer; readonly port: number },
  path: string,
  body: unknown,
  asking: Asking = {},
): Promise<Answer> {
  const headers = { authorization: `Bearer ${server.token}`, "content-type": "application/json", ...asking.headers };
  return ask(port, path, { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body), ...asking, headers });
}
