import { type DType, InvalidArgumentError, type Tensor, type TensorBackend } from "@attr/core";
import fc from "fast-check";
import { broadcastingTensors, shapes, tensorOf, tensors } from "../arbitraries/tensors.ts";
import { checkClose, checkSame, checkThrows } from "../check.ts";
import type { TestFramework } from "../framework.ts";
import { allDtypes, allocate, isFloat } from "../naive/dtypes.ts";
import {
  dataOf,
  type Element,
  elementAt,
  indicesOf,
  type NaiveTensor,
  naiveBroadcast,
  naiveOf,
  naiveTensor,
  sizeOf,
} from "../naive/naive-tensor.ts";
import { testProperty } from "../property.ts";

/** What the suite needs to know of a tensor backend. */
export interface TensorBackendOptions extends TestFramework {
  /** The dtypes the backend has. @defaultValue all */
  readonly dtypes?: readonly DType[] | undefined;
  /** By how much a float may be off, of the larger of 1 and the number itself; of a sum, of the sum of its terms' sizes. @defaultValue 0 */
  readonly tolerance?: number | undefined;
  /** Whether floats closer to 0 than normal ones are told from it; processors and devices may be set to flush them. @defaultValue true */
  readonly subnormals?: boolean | undefined;
}

const usualRuns = 60;

