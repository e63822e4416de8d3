import { run } from "./run.ts";

/** What a command line did: its exit code and what it wrote. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line in this process, on streams that are kept. */
export async function attr(
  words: readonly string[],
  given: {
    readonly input?: string;
    readonly terminal?: boolean;
    readonly environment?: Record<string, string>;
    readonly signal?: AbortSignal;
    /** Told of all that was written so far, whenever there is more. */
    readonly onWrite?: (written: { readonly out: string; readonly err: string }) => void;
    /** Where the configuration is looked for. */
    readonly folder?: string;
  } = {},
): Promise<Outcome> {
  const written = { out: "", err: "" };
  const stream = (name: keyof typeof written) => ({
    write: (text: string) => {
      written[name] += text;
      given.onWrite?.(written);
    },
    isTTY: given.terminal ?? false,
    columns: 100,
  });
  const code = await run(words, {
    out: stream("out"),
    err: stream("err"),
    environment: given.environment ?? {},
    folder: given.folder,
    signal: given.signal ?? new AbortController().signal,
    version: "1.2.3",
    readInput: async () => given.input ?? "",
  });
  return { code, ...written };
}
