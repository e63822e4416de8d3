import { defineConfig } from "vitest/config";
import { ClosingLine } from "./tools/closing-line.ts";

export default defineConfig({
  test: {
    projects: [
      "tools/vitest.config.ts",
      "packages/*/vitest.config.ts",
      "apps/*/vitest.config.ts",
      "conformance/vitest.config.ts",
      "docs/vitest.config.ts",
      "examples/vitest.config.ts",
    ],
    reporters: ["default", new ClosingLine()],
  },
});
