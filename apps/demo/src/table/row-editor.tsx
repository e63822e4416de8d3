import type { ColumnGroup } from "@attr/inputs";
import { featureValue } from "@attr/viz";
import type { JSX } from "preact";
import { useId, useMemo } from "preact/hooks";
import { type FeatureRange, featureRanges } from "./feature-ranges.ts";
import type { ModelTable } from "./model-table.ts";

interface Props {
  readonly table: ModelTable;
  /** A number a column, as the model takes them. */
  readonly values: readonly number[];
  readonly onChange: (values: readonly number[]) => void;
}

/** The numbers of a row, to move: a slider and a field for each, and a choice of its category where it has one. */
export function RowEditor({ table, values, onChange }: Props): JSX.Element {
  const ranges = useMemo(() => featureRanges(table), [table]);
  return (
    <div class="features">
      {table.groups.groups.map((group) =>
        group.categories === undefined ? (
          <NumberFeature
            key={group.name}
            name={group.name}
            unit={table.units[group.name]}
            value={values[group.columns[0]!]!}
            range={ranges[group.columns[0]!]!}
            onChange={(value) => onChange(values.with(group.columns[0]!, value))}
          />
        ) : (
          <CategoryFeature key={group.name} group={group} values={values} onChange={onChange} />
        ),
      )}
    </div>
  );
}

/** What a feature is called where people read it: "body mass g" for `body_mass_g`. */
export function spoken(name: string): string {
  return name.replaceAll("_", " ");
}

interface NumberProps {
  readonly name: string;
  readonly unit: string | undefined;
  readonly value: number;
  readonly range: FeatureRange;
  readonly onChange: (value: number) => void;
}

function NumberFeature({ name, unit, value, range, onChange }: NumberProps): JSX.Element {
  const id = useId();
  const shown = Number(value.toPrecision(7));
  const take = (number: number): void => {
    if (Number.isFinite(number)) onChange(number);
  };
  const measured = unit === undefined || name.endsWith(`_${unit}`) ? "" : ` (${unit})`;
  return (
    <div class="feature">
      <label for={id}>
        {spoken(name)}
        {measured}
      </label>
      <input
        type="range"
        aria-label={`${spoken(name)}, slider`}
        min={Math.min(range.low, shown)}
        max={Math.max(range.high, shown)}
        step={range.step}
        value={shown}
        onInput={({ currentTarget }) => take(currentTarget.valueAsNumber)}
      />
      <input id={id} type="number" step="any" value={shown} onInput={({ currentTarget }) => take(currentTarget.valueAsNumber)} />
    </div>
  );
}

interface CategoryProps {
  readonly group: ColumnGroup;
  readonly values: readonly number[];
  readonly onChange: (values: readonly number[]) => void;
}

function CategoryFeature({ group, values, onChange }: CategoryProps): JSX.Element {
  const id = useId();
  const { name, columns, categories = [] } = group;
  const choose = (category: string): void =>
    onChange(values.map((value, at) => (columns.includes(at) ? Number(categories[columns.indexOf(at)] === category) : value)));
  return (
    <div class="feature">
      <label for={id}>{spoken(name)}</label>
      <select id={id} value={featureValue(group, values)} onChange={({ currentTarget }) => choose(currentTarget.value)}>
        {categories.map((category) => (
          <option key={category} value={category}>
            {category}
          </option>
        ))}
        <option value="unknown">unknown</option>
      </select>
    </div>
  );
}
