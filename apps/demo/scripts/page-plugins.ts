import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { build as bundle, type Plugin, type Rolldown } from "vite";

/** A name that is another for every build. */
export function buildName(): string {
  return createHash("sha256").update(String(process.hrtime.bigint())).digest("hex").slice(0, 12);
}

/** What the page may do, said to the browser: load its own files, compile its runtime, and send nothing to anybody. */
const policy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "connect-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "form-action 'none'",
  "base-uri 'none'",
].join("; ");

/** Writes the policy into the built page. (While developing, the server's own scripts are in the page.) */
export function contentPolicy(): Plugin {
  return {
    name: "attr-content-policy",
    apply: "build",
    transformIndexHtml: () => [
      { tag: "meta", attrs: { "http-equiv": "Content-Security-Policy", content: policy }, injectTo: "head-prepend" },
    ],
  };
}

/** Where the code lies that workers load while they run, if they do. */
export const workerChunks = "assets/later/[name]-[hash].js";

/**
 * What is loaded only where it is used, and kept when it was: models and runtimes, the workers of all rooms but the first, what these
 * load while they run, and the runtime for graphics cards.
 */
const later = /\.(wasm|onnx|json|map)$|\/later\/|\.asyncify-|\/(?!language)[\w-]+\.worker-/;
const firstRoom = "rooms/language-room.tsx";

/** The files of the page and its first room: its code with what that imports, and all that belongs to no other room. */
function firstFiles(output: Rolldown.OutputBundle): string[] {
  const chunks = Object.values(output).filter((file) => file.type === "chunk");
  const first = new Set<string>();
  const add = (file: string): void => {
    if (first.has(file)) return;
    first.add(file);
    for (const imported of chunks.find(({ fileName }) => fileName === file)?.imports ?? []) add(imported);
  };
  for (const { fileName, isEntry, facadeModuleId } of chunks) if (isEntry || facadeModuleId?.endsWith(firstRoom)) add(fileName);
  const assets = Object.values(output).filter(({ type, fileName }) => type === "asset" && !later.test(fileName));
  return ["./", "icon.svg", ...first, ...assets.map(({ fileName }) => fileName)];
}

/** Builds the service worker, with the list of the files in it that the page and its first room are made of. */
export function serviceWorker(name: string): Plugin {
  return {
    name: "attr-service-worker",
    apply: "build",
    async generateBundle(_, output) {
      const first = firstFiles(output);
      const source = readFileSync(new URL("../src/service-worker.ts", import.meta.url), "utf8");
      const result = await bundle({
        configFile: false,
        logLevel: "error",
        define: { __CACHE__: JSON.stringify(`attr-${name}`), __FIRST_FILES__: JSON.stringify(first) },
        plugins: [
          {
            name: "attr-service-worker-source",
            resolveId: (id) => (id === "service-worker.ts" ? "\0service-worker.ts" : undefined),
            load: (id) => (id === "\0service-worker.ts" ? { code: source, moduleType: "ts" } : undefined),
          },
        ],
        build: {
          write: false,
          rollupOptions: { input: "service-worker.ts", output: { format: "iife", entryFileNames: "service-worker.js" } },
        },
      });
      const [chunk] = (Array.isArray(result) ? result : [result]).flatMap((one) => ("output" in one ? one.output : []));
      if (chunk?.type !== "chunk") throw new Error("the service worker was not built");
      this.emitFile({ type: "asset", fileName: "service-worker.js", source: chunk.code });
    },
  };
}
