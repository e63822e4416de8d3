import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { optionsOf } from "../../apps/cli/src/arguments.ts";
import { commands } from "../../apps/cli/src/commands/all.ts";
import { findConfig } from "../../apps/cli/src/config/config-file.ts";
import { commandLinePage, shownConfig } from "./command-line-page.ts";
import { root } from "./documents.ts";

// `pnpm test --project docs command-line -u` writes the page anew.
test("command-line.md has the commands and options that there are, no more and no less", async () => {
  const page = commandLinePage();
  await expect(page).toMatchFileSnapshot(join(root, "docs/guides/command-line.md"));
  for (const command of commands) {
    expect(page).toContain(`### attr ${command.name}\n`);
    for (const { name } of optionsOf(command)) expect(page).toContain(`\`--${name}`);
  }
});

test("the settings that the page shows are understood", async () => {
  const folder = mkdtempSync(join(tmpdir(), "attr-docs-"));
  try {
    writeFileSync(join(folder, "attr.config.json"), JSON.stringify(shownConfig));
    const config = await findConfig(commands, { folder });
    const serve = commands.find(({ name }) => name === "serve")!;
    expect(config?.valuesFor(serve).get("models")).toBe(join(folder, "models"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
