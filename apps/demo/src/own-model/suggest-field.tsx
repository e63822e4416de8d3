import type { JSX } from "preact";
import { useId } from "preact/hooks";

interface Props {
  readonly label: string;
  readonly value: string;
  readonly placeholder: string;
  /** What is suggested while one types. */
  readonly suggestions: readonly string[];
  /** What the page finds it by. */
  readonly mark?: "layer" | undefined;
  readonly onChange: (value: string) => void;
}

/** More are not suggested: browsers would show none of them for long. */
const most = 1000;

/** A labelled field for a name, with suggestions. */
export function SuggestField({ label, value, placeholder, suggestions, mark, onChange }: Props): JSX.Element {
  const id = useId();
  return (
    <div class="field" {...(mark === "layer" && { "data-layer": "" })}>
      <label for={id}>{label}</label>
      <input
        id={id}
        type="text"
        list={`${id}-list`}
        placeholder={placeholder}
        value={value}
        spellcheck={false}
        autocomplete="off"
        onInput={({ currentTarget }) => onChange(currentTarget.value)}
      />
      <datalist id={`${id}-list`}>
        {suggestions.slice(0, most).map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </div>
  );
}
