import { labelsIn } from "./labels.ts";
import { nameOf } from "./model-files.ts";

/** Names of files that may lie beside a model and list its labels. */
const names = /^(config|metadata|labels)\.json$/i;

/** Larger files list no labels. */
const mostBytes = 4_000_000;

/** What the files beside a model say that the places of its output stand for. A file that cannot be read says nothing. */
export async function labelsBeside(files: readonly File[]): Promise<readonly string[] | undefined> {
  for (const file of files) {
    if (!names.test(nameOf(file)) || file.size > mostBytes) continue;
    try {
      const content: unknown = JSON.parse(await file.text());
      const notes = Array.isArray(content) ? { labels: content } : content;
      const found = typeof notes === "object" && notes !== null ? labelsIn({ ...notes }) : undefined;
      if (found !== undefined) return found;
    } catch {
      // Labels are an extra.
    }
  }
  return undefined;
}
