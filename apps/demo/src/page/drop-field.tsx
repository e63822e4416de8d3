import type { JSX } from "preact";
import { useId } from "preact/hooks";
import { droppedFolder, type Folder, folderOf } from "../files/model-folder.ts";
import { DropZone } from "./drop-zone.tsx";

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
    <DropZone onDrop={(transfer) => void drop(transfer)}>
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
    </DropZone>
  );
}
