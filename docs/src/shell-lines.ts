/** What the test does with a line of a `sh` block. */
export type LineUse =
  /** Run as it is: it calls the workspace's `attr`, with variables set for it or without. */
  | { readonly run: string }
  /** A script of the root package.json: it has to be there; running it is CI's own work. */
  | { readonly script: string }
  /** A training script: it has to be there and to know the flags; nobody trains in a test. */
  | { readonly training: string; readonly flags: readonly string[] }
  /** The command of an example: the test of the examples runs it. */
  | { readonly example: true }
  /** Brings something onto the reader's machine: nothing to check. */
  | { readonly install: true };

/** The commands of a `sh` block: comments and blank lines left out, lines that end in a backslash joined. */
export function commandsOf(code: string): readonly string[] {
  return code
    .replace(/\\\n\s*/g, "")
    .split("\n")
    .map((line) => line.replace(/(^|\s)#.*$/, "").trim())
    .filter((line) => line !== "");
}

/** Throws for a command that no rule knows: a page then shows something that nobody checks. */
export function useOf(command: string): LineUse {
  if (/^(npm (install|i|ci)|pnpm (add|install)|yarn add|git clone|cd|mkdir)\b/.test(command)) return { install: true };
  if (command === "npm start") return { example: true };
  // `demo` of the root is the command line's own, after a build.
  const own = command
    .replace(/^(npx --yes pnpm@\S+|pnpm) (run )?(attr|(?=demo\b))\s*/, "attr ")
    .replace(/^npx @attr\/cli\b/, "attr");
  if (/^([A-Z_]+=\S+ )*attr\b/.test(own)) return { run: own };
  const [, training] = /^python ([\w-]+\.py)\b/.exec(command) ?? [];
  if (training !== undefined) return { training, flags: command.match(/--[\w-]+/g) ?? [] };
  const [, script] = /^(?:npx --yes pnpm@\S+|pnpm) (?:run )?([\w:-]+)/.exec(command) ?? [];
  if (script !== undefined) return { script };
  throw new Error(`no rule says how to check the command "${command}": see docs/src/shell-lines.ts`);
}
