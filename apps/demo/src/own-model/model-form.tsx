import type { JSX } from "preact";
import { ChoiceField } from "../page/fields.tsx";
import { FeedFields } from "../rooms/feed-fields.tsx";
import { feedAtStart, type ModelSettings } from "../rooms/model-settings.ts";
import { MethodOptions } from "./method-options.tsx";
import { methodSettingsAtStart } from "./method-settings.ts";
import type { ModelReport } from "./model-report.ts";
import { SuggestField } from "./suggest-field.tsx";

interface Props {
  readonly report: ModelReport;
  readonly settings: ModelSettings;
  readonly onChange: (settings: ModelSettings) => void;
  readonly onExplain: () => void;
}

/** What is asked of a model at the start: its first output, at the first input or layer that has a gradient. */
export function settingsAtStart({ inputs, outputs, gradient }: ModelReport): ModelSettings {
  const differentiable = gradient.inputs.find((one) => one.gradient);
  const first = differentiable ?? gradient.inputs.find(({ nearest }) => nearest !== undefined);
  const layer = differentiable === undefined ? (first?.nearest ?? "") : "";
  return {
    ...methodSettingsAtStart,
    feeds: Object.fromEntries(inputs.map((info) => [info.name, feedAtStart(info)])),
    input: first?.input ?? inputs[0]?.name ?? "",
    layer,
    output: outputs[0]?.name ?? "",
    target: "",
    method: first === undefined ? "feature-ablation" : "integrated-gradients",
  };
}

/** What the model reads, what is explained and by which method. */
export function ModelForm({ report, settings, onChange, onExplain }: Props): JSX.Element {
  const change = (values: Partial<ModelSettings>): void => onChange({ ...settings, ...values });
  const named = ({ name }: { readonly name: string }): { name: string; label: string } => ({ name, label: name });
  const { labels = [] } = report;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onExplain();
      }}
    >
      <h3>What it reads</h3>
      {report.inputs.map((input) => (
        <FeedFields
          key={input.name}
          input={input}
          feed={settings.feeds[input.name]!}
          onChange={(feed) => change({ feeds: { ...settings.feeds, [input.name]: feed } })}
        />
      ))}
      <h3>What is explained, and by what</h3>
      <div class="row">
        <ChoiceField
          label="Output"
          value={settings.output}
          choices={report.outputs.map(named)}
          onChange={(output) => change({ output })}
        />
        <SuggestField
          label={labels.length > 0 ? "Target (a label, or an index)" : "Target (an index for every axis behind the first)"}
          placeholder="where the output is highest"
          value={settings.target}
          suggestions={labels}
          onChange={(target) => change({ target })}
        />
      </div>
      <div class="row">
        <ChoiceField
          label="Attributed to the input"
          value={settings.input}
          choices={report.inputs.map(named)}
          onChange={(input) => change({ input })}
        />
        <SuggestField
          mark="layer"
          label="Or to a layer computed from it"
          placeholder="none: the input itself"
          value={settings.layer}
          suggestions={report.inner.map(({ name }) => name)}
          onChange={(layer) => change({ layer })}
        />
      </div>
      <MethodOptions values={settings} onChange={change} />
      <div class="actions">
        <button type="submit" class="main">
          Explain
        </button>
      </div>
    </form>
  );
}
