import { InferenceSession } from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import type { ModelProto } from "../onnx/proto.ts";
import { writeModel } from "../onnx/write-model.ts";
import { node, onnxModel } from "../onnx-builder.fixture.ts";
import { operatorKind, operators } from "./operators.ts";
import type { GradientRule, RulesOf } from "./rule.ts";
import { operatorRules } from "./rules/registry.ts";

const rule: GradientRule = (call) => [call.cotangent];

/** What the runtime says of a model of one node. */
async function complaint(operator: string, version: number): Promise<string> {
  const [domain, opType] = operator.includes(":") ? operator.split(":") : ["", operator];
  const model = onnxModel(
    { inputs: { x: ["float32", [2]] }, outputs: { y: undefined }, nodes: [node(opType!, ["x"], ["y"], {}, domain)] },
    domain === "" ? version : 18,
  );
  const imported: ModelProto = {
    ...model,
    irVersion: 10,
    opsetImports: domain === "" ? model.opsetImports : [...model.opsetImports, { domain: domain!, version }],
  };
  try {
    const session = await InferenceSession.create(writeModel(imported), { logSeverityLevel: 4 });
    await session.release();
    return "";
  } catch (error) {
    return String(error);
  }
}

describe("the table of operators", () => {
  test("a rule that is missing, and one of an unknown operator, do not compile", () => {
    const whole: RulesOf<"softmax"> = { LogSoftmax: rule, Softmax: rule };
    // @ts-expect-error: LogSoftmax is missing
    const missing: RulesOf<"softmax"> = { Softmax: rule };
    // @ts-expect-error: SoftMax is no operator
    const unknown: RulesOf<"softmax"> = { LogSoftmax: rule, Softmax: rule, SoftMax: rule };
    // @ts-expect-error: Relu belongs to the activations
    const elsewhere: RulesOf<"softmax"> = { LogSoftmax: rule, Softmax: rule, Relu: rule };
    // @ts-expect-error: no group has this name
    const group: RulesOf<"soft"> = whole;
    expect([whole, missing, unknown, elsewhere, group]).toHaveLength(5);
  });

  test("the operators said to have a rule are those of the registry", () => {
    const ruled = Object.keys(operators).filter((operator) => operatorKind(operator).kind === "rule");
    expect(new Set(ruled)).toEqual(new Set(Object.keys(operatorRules)));
  });

  test("a name that the runtime does not have is told as such", () => {
    expect(operatorKind("toString")).toEqual({ kind: "none", because: "it is none of the runtime's own operators" });
    expect(operatorKind("some.domain:Own").kind).toBe("none");
  });

  test("the runtime knows every operator of the table", async () => {
    const unknown: string[] = [];
    for (const operator of Object.keys(operators)) {
      const versions = operator.startsWith("ai.onnx.ml:") ? [3, 5] : operator.includes(":") ? [1] : [9, 18, 26];
      let known = false;
      for (const version of versions) {
        known ||= !/is not a registered function|No Op registered/.test(await complaint(operator, version));
        if (known) break;
      }
      if (!known) unknown.push(operator);
    }
    expect(unknown).toEqual([]);
  });

  test("the runtime's newest operator set is the one that the table was made for", async () => {
    expect(await complaint("Tanh", 26)).toBe("");
    expect(await complaint("Tanh", 27)).toContain("27");
  });
});
