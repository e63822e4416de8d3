import type { SettingName } from "@attr/core/catalogue";
import type { JSX } from "preact";
import { BesideField } from "../compare/beside-field.tsx";
import { type ComparedSettings, chosenMethods } from "../compare/compared-methods.ts";
import { ChoiceField, NumberField } from "../page/fields.tsx";
import { type ImageMethodName, imageMethodList, imageMethodNamed, samplesAtStart } from "./image-method-list.ts";

interface Values extends ComparedSettings<ImageMethodName> {
  readonly samples: number;
  readonly steps: number;
  readonly window: number;
  readonly noise: number;
  /** Empty: the last one. */
  readonly layer: string;
}

interface Props {
  readonly values: Values;
  /** The layers of the model that have maps. */
  readonly layers: readonly string[];
  /** Whether the model has gradients. */
  readonly gradients: boolean;
  readonly onChange: (change: Partial<Values>) => void;
}

/** The choice of a method for pictures, and the settings that it has. */
export function ImageMethodFields({ values, layers, gradients, onChange }: Props): JSX.Element {
  const { says, kind } = imageMethodNamed(values.method);
  const chosen = chosenMethods(values, imageMethodList);
  const has = (setting: SettingName): boolean => chosen.some(({ settings }) => settings.includes(setting));
  // What is enough for one method is too little or too long for another.
  const choose = (method: ImageMethodName): void => onChange({ method, samples: samplesAtStart(method) });
  const offered = imageMethodList.filter((method) => {
    const possible = (gradients || method.kind === "perturbation") && (layers.length > 0 || !method.settings.includes("layer"));
    return possible || method.name === values.method;
  });
  return (
    <>
      <ChoiceField label="Method" value={values.method} choices={offered} onChange={choose}>
        <small>{kind === "gradient" && !gradients ? "This model has no gradients: choose another method." : says}</small>
      </ChoiceField>
      {has("samples") && (
        <NumberField label="Samples" value={values.samples} most={10_000} onChange={(samples) => onChange({ samples })} />
      )}
      {has("steps") && <NumberField label="Steps" value={values.steps} most={1000} onChange={(steps) => onChange({ steps })} />}
      {has("window") && (
        <NumberField label="Window, in pixels" value={values.window} most={256} onChange={(window) => onChange({ window })} />
      )}
      {chosen.some(({ name }) => name === "smooth-grad") && (
        <NumberField label="Noise, in percent" value={values.noise} most={100} onChange={(noise) => onChange({ noise })} />
      )}
      {has("layer") && (
        <ChoiceField
          label="Layer"
          value={values.layer === "" ? (layers.at(-1) ?? "") : values.layer}
          choices={layers.map((name) => ({ name, label: name }))}
          onChange={(layer) => onChange({ layer })}
        />
      )}
      <BesideField methods={offered} values={values} onChange={onChange} />
    </>
  );
}
