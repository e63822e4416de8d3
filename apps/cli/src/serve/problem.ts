import { AttributionError, UnsupportedError } from "@attr/core";
import { UsageError } from "../arguments.ts";

const titles = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  408: "Request Timeout",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  421: "Misdirected Request",
  422: "Unprocessable Content",
  500: "Internal Server Error",
  503: "Service Unavailable",
  504: "Gateway Timeout",
} as const;

export type ProblemStatus = keyof typeof titles;

/** What is told of a request that failed (RFC 9457), as `application/problem+json`. */
export interface ProblemJson {
  readonly type: "about:blank";
  readonly title: string;
  readonly status: ProblemStatus;
  /** A sentence: what is wrong and what was got. */
  readonly detail: string;
  /** The kind of the error: "InvalidArgumentError". */
  readonly kind?: string | undefined;
}

/** A request that is refused, and the answer that says so. */
export class Problem extends Error {
  override readonly name: string = "Problem";
  readonly status: ProblemStatus;
  readonly headers: Readonly<Record<string, string>>;
  readonly kind: string | undefined;

  constructor(
    status: ProblemStatus,
    detail: string,
    more: { readonly headers?: Readonly<Record<string, string>>; readonly kind?: string; readonly cause?: unknown } = {},
  ) {
    super(detail, { cause: more.cause });
    this.status = status;
    this.headers = more.headers ?? {};
    this.kind = more.kind;
  }

  toJSON(): ProblemJson {
    const { status, message: detail, kind } = this;
    return { type: "about:blank", title: titles[status], status, detail, ...(kind !== undefined && { kind }) };
  }
}

/** The problem of whatever was thrown: what the asker did wrong is told as it is, what else went wrong only that it did. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  // What the command line says of options is said of the fields of the same names.
  if (error instanceof UsageError)
    return new Problem(400, error.message.replace(/--(?=[a-z])/g, ""), { kind: "InvalidArgumentError" });
  if (error instanceof UnsupportedError) return new Problem(422, error.message, { kind: error.name });
  if (error instanceof AttributionError) return new Problem(400, error.message, { kind: error.name });
  return new Problem(500, "the server failed; it says why where it was started", { cause: error });
}

/** A problem as the response that tells it. */
export function problemResponse(problem: Problem): Response {
  return new Response(`${JSON.stringify(problem)}\n`, {
    status: problem.status,
    headers: { "content-type": "application/problem+json", ...problem.headers },
  });
}
