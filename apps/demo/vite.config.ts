import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { buildName, contentPolicy, serviceWorker, workerChunks } from "./scripts/page-plugins.ts";

/** What lets a page share memory between threads: others cannot open it, and it embeds nothing that did not agree. */
const isolated = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};
const build = buildName();

export default defineConfig({
  // A static site may lie in any folder of its host.
  base: "./",
  root: fileURLToPath(new URL(".", import.meta.url)),
  define: { "import.meta.env.VITE_BUILD": JSON.stringify(build) },
  resolve: {
    // The packages' sources, and the runtime without its binary inside.
    conditions: ["@attr/source", "onnxruntime-web-use-extern-wasm", "module", "browser", "development|production"],
    // The packages look for the runtime by this name where none is handed to them; the page has the one build.
    alias: [{ find: /^onnxruntime-web$/, replacement: "onnxruntime-web/wasm" }],
  },
  // Safari and older browsers do not know `using`.
  oxc: { target: "es2022", jsx: { runtime: "automatic", importSource: "preact" } },
  build: { target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  worker: {
    format: "es",
    rolldownOptions: { checks: { ineffectiveDynamicImport: false }, output: { chunkFileNames: workerChunks } },
  },
  optimizeDeps: { exclude: ["onnxruntime-web"] },
  plugins: [contentPolicy(), serviceWorker(build)],
  server: { headers: isolated },
  preview: { headers: isolated },
});
