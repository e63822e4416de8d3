import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { toAnsi } from "./ansi.ts";
import { story } from "./document.fixture.ts";
import type { CurveDocument } from "./documents/curve-document.ts";
import type { ImageDocument } from "./documents/image-document.ts";
import type { LayersDocument } from "./documents/layers-document.ts";
import { examples } from "./golden/examples.fixture.ts";
import { anyDocuments } from "./pictures.fixture.ts";
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

  test.prop([anyDocuments, fc.constantFrom(false, true, "16" as const, "256" as const, "truecolor" as const)])(
    "no control character of the document reaches the terminal",
    (document, color) => {
      const text = toAnsi(document, { color });
      expect(text.replace(escapes, "")).not.toMatch(/(?!\n)\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u);
      if (color === false) expect(text).not.toContain("\u001b");
    },
  );

  test.prop([anyDocuments, fc.integer({ min: 30, max: 120 })])("no line is wider than the terminal", (document, width) => {
    for (const line of toAnsi({ ...document, unit: "nats" }, { color: false, width }).split("\n"))
      expect(displayWidth(line.trimEnd())).toBeLessThanOrEqual(width);
  });
});

/** Two pixels that raise, one that lowers, one that is no number, in a map of four by three. */
const small: ImageDocument = {
  kind: "image",
  title: "Where",
  explained: 'the logit of "7"',
  unit: "logits",
  method: "Saliency",
  notes: ["A note."],
  outlierPercent: 0,
  panels: [{ label: "", width: 4, height: 3, scores: [1, 0.3, 0, 0, 0, 0, 0, 0, 0, 0, -1, Number.NaN] }],
};

describe("maps", () => {
  test("without colour a character stands for the stronger of two pixels, by its sign", () => {
    const enlarged = (line: string): string => [...line].map((sign) => sign.repeat(14)).join("");
    const text = toAnsi(small, { color: false });
    expect(text.split("\n").slice(3, -1)).toEqual([
      `┌${"─".repeat(56)}┐`,
      ...new Array(7).fill(`│${enlarged("#+  ")}│`),
      ...new Array(7).fill(`│${enlarged("    ")}│`),
      ...new Array(7).fill(`│${enlarged("  =?")}│`),
      `└${"─".repeat(56)}┘`,
      "",
      " - lowers (to -1.00)    + raises (to +1.00)   logits",
      "+ and # raise, - and = lower; # and = by more than half of the scale. ? is no",
      "number.",
      "",
      "+1.00 at column 1, row 1; -1.00 at column 3, row 3",
      "",
      "sum of each map (sum of scores NaN)",
      "  all (4×3)  NaN",
      "",
      "! A note.",
    ]);
  });

  test("in colours a half block holds two pixels, and the strongest places their sign", () => {
    const dark = {
      ...small,
      panels: [{ label: "", width: 64, height: 2, scores: [...new Array<number>(64).fill(1), ...new Array<number>(64).fill(0)] }],
    };
    const [, , , , line] = toAnsi(dark, { color: "truecolor" }).split("\n");
    const cell = (text: string, ink: string, ground: string): string => `\u001b[38;2;${ink};48;2;${ground}m${text}\u001b[0m`;
    expect(line).toContain(cell("▀".repeat(10), "36;116;224", "22;24;29"));
    expect(line).toContain(cell("+", "0;0;0", "36;116;224"));
    expect(toAnsi(dark, { color: "256" })).toContain("\u001b[38;5;32;48;5;234m▀");
    expect(toAnsi(dark, { color: "truecolor", theme: "light" })).toContain(cell("▀".repeat(10), "36;116;224", "255;255;255"));
  });

  test("several stand side by side as far as they fit, and what is not drawn is said", () => {
    const panels = Array.from({ length: 14 }, (_, index) => ({
      label: `map ${index}`,
      width: 10,
      height: 2,
      scores: new Array<number>(20).fill(1),
    }));
    const lines = toAnsi({ ...small, panels, notes: [] }, { color: false, width: 60 }).split("\n");
    expect(lines).toContain("map 0                   map 1");
    expect(lines).toContain("! 2 more maps are not drawn.");
  });

  test("every overlay and sign is drawn, over a picture or nothing", () => {
    for (const overlay of ["heat", "blended", "signed", "masked", "contour"] as const)
      for (const picture of [undefined, { width: 2, height: 2, channels: 3 as const, data: new Array<number>(12).fill(200) }])
        for (const sign of ["all", "positive", "negative", "absolute"] as const)
          expect(toAnsi({ ...small, overlay, picture, sign }, { color: "256", width: 30 })).toContain("▀");
  });
});

