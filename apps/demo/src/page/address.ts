import { useEffect, useState } from "preact/hooks";

/** What the part of the address behind `#` says: a room, and what is asked in it. It never reaches a server. */
export interface Place {
  readonly room: string;
  readonly parameters: URLSearchParams;
}

export function placeOf(hash: string): Place {
  const [room = "", query = ""] = hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  return { room, parameters: new URLSearchParams(query) };
}

export function hashOf(room: string, parameters?: URLSearchParams): string {
  const query = parameters?.toString() ?? "";
  return `#/${room}${query === "" ? "" : `?${query}`}`;
}

/** The place of the address bar, as the user goes from one to another. */
export function usePlace(): Place {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const changed = (): void => setHash(location.hash);
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return placeOf(hash);
}

/** Writes a place into the address bar without going there: the page is there already. */
export function showPlace(room: string, parameters: URLSearchParams): void {
  history.replaceState(null, "", hashOf(room, parameters));
}
