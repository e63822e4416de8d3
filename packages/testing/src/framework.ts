/** What a test may say of itself: here, that it does not apply and why. */
export interface TestContext {
  /** Leaves the test out, with the reason why it does not apply. */
  skip(reason?: string): void;
}

/**
 * The test runner that a suite registers its tests with, handed over with a suite's options: `import { describe, test } from "vitest"` or
 * from `"node:test"`, passed on as they are.
 */
export interface TestFramework {
  /** Groups the tests of a body under a name. */
  describe(name: string, body: () => void): unknown;
  /** Registers a test, a fact by its name. */
  test(name: string, body: (context: TestContext) => void | Promise<void>): unknown;
}
