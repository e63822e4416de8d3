/** A file of a folder, by its path in it: "onnx/model.onnx". */
export interface FolderFile {
  readonly path: string;
  readonly file: File;
}

/** The files of a folder that was dropped or chosen. */
export interface Folder {
  readonly name: string;
  readonly files: readonly FolderFile[];
}

/** Files that a folder of models may have: more is no such folder, and would take long to list. */
const most = 2000;

/** The folder behind a field that chooses one, or behind files that were dropped together. */
export function folderOf(files: readonly File[]): Folder {
  return withoutCommon(files.map((file) => ({ path: file.webkitRelativePath || file.name, file })));
}

/**
 * The folder, or the files together, that were dropped.
 *
 * @throws Error for a folder of too many files.
 */
export async function droppedFolder(transfer: DataTransfer): Promise<Folder> {
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  if (entries.length === 0) return folderOf([...transfer.files]);
  const found: FolderFile[] = [];
  for (const entry of entries) await list(entry, found);
  return withoutCommon(found);
}

async function list(entry: FileSystemEntry, found: FolderFile[]): Promise<void> {
  if (found.length >= most) throw new Error(`the folder has more than ${most} files: drop the folder of one model`);
  if (entry.isFile) {
    // isFile says so.
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    found.push({ path: entry.fullPath.replace(/^\//, ""), file });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader(); // what is no file is a directory
  for (;;) {
    // Browsers hand out a hundred at a time, and none at the end.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return;
    for (const one of some) if (!one.name.startsWith(".")) await list(one, found);
  }
}

/** Paths below the innermost folder that all files lie in. */
function withoutCommon(files: readonly FolderFile[]): Folder {
  let [name, rest] = ["", files];
  for (;;) {
    const [first = ""] = rest[0]?.path.split("/") ?? [];
    if (rest.length === 0 || !rest.every(({ path }) => path.startsWith(`${first}/`))) break;
    name = first;
    rest = rest.map(({ path, file }) => ({ path: path.slice(first.length + 1), file }));
  }
  return {
    name:
      name ||
      rest
        .slice(0, 3)
        .map(({ path }) => path)
        .join(", "),
    files: rest,
  };
}
