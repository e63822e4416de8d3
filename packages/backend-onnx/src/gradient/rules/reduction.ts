import type { GradientRule, RuleCall, RulesOf } from "../rule.ts";

interface Reduction {
  /** A value of the result's shape with the reduced axes at size 1 again. */
  spread(name: string): string;
  /** Number of elements that make one of the result, in the element type of the operand. */
  count(): string;
  /** The sum of a value of the operand's shape over the reduced axes, kept at size 1. */
  total(name: string): string;
  /** Nothing is reduced: the operator hands its operand on. */
  readonly nothing: boolean;
}

function reductionOf(call: RuleCall): Reduction {
  const { build, attributes } = call;
  const x = call.input(0);
  const given = call.optional(1);
  const numbers = given === undefined ? [] : build.numbers(given);
  const keep = attributes.int("keepdims", 1) !== 0;
  const nothing = numbers?.length === 0 && attributes.int("noop_with_empty_axes", 0) !== 0;
  if (numbers === undefined) {
    if (!keep) throw call.refuse("the axes it reduces and drops are only known at run time");
    return {
      spread: (name) => name,
      total: (name) =>
        build.op("ReduceSum", [name, given], { keepdims: 1, noop_with_empty_axes: attributes.int("noop_with_empty_axes", 0) }),
      count: () => build.div(build.cast(build.op("Size", [x]), x), build.cast(build.op("Size", [call.output(0)]), x)),
      nothing,
    };
  }
  const rank = build.rank(x);
  const all = numbers.length === 0;
  const axes =
    rank === undefined ? numbers : all ? [...Array(rank).keys()] : numbers.map((axis) => (axis < 0 ? axis + rank : axis));
  const sizes = rank === undefined || (all && rank === 0) ? undefined : axes.map((axis) => build.size(x, axis));
  return {
    spread: (name) => {
      if (keep || (all && rank === undefined)) return name; // one number broadcasts to any shape
      return build.unsqueeze(name, axes);
    },
    total: (name) =>
      all ? build.op("ReduceSum", [name], { keepdims: keep || rank !== undefined ? 1 : 0 }) : build.sum(name, axes, true),
    count: () => {
      if (sizes?.every((size) => size !== undefined))
        return build.float(
          sizes.reduce((product, size) => product * size, 1),
          x,
        );
      if (all) return build.cast(build.op("Size", [x]), x);
      return build.cast(
        build.op("ReduceProd", [build.op("Gather", [build.op("Shape", [x]), build.int64(axes)], { axis: 0 })], { keepdims: 0 }),
        x,
      );
    },
    nothing,
  };
}

const rule =
  (pull: (call: RuleCall, reduction: Reduction, cotangent: string, x: string) => string): GradientRule =>
  (call) => {
    const reduction = reductionOf(call);
    if (reduction.nothing && ["ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd"].includes(call.node.opType))
      return [call.cotangent];
    if (reduction.nothing) throw call.refuse("it reduces over no axis");
    return [pull(call, reduction, reduction.spread(call.cotangent), call.input(0))];
  };

/** The gradient of the largest (smallest) goes to the elements that attain it, in equal parts where several do. */
const extreme = rule((call, reduction, dy, x) => {
  const { build } = call;
  const hits = build.indicator(build.op("Equal", [x, reduction.spread(call.output(0))]), x);
  return build.mul(hits, build.div(dy, reduction.total(hits)));
});

export const reductionRules: RulesOf<"reduction"> = {
  ReduceL1: rule(({ build }, _, dy, x) => build.mul(build.op("Sign", [x]), dy)),
  ReduceL2: rule((call, { spread }, dy, x) => {
    const { build } = call;
    const y = spread(call.output(0));
    const zero = build.float(0, x);
    const atZero = build.op("Equal", [y, zero]);
    // At the origin the norm has no derivative; 0 is a subgradient.
    const safe = build.where(atZero, build.float(1, x), y);
    return build.mul(x, build.where(atZero, zero, build.div(dy, safe)));
  }),
  ReduceLogSum: rule((call, { spread }, dy, x) => {
    const { build } = call;
    return build.expandLike(build.mul(dy, build.op("Exp", [build.neg(spread(call.output(0)))])), x);
  }),
  ReduceLogSumExp: rule((call, { spread }, dy, x) => {
    const { build } = call;
    return build.mul(build.op("Exp", [build.sub(x, spread(call.output(0)))]), dy);
  }),
  ReduceMax: extreme,
  ReduceMean: rule(({ build }, { count }, dy, x) => build.expandLike(build.div(dy, count()), x)),
  ReduceMin: extreme,
  ReduceProd: rule((call, reduction, dy, x) => {
    const { build } = call;
    const zero = build.float(0, x);
    const isZero = build.op("Equal", [x, zero]);
    const zeros = reduction.total(build.indicator(isZero, x));
    const one = build.float(1, x);
    // The product of the others: y / x, but where one element is 0 the product of the rest goes to it alone.
    const filled = build.where(isZero, one, x);
    const axes = call.optional(1);
    const rest = reduction.spread(build.op("ReduceProd", [filled, axes], { keepdims: call.attributes.int("keepdims", 1) }));
    const others = build.div(rest, filled);
    const none = build.op("Equal", [zeros, zero]);
    const onlyThis = build.op("And", [isZero, build.op("Equal", [zeros, one])]);
    return build.mul(dy, build.where(build.op("Or", [none, onlyThis]), others, zero));
  }),
  ReduceSum: rule(({ build }, _, dy, x) => build.expandLike(dy, x)),
  ReduceSumSquare: rule(({ build }, _, dy, x) => build.mul(build.scale(x, 2), dy)),
};
