import { resolve } from "node:path";
import { runConformance } from "./run-conformance.ts";

const usage = `usage: pnpm conformance DIR…

Runs every case found in or below the folders (or the cases.json or NAME.json files) given, prints a line for each and
"N passed, N failed, N skipped" last. Exits with 1 when a case fails or a folder holds none.`;

const paths = process.argv.slice(2).filter((argument) => argument !== "--");
if (paths.length === 0 || paths.includes("--help") || paths.includes("-h")) {
  console.error(usage);
  process.exitCode = paths.length === 0 ? 2 : 0;
} else {
  // pnpm runs scripts in the package's folder and says here where the caller stands.
  const caller = process.env["INIT_CWD"] ?? process.cwd();
  const tally = await runConformance(
    paths.map((path) => resolve(caller, path)),
    (line) => console.log(line),
  );
  console.log(`${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped`);
  process.exitCode = tally.failed > 0 ? 1 : 0;
}
