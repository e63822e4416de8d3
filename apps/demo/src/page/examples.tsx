import type { JSX } from "preact";

/** A question to start from: what it sets beside what is set at the start. */
export interface Example<Settings> {
  readonly name: string;
  readonly settings: Partial<Settings>;
}

interface Props<Settings> {
  readonly examples: readonly Example<Settings>[];
  /** What a room is asked where nothing else is said. */
  readonly start: Settings;
  readonly onChoose: (settings: Settings) => void;
}

/** Buttons that fill a room's form with an example. */
export function Examples<Settings extends object>({ examples, start, onChoose }: Props<Settings>): JSX.Element {
  return (
    // biome-ignore lint/a11y/useSemanticElements: these are buttons, and no fields
    <div class="actions" role="group" aria-label="Examples">
      {examples.map(({ name, settings }) => (
        <button type="button" class="example" key={name} onClick={() => onChoose({ ...start, ...settings })}>
          {name}
        </button>
      ))}
    </div>
  );
}
