import { describeCausalLm } from "@attr/testing";
import { afterAll, describe, test } from "vitest";
import { OnnxCausalLm } from "./onnx-causal-lm.ts";

const directory = new URL("../../../../models/tales-lm/", import.meta.url);
let loaded: Promise<OnnxCausalLm> | undefined;
afterAll(async () => (await loaded)?.[Symbol.asyncDispose]());

describeCausalLm(
  "tales-lm",
  async () => {
    loaded ??= OnnxCausalLm.load(directory);
    return { lm: await loaded, runs: 4 };
  },
  { describe, test },
);
