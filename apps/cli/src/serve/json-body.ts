import type { Context } from "hono";
import { Problem } from "./problem.ts";

/** The fields of a request. */
export type JsonBody = Readonly<Record<string, unknown>>;

/** The body as an object. @throws Problem (400, 415) */
export async function jsonBody(context: Context): Promise<JsonBody> {
  const type = (context.req.header("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
  if (type !== "application/json") throw new Problem(415, `the body must be application/json, got ${JSON.stringify(type)}`);
  const text = await context.req.text();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    throw new Problem(400, `the body is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw new Problem(400, "the body must be a JSON object");
  return body as JsonBody; // any object can be read by name
}