/** What every tensor backend must do: each operation against a naive loop over indices, the laws between them, refusals, scopes. */
export function describeTensorBackend(name: string, backend: TensorBackend, options: TensorBackendOptions): void {
  const { describe, test, dtypes = allDtypes, tolerance = 0, subnormals = true } = options;
  /** What a draw makes is freed before the next one. */
  const property = <Draws extends [unknown, ...unknown[]]>(
    fact: string,
    arbitraries: { readonly [Index in keyof Draws]: fc.Arbitrary<Draws[Index]> },
    holds: (...draws: Draws) => void | Promise<void>,
    runs = usualRuns,
  ): void => {
    const inScope = async (...draws: Draws): Promise<void> => {
      using _scope = backend.scope();
      await holds(...(subnormals ? draws : (flushed(draws) as Draws))); // the same draws, smaller numbers apart
    };
    testProperty(options, fact, arbitraries, inScope, runs);
  };
  const floats = dtypes.filter(isFloat);
  const numeric = dtypes.filter((dtype) => dtype !== "bool");

  const describeEach = (some: readonly DType[], body: (dtype: DType) => void): void => {
    for (const dtype of some) describe(`of ${dtype}`, () => body(dtype));
  };
  const put = (tensor: NaiveTensor): Tensor => backend.fromData(dataOf(tensor), tensor.shape, tensor.dtype);
  const get = async (tensor: Tensor): Promise<NaiveTensor> => naiveOf(await backend.read(tensor));
  const expectSame = async (got: Tensor, expected: NaiveTensor, sizes?: NaiveTensor): Promise<void> => {
    checkSame(got.shape, expected.shape, "the shape of the result");
    checkSame(got.dtype, expected.dtype, "the dtype of the result");
    const { elements, dtype, shape } = await get(got);
    checkSame({ dtype, shape }, { dtype: expected.dtype, shape: expected.shape }, "what is read back");
    checkSame(elements.length, expected.elements.length, "the number of elements");
    for (const [i, element] of elements.entries())
      checkElement(element, expected.elements[i]!, { tolerance, size: sizes?.elements[i] }, i);
  };

  describe(`${name} tensors`, () => {
    describeEach(dtypes, (dtype) => {
      property("read back as they were made", [tensors(dtype)], async (x) => {
        await expectSame(put(x), x);
      });

      for (const [operation, { of, naive }] of Object.entries(binaryOperations)) {
        if (!of(dtype)) continue;
        property(`${operation} goes element by element, broadcast`, [broadcastingTensors(dtype, dtype)], async ([a, b]) => {
          const shape = naiveBroadcast([a!.shape, b!.shape]);
          const result = operation === "equal" || operation === "less" ? "bool" : dtype;
          const expected = naiveTensor(shape, result, (at) => naive(elementAt(a!, at), elementAt(b!, at), dtype));
          await expectSame(backend[operation as BinaryOperation](put(a!), put(b!)), expected);
        });
      }

      for (const [operation, { of, naive }] of Object.entries(unaryOperations)) {
        if (!of(dtype)) continue;
        property(`${operation} goes element by element`, [tensors(dtype)], async (x) => {
          const expected = naiveTensor(x.shape, dtype, (at) => naive(elementAt(x, at), dtype));
          await expectSame(backend[operation as UnaryOperation](put(x)), expected);
        });
      }

      property("where picks element by element, broadcast", [broadcastingTensors("bool", dtype, dtype)], async ([c, a, b]) => {
        const shape = naiveBroadcast([c!.shape, a!.shape, b!.shape]);
        const expected = naiveTensor(shape, dtype, (at) => (elementAt(c!, at) === 1 ? elementAt(a!, at) : elementAt(b!, at)));
        await expectSame(backend.where(put(c!), put(a!), put(b!)), expected);
      });

      property("sum adds over axes", [tensors(dtype).chain(withAxes), fc.boolean()], async ([x, axes], keepDims) => {
        const result: DType = dtype === "uint8" || dtype === "bool" ? "int32" : dtype;
        const zero: Element = dtype === "int64" ? 0n : 0;
        const total = (of: (element: Element) => Element): NaiveTensor =>
          naiveReduce(x, axes, keepDims, result, (list) => list.reduce<Element>((sum, e) => plus(sum, of(e)), zero));
        await expectSame(
          backend.sum(put(x), axes, keepDims),
          total((e) => e),
          total(sizeOfElement),
        );
      });

      property(
        "max is the largest over axes",
        [tensors(dtype, { minLength: 1 }).chain(withAxes), fc.boolean()],
        async ([x, axes], keepDims) => {
          const expected = naiveReduce(x, axes, keepDims, dtype, (list) =>
            list.reduce((largest, e) => (e > largest || Number.isNaN(e) ? (Number.isNaN(largest) ? largest : e) : largest)),
          );
          await expectSame(backend.max(put(x), axes, keepDims), expected);
        },
      );

      property("transpose reorders the axes", [tensors(dtype).chain(withPermutation)], async ([x, permutation]) => {
        const expected = naiveTensor(
          permutation.map((axis) => x.shape[axis]!),
          dtype,
          (at) =>
            elementAt(
              x,
              x.shape.map((_, axis) => at[permutation.indexOf(axis)]!),
            ),
        );
        await expectSame(backend.transpose(put(x), permutation), expected);
      });

      property(
        "transpose is undone by the inverse permutation",
        [tensors(dtype).chain(withPermutation)],
        async ([x, permutation]) => {
          const inverse = permutation.map((_, axis) => permutation.indexOf(axis));
          await expectSame(backend.transpose(backend.transpose(put(x), permutation), inverse), x);
        },
      );

      property("reshape keeps the elements in order, there and back", [tensors(dtype)], async (x) => {
        const flat = backend.reshape(put(x), [sizeOf(x.shape)]);
        await expectSame(flat, { ...x, shape: [sizeOf(x.shape)] });
        await expectSame(backend.reshape(flat, x.shape), x);
      });

      property("broadcastTo repeats", [broadcastingTensors(dtype, dtype)], async ([a, b]) => {
        const shape = naiveBroadcast([a!.shape, b!.shape]);
        await expectSame(
          backend.broadcastTo(put(a!), shape),
          naiveTensor(shape, dtype, (at) => elementAt(a!, at)),
        );
      });

      property("slice cuts every axis", [tensors(dtype).chain(withRange)], async ([x, begin, end]) => {
        const expected = naiveTensor(
          begin.map((from, axis) => end[axis]! - from),
          dtype,
          (at) =>
            elementAt(
              x,
              at.map((index, axis) => index + begin[axis]!),
            ),
        );
        await expectSame(backend.slice(put(x), begin, end), expected);
      });

      property(
        "concat joins what slices took apart",
        [tensors(dtype, { minRank: 1 }).chain(withCuts)],
        async ([x, axis, cuts]) => {
          const parts = cuts.slice(1).map((end, i) =>
            backend.slice(
              put(x),
              x.shape.map((_, at) => (at === axis ? cuts[i]! : 0)),
              x.shape.map((length, at) => (at === axis ? end : length)),
            ),
          );
          await expectSame(backend.concat(parts, axis), x);
        },
      );

      property(
        "gather picks entries of an axis",
        [tensors(dtype, { minRank: 1, minLength: 1 }).chain(withIndices)],
        async ([x, axis, indices]) => {
          const rank = indices.shape.length;
          const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
          const expected = naiveTensor(shape, dtype, (at) =>
            elementAt(x, [
              ...at.slice(0, axis),
              Number(elementAt(indices, at.slice(axis, axis + rank))),
              ...at.slice(axis + rank),
            ]),
          );
          await expectSame(backend.gather(put(x), put(indices), axis), expected);
        },
      );

      property("operations leave their operands as they were", [tensors(dtype)], async (x) => {
        const tensor = put(x);
        backend.where(backend.equal(tensor, tensor), tensor, tensor);
        backend.concat([backend.reshape(tensor, [1, ...x.shape]), backend.reshape(tensor, [1, ...x.shape])], 0);
        if (dtype !== "bool") backend.neg(backend.add(tensor, tensor));
        await expectSame(tensor, x);
      });
    });

    describeEach(floats, (dtype) => {
      property(
        "mean is the sum over the count",
        [tensors(dtype, { minLength: 1 }).chain(withAxes), fc.boolean()],
        async ([x, axes], keepDims) => {
          const average = (of: (element: Element) => Element): NaiveTensor =>
            naiveReduce(
              x,
              axes,
              keepDims,
              dtype,
              (list) => list.reduce<number>((sum, e) => sum + Number(of(e)), 0) / list.length,
            );
          await expectSame(
            backend.mean(put(x), axes, keepDims),
            average((e) => e),
            average(sizeOfElement),
          );
        },
      );
    });

    describeEach(numeric, (dtype) => {
      property("matMul multiplies rows by columns, leading axes broadcast", [matrices(dtype)], async ([a, b]) => {
        const lead = naiveBroadcast([a.shape.slice(0, -2), b.shape.slice(0, -2)]);
        const product = (of: (element: Element) => Element): NaiveTensor =>
          naiveTensor([...lead, a.shape.at(-2)!, b.shape.at(-1)!], dtype, (at) => {
            const [row, column] = at.slice(-2);
            let total: Element = dtype === "int64" ? 0n : 0;
            for (let k = 0; k < a.shape.at(-1)!; k++)
              total = plus(
                total,
                of(times(elementAt(a, [...at.slice(0, -2), row!, k]), elementAt(b, [...at.slice(0, -2), k, column!]), dtype)),
              );
            return total;
          });
        await expectSame(
          backend.matMul(put(a), put(b)),
          product((e) => e),
          product(sizeOfElement),
        );
      });
    });

    property(
      "cast cuts off fractions, and makes everything but 0 true",
      [fc.constantFrom(...dtypes).chain((dtype) => tensors(dtype)), fc.constantFrom(...dtypes)],
      async (x, dtype) => {
        // What lies outside the new range is the backend's own affair.
        fc.pre(isFloat(dtype) || dtype === "bool" || x.elements.every((e) => fits(e, dtype)));
        const expected = naiveTensor(x.shape, dtype, (at) => castElement(elementAt(x, at), dtype));
        await expectSame(backend.cast(put(x), dtype), expected);
      },
      300,
    );

    test("operands of two dtypes are refused with both in the sentence", () => {
      const [a, b] = [
        backend.from([1, 2], dtypes[0]),
        backend.from([1, 2], dtypes.at(-1) === "bool" ? dtypes.at(-2) : dtypes.at(-1)),
      ];
      for (const operation of Object.keys(binaryOperations))
        refused(() => backend[operation as BinaryOperation](a, b), operation, [operation, a.dtype, b.dtype]);
      refused(() => backend.where(backend.equal(a, a), a, b), "where");
      refused(() => backend.concat([a, b], 0), "concat");
      refused(() => backend.matMul(backend.reshape(a, [1, 2]), backend.reshape(b, [2, 1])), "matMul");
    });

    test("shapes that do not broadcast are refused with both in the sentence", () => {
      const [a, b] = [backend.from([[1, 2, 3]]), backend.from([[1, 2]])];
      refused(() => backend.add(a, b), "add", ["[1, 3] and [1, 2]"]);
      refused(() => backend.broadcastTo(a, [3, 2]), "broadcastTo");
      refused(() => backend.broadcastTo(a, [3]), "broadcastTo");
    });

    test("indices, axes and shapes outside a tensor are refused", () => {
      const x = backend.from([
        [1, 2, 3],
        [4, 5, 6],
      ]);
      const calls: readonly (() => unknown)[] = [
        () => backend.gather(x, backend.from([2], "int32"), 0),
        () => backend.gather(x, backend.from([-1], "int32"), 0),
        () => backend.gather(x, backend.from([0]), 0),
        () => backend.gather(x, backend.from([0], "int32"), 2),
        () => backend.slice(x, [0, 0], [3, 3]),
        () => backend.slice(x, [-1, 0], [1, 3]),
        () => backend.slice(x, [0], [1]),
        () => backend.sum(x, [2]),
        () => backend.sum(x, [0, 0]),
        () => backend.max(x, [0.5]),
        () => backend.reshape(x, [4]),
        () => backend.reshape(x, [-1, 6]),
        () => backend.transpose(x, [0]),
        () => backend.transpose(x, [0, 0]),
        () => backend.concat([], 0),
        () => backend.concat([x, backend.from([[1]])], 0),
        () => backend.matMul(x, x),
        () => backend.matMul(backend.from([1, 2, 3]), x),
        () => backend.div(backend.from([1], "int32"), backend.from([1], "int32")),
        () => backend.mean(backend.from([1], "int32")),
        () => backend.where(x, x, x),
        () => backend.fromData(new Float32Array(3), [2], "float32"),
      ];
      for (const call of calls) refused(call, call.toString());
    });

    test("a scope lets through what it is told to keep, nests, and works across await", async () => {
      let kept: Tensor;
      {
        using outer = backend.scope();
        const a = backend.from([1, 2, 3]);
        {
          using inner = backend.scope();
          await Promise.resolve();
          const b = backend.add(a, a);
          kept = outer.keep(inner.keep(backend.add(b, a)));
        }
        await Promise.resolve();
        checkSame((await get(a)).elements, [1, 2, 3], "what was made before the inner scope");
      }
      checkSame((await get(kept)).elements, [3, 6, 9], "what was kept");
    });

    test("a disposed scope keeps nothing any more", () => {
      const scope = backend.scope();
      const x = backend.from([1]);
      scope[Symbol.dispose]();
      refused(() => scope.keep(x), "keep");
      scope[Symbol.dispose](); // a second time is no error
    });

    test("scopes are disposed also where their block throws", () => {
      let escaped: { keep<T extends Tensor>(tensor: T): T } | undefined;
      const stops = (): void => {
        using scope = backend.scope();
        escaped = scope;
        throw new Error("stop");
      };
      checkThrows(stops, { words: ["stop"] }, "the block");
      using _scope = backend.scope();
      const x = backend.from([1]);
      refused(() => escaped!.keep(x), "keep");
    });
  });
}

