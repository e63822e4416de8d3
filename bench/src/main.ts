import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";

// Runs the benchmarks beside this file, each in a process of its own: all of them, or those named.

const all = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(".ts") && file !== "main.ts")
  .map((file) => file.replace(/\.ts$/, ""))
  .sort();
const named = process.argv.slice(2).filter((argument) => argument !== "--");
const unknown = named.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`no benchmark is called ${unknown.join(", ")}; there are ${all.join(", ")}`);
  process.exitCode = 2;
} else {
  for (const name of named.length > 0 ? named : all) {
    console.log(`\n# ${name}`);
    const file = join(import.meta.dirname, `${name}.ts`);
    const { status } = spawnSync(process.execPath, ["--conditions=@attr/source", file], { stdio: "inherit" });
    if (status !== 0) {
      console.log(`${name} ended with exit code ${status}`);
      process.exitCode = 1;
    }
  }
}
