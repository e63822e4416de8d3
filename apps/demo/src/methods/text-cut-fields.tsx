import type { JSX } from "preact";
import { ChoiceField } from "../page/fields.tsx";
import { type Absent, absences } from "./text-settings.ts";
import { type TextUnit, textUnits } from "./text-units.ts";

interface Values {
  readonly by: TextUnit;
  readonly absent: Absent;
}

interface Props {
  readonly values: Values;
  readonly onChange: (change: Partial<Values>) => void;
}

/** How a text is cut into pieces, and what stands for a piece that is taken away. An absent token is always masked. */
export function TextCutFields({ values, onChange }: Props): JSX.Element {
  return (
    <>
      <ChoiceField label="Pieces" value={values.by} choices={textUnits} onChange={(by) => onChange({ by })} />
      {values.by !== "token" && (
        <ChoiceField
          label="In place of a missing piece"
          value={values.absent}
          choices={absences}
          onChange={(absent) => onChange({ absent })}
        />
      )}
    </>
  );
}
