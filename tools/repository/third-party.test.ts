import { join } from "node:path";
import { expect, test } from "vitest";
import { noticesOf, thirdPartiesOf } from "../third-party.ts";
import { workspacePackages } from "../workspace.ts";

/** Licences that ask for nothing but their notice. */
const permissive = new Set([
  "MIT",
  "ISC",
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BlueOak-1.0.0",
  "(MIT OR CC0-1.0)",
  "Apache-2.0 AND MIT",
]);

const given = workspacePackages().filter(({ path, manifest }) => manifest.private !== true || path.startsWith("apps/"));
const withOthers = given.filter((one) => thirdPartiesOf(one).length > 0).map((one) => [one.manifest.name, one] as const);

test("packages that bring others along are found", () => {
  expect(withOthers.map(([name]) => name)).toEqual(expect.arrayContaining(["@attr/llm", "@attr/cli"]));
});

// `pnpm test --project repository third-party -u` writes them anew
test.each(withOthers)("%s has the notices of what it brings along", async (_, one) => {
  await expect(noticesOf(one)).toMatchFileSnapshot(join(one.folder, "THIRD-PARTY-NOTICES.txt"));
});

test.each(withOthers)("%s brings nothing along whose licence asks for more than its notice", (_, one) => {
  const others = thirdPartiesOf(one).filter(({ license }) => !permissive.has(license));
  expect(others.map(({ name, version, license }) => `${name} ${version}: ${license}`)).toEqual([]);
});
