import { HostTensor } from "@attr/core";
import { describe, expect, test } from "vitest";
import { makeBaseline } from "./make-baseline.ts";
import { makeGroups } from "./make-groups.ts";
import { type MethodSettings, methodSettingsAtStart } from "./method-settings.ts";

function host(data: readonly number[], shape: readonly number[]): HostTensor {
  return new HostTensor(Float32Array.from(data), shape, "float32");
}

function settings(change: Partial<MethodSettings>): MethodSettings {
  return { ...methodSettingsAtStart, method: "integrated-gradients", ...change };
}

const table = host([1, 2, 3, 6], [1, 2, 2]);

function numbers(tensor: HostTensor | undefined): readonly number[] {
  return Array.from(tensor?.data ?? [], Number);
}

describe("baselines", () => {
  test("zeros, one number, the mean, and numbers of one's own have the input's shape", () => {
    expect(numbers(makeBaseline(table, settings({}), false))).toEqual([0, 0, 0, 0]);
    expect(numbers(makeBaseline(table, settings({ baseline: "number", baselineNumber: "−2" }), false))).toEqual([-2, -2, -2, -2]);
    expect(numbers(makeBaseline(table, settings({ baseline: "mean" }), false))).toEqual([3, 3, 3, 3]);
    const own = makeBaseline(table, settings({ baseline: "numbers", baselineNumbers: "4, 3, 2, 1" }), false);
    expect([own.shape, numbers(own)]).toEqual([
      [1, 2, 2],
      [4, 3, 2, 1],
    ]);
  });

  test("the mean of a picture is one a channel, in either layout", () => {
    const pixels = Array.from({ length: 50 }, (_, at) => at);
    const first = makeBaseline(host(pixels, [1, 2, 5, 5]), settings({ baseline: "mean" }), false);
    expect(new Set(numbers(first))).toEqual(new Set([12, 37]));
    const last = makeBaseline(host(pixels, [1, 5, 5, 2]), settings({ baseline: "mean" }), false);
    expect(new Set(numbers(last))).toEqual(new Set([24, 25]));
  });

  test("blurring keeps an even picture as it is, and spreads a point without losing it", () => {
    const even = makeBaseline(host(new Array(256).fill(7), [1, 1, 16, 16]), settings({ baseline: "blurred" }), false);
    for (const value of numbers(even)) expect(value).toBeCloseTo(7);
    const point = Array.from({ length: 256 }, (_, at) => (at === 8 * 16 + 8 ? 1 : 0));
    const spread = numbers(makeBaseline(host(point, [1, 16, 16, 1]), settings({ baseline: "blurred" }), false));
    expect(spread.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 1);
    expect(Math.max(...spread)).toBeLessThan(0.1);
  });

  test("many rows are numbers of one's own or drawn within the input's range, for methods that take them", () => {
    const own = makeBaseline(table, settings({ baseline: "numbers", baselineNumbers: "1 1 1 1, 2 2 2 2" }), true);
    expect(own.shape).toEqual([2, 2, 2]);
    const drawn = makeBaseline(table, settings({ baseline: "draws", draws: 3 }), true);
    expect(drawn.shape).toEqual([3, 2, 2]);
    for (const value of numbers(drawn)) expect(value >= 1 && value <= 6).toBe(true);
  });

  test.each([
    [{ baseline: "number", baselineNumber: "x" }, "takes a number, got “x”"],
    [{ baseline: "numbers", baselineNumbers: "1 2" }, "takes 4 numbers, got 2"],
    [{ baseline: "numbers", baselineNumbers: "1 2 3 y" }, "“y”"],
    [{ baseline: "blurred" }, "[1, 2, 2]"],
    [{ baseline: "draws" }, "one baseline"],
  ] as const)("%o is refused", (change, sentence) => {
    expect(() => makeBaseline(table, settings(change), false)).toThrow(sentence);
  });
});

describe("groups", () => {
  test("rows, squares in either layout, and numbers of one's own", () => {
    expect(makeGroups([1, 2, 2], settings({}))).toBeUndefined();
    expect(numbers(makeGroups([1, 2, 3], settings({ grouping: "rows" })))).toEqual([0, 0, 0, 1, 1, 1]);
    const first = numbers(makeGroups([1, 2, 6, 6], settings({ grouping: "squares", square: 4 })));
    expect([first.length, new Set(first).size, first[0], first[5], first[35], first[36]]).toEqual([72, 4, 0, 1, 3, 0]);
    const last = numbers(makeGroups([1, 6, 6, 2], settings({ grouping: "squares", square: 4 })));
    expect([last[0], last[1], last[10], last[71]]).toEqual([0, 0, 1, 3]);
    expect(numbers(makeGroups([1, 2, 2], settings({ grouping: "numbers", groupNumbers: "0 0 1 1" })))).toEqual([0, 0, 1, 1]);
  });

  test("what does not fit is refused", () => {
    expect(() => makeGroups([1, 2, 2], settings({ grouping: "numbers", groupNumbers: "0" }))).toThrow("take 4 whole numbers");
    expect(() => makeGroups([1, 2, 2], settings({ grouping: "squares" }))).toThrow("only a picture has squares");
  });
});