/** Draws with 0 in place of floats too small to be normal. */
function flushed(draw: unknown): unknown {
  if (Array.isArray(draw)) return draw.map(flushed);
  if (!isNaiveTensor(draw) || !isFloat(draw.dtype)) return draw;
  const smallest = draw.dtype === "float32" ? 2 ** -126 : 2 ** -1022;
  return { ...draw, elements: draw.elements.map((element) => (Math.abs(Number(element)) < smallest ? 0 : element)) };
}

function isNaiveTensor(value: unknown): value is NaiveTensor {
  return typeof value === "object" && value !== null && "elements" in value && "dtype" in value;
}

type BinaryOperation = "add" | "sub" | "mul" | "div" | "maximum" | "minimum" | "equal" | "less";
type UnaryOperation = "neg" | "abs" | "exp" | "log" | "sqrt";

/** What an operation does to one element, and the dtypes it takes. */
interface NaiveOperation<Operands extends readonly Element[]> {
  of(dtype: DType): boolean;
  naive(...operands: [...Operands, dtype: DType]): Element;
}

const isNumeric = (dtype: DType): boolean => dtype !== "bool";
const always = (): boolean => true;

const binaryOperations: Readonly<Record<BinaryOperation, NaiveOperation<[a: Element, b: Element]>>> = {
  add: { of: isNumeric, naive: plus },
  sub: { of: isNumeric, naive: (a: Element, b: Element) => (typeof a === "bigint" ? wrap(a - BigInt(b)) : a - Number(b)) },
  mul: { of: isNumeric, naive: times },
  div: { of: isFloat, naive: (a: Element, b: Element) => Number(a) / Number(b) },
  maximum: { of: always, naive: (a: Element, b: Element) => (Number.isNaN(a) || a > b ? a : b) },
  minimum: { of: always, naive: (a: Element, b: Element) => (Number.isNaN(a) || a < b ? a : b) },
  equal: { of: always, naive: (a: Element, b: Element) => (a === b ? 1 : 0) },
  less: { of: always, naive: (a: Element, b: Element) => (a < b ? 1 : 0) },
};

