import { join } from "node:path";
import { expect, test } from "vitest";
import { axiomsPage } from "./axioms-page.ts";
import { root } from "./documents.ts";

// `pnpm test --project docs axioms -u` writes the page anew.
test("axioms.md says what the suite holds every method to, no more and no less", async () => {
  await expect(axiomsPage()).toMatchFileSnapshot(join(root, "docs/axioms.md"));
});
