import fc from "fast-check";
import type { TestFramework } from "./framework.ts";

/** Registers a property as a test of the framework: what holds for every draw of the arbitraries, `runs` of which are tried. */
export function testProperty<Draws extends [unknown, ...unknown[]]>(
  { test }: Pick<TestFramework, "test">,
  fact: string,
  arbitraries: { readonly [Index in keyof Draws]: fc.Arbitrary<Draws[Index]> },
  holds: (...draws: Draws) => void | Promise<void>,
  runs: number,
): void {
  test(fact, async () => {
    const property = fc.asyncProperty<Draws>(...arbitraries, async (...draws) => {
      await holds(...draws);
    });
    await fc.assert(property, { numRuns: runs });
  });
}
