import type { JSX } from "preact";
import { ChoiceField, NumberField } from "../page/fields.tsx";
import type { ListedMethod } from "./method-list.ts";

interface Values<Name extends string> {
  readonly method: Name;
  readonly samples: number;
  readonly steps: number;
}

interface Props<Name extends string> {
  /** On offer in this room. */
  readonly methods: readonly (ListedMethod & { readonly name: Name })[];
  readonly values: Values<Name>;
  readonly onChange: (change: Partial<Values<Name>>) => void;
}

/** The choice of a method, and the settings that it has. */
export function MethodFields<Name extends string>({ methods, values, onChange }: Props<Name>): JSX.Element {
  const { settings = [], says = "" } = methods.find(({ name }) => name === values.method) ?? {};
  return (
    <>
      <ChoiceField label="Method" value={values.method} choices={methods} onChange={(method) => onChange({ method })}>
        <small>{says}</small>
      </ChoiceField>
      {settings.includes("samples") && (
        <NumberField label="Samples" value={values.samples} most={10_000} onChange={(samples) => onChange({ samples })} />
      )}
      {settings.includes("steps") && (
        <NumberField label="Steps" value={values.steps} most={1000} onChange={(steps) => onChange({ steps })} />
      )}
    </>
  );
}
