import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { encodePng } from "../images/png.ts";
import { toSvg } from "../svg.ts";
import { examples } from "./examples.fixture.ts";
import { decodePng, difference, rasterise } from "./rasterise.fixture.ts";

// ACCEPT_PICTURES=1 writes the pictures anew; look at every one that changed before you commit it.
const accept = process.env["ACCEPT_PICTURES"] === "1";
const golden = join(import.meta.dirname, "pictures");
const seen = join(import.meta.dirname, "../../node_modules/.cache/pictures");

const cases = Object.entries(examples).flatMap(([name, document]) => [
  [`${name}-light`, toSvg(document, { theme: "light" })] as const,
  [`${name}-dark`, toSvg(document, { theme: "dark" })] as const,
]);

describe("pictures look as they did when they were accepted", () => {
  test.each(cases)("%s", (name, svg) => {
    const pixels = rasterise(svg);
    const file = join(golden, `${name}.png`);
    if (accept) {
      mkdirSync(golden, { recursive: true });
      if (!existsSync(file) || difference(pixels, decodePng(readFileSync(file))) > 0)
        writeFileSync(file, encodePng({ ...pixels, format: "rgba" }));
    }
    expect(existsSync(file), `no picture is accepted as ${name}`).toBe(true);
    const share = difference(pixels, decodePng(readFileSync(file)));
    if (share > 0.001) {
      mkdirSync(seen, { recursive: true });
      writeFileSync(join(seen, `${name}.png`), encodePng({ ...pixels, format: "rgba" }));
    }
    expect(share, `the picture drawn now is in node_modules/.cache/pictures/${name}.png`).toBeLessThanOrEqual(0.001);
  });

  test("a bar of another length is noticed", () => {
    const [, svg] = cases.find(([name]) => name === "tabular-bars-light")!;
    const other = toSvg({ ...examples["tabular-bars"]!, title: "Another title" }, { theme: "light" });
    expect(difference(rasterise(svg), rasterise(other))).toBeGreaterThan(0.001);
  });
});
