import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import { droppedFolder, type Folder, folderOf } from "../files/model-folder.ts";

interface Props {
  readonly label: string;
  readonly accept: string;
  readonly multiple?: boolean | undefined;
  /** Told files that were chosen or dropped. */
  readonly onFiles?: ((files: readonly File[]) => void) | undefined;
  /** Told the same as a folder, where folders can be dropped as well, or chosen by a field of their own. */
  readonly onFolder?: ((folder: Folder) => void) | undefined;
}

/** A place to drop files, which is a file field as well: everything that drops can be chosen by the keyboard. */
export function DropField({ label, accept, multiple = false, onFiles, onFolder }: Props): JSX.Element {
  const id = useId();
  const [over, setOver] = useState(false);
  const take = (list: Iterable<File> | undefined | null): void => {
    const files = [...(list ?? [])];
    if (files.length === 0) return;
    onFiles?.(multiple ? files : files.slice(0, 1));
    onFolder?.(folderOf(files));
  };
  const drop = async (transfer: DataTransfer): Promise<void> => {
    const files = [...transfer.files];
    if (onFolder === undefined) return take(files);
    try {
      // What is dropped in a drop's place by a script has no folders.
      const folder = await droppedFolder(transfer);
      if (folder.files.length > 0) onFolder(folder);
    } catch {
      take(files);
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
        id={id}
        type="file"
        accept={accept}
        multiple={multiple}
        onChange={({ currentTarget }) => {
          take(currentTarget.files);
          currentTarget.value = "";
        }}
      />
      {onFolder !== undefined && (
        <>
          <label for={`${id}-folder`}>Or a folder:</label>
          <input
            id={`${id}-folder`}
            type="file"
            {...{ webkitdirectory: true }}
            onChange={({ currentTarget }) => {
              take(currentTarget.files);
              currentTarget.value = "";
            }}
          />
        </>
      )}
    </div>
  );
}
