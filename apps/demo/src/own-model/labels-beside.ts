import type { FolderFile } from "../files/model-folder.ts";
import { labelsIn } from "./labels.ts";
import { nameOf } from "./model-files.ts";

/** Names of files that may lie beside a model and list its labels: notes, or a label a line. */
const names = /^(config|metadata|labels)\.json$|^(labels|classes|class_names)\.txt$/i;

/** Larger files list no labels. */
const mostBytes = 4_000_000;

/** What the files beside a model say that the places of its output stand for. A file that cannot be read says nothing. */
export async function labelsBeside(files: readonly FolderFile[]): Promise<readonly string[] | undefined> {
  for (const beside of files) {
    if (!names.test(nameOf(beside)) || beside.file.size > mostBytes) continue;
    try {
      const text = await beside.file.text();
      const content: unknown = /\.txt$/i.test(nameOf(beside)) ? { labels: text } : JSON.parse(text);
      const notes = Array.isArray(content) ? { labels: content } : content;
      const found = typeof notes === "object" && notes !== null ? labelsIn({ ...notes }) : undefined;
      if (found !== undefined) return found;
    } catch {
      // Labels are an extra.
    }
  }
  return undefined;
}
