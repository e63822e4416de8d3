// A suite of someone who installed @attr/testing: a model of their own, held to the contract under node:test.
import { describe, test } from "node:test";
import { functionModel, hostBackend } from "@attr/core";
import { describeModel } from "@attr/testing";

const model = functionModel(({ x }) => hostBackend.sum(x, [1]), { inputs: ["x"] });
const inputs = (rows) => ({ x: hostBackend.from(Array.from({ length: rows }, (_, row) => [row, 1 / (row + 2)])) });
describeModel("a sum", () => ({ model, inputs }), { describe, test });
