import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import { droppedFiles } from "./dropped-files.ts";

interface Props {
  readonly label: string;
  readonly accept: string;
  readonly multiple?: boolean | undefined;
  /** Whether folders can be dropped, or chosen by a field of their own. Their files have paths for names. @defaultValue false */
  readonly folders?: boolean | undefined;
  readonly onFiles: (files: readonly File[]) => void;
}

/** A place to drop files, which is a file field as well: everything that drops can be chosen by the keyboard. */
export function DropField({ label, accept, multiple = false, folders = false, onFiles }: Props): JSX.Element {
  const id = useId();
  const [over, setOver] = useState(false);
  const take = (list: Iterable<File> | undefined | null): void => {
    const files = [...(list ?? [])];
    if (files.length > 0) onFiles(multiple ? files : files.slice(0, 1));
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
        const { dataTransfer } = event;
        if (folders && dataTransfer !== null) void droppedFiles(dataTransfer).then(take, () => take(dataTransfer.files));
        else take(dataTransfer?.files);
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
      {folders && (
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
