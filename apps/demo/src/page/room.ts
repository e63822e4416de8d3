import type { ComponentType } from "preact";
import type { RoomProps } from "./room-props.ts";

export interface Room {
  /** Its place in the address. */
  readonly name: string;
  readonly label: string;
  /** The schema of the results that it shows. */
  readonly schema?: string | undefined;
  load(): Promise<ComponentType<RoomProps>>;
}

/** The rooms of the page; each loads its own code and models when it is entered. */
export const rooms: readonly Room[] = [
  {
    name: "language-model",
    label: "Language model",
    schema: "attr.llm/1",
    load: async () => (await import("../rooms/language-room.tsx")).LanguageRoom,
  },
  {
    name: "multiple-choice",
    label: "Multiple choice",
    schema: "attr.choice/1",
    load: async () => (await import("../rooms/choice-room.tsx")).ChoiceRoom,
  },
  {
    name: "images",
    label: "Images",
    schema: "attr.image/1",
    load: async () => (await import("../rooms/images-room.tsx")).ImagesRoom,
  },
  {
    name: "table",
    label: "Tables",
    schema: "attr.table/1",
    load: async () => (await import("../rooms/table-room.tsx")).TableRoom,
  },
  {
    name: "your-model",
    label: "Your own model",
    schema: "attr.result/1",
    load: async () => (await import("../rooms/model-room.tsx")).ModelRoom,
  },
];
