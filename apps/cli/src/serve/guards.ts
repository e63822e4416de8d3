import { createHash, timingSafeEqual } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { Problem } from "./problem.ts";

/** Names of this machine for itself. A page of another name that is made to point here (DNS rebinding) asks under its own name. */
export function ownHosts(port: number): ReadonlySet<string> {
  const names = ["127.0.0.1", "localhost", "[::1]"];
  return new Set(names.flatMap((name) => (port === 80 ? [name, `${name}:80`] : [`${name}:${port}`])));
}

/** Answers only to requests that ask for this machine by its loopback names. */
export function onlyOwnHost(port: () => number): MiddlewareHandler {
  return async (context, next) => {
    const host = context.req.header("host")?.toLowerCase() ?? "";
    if (!ownHosts(port()).has(host))
      throw new Problem(421, `this server answers to localhost, 127.0.0.1 and [::1] at port ${port()} only, not to "${host}"`);
    await next();
  };
}

/** Pages elsewhere may lead here by a link; what they would load or ask for by themselves they do not get. */
export const onlyOwnPages: MiddlewareHandler = async (context, next) => {
  const from = context.req.header("sec-fetch-site");
  const isLink = context.req.header("sec-fetch-mode") === "navigate" && context.req.header("sec-fetch-dest") === "document";
  if ((from === "cross-site" || from === "same-site") && !(isLink && safe.has(context.req.method)))
    throw new Problem(403, "a page elsewhere may not ask this server");
  await next();
};

const safe = new Set(["GET", "HEAD"]);

/** Whatever is not read-only comes from here or from no page at all, and knows the token. */
export function onlyWithToken(token: string): MiddlewareHandler {
  const expected = digest(token);
  return async (context, next) => {
    if (!safe.has(context.req.method)) {
      const origin = context.req.header("origin");
      if (origin !== undefined && origin !== `http://${context.req.header("host")?.toLowerCase() ?? ""}`)
        throw new Problem(403, `a page of ${origin} may not ask this server`);
      const [, given = ""] = /^Bearer +(\S+)$/i.exec(context.req.header("authorization") ?? "") ?? [];
      // Digests are of one length and tell nothing of how much of the token is right.
      if (!timingSafeEqual(digest(given), expected))
        throw new Problem(401, "the token that attr serve printed is needed: Authorization: Bearer TOKEN", {
          headers: { "www-authenticate": 'Bearer realm="attr"' },
        });
    }
    await next();
  };
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** What every answer says: how a browser has to treat it. `contentPolicy` is for pages. */
export function securityHeaders(contentPolicy: string): Readonly<Record<string, string>> {
  return {
    "content-security-policy": contentPolicy,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
  };
}

/** Of an answer that is no page of ours: nothing in it runs or loads. */
export const noContent = "default-src 'none'; frame-ancestors 'none'";

/** Puts the security headers on every answer that does not say otherwise, those of problems included. */
export const withSecurityHeaders: MiddlewareHandler = async (context, next) => {
  await next();
  for (const [name, value] of Object.entries(securityHeaders(noContent)))
    if (!context.res.headers.has(name)) context.res.headers.set(name, value);
};
