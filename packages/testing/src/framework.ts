/** What a test may say of itself: here, that it does not apply and why. */
export interface TestContext {
  skip(reason?: string): void;
}

/**
 * The test runner that a suite registers its tests with, handed over with a suite's options: `import { describe, test } from "vitest"` or
 * from `"node:test"`, passed on as they are.
 */
export interface TestFramework {
  describe(name: string, body: () => void): unknown;
  test(name: string, body: (context: TestContext) => void | Promise<void>): unknown;
}
