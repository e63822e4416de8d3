import type { JSX } from "preact";
import { BesideField } from "../compare/beside-field.tsx";
import { type ComparedSettings, chosenMethods } from "../compare/compared-methods.ts";
import { ChoiceField, NumberField } from "../page/fields.tsx";
import type { ListedMethod } from "./listed-method.ts";

interface Values<Name extends string> extends ComparedSettings<Name> {
  readonly samples: number;
  readonly steps: number;
}

interface Props<Name extends string> {
  /** On offer in this room. */
  readonly methods: readonly ListedMethod<Name>[];
  readonly values: Values<Name>;
  readonly onChange: (change: Partial<Values<Name>>) => void;
}

/** The choice of a method and of those beside it, and the settings that any of them has. */
export function MethodFields<Name extends string>({ methods, values, onChange }: Props<Name>): JSX.Element {
  const chosen = chosenMethods(values, methods);
  const has = (setting: "samples" | "steps"): boolean => chosen.some(({ settings }) => settings.includes(setting));
  return (
    <>
      <ChoiceField label="Method" value={values.method} choices={methods} onChange={(method) => onChange({ method })}>
        <small>{chosen[0]?.says}</small>
      </ChoiceField>
      {has("samples") && (
        <NumberField label="Samples" value={values.samples} most={10_000} onChange={(samples) => onChange({ samples })} />
      )}
      {has("steps") && <NumberField label="Steps" value={values.steps} most={1000} onChange={(steps) => onChange({ steps })} />}
      <BesideField methods={methods} values={values} onChange={onChange} />
    </>
  );
}
