import { OnnxCausalLm } from "@attr/backend-onnx";
import { loadTokenizer } from "@attr/llm";
import { talesLm } from "@attr/models";
import { serve } from "@hono/node-server";
import { explaining } from "./app.ts";

const app = explaining(await OnnxCausalLm.load(talesLm), await loadTokenizer(talesLm));
serve({ fetch: app.fetch, hostname: "127.0.0.1", port: Number(process.env["PORT"] ?? 8787) }, ({ port }) => {
  console.log(`curl -X POST http://127.0.0.1:${port}/explain -H 'content-type: application/json' \\
  -d '{ "prompt": "Tom has a red ball. Sue has a blue kite. Question: Who has the kite? Answer:" }'`);
});
