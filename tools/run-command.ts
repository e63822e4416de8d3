import { spawn } from "node:child_process";

/** How a command ended, with what it wrote to its two outputs in the order it came. */
export interface CommandResult {
  readonly status: number;
  readonly output: string;
}

/** Runs a program without a shell and waits for it. */
export function runCommand(
  command: string,
  parameters: readonly string[],
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, parameters, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", reject);
    child.on("close", (code, signal) => {
      const output = Buffer.concat(chunks).toString("utf8");
      resolve({ status: code ?? 1, output: signal === null ? output : `${output}\nended by ${signal}` });
    });
  });
}

/** Runs a program that has to succeed; throws its output where it does not. */
export async function mustRun(...call: Parameters<typeof runCommand>): Promise<string> {
  const { status, output } = await runCommand(...call);
  if (status !== 0) throw new Error(`${call[0]} ${call[1].join(" ")} exited with ${status}\n${output}`);
  return output;
}
