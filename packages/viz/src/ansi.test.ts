import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { toAnsi } from "./ansi.ts";
import { documents, story } from "./document.fixture.ts";
import { displayWidth } from "./visible-text.ts";

const escapes = new RegExp(`${String.fromCharCode(27)}\\[[\\d;]*m`, "g");

describe("toAnsi", () => {
  test("without colour, words carry their sign and strength, and numbers theirs", () => {
    expect(toAnsi(story, { color: false })).toBe(`Why the model answers " Sue"
Explains the log-probability of " Sue". FeatureAblation, scores in nats.

Once upon a time Sue(+++) had a red kite(++).
Tom had a ball. Who has the kite(+)?

 - lowers (to -2.50)    + raises (to +2.50)   nats

the whole answer: -0.25 nats (base value -4.38, difference +4.13, sum of scores
+4.13)
  Sue   +2.50 ± 0.10  ++++++++++++++++++++++++++++++
  kite  +1.25 ± 0.05  +++++++++++++++
  kite  +0.50 ± 0.03  ++++++
  red   -0.13 ± 0.02  --

 Sue  -0.13  Sue +2.00, red -0.25, kite +0.06

! 64 samples for 4 features.
`);
  });

  test("features beyond the strongest are counted", () => {
    expect(toAnsi(story, { color: false, top: 2 })).toContain("  … and 2 weaker");
  });

  test("colours are those asked for", () => {
    expect(toAnsi(story, { color: "16" })).toContain("\u001b[1;44;97mSue\u001b[0m");
    expect(toAnsi(story, { color: "256" })).toContain("\u001b[48;5;75;38;5;16mSue\u001b[0m");
    expect(toAnsi(story, { color: "truecolor" })).toContain("\u001b[48;2;88;166;255;38;2;0;0;0mSue\u001b[0m");
    expect(toAnsi(story, { color: true })).toBe(toAnsi(story, { color: "256" }));
  });

  test.prop([documents, fc.constantFrom(false, true, "16" as const, "256" as const, "truecolor" as const)])(
    "no control character of the document reaches the terminal",
    (document, color) => {
      const text = toAnsi(document, { color });
      expect(text.replace(escapes, "")).not.toMatch(/(?!\n)\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u);
      if (color === false) expect(text).not.toContain("\u001b");
    },
  );

  test.prop([documents, fc.integer({ min: 30, max: 120 })])("no line is wider than the terminal", (document, width) => {
    for (const line of toAnsi({ ...document, unit: "nats" }, { color: false, width }).split("\n"))
      expect(displayWidth(line.trimEnd())).toBeLessThanOrEqual(width);
  });
});
