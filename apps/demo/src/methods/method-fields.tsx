import type { JSX } from "preact";
import { ChoiceField, NumberField } from "../page/fields.tsx";
import { type ListedMethod, type MethodName, methodNamed } from "./method-list.ts";

interface Values {
  readonly method: MethodName;
  readonly samples: number;
  readonly steps: number;
}

interface Props {
  readonly methods: readonly (ListedMethod & { readonly name: MethodName })[];
  readonly values: Values;
  readonly onChange: (change: Partial<Values>) => void;
}

/** The choice of a method, and the settings that it has. */
export function MethodFields({ methods, values, onChange }: Props): JSX.Element {
  const { settings, says } = methodNamed(values.method);
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
