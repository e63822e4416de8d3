import type { GraphBuilder } from "../graph-builder.ts";
import type { GradientRule, RuleCall, RulesOf } from "../rule.ts";
import { composed } from "./composed.ts";
import { countTo } from "./picked-elements.ts";

interface Transform {
  /** How many elements the transform is of, as a list of one. */
  readonly length: string;
  readonly inverse: boolean;
  readonly oneSided: boolean;
}

/**
 * The discrete Fourier transform along the second axis of `[signals, length, 1 or 2]`. With three axes that is the axis where none is
 * given, in all operator sets.
 */
function transform(build: GraphBuilder, signals: string, { length, inverse, oneSided }: Transform): string {
  const settings = { inverse: inverse ? 1 : 0, onesided: oneSided ? 1 : 0 };
  const result = build.op("DFT", [signals, build.squeeze(length, [0])], settings);
  const element = build.type(signals)?.element;
  const parts = inverse && oneSided ? 1 : 2;
  if (element !== undefined) build.declare(result, { element, shape: [build.shape(signals)?.[0] ?? null, null, parts] });
  return result;
}

/** As many elements along the second axis as the list of one says: the rest is cut off or filled with zeros. */
function fitted(build: GraphBuilder, signals: string, length: string): string {
  const zero = build.int64([0]);
  const cut = build.op("Slice", [signals, zero, length, build.int64([1])]);
  const missing = build.sub(length, build.slice(build.op("Shape", [cut]), 1, 2));
  return build.op("Pad", [cut, build.concat([build.int64([0, 0, 0, 0]), missing, zero])], { mode: "constant" });
}

/**
 * A linear map: the cotangent goes through the transposed one, which is the transform the other way round without its factor. Complex
 * numbers are pairs of a real and an imaginary part, and so are their cotangents.
 */
const fourier: GradientRule = (call) => {
  const { build, attributes } = call;
  const x = call.input(0);
  const rank = call.rank(x);
  const parts = build.size(x, rank - 1);
  if (parts === undefined) throw call.refuse("whether its operand is complex is only known at run time");
  const axis = axisOf(call, rank);
  const inverse = attributes.int("inverse", 0) !== 0;
  const oneSided = attributes.int("onesided", 0) !== 0;
  const given = call.optional(1);
  const own = build.sizeOf(x, axis);
  const [frequencies, wanted] = [build.size(x, axis), build.numbers(given)?.[0]];
  // Where there are more or fewer, the runtime counts some of them once and some twice.
  if (inverse && oneSided && frequencies !== undefined && wanted !== undefined && frequencies !== Math.floor(wanted / 2) + 1)
    throw call.refuse(`it makes ${wanted} elements of ${frequencies} frequencies`);
  const length =
    given !== undefined
      ? build.castTo(build.reshape(given, build.int64([1])), 7)
      : inverse && oneSided
        ? build.mul(build.sub(own, build.int64([1])), build.int64([2]))
        : own;
  const order = [...[...Array(rank - 1).keys()].filter((each) => each !== axis), axis, rank - 1];
  const turned = build.transpose(call.cotangent, order);
  const signals = build.reshape(
    turned,
    build.concat([build.int64([-1]), build.sizeOf(call.cotangent, axis), lastOf(build, turned)]),
  );
  const count = build.cast(length, x);
  let back: string;
  if (inverse && oneSided) {
    // Every frequency but the first and, of an even number, the middle one stands for its mirror image as well.
    const half = transform(build, signals, { length, inverse: false, oneSided: true });
    const frequency = countTo(build, build.slice(build.op("Shape", [half]), 1, 2));
    const twice = build.mul(frequency, build.int64([2], []));
    const alone = build.op("Or", [build.op("Equal", [frequency, build.int64([0], [])]), build.op("Equal", [twice, length])]);
    const both = build.where(alone, build.float(1, x), build.float(2, x));
    const unheard = build.where(alone, build.float(0, x), build.float(2, x));
    const factors = build.concat([build.unsqueeze(both, [0, 2]), build.unsqueeze(unheard, [0, 2])], 2);
    back = build.div(build.mul(half, factors), count);
  } else if (inverse) {
    back = build.div(transform(build, signals, { length, inverse: false, oneSided: false }), count);
  } else {
    // Frequencies that were left out have no cotangent: the transform fills up with zeros.
    back = build.mul(transform(build, signals, { length, inverse: true, oneSided: false }), count);
  }
  const real = parts === 1 ? build.slice(back, 0, 1, 2) : back;
  const sized = fitted(build, real, own);
  const whole = build.op("Shape", [build.transpose(x, order)]);
  const inPlace = order.map((_, at) => order.indexOf(at));
  return [build.transpose(build.reshape(sized, whole), inPlace)];
};

function lastOf(build: GraphBuilder, name: string): string {
  return build.slice(build.op("Shape", [name]), -1);
}

/** Up to operator set 19 the axis is an attribute, then an input; the upgrade writes the attribute where it was left out. */
function axisOf(call: RuleCall, rank: number): number {
  const given = call.optional(2);
  const numbers = call.build.numbers(given);
  if (given !== undefined && numbers === undefined) throw call.refuse("its axis is only known at run time");
  const axis = numbers?.[0] ?? call.attributes.int("axis", -2);
  return axis < 0 ? axis + rank : axis;
}

/** Frames of a signal, each weighed by the window and transformed. */
const shortTime = composed((build, call) => {
  const signal = call.input(0);
  const window = call.optional(2);
  const [given, step] = [call.optional(3), build.castTo(build.reshape(call.input(1), build.int64([1])), 7)];
  const whole = call.rank(signal) === 2 ? build.unsqueeze(signal, [2]) : signal;
  if (given === undefined && window === undefined) throw call.refuse("its frames have no length");
  const length = given === undefined ? build.sizeOf(window!, 0) : build.castTo(build.reshape(given, build.int64([1])), 7);
  const one = build.int64([1]);
  const last = build.op("Div", [build.sub(build.sizeOf(signal, 1), length), step]);
  const starts = build.mul(countTo(build, build.add(last, one)), step);
  const places = build.add(build.unsqueeze(starts, [1]), build.unsqueeze(countTo(build, length), [0]));
  const frames = build.op("Gather", [whole, places], { axis: 1 });
  const weighed = window === undefined ? frames : build.mul(frames, build.unsqueeze(window, [1]));
  const shape = build.op("Shape", [weighed]);
  const flat = build.reshape(weighed, build.concat([build.int64([-1]), build.slice(shape, 2)]));
  const oneSided = call.attributes.int("onesided", 1) !== 0;
  const spectra = transform(build, flat, { length, inverse: false, oneSided });
  return [build.reshape(spectra, build.concat([build.slice(shape, 0, 2), build.slice(build.op("Shape", [spectra]), 1)]))];
});

export const signalRules: RulesOf<"signal"> = { DFT: fourier, STFT: shortTime };
