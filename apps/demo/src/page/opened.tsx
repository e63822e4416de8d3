import type { ComponentChildren, JSX } from "preact";
import { useMemo } from "preact/hooks";
import { Problem } from "./problem.tsx";

interface Props<Result> {
  /** The worker's answer, or what a saved file held; undefined: nothing yet. */
  readonly explanation: unknown;
  /** Makes a result of it. Throws where it is none. Must be the same function at every call. */
  readonly read: (explanation: unknown) => Result;
  readonly children: (result: Result) => ComponentChildren;
}

type Opened<Result> = { readonly result: Result } | { readonly problem: string } | undefined;

/** Shows an answer or a saved result; what is none is refused with a sentence, and the page goes on. */
export function Opened<Result>({ explanation, read, children }: Props<Result>): JSX.Element | null {
  const opened = useMemo((): Opened<Result> => {
    if (explanation === undefined) return undefined;
    try {
      return { result: read(explanation) };
    } catch (error) {
      return { problem: error instanceof Error ? error.message : String(error) };
    }
  }, [explanation, read]);
  if (opened === undefined) return null;
  if ("problem" in opened) return <Problem>The saved result cannot be shown: {opened.problem}.</Problem>;
  return <>{children(opened.result)}</>;
}
