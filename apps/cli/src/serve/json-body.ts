import type { Context } from "hono";
import { Problem } from "./problem.ts";

/** The fields of a request. */
export type JsonBody = Readonly<Record<string, unknown>>;

/** How deep a body may be nested: what reads or shows it goes down one call a level. Arrays of the most axes are far from it. */
const deepest = 100;

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
  if (isDeeper(body, deepest)) throw new Problem(400, `the body is nested more than ${deepest} levels deep`);
  return body as JsonBody; // any object can be read by name
}

/** Whether objects and lists lie in one another more than so many times; level by level, as deep ones would fill the stack. */
function isDeeper(body: object, levels: number): boolean {
  let level: readonly object[] = [body];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === levels) return true;
    const next: object[] = [];
    for (const container of level)
      for (const value of Array.isArray(container) ? container : Object.values(container))
        if (typeof value === "object" && value !== null) next.push(value);
    level = next;
  }
  return false;
}
