import type { Reporter, TestModule, Vitest } from "vitest/node";

/** Ends the run with one line that people and machines read: `N passed, N failed, N skipped`. */
export class ClosingLine implements Reporter {
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const count = { passed: 0, failed: unhandled.length, skipped: 0 };
    for (const module of modules) {
      if (module.errors().length > 0) count.failed += 1; // a file that did not load holds no tests
      // a group whose set-up failed skips its tests: without this they would all be gone unnoticed
      for (const suite of module.children.allSuites()) if (suite.errors().length > 0) count.failed += 1;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        count[state === "pending" ? "failed" : state] += 1;
      }
    }
    this.#vitest?.logger.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
  }
}
