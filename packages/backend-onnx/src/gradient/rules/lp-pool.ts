import type { GradientRule, RulesOf } from "../rule.ts";
import { readGeometry } from "./convolution-geometry.ts";
import { spreadOverWindows } from "./pooling.ts";

/** (Σ |x|ᵖ)^(1/p) over windows: every element has |x|ᵖ⁻¹ · y¹⁻ᵖ of the cotangent, 0 where all of a window is 0. */
const lpPool: GradientRule = (call) => {
  const { build, cotangent } = call;
  const x = call.input(0);
  const y = call.output(0);
  const p = call.attributes.int("p", 2);
  const zero = build.float(0, y);
  const atZero = build.op("Equal", [y, zero]);
  const safe = build.where(atZero, build.float(1, y), y);
  const share = build.where(atZero, zero, build.div(cotangent, build.op("Pow", [safe, build.float(p - 1, y)])));
  const spread = spreadOverWindows(build, share, readGeometry(call, x, undefined), x);
  const slope = build.mul(build.op("Sign", [x]), build.op("Pow", [build.op("Abs", [x]), build.float(p - 1, x)]));
  return [build.mul(spread, slope)];
};

export const lpPoolRules: RulesOf<"lpPool"> = { LpPool: lpPool };
