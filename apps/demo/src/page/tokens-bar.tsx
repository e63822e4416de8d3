import type { JSX } from "preact";

interface Props<Key extends string | number> {
  readonly label: string;
  readonly choices: readonly { readonly key: Key; readonly text: string }[];
  readonly chosen: Key;
  readonly onChoose: (key: Key) => void;
}

/** Things to click, of which one is chosen: the tokens of an answer, the options of a question. */
export function TokensBar<Key extends string | number>({ label, choices, chosen, onChoose }: Props<Key>): JSX.Element {
  return (
    // biome-ignore lint/a11y/useSemanticElements: these are buttons, and no part of a form
    <div class="tokens" role="group" aria-label={label}>
      <span aria-hidden="true">{label}</span>
      {choices.map(({ key, text }) => (
        <button type="button" key={key} aria-pressed={key === chosen} onClick={() => onChoose(key)}>
          {text}
        </button>
      ))}
    </div>
  );
}
