import { defineConfig } from "vite";

export default defineConfig({
  publicDir: "node_modules/@attr/models", // the models' files, served beside the page: /tales-lm/…
  resolve: { conditions: ["@attr/source", "module", "browser", "development|production"] },
  worker: { format: "es" },
  optimizeDeps: { exclude: ["onnxruntime-web"] },
});
