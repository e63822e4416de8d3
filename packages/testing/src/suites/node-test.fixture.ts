import { describe, test } from "node:test";
import { functionModel, hostBackend } from "@attr/core";
import { describeModel } from "../index.ts";

// Run by Node itself: what a suite needs of a framework is what node:test has.
const model = functionModel(({ x }) => hostBackend.mul(x, x), { inputs: ["x"], outputs: ["y"] });
const inputs = (rows: number) => ({ x: hostBackend.from(Array.from({ length: rows }, (_, row) => [row, row / 3])) });
describeModel("squares", () => ({ model, inputs }), { describe, test });
