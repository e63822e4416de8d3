/** Files of a folder that are taken: more is no model and no set of pictures. */
const most = 2000;

/**
 * The files of a drop, those in dropped folders among them, each under the name of its path: "folder/weights/part.bin". To be called
 * while the drop is told, before anything is waited for: browsers forget what was dropped.
 */
export async function droppedFiles(transfer: DataTransfer): Promise<readonly File[]> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.() ?? undefined);
  const plain = [...transfer.files];
  // Drops that scripts make have no entries.
  if (!entries.some((entry) => entry?.isDirectory === true)) return plain;
  const files: File[] = [];
  const waiting = entries.filter((entry) => entry !== undefined);
  while (waiting.length > 0 && files.length < most) {
    const entry = waiting.shift()!;
    if (isDirectory(entry)) waiting.push(...(await entriesIn(entry)));
    else if (isFile(entry)) files.push(await named(entry));
  }
  return files;
}

function isDirectory(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

/** Browsers give a hundred at a time. */
async function entriesIn(directory: FileSystemDirectoryEntry): Promise<readonly FileSystemEntry[]> {
  const reader = directory.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0 || all.length >= most) return all;
    all.push(...some);
  }
}

async function named(entry: FileSystemFileEntry): Promise<File> {
  const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
  return new File([file], entry.fullPath.replace(/^\//, ""), { type: file.type, lastModified: file.lastModified });
}