const unaryOperations: Readonly<Record<UnaryOperation, NaiveOperation<[x: Element]>>> = {
  neg: { of: isNumeric, naive: (x: Element) => (typeof x === "bigint" ? wrap(-x) : -x) },
  abs: { of: isNumeric, naive: (x: Element) => (typeof x === "bigint" ? wrap(x < 0n ? -x : x) : Math.abs(x)) },
  exp: { of: isFloat, naive: (x: Element) => Math.exp(Number(x)) },
  log: { of: isFloat, naive: (x: Element) => Math.log(Number(x)) },
  sqrt: { of: isFloat, naive: (x: Element) => Math.sqrt(Number(x)) },
};

function wrap(x: bigint): bigint {
  return BigInt.asIntN(64, x);
}

function plus(a: Element, b: Element): Element {
  return typeof a === "bigint" ? wrap(a + BigInt(b)) : a + Number(b);
}

function times(a: Element, b: Element, dtype: DType): Element {
  if (typeof a === "bigint") return wrap(a * BigInt(b));
  // The product of two int32 may have more digits than a number holds.
  return isFloat(dtype) ? a * Number(b) : Number(BigInt.asIntN(32, BigInt(a) * BigInt(b)));
}

function naiveReduce(
  x: NaiveTensor,
  axes: readonly number[] | undefined,
  keepDims: boolean,
  dtype: DType,
  reduce: (list: readonly Element[]) => Element,
): NaiveTensor {
  const reduced = axes ?? x.shape.map((_, axis) => axis);
  const kept = x.shape.map((length, axis) => (reduced.includes(axis) ? 1 : length));
  const across = x.shape.map((length, axis) => (reduced.includes(axis) ? length : 1));
  const result = naiveTensor(kept, dtype, (at) =>
    reduce(
      indicesOf(across).map((offset) =>
        elementAt(
          x,
          at.map((index, axis) => index + offset[axis]!),
        ),
      ),
    ),
  );
  return keepDims ? result : { ...result, shape: x.shape.filter((_, axis) => !reduced.includes(axis)) };
}

