import type { TestFramework } from "./framework.ts";

export interface Outcome {
  readonly name: string;
  readonly failure: unknown;
  readonly skipped: string | undefined;
}

/** A framework that keeps what a suite registers, to be run here: what a suite says of broken implementations is tested with it. */
export function recorder(): TestFramework & { outcomes(): Promise<Outcome[]>; failures(): Promise<string[]> } {
  const tests: { readonly name: string; readonly body: Parameters<TestFramework["test"]>[1] }[] = [];
  const around: string[] = [];
  const outcomes = async (): Promise<Outcome[]> => {
    const result: Outcome[] = [];
    for (const { name, body } of tests) {
      let [failure, skipped]: [unknown, string | undefined] = [undefined, undefined];
      try {
        await body({
          skip(reason = "") {
            skipped = reason;
          },
        });
      } catch (error) {
        failure = error;
      }
      result.push({ name, failure, skipped });
    }
    return result;
  };
  return {
    describe(name, body) {
      around.push(name);
      body();
      around.pop();
    },
    test(name, body) {
      tests.push({ name: [...around, name].join(" > "), body });
    },
    outcomes,
    async failures() {
      return (await outcomes()).filter(({ failure }) => failure !== undefined).map(({ name }) => name);
    },
  };
}
