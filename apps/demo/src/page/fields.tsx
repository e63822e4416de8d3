import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";

interface TextFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly placeholder?: string | undefined;
  /** Lines; one is an ordinary field. @defaultValue 1 */
  readonly lines?: number | undefined;
}

/** A labelled field for text. */
export function TextField({ label, value, onChange, placeholder = "", lines = 1 }: TextFieldProps): JSX.Element {
  const id = useId();
  const shared = { id, value, placeholder, spellcheck: false, autocomplete: "off" as const };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {lines > 1 ? (
        <textarea {...shared} rows={lines} onInput={({ currentTarget }) => onChange(currentTarget.value)} />
      ) : (
        <input {...shared} type="text" onInput={({ currentTarget }) => onChange(currentTarget.value)} />
      )}
    </div>
  );
}

interface NumberFieldProps {
  readonly label: string;
  readonly value: number;
  readonly most: number;
  readonly onChange: (value: number) => void;
}

/** A labelled field for a whole number from 1 up. What is no such number is not taken over. */
export function NumberField({ label, value, most, onChange }: NumberFieldProps): JSX.Element {
  const id = useId();
  return (
    <div class="field narrow">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="number"
        min={1}
        max={most}
        step={1}
        value={value}
        onInput={({ currentTarget }) => {
          const number = currentTarget.valueAsNumber;
          if (Number.isInteger(number) && number >= 1 && number <= most) onChange(number);
        }}
      />
    </div>
  );
}

interface ChoiceFieldProps<Name extends string> {
  readonly label: string;
  readonly value: Name;
  readonly choices: readonly { readonly name: Name; readonly label: string }[];
  readonly onChange: (value: Name) => void;
  readonly children?: ComponentChildren;
}

/** A labelled choice of one of several; `children` say more about what is chosen. */
export function ChoiceField<Name extends string>(props: ChoiceFieldProps<Name>): JSX.Element {
  const { label, value, choices, onChange, children } = props;
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        value={value}
        onChange={({ currentTarget }) => {
          const chosen = choices.find(({ name }) => name === currentTarget.value);
          if (chosen !== undefined) onChange(chosen.name);
        }}
      >
        {choices.map((choice) => (
          <option key={choice.name} value={choice.name}>
            {choice.label}
          </option>
        ))}
      </select>
      {children}
    </div>
  );
}
