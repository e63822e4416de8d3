import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { elementAt, indicesOf, naiveOf } from "../../../testing/src/index.ts";
import { InvalidArgumentError } from "../errors.ts";
import { tensor } from "../tensor/from.ts";
import { hostBackend } from "../tensor/host-backend.ts";
import { sizeOf } from "../tensor/shape.ts";
import type { TensorLike } from "../tensor/tensor.ts";
import { resolveFeatureMask } from "./feature-mask.ts";

const zeros = (...shape: number[]) => hostBackend.fromData(new Float32Array(sizeOf(shape)), shape, "float32");

function resolve(shapes: Readonly<Record<string, number[]>>, mask?: Readonly<Record<string, TensorLike>>) {
  const values = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, zeros(...shape)]));
  const { players, features, ids } = resolveFeatureMask(values, mask, Object.values(shapes)[0]![0]!);
  return { players, ids, features: Object.fromEntries(Object.entries(features).map(([name, made]) => [name, made.toArray()])) };
}

describe("resolveFeatureMask", () => {
  test("every element is a feature of its own without a mask, numbered through the inputs", () => {
    expect(resolve({ x: [2, 3], y: [2] })).toEqual({ players: 4, ids: [[0, 1, 2, 3]], features: { x: [[0, 1, 2]], y: [3] } });
  });

  test("equal ids are one feature, across inputs too, and need not follow one another", () => {
    const mask = { x: [[7, -2, 7]], y: [[100, -2]] };
    expect(resolve({ x: [1, 3], y: [1, 2] }, mask)).toEqual({
      players: 3,
      ids: [[-2, 7, 100]],
      features: { x: [[1, 0, 1]], y: [[2, 0]] },
    });
  });

  test("elements of an input without a mask come after every id that is given", () => {
    expect(resolve({ x: [1, 2], y: [1, 2], z: [1, 1] }, { y: [[0, 5]] })).toEqual({
      players: 5,
      ids: [[0, 5, 6, 7, 8]],
      features: { x: [[2, 3]], y: [[0, 1]], z: [[4]] },
    });
    expect(resolve({ x: [1, 2], y: [1, 1] }, { x: [[-5, -3]] }).ids).toEqual([[-5, -3, 0]]);
  });

  test("masks of their own are numbered example by example", () => {
    const mask = {
      x: [
        [1, 1, 1],
        [0, 1, 0],
      ],
    };
    expect(resolve({ x: [2, 3] }, mask)).toEqual({
      players: 2,
      ids: [[1], [0, 1]],
      features: {
        x: [
          [0, 0, 0],
          [0, 1, 0],
        ],
      },
    });
    // An input with one mask for all is numbered along with them.
    expect(resolve({ x: [2, 3], y: [2, 1] }, { ...mask, y: [[1]] })).toEqual({
      players: 2,
      ids: [[1], [0, 1]],
      features: {
        x: [
          [0, 0, 0],
          [0, 1, 0],
        ],
        y: [[0], [1]],
      },
    });
  });

  test("a number makes a whole input one feature, and lower ranks broadcast from the right", () => {
    expect(resolve({ x: [2, 2, 2], y: [2, 2] }, { x: 0, y: [1, 2] })).toEqual({
      players: 3,
      ids: [[0, 1, 2]],
      features: {
        x: [
          [
            [0, 0],
            [0, 0],
          ],
        ],
        y: [[1, 2]],
      },
    });
    expect(resolve({ x: [1, 2, 2] }, { x: [[1], [2]] }).features).toEqual({
      x: [
        [
          [0, 0],
          [1, 1],
        ],
      ],
    });
  });

  test("takes any dtype that holds whole numbers, and large ids exactly", () => {
    for (const mask of [tensor([[0, 1]], "float64"), tensor([[0n, 1n]]), tensor([[false, true]]), tensor([[0, 1]], "uint8")])
      expect(resolve({ x: [1, 2] }, { x: mask })).toMatchObject({ players: 2, features: { x: [[0, 1]] } });
    expect(resolve({ x: [1, 2] }, { x: [[2 ** 24, 2 ** 24 + 1]] }).players).toBe(2);
  });

  test("inputs without elements have no features", () => {
    expect(resolve({ x: [1, 2], none: [1, 0] }, { none: 3 })).toEqual({
      players: 2,
      ids: [[0, 1]],
      features: { x: [[0, 1]], none: [[]] },
    });
    expect(resolve({ none: [2, 0] })).toEqual({ players: 0, ids: [[]], features: { none: [[]] } });
  });

  test.each([
    [{ x: [[0.5, 1, 2]] }, 'element [0, 0] of feature mask "x" is 0.5; feature ids are whole numbers'],
    [{ x: [[0, Number.NaN, 2]] }, "element [0, 1] of feature mask"],
    [
      { x: [[0, 1]] },
      'feature mask "x" has shape [1, 2], which does not broadcast to [2, 3]; its first axis is 1 or 2, one row an example',
    ],
    [{ x: [[0], [1], [2]] }, "which does not broadcast"],
    [{ x: [[[0]]] }, "which does not broadcast"],
    [{ y: [[0]] }, 'feature mask "y" is unknown; what is attributed to is "x"'],
    [{ x: "0" }, 'feature mask "x" is the string "0"'],
    [{ x: { shape: [1], dtype: "int32" } }, "another backend"],
    [tensor([0]), "featureMask must be an object of tensors by input name"],
    [[0, 1, 2], "featureMask must be an object"],
    [3, "featureMask must be an object"],
  ])("refuses %j", (mask, sentence) => {
    // Some of the cases are what TypeScript would not let through.
    const act = () => resolve({ x: [2, 3] }, mask as Readonly<Record<string, TensorLike>>);
    expect(act).toThrow(InvalidArgumentError);
    expect(act).toThrow(sentence);
  });

  const axis = fc.integer({ min: 1, max: 3 });
  const cases = fc
    .record({ examples: axis, inputs: fc.array(fc.array(axis, { maxLength: 2 }), { minLength: 1, maxLength: 3 }) })
    .chain(({ examples, inputs }) =>
      fc.tuple(
        fc.constant(examples),
        fc.tuple(
          ...inputs.map((rest) =>
            fc
              .record({ perExample: fc.boolean(), ones: fc.boolean(), given: fc.boolean() })
              .chain(({ perExample, ones, given }) => {
                const shape = [perExample ? examples : 1, ...rest.map((length) => (ones ? 1 : length))];
                const ids = fc.array(
                  fc.integer({ min: -3, max: 3 }).map((id) => (id === 3 ? 2 ** 40 : id)),
                  { minLength: sizeOf(shape), maxLength: sizeOf(shape) },
                );
                return fc.record({ rest: fc.constant(rest), shape: fc.constant(shape), ids, given: fc.constant(given) });
              }),
          ),
        ),
      ),
    );
  test.prop([cases])("two elements of an example share a player exactly where they share an id", (generated) => {
    const [examples, inputs] = generated;
    const names = inputs.map((_, i) => `x${i}`);
    const values = Object.fromEntries(inputs.map(({ rest }, i) => [names[i]!, zeros(examples, ...rest)]));
    const masks = Object.fromEntries(
      inputs.flatMap(({ shape, ids, given }, i) =>
        given ? [[names[i]!, hostBackend.fromData(Int32Array.from(ids), shape, "int32")]] : [],
      ),
    );
    const { players, features, ids } = resolveFeatureMask(values, masks, examples);
    let most = 0;
    for (let example = 0; example < examples; example++) {
      const idOfPlayer = new Map<number, string>();
      const own = ids[ids.length === 1 ? 0 : example]!;
      for (const [i, name] of names.entries()) {
        const made = naiveOf(features[name]!);
        expect(features[name]!.shape.slice(1)).toEqual(inputs[i]!.rest);
        for (const at of indicesOf(inputs[i]!.rest)) {
          const player = Number(elementAt(made, [example, ...at]));
          const mask = masks[name];
          // Without a mask an element is its own feature: named by where it lies.
          const id = mask === undefined ? `${name} ${at.join()}` : String(elementAt(naiveOf(mask), [example, ...at]));
          expect(idOfPlayer.get(player) ?? id).toBe(id);
          idOfPlayer.set(player, id);
          if (mask !== undefined) expect(String(own[player])).toBe(id);
        }
      }
      expect(new Set(idOfPlayer.values()).size).toBe(idOfPlayer.size);
      expect([...idOfPlayer.keys()].sort((a, b) => a - b)).toEqual(own.map((_, player) => player));
      expect(own).toEqual([...own].sort((a, b) => a - b));
      most = Math.max(most, own.length);
    }
    expect(players).toBe(most);
  });
});
