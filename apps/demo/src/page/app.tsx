import type { ComponentType, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { comparisonSchema } from "../compare/comparison-schema.ts";
import { hashOf, usePlace } from "./address.ts";
import { Problem } from "./problem.tsx";
import { type Room, rooms } from "./room.ts";
import type { RoomProps } from "./room-props.ts";

interface Entered {
  readonly room: Room;
  readonly Content: ComponentType<RoomProps>;
}

/** The room that shows a saved result: the one it says it is of, or the one that shows its kind. @throws Error where there is none. */
function roomOf(saved: unknown): Room {
  const told = typeof saved === "object" && saved !== null ? saved : {};
  const schema = "schema" in told ? told.schema : undefined;
  const own = "room" in told ? rooms.find(({ name }) => name === told.room) : undefined;
  if (own !== undefined && (schema === own.schema || schema === comparisonSchema)) return own;
  const shown = rooms.find((room) => room.schema !== undefined && room.schema === schema);
  if (shown !== undefined) return shown;
  if (schema === comparisonSchema) throw new Error("it does not say which room it is of");
  const known = [...new Set(rooms.flatMap((room) => room.schema ?? [])), comparisonSchema];
  throw new Error(
    `its schema is ${schema === undefined ? "not stated" : JSON.stringify(schema)}; this page opens ${known.join(", ")}`,
  );
}

/** The page: the way from room to room, and the room that the address names. */
export function App(): JSX.Element {
  const place = usePlace();
  const room = rooms.find(({ name }) => name === place.room) ?? rooms[0]!;
  const [entered, setEntered] = useState<Entered>();
  const [problem, setProblem] = useState("");
  const [opened, setOpened] = useState<{ readonly saved: unknown; readonly hash: string; readonly count: number }>();

  useEffect(() => {
    let current = true;
    room.load().then(
      (Content) => {
        if (current) setEntered({ room, Content });
      },
      () => {
        if (current)
          setProblem(`The room “${room.label}” could not be loaded: the network is off, and it was not entered before.`);
      },
    );
    setProblem("");
    document.title = `${room.label}: attr`;
    return () => {
      current = false;
    };
  }, [room]);

  const open = async (file: File): Promise<void> => {
    try {
      const saved: unknown = JSON.parse(await file.text());
      const shown = roomOf(saved);
      setProblem("");
      const hash = hashOf(shown.name);
      setOpened({ saved, hash, count: (opened?.count ?? 0) + 1 });
      location.hash = hash;
    } catch (error) {
      setProblem(`“${file.name}” is no saved result: ${error instanceof Error ? error.message : String(error)}.`);
    }
  };

  // It is shown until the user goes elsewhere.
  const saved = opened?.hash === hashOf(place.room, place.parameters) && entered?.room === room ? opened : undefined;
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById("content")?.focus()}>
        Skip to the content
      </button>
      <header class="top">
        <p class="brand">attr</p>
        <nav aria-label="Rooms">
          {rooms.map(({ name, label }) => (
            <a key={name} href={hashOf(name)} {...(name === room.name && { "aria-current": "page" as const })}>
              {label}
            </a>
          ))}
        </nav>
        <label class="open">
          Open a saved result
          <input
            type="file"
            accept=".json,application/json"
            onChange={({ currentTarget }) => {
              const file = currentTarget.files?.[0];
              currentTarget.value = "";
              if (file !== undefined) void open(file);
            }}
          />
        </label>
      </header>
      <main id="content" tabIndex={-1}>
        {problem !== "" && <Problem>{problem}</Problem>}
        {entered?.room !== room ? (
          problem === "" && <p>Loading the room…</p>
        ) : (
          <entered.Content
            key={`${entered.room.name}?${place.parameters} ${saved?.count ?? 0}`}
            parameters={place.parameters}
            {...(saved !== undefined && { saved: saved.saved })}
          />
        )}
      </main>
      <footer>
        <p>
          <strong>Nothing you type or drop leaves your browser.</strong> The models run in this page, on your machine; the page
          has no server behind it, and its own rules forbid it to send anything anywhere. Once loaded, it works without a network.
        </p>
      </footer>
    </>
  );
}
