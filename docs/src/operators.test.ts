import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "./documents.ts";
import { operatorsPage } from "./operators-page.ts";

// `pnpm test --project docs operators -u` writes the page anew.
test("operators.md lists what the registry of gradient rules has, no more and no less", async () => {
  await expect(operatorsPage()).toMatchFileSnapshot(join(root, "docs/operators.md"));
});
