import type { JSX } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { droppedFolder, type Folder, folderOf } from "../files/model-folder.ts";
import { DropZone } from "./drop-zone.tsx";

interface Props {
  readonly label: string;
  readonly onFolder: (folder: Folder) => void;
  readonly onProblem: (message: string) => void;
}

/** A place to drop a folder, which is a field to choose one as well. */
export function FolderField({ label, onFolder, onProblem }: Props): JSX.Element {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  // No attribute that types know, but every browser does.
  useEffect(() => field.current!.setAttribute("webkitdirectory", ""), []);
  const drop = async (transfer: DataTransfer): Promise<void> => {
    try {
      const folder = await droppedFolder(transfer);
      if (folder.files.length > 0) onFolder(folder);
    } catch (error) {
      onProblem(`The folder cannot be read: ${error instanceof Error ? error.message : String(error)}.`);
    }
  };
  return (
    <DropZone onDrop={(transfer) => void drop(transfer)}>
      <label for={id}>{label}</label>
      <input
        ref={field}
        id={id}
        type="file"
        multiple
        onChange={({ currentTarget }) => {
          const files = [...(currentTarget.files ?? [])];
          currentTarget.value = "";
          if (files.length > 0) onFolder(folderOf(files));
        }}
      />
    </DropZone>
  );
}
