import { existsSync } from "node:fs";
import { join } from "node:path";
import { toSvg } from "@attr/viz";
import { expect, test } from "vitest";
import { pages, root } from "./documents.ts";
import { answerPicture, guidePictures } from "./pictures.ts";

const folder = join(root, "docs/guides/pictures");
const shown = ["waterfall", "beeswarm", "image", "convergence", "faithfulness"];

test("the pictures of the guide are what the library draws (pnpm test --project docs pictures -u draws them anew)", async () => {
  const pictures = await guidePictures();
  for (const name of shown) await expect(toSvg(pictures[name]!)).toMatchFileSnapshot(join(folder, `${name}.svg`));
});

test("the picture of the first page is what the language model answers", async () => {
  await expect(toSvg(await answerPicture(), { width: 640 })).toMatchFileSnapshot(join(folder, "answer.svg"));
});

test("every picture that a page shows is there", () => {
  for (const { path, text } of pages())
    for (const [, file] of text.matchAll(/!\[[^\]]*\]\(([^)]+\.svg)\)/g))
      expect(existsSync(join(root, path, "..", file!)), `${path}: ${file}`).toBe(true);
});
