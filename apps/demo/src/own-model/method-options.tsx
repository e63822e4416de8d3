import type { JSX } from "preact";
import { chosenMethods } from "../compare/compared-methods.ts";
import { MethodFields } from "../methods/method-fields.tsx";
import { ChoiceField, NumberField, TextField } from "../page/fields.tsx";
import { baselines, groupings, type MethodSettings, noises } from "./method-settings.ts";
import { modelMethods } from "./model-methods.ts";

interface Props {
  readonly values: MethodSettings;
  readonly onChange: (change: Partial<MethodSettings>) => void;
}

/** The choice of a method and of what it can be asked: what stands for absent elements, which go together, and noise. */
export function MethodOptions({ values, onChange }: Props): JSX.Element {
  const chosen = chosenMethods(values, modelMethods);
  const baselined = chosen.filter(({ baseline }) => baseline !== undefined);
  return (
    <>
      <div class="row">
        <MethodFields methods={modelMethods} values={values} onChange={onChange} />
      </div>
      {chosen.some(({ name }) => name === "occlusion") && (
        <div class="row">
          <TextField
            label="Window (a size for every axis behind the first)"
            placeholder="a fifth of every long axis"
            value={values.window}
            onChange={(window) => onChange({ window })}
          />
          <TextField
            label="Step from window to window"
            placeholder="half a window"
            value={values.strides}
            onChange={(strides) => onChange({ strides })}
          />
        </div>
      )}
      {baselined.length > 0 && (
        <BaselineFields many={baselined.every(({ baseline }) => baseline === "rows")} values={values} onChange={onChange} />
      )}
      {chosen.some(({ groups }) => groups) && <GroupingFields values={values} onChange={onChange} />}
      {chosen.some(({ noise }) => noise) && <NoiseFields values={values} onChange={onChange} />}
    </>
  );
}

function BaselineFields({ many, values, onChange }: Props & { readonly many: boolean }): JSX.Element {
  const offered = baselines.filter(({ name }) => many || name !== "draws");
  return (
    <div class="row">
      <ChoiceField
        label={many ? "Compared with (one row, or many)" : "Compared with"}
        value={offered.some(({ name }) => name === values.baseline) ? values.baseline : "zeros"}
        choices={offered}
        onChange={(baseline) => onChange({ baseline })}
      />
      {values.baseline === "number" && (
        <TextField
          label="That number"
          value={values.baselineNumber}
          onChange={(baselineNumber) => onChange({ baselineNumber })}
        />
      )}
      {values.baseline === "numbers" && (
        <TextField
          label="Numbers of the baseline, row by row"
          lines={3}
          value={values.baselineNumbers}
          onChange={(baselineNumbers) => onChange({ baselineNumbers })}
        />
      )}
      {many && values.baseline === "draws" && (
        <NumberField label="Rows" value={values.draws} most={1000} onChange={(draws) => onChange({ draws })} />
      )}
    </div>
  );
}

function GroupingFields({ values, onChange }: Props): JSX.Element {
  return (
    <div class="row">
      <ChoiceField
        label="Taken away together"
        value={values.grouping}
        choices={groupings}
        onChange={(grouping) => onChange({ grouping })}
      />
      {values.grouping === "squares" && (
        <NumberField label="Pixels a side" value={values.square} most={1000} onChange={(square) => onChange({ square })} />
      )}
      {values.grouping === "numbers" && (
        <TextField
          label="Group of every element, row by row"
          lines={3}
          value={values.groupNumbers}
          onChange={(groupNumbers) => onChange({ groupNumbers })}
        />
      )}
    </div>
  );
}

function NoiseFields({ values, onChange }: Props): JSX.Element {
  return (
    <div class="row">
      <ChoiceField label="Noise" value={values.noise} choices={noises} onChange={(noise) => onChange({ noise })} />
      {values.noise !== "none" && (
        <>
          <NumberField
            label="Noisy copies"
            value={values.noiseSamples}
            most={1000}
            onChange={(noiseSamples) => onChange({ noiseSamples })}
          />
          <TextField
            label="Standard deviation, in the input's unit"
            value={values.deviation}
            onChange={(deviation) => onChange({ deviation })}
          />
        </>
      )}
    </div>
  );
}
