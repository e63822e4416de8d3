import type { JSX } from "preact";
import type { ComparedSettings } from "./compared-methods.ts";

interface Props<Name extends string> {
  readonly methods: readonly { readonly name: Name; readonly label: string }[];
  readonly values: ComparedSettings<Name>;
  readonly onChange: (change: { readonly beside: readonly Name[] }) => void;
}

/** The methods that are shown beside the chosen one, to tick. */
export function BesideField<Name extends string>({ methods, values, onChange }: Props<Name>): JSX.Element {
  const { method, beside } = values;
  const others = methods.filter(({ name }) => name !== method);
  const ticked = others.filter(({ name }) => beside.includes(name)).length;
  return (
    <details class="compare" open={ticked > 0 ? true : undefined}>
      <summary>Methods side by side{ticked > 0 && ` (${ticked + 1})`}</summary>
      <fieldset>
        <legend>Beside the method above, show</legend>
        {others.map(({ name, label }) => (
          <label key={name}>
            <input
              type="checkbox"
              checked={beside.includes(name)}
              onChange={({ currentTarget }) =>
                onChange({ beside: currentTarget.checked ? [...beside, name] : beside.filter((other) => other !== name) })
              }
            />
            {label}
          </label>
        ))}
      </fieldset>
    </details>
  );
}
