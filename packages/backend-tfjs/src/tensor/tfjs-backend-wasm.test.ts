import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-wasm";
import { describeTensorBackend } from "@attr/testing";
import { describe, test } from "vitest";
import { tfjsBackend } from "./tfjs-backend.ts";

await tf.setBackend("wasm");
describeTensorBackend("tfjs on wasm", tfjsBackend(tf), { dtypes: ["float32", "int32", "bool"], tolerance: 1e-5, describe, test });
