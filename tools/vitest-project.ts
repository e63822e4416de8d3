import { fileURLToPath } from "node:url";
import { defineProject } from "vitest/config";

const conditions = ["@attr/source", "module", "node", "development|production"];

/** A project whose tests see the sources of the workspace's packages, so that no build is needed. */
export function defineNodeProject(name: string): ReturnType<typeof defineProject> {
  return defineProject({
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: {
      name,
      environment: "node",
      setupFiles: [fileURLToPath(new URL("./property-seed.ts", import.meta.url))],
      include: ["**/*.test.ts"],
      exclude: ["**/node_modules/**", "**/dist/**"],
      // far beyond what any test needs: on a busy machine a slow test is no failure
      testTimeout: 120_000,
      hookTimeout: 300_000,
    },
  });
}
