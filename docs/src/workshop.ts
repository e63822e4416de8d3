import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CommandResult, runCommand } from "../../tools/run-command.ts";
import { root } from "./documents.ts";

/**
 * A folder of its own inside the workspace, where a reader's files see our packages as sources, `models/` lies beside them as it does
 * at the root, and `attr` is the workspace's command. Gone when disposed.
 */
export class Workshop implements Disposable {
  readonly folder: string;

  constructor() {
    const parent = join(import.meta.dirname, "../.workshop");
    mkdirSync(parent, { recursive: true });
    this.folder = mkdtempSync(join(parent, "run-"));
    symlinkSync(join(root, "models"), join(this.folder, "models"));
    mkdirSync(join(this.folder, "bin"));
    const attr = join(this.folder, "bin/attr");
    const main = join(root, "apps/cli/src/main.ts");
    writeFileSync(attr, `#!/bin/sh\nexec "${process.execPath}" --conditions=@attr/source "${main}" "$@"\n`);
    chmodSync(attr, 0o755);
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }

  /** Runs a TypeScript file of the folder. */
  runFile(name: string): Promise<CommandResult> {
    return runCommand(process.execPath, ["--conditions=@attr/source", name], { cwd: this.folder, env: this.#environment() });
  }

  /**
   * Runs TypeScript files of the folder in one process, one after the other, so that what they load is loaded once: by file name, what
   * went wrong in those that failed; in all of them where the process failed and none of them did, as tests that they register can.
   */
  async runTogether(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const script = [
      "const failures = {};",
      `for (const name of ${JSON.stringify(names)})`,
      "  await import('./' + name).catch((error) => { failures[name] = String(error?.stack ?? error); });",
      'console.log("\\nfailures: " + JSON.stringify(failures));',
    ];
    const together = `together-${names[0]}`;
    this.write(together, `${script.join("\n")}\n`);
    const { status, output } = await this.runFile(together);
    const [, told] = /^failures: (\{.*\})$/m.exec(output) ?? [];
    // Written by the lines above.
    const failures = Object.entries(JSON.parse(told ?? "{}") as Readonly<Record<string, string>>);
    if (failures.length === 0 && (status !== 0 || told === undefined))
      return new Map(names.map((name) => [name, `ended with status ${status}\n${output}`]));
    return new Map(failures);
  }

  /** Runs a line of a shell; any command of it that fails makes it fail. */
  runLine(line: string): Promise<CommandResult> {
    return runCommand("bash", ["-euo", "pipefail", "-c", line], {
      cwd: this.folder,
      env: this.#environment(),
    });
  }

  /** Without colour, and with `attr` on the path. */
  #environment(): Readonly<Record<string, string>> {
    return { NO_COLOR: "1", PATH: `${join(this.folder, "bin")}:${process.env["PATH"]}` };
  }

  /** What the compiler says of the folder's TypeScript files, by file name; nothing where all is well. */
  async typeErrors(): Promise<ReadonlyMap<string, string>> {
    const base = join(root, "tsconfig.test.json");
    const compilerOptions = { incremental: false, noUnusedLocals: false, noUnusedParameters: false };
    this.write("tsconfig.json", JSON.stringify({ extends: base, compilerOptions, include: ["*.ts"] }));
    const compiler = join(root, "node_modules/.bin/tsc");
    const { status, output } = await runCommand(compiler, ["-p", ".", "--pretty", "false"], { cwd: this.folder });
    const errors = new Map<string, string>();
    for (const [text, file] of output.matchAll(/^([^\s(]+)\(\d+,\d+\): error.*(?:\n[ \t].*)*/gm))
      errors.set(file!, [errors.get(file!), text].filter((part) => part !== undefined).join("\n"));
    if (status !== 0 && errors.size === 0) throw new Error(`the compiler exited with ${status}\n${output}`);
    return errors;
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
