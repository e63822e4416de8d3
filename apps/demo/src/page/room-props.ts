/** What a room is given. */
export interface RoomProps {
  /** What the address asks of it. */
  readonly parameters: URLSearchParams;
  /** A saved result to show, as parsed from its file. */
  readonly saved?: unknown;
}
