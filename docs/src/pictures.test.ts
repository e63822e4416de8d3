import { existsSync } from "node:fs";
import { join } from "node:path";
import { toSvg } from "@attr/viz";
import { expect, test } from "vitest";
import { pages, root } from "./documents.ts";
import { guidePictures } from "./pictures.ts";

const shown = ["waterfall", "beeswarm", "image", "convergence"];

test("the pictures of the guide are what the library draws (pnpm test --project docs pictures -u draws them anew)", async () => {
  const pictures = await guidePictures();
  for (const name of shown)
    await expect(toSvg(pictures[name]!)).toMatchFileSnapshot(join(root, "docs/guides/pictures", `${name}.svg`));
});

test("every picture that a page shows is there", () => {
  for (const { path, text } of pages())
    for (const [, file] of text.matchAll(/!\[[^\]]*\]\(([^)]+\.svg)\)/g))
      expect(existsSync(join(root, path, "..", file!)), `${path}: ${file}`).toBe(true);
});