describe("curves", () => {
  test("are dots between axes, with marks, levels and every line in words", () => {
    const curve = (label: string, y: number[], standardErrors?: number[]) => ({ label, x: [0, 0.5, 1], y, standardErrors });
    const document: CurveDocument = {
      kind: "curve",
      title: "Deletion",
      explained: "the output",
      unit: "points",
      method: "IntegratedGradients",
      notes: [],
      area: true,
      x: { label: "features", unit: "share" },
      y: { label: "output" },
      curves: [curve("deletion", [1, 0.2, 0]), curve("random orders", [1, 0.5, 0], [0, 0.1, 0])],
      levels: [{ label: "base value", y: 0 }],
    };
    expect(toAnsi(document, { color: false, width: 44 })).toMatchInlineSnapshot(`
      "Deletion
      Explains the output. IntegratedGradients,
      scores in points.

      output (points)
        1 ┤■⢦⡀⡀
          │ ⠈⠪⡓⢔⡀⡀
          │   ⠈⠪⡈⠦⢔ ⠄
      0.8 ┤     ⠑⢄⠐⠑⠢⣈ ⠄
          │       ⠑⡄⠁⠠⠑⠤⡈ ⠂⢀
      0.6 ┤        ⠈⠢⡀ ⠂⢈⠒⢄  ⠂⢀
          │          ⠈⢆   ⠄⠉⠢⣀  ⠄
          │            ⠑⢄  ⠐ ⡀■⠢⡀⠈ ⡀
      0.4 ┤              ⠱⡀   ⠠ ⡈⠑⢄⡀⠠
          │               ⠈⠢⡀    ⠐ ⡈⠒⢄⠁⢀
      0.2 ┤                 ⠘⢄      ⠐ ⡉⠢⣀⠄
          │                   ●⠒⠒⠤⢄⣀   ⠈ ⠕⠬⡀⡀
          │                         ⠉⠉⠒⠢⠤⣀⣈⠈⠕⢤⡀
        0 ┤⡀ ⡀ ⡀ ⡀ ⡀ ⡀ ⡀ ⡀ ⡀ ⡀ ⡀ ⡀ ⡀ ⡀ ⡀ ⡀ ⡉⠑⡒⠬⡧■
          └┴──────────────────┴─────────────────┴
           0                 0.5                1
                                 features (share)

      ● deletion: from 1 to 0, area 0.35
      ■ random orders: from 1 to 0 ± 0, area 0.5

      ┄ base value: 0

      dotted: one standard error to either side
      "
    `);
    expect(toAnsi(document, { color: "16" })).toContain("\u001b[33m");
    expect(toAnsi({ ...document, curves: [] })).toContain("There are no points to show.");
  });
});

test("layers are a strip from input to output, in their order", () => {
  expect(toAnsi(examples["layers"]!, { color: false, width: 70 })).toMatchInlineSnapshot(`
    "Through the network
    Explains the logit of "7". LayerConductance, scores in logits.

     - lowers (to -9.19)    + raises (to +9.19)   logits

    A layer's number is its sum of attributions. Value 9.31, base value
    0.12, difference +9.19 logits.
    input
    │ [+] conv1 [8, 28, 28]        +9.19         +++++++++++++++++++++++++
    │ [+] relu1 [8, 28, 28]        +9.18         +++++++++++++++++++++++++
    │ [+] conv2 [16, 14, 14]       +8.90 ± 0.30  ++++++++++++++++++++++++
    │ [-] attention [49, 16] 4 h…  -2.40         -------
    │ [+] dense [10]               +9.19         +++++++++++++++++++++++++
    output
    "
  `);
  expect(toAnsi({ ...examples["layers"]!, layers: [] } as LayersDocument, { color: false })).toContain(
    "There are no layers to show.",
  );
});
