/** Runs named checks one after the other, says how each went, and counts them. */
export class CheckList {
  #passed = 0;
  #failed = 0;
  #skipped = 0;

  /** One check: passes when `check` returns, fails with the message of what it throws. The value is `undefined` where it failed. */
  async run<T>(name: string, check: () => T | Promise<T>): Promise<T | undefined> {
    try {
      const value = await check();
      this.#passed++;
      console.log(`pass ${name}`);
      return value;
    } catch (error) {
      this.#failed++;
      console.log(`FAIL ${name}\n${indent(error instanceof Error ? error.message : String(error))}`);
      return undefined;
    }
  }

  /** A check that cannot be made here, and why. */
  skip(name: string, reason: string): void {
    this.#skipped++;
    console.log(`skip ${name}: ${reason}`);
  }

  /** Prints the closing line and sets the exit code. */
  finish(): void {
    console.log(`${this.#passed} passed, ${this.#failed} failed, ${this.#skipped} skipped`);
    if (this.#failed > 0) process.exitCode = 1;
  }
}

function indent(text: string): string {
  return text.trimEnd().replace(/^/gm, "     ");
}
