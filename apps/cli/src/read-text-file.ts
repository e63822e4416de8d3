import { readFile } from "node:fs/promises";
import { InvalidArgumentError } from "@attr/core";

/**
 * The text of a file that a user named; `what` is what sentences call it: "table".
 *
 * @throws InvalidArgumentError for a file that is missing or a folder, and what reading throws otherwise.
 */
export async function readTextFile(path: string, what: string): Promise<string> {
  return await readFile(path, "utf8").catch((cause: unknown) => {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "ENOENT") throw new InvalidArgumentError(`there is no ${what} "${path}"`, { cause });
    if (code === "EISDIR") throw new InvalidArgumentError(`"${path}" is a folder, not a ${what}`, { cause });
    throw cause;
  });
}
