import { defineConfig } from "vitest/config";
import { ClosingLine } from "../tools/closing-line.ts";

// The built site in a real browser: `pnpm docs:test`. Apart from the other tests, since it needs the build and a Chromium.
export default defineConfig({
  root: import.meta.dirname,
  test: {
    name: "documentation in Chromium",
    include: ["test/**/*.browser.ts"],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ["default", new ClosingLine()],
  },
});
