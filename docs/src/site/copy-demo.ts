// Puts the built page beside the documentation, in the site's folder `demo/`.
import { cpSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "../documents.ts";

const built = join(root, "apps/demo/dist");
const place = join(root, "docs/public/demo");
rmSync(place, { recursive: true, force: true });
if (existsSync(built)) cpSync(built, place, { recursive: true });
else if (process.argv.includes("--if-built"))
  console.warn("the page is not built (pnpm build): the documentation is shown without it");
else throw new Error("apps/demo/dist is missing: pnpm build writes it");
