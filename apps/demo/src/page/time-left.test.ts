import { describe, expect, test } from "vitest";
import { TimeLeft, timeLeftText } from "./time-left.ts";

describe("TimeLeft", () => {
  test("goes by how fast the work has gone since it began", () => {
    let now = 0;
    const left = new TimeLeft(() => now);
    expect(left.after(10, 110, "prompts")).toBeUndefined(); // what was there when we came says nothing
    now = 1000;
    expect(left.after(30, 110, "prompts")).toBe(4);
    now = 3000;
    expect(left.after(110, 110, "prompts")).toBe(0);
  });

  test("begins anew with other work, and knows nothing of work without an end", () => {
    let now = 0;
    const left = new TimeLeft(() => now);
    left.after(0, 10, "prompts");
    now = 1000;
    expect(left.after(1, 10, "tokens")).toBeUndefined();
    now = 2000;
    expect(left.after(2, 10, "tokens")).toBe(8);
    expect(left.after(1, 10, "tokens")).toBeUndefined();
    expect(left.after(500, undefined, "bytes")).toBeUndefined();
  });

  test("is said as people say it", () => {
    expect([0.2, 12.1, 100].map(timeLeftText)).toEqual(["less than a second left", "about 13 s left", "about 2 min left"]);
  });
});
