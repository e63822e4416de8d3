import type { JSX } from "preact";
import { useId } from "preact/hooks";
import { fewestOptions, mostOptions } from "./choice-settings.ts";

interface Props {
  readonly options: readonly string[];
  readonly onChange: (options: readonly string[]) => void;
}

/** The options of a question, each a field; there are two at least. */
export function OptionsField({ options, onChange }: Props): JSX.Element {
  const id = useId();
  return (
    <fieldset class="options">
      <legend>Options</legend>
      {options.map((option, index) => (
        <div class="option" key={index}>
          <label for={`${id}-${index}`}>{String.fromCharCode(65 + index)}</label>
          <input
            id={`${id}-${index}`}
            type="text"
            value={option}
            spellcheck={false}
            autocomplete="off"
            onInput={({ currentTarget }) => onChange(options.with(index, currentTarget.value))}
          />
          <button
            type="button"
            disabled={options.length <= fewestOptions}
            aria-label={`Remove option ${String.fromCharCode(65 + index)}`}
            onClick={() => onChange(options.toSpliced(index, 1))}
          >
            ×
          </button>
        </div>
      ))}
      <button type="button" disabled={options.length >= mostOptions} onClick={() => onChange([...options, ""])}>
        Add an option
      </button>
    </fieldset>
  );
}
