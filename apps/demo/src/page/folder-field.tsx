import type { JSX } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { droppedFolder, type Folder, folderOf } from "../files/model-folder.ts";

interface Props {
  readonly label: string;
  readonly onFolder: (folder: Folder) => void;
  readonly onProblem: (message: string) => void;
}

/** A place to drop a folder, which is a field to choose one as well. */
export function FolderField({ label, onFolder, onProblem }: Props): JSX.Element {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
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
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is one more way; the field inside is the one for all
    <div
      class={over ? "drop over" : "drop"}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        if (event.dataTransfer !== null) void drop(event.dataTransfer);
      }}
    >
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
    </div>
  );
}
