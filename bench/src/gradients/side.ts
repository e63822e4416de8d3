import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** What a side answers: milliseconds, bytes, or what it says of itself. */
export type Answer = Readonly<Record<string, number>>;

/** One of the sides compared, in a process of its own: it does what it is told line by line, and rests in between. */
export class Side {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(command: string, parameters: readonly string[]) {
    this.#child = spawn(command, parameters, { stdio: ["pipe", "pipe", "inherit"] });
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator](); // it is a pipe
  }

  /** The next answer; a process says how it is when it is ready. */
  async answer(): Promise<Answer> {
    const { done, value } = await this.#lines.next();
    if (done === true) throw new Error(`a side of the comparison ended (${this.#child.exitCode ?? "unknown"})`);
    return JSON.parse(value) as Answer; // what both sides write
  }

  ask(what: string): Promise<Answer> {
    this.#child.stdin!.write(`${what}\n`); // it is a pipe
    return this.answer();
  }

  close(): void {
    this.#child.stdin!.end();
  }
}
