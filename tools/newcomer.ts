import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fencedBlocks } from "../docs/src/fenced-blocks.ts";
import type { CheckList } from "./check-list.ts";
import { installProject, type Tarballs } from "./installed-packages.ts";
import { chromium, openPage, tellPicture } from "./page-in-chromium.ts";
import { mustRun } from "./run-command.ts";
import { root, type WorkspacePackage } from "./workspace.ts";

const page = "docs/guides/getting-started.md";

/** What the page of a newcomer holds, in order: files to save, and commands to type. */
type Step = { readonly file: string; readonly text: string } | { readonly command: string };

function steps(): readonly Step[] {
  return fencedBlocks({ path: page, text: readFileSync(join(root, page), "utf8") }).flatMap(
    ({ language, code, line }): Step[] => {
      if (language === "sh")
        return code
          .split("\n")
          .filter((command) => command.trim() !== "")
          .map((command) => ({ command }));
      if (language === "html") return [{ file: "index.html", text: code }];
      const [, file] = /^\/\/ ([\w-]+\.m?ts)\n/.exec(code) ?? [];
      if (file === undefined) throw new Error(`${page}:${line} does not begin with the name of its file`);
      return [{ file, text: code }];
    },
  );
}

/** A picture that shows the prompt: its pieces are in it as text. */
function showsThePrompt(svg: string): void {
  if (!/^<svg[\s\S]*<\/svg>\s*$/.test(svg)) throw new Error(`is no picture: ${svg.slice(0, 200)}`);
  for (const word of ["Tom", "Sue", "kite"]) if (!svg.includes(word)) throw new Error(`the picture does not show "${word}"`);
}

/**
 * Follows the page "Getting started" to the letter in an empty folder, with our packages from their tarballs: what a stranger does. A
 * command that serves a page is followed by opening it.
 */
export async function followGettingStarted(
  folder: string,
  checks: CheckList,
  all: { readonly tarballs: Tarballs; readonly packages: readonly WorkspacePackage[] },
): Promise<void> {
  let going = true;
  const check = async (name: string, work: () => Promise<void>): Promise<void> => {
    if (!going) return;
    const passed = await checks.run(`getting started: ${name}`, async () => {
      await work();
      return true;
    });
    going = passed === true;
  };
  for (const step of steps()) {
    if ("file" in step) {
      if (going) writeFileSync(join(folder, step.file), step.text);
      continue;
    }
    const { command } = step;
    const [, names] = /^npm install (?:--save-dev )?(.+)$/.exec(command) ?? [];
    if (names !== undefined) await check(command, () => installProject(folder, names.split(" "), all));
    else if (command === "npx vite preview") {
      const browser = chromium();
      if (browser === undefined) checks.skip("getting started: the page shows its picture", "no Chromium: set CHROMIUM_PATH");
      else
        await check("the page shows its picture", async () => {
          tellPicture(join(folder, "dist"));
          showsThePrompt(await openPage(browser, join(folder, "dist")));
        });
    } else {
      await check(command, async () => {
        // The page asks for a Node that runs TypeScript: the one that runs this, whichever is on the path.
        const env = { PATH: `${dirname(process.execPath)}:${process.env["PATH"]}` };
        await mustRun("bash", ["-euo", "pipefail", "-c", command], { cwd: folder, env });
        if (command === "node why.mts") showsThePrompt(readFileSync(join(folder, "why.svg"), "utf8"));
      });
    }
  }
}