function castElement(element: Element, dtype: DType): Element {
  if (dtype === "bool") return element === 0 || element === 0n ? 0 : 1;
  if (isFloat(dtype)) return Number(element);
  if (typeof element === "bigint") return dtype === "int64" ? element : Number(element);
  return dtype === "int64" ? BigInt(Math.trunc(element)) : Math.trunc(element);
}

function fits(element: Element, dtype: DType): boolean {
  const whole = typeof element === "bigint" ? element : Number.isFinite(element) ? BigInt(Math.trunc(element)) : undefined;
  if (whole === undefined) return false;
  if (dtype === "int64") return BigInt.asIntN(64, whole) === whole;
  return allocate(dtype === "uint8" ? "uint8" : "int32", 1).fill(Number(whole))[0] === Number(whole);
}

function refused(call: () => unknown, what: string, words: readonly string[] = []): void {
  checkThrows(call, { kind: InvalidArgumentError, words }, what);
}

/** `size` is what a sum's terms come to without their signs: the error is measured by it, and where it is infinite so may the sum be. */
function checkElement(
  got: Element,
  expected: Element,
  { tolerance, size }: { readonly tolerance: number; readonly size: Element | undefined },
  index: number,
): void {
  if (typeof got === "bigint" || typeof expected === "bigint") checkSame(got, expected, `element ${index}`);
  else if (tolerance === 0 || size === undefined) checkClose([got], [expected], tolerance, `element ${index}`);
  else if (Number.isFinite(size)) {
    const scale = Math.max(1, Number(size));
    checkClose([got / scale], [expected / scale], tolerance, `element ${index}, over the size of its terms,`);
  } else if (!Number.isFinite(expected)) checkSame(Number.isFinite(got), false, `whether element ${index} is finite`);
}

