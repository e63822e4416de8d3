/** What the program's exit code says. */
export const exitCodes = { done: 0, failed: 1, usage: 2, interrupted: 130, terminated: 143 } as const;

/** The exit codes as the help text and the guide tell them. */
export const exitCodesInWords: readonly (readonly [code: number, meaning: string])[] = [
  [exitCodes.done, "done"],
  [exitCodes.failed, "the work failed"],
  [exitCodes.usage, "the command line or a setting cannot be understood"],
  [exitCodes.interrupted, "interrupted (Ctrl-C)"],
  [exitCodes.terminated, "told to end (SIGTERM)"],
];

/** Why the program was told to stop, and the exit code that says so. */
export class Interruption extends Error {
  override readonly name: string = "Interruption";
  readonly exitCode: number;

  constructor(reason: "interrupted" | "terminated") {
    super(reason);
    this.exitCode = exitCodes[reason];
  }
}
