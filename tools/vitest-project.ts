import { fileURLToPath } from "node:url";
import { defineProject, type UserWorkspaceConfig } from "vitest/config";

const conditions = ["@attr/source", "module", "node", "development|production"];

/** A project whose tests see the sources of the workspace's packages, so that no build is needed. */
export function defineNodeProject(
  name: string,
  { include = ["**/*.test.ts"] }: { readonly include?: string[] } = {},
): UserWorkspaceConfig {
  return defineProject({
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: {
      name,
      environment: "node",
      setupFiles: [fileURLToPath(new URL("./property-seed.ts", import.meta.url))],
      include,
      exclude: ["**/node_modules/**", "**/dist/**"],
      // far beyond what any test needs: on a busy machine a slow test is no failure
      testTimeout: 120_000,
      hookTimeout: 300_000,
    },
  });
}