function sizeOfElement(element: Element): Element {
  return element < 0 ? -element : element;
}

function withAxes(x: NaiveTensor): fc.Arbitrary<[NaiveTensor, readonly number[] | undefined]> {
  const axes = fc.option(fc.subarray(x.shape.map((_, axis) => axis)), { nil: undefined });
  return fc.tuple(fc.constant(x), axes);
}

function withPermutation(x: NaiveTensor): fc.Arbitrary<[NaiveTensor, number[]]> {
  const axes = x.shape.map((_, axis) => axis);
  return fc.tuple(fc.constant(x), fc.shuffledSubarray(axes, { minLength: axes.length }));
}

function withRange(x: NaiveTensor): fc.Arbitrary<[NaiveTensor, number[], number[]]> {
  const ranges = x.shape.map((length) => fc.tuple(fc.integer({ min: 0, max: length }), fc.integer({ min: 0, max: length })));
  return fc.tuple(...ranges).map((pairs) => [x, pairs.map((pair) => Math.min(...pair)), pairs.map((pair) => Math.max(...pair))]);
}

function withCuts(x: NaiveTensor): fc.Arbitrary<[NaiveTensor, number, number[]]> {
  return fc.integer({ min: 0, max: x.shape.length - 1 }).chain((axis) => {
    const length = x.shape[axis]!;
    const cuts = fc.array(fc.integer({ min: 0, max: length }), { maxLength: 3 });
    return cuts.map((list) => [x, axis, [0, ...list.sort((a, b) => a - b), length]]);
  });
}

function withIndices(x: NaiveTensor): fc.Arbitrary<[NaiveTensor, number, NaiveTensor]> {
  return fc.integer({ min: 0, max: x.shape.length - 1 }).chain((axis) =>
    shapes({ maxRank: 2 }).chain((shape) => {
      const index = fc.integer({ min: 0, max: x.shape[axis]! - 1 });
      const list = fc.array(index, { minLength: sizeOf(shape), maxLength: sizeOf(shape) });
      return list.map((elements) => [x, axis, { elements, shape, dtype: "int32" as const }]);
    }),
  );
}

/** Two stacks of matrices that multiply. */
function matrices(dtype: DType): fc.Arbitrary<[NaiveTensor, NaiveTensor]> {
  const length = fc.integer({ min: 0, max: 3 });
  return fc
    .tuple(
      length,
      length,
      length,
      fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.constantFrom("a", "b", "both")), { maxLength: 2 }),
    )
    .chain(([m, k, n, axes]) => {
      const lead = (side: string): number[] => axes.map(([size, of]) => (of === side || of === "both" ? size : 1));
      return fc.tuple(tensorOf([...lead("a"), m, k], dtype), tensorOf([...lead("b"), k, n], dtype));
    });
}
