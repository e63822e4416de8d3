import type { RgbaPixels } from "@attr/inputs";
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { ChoiceField, NumberField } from "../page/fields.tsx";
import { strokeOver } from "./brush.ts";
import { type MaskSettings, segmentsOf } from "./mask-settings.ts";
import { PaintCanvas } from "./paint-canvas.tsx";
import { PixelPicture } from "./pixel-picture.tsx";

interface Props {
  /** The picture as the model sees it. */
  readonly pixels: RgbaPixels;
  readonly value: MaskSettings;
  readonly onChange: (value: MaskSettings) => void;
}

const kinds = [
  { name: "grid", label: "A grid" },
  { name: "superpixels", label: "Superpixels: parts of like colour" },
  { name: "painted", label: "Parts painted by hand" },
] as const satisfies readonly { name: MaskSettings["kind"]; label: string }[];

/** How a picture is cut into the parts that are taken away together: chosen or painted, and shown as outlines over it. */
export function MaskEditor({ pixels, value, onChange }: Props): JSX.Element {
  const segments = useMemo(() => segmentsOf(value, pixels), [value, pixels]);
  const { width, height } = pixels;
  const choose = (kind: MaskSettings["kind"]): void => {
    if (kind === "grid") onChange({ kind, across: 7, down: 7 });
    else if (kind === "superpixels") onChange({ kind, count: 40 });
    else onChange({ kind, width, height, labels: new Uint8Array(width * height) });
  };
  return (
    <fieldset class="feed editor">
      <legend>Parts</legend>
      <div class="fields">
        <ChoiceField label="What is taken away together" value={value.kind} choices={kinds} onChange={choose}>
          <small>{segments.count < 2 ? "One part so far: paint some of the picture" : `${segments.count} parts`}</small>
        </ChoiceField>
        {value.kind === "grid" && (
          <>
            <NumberField label="Across" value={value.across} most={64} onChange={(across) => onChange({ ...value, across })} />
            <NumberField label="Down" value={value.down} most={64} onChange={(down) => onChange({ ...value, down })} />
          </>
        )}
        {value.kind === "superpixels" && (
          <NumberField
            label="About how many"
            value={value.count}
            most={400}
            onChange={(count) => onChange({ ...value, count })}
          />
        )}
      </div>
      {value.kind === "painted" ? (
        <PaintedParts pixels={pixels} value={value} onChange={onChange} />
      ) : (
        <PixelPicture pixels={pixels} segments={segments} label={`The picture, cut into ${segments.count} parts`} />
      )}
    </fieldset>
  );
}

type Painted = Extract<MaskSettings, { readonly kind: "painted" }>;

/** Colours of painted parts, which their numbers repeat in words. */
const tints: readonly (readonly [number, number, number])[] = [
  [230, 159, 0],
  [86, 180, 233],
  [0, 158, 115],
  [240, 228, 66],
  [0, 114, 178],
  [213, 94, 0],
  [204, 121, 167],
  [180, 180, 180],
];
const partNumbers = tints.map((_, index) => ({ name: String(index + 1), label: `Part ${index + 1}` }));

interface PaintedProps {
  readonly pixels: RgbaPixels;
  readonly value: Painted;
  readonly onChange: (value: Painted) => void;
}

function PaintedParts({ pixels, value, onChange }: PaintedProps): JSX.Element {
  const { width, height } = pixels;
  const fits = value.width === width && value.height === height;
  const labels = useMemo(() => (fits ? value.labels : new Uint8Array(width * height)), [value, pixels]);
  const [part, setPart] = useState("1");
  const [brush, setBrush] = useState(Math.max(2, Math.round(width / 12)));
  const shown = useMemo(() => tinted(pixels, labels), [pixels, labels]);
  const segments = useMemo(() => segmentsOf({ kind: "painted", width, height, labels }, pixels), [pixels, labels]);
  return (
    <div class="painted">
      <div class="row">
        <ChoiceField label="Paint" value={part} choices={partNumbers} onChange={setPart} />
        <NumberField label="Brush, in pixels" value={brush} most={Math.max(2, width >> 1)} onChange={setBrush} />
      </div>
      <PaintCanvas
        label={`Parts of the picture, ${width} by ${height} pixels`}
        pixels={shown}
        segments={segments}
        step={Math.max(1, brush >> 1)}
        onStroke={(from, to, erases) => {
          const label = erases ? 0 : Number(part);
          const painted = strokeOver(labels, width, height, { from, to, radius: Math.max(0.8, brush / 2) }, () => label);
          onChange({ kind: "painted", width, height, labels: painted });
        }}
        describe={(x, y) => {
          const label = labels[y * width + x]!;
          return label === 0 ? "not painted" : `part ${label}`;
        }}
      />
      <div class="actions">
        <button
          type="button"
          onClick={() => onChange({ kind: "painted", width, height, labels: new Uint8Array(width * height) })}
        >
          Clear the parts
        </button>
      </div>
    </div>
  );
}

/** The picture in grey, what was painted in the colours of the parts. */
function tinted({ width, height, data }: RgbaPixels, labels: Uint8Array): RgbaPixels {
  const colors = new Uint8ClampedArray(4 * width * height);
  for (let i = 0; i < labels.length; i++) {
    const grey = 0.299 * data[4 * i]! + 0.587 * data[4 * i + 1]! + 0.114 * data[4 * i + 2]!;
    const tint = labels[i] === 0 ? undefined : tints[(labels[i]! - 1) % tints.length];
    for (let color = 0; color < 3; color++) colors[4 * i + color] = tint === undefined ? grey : 0.4 * grey + 0.6 * tint[color]!;
    colors[4 * i + 3] = 255;
  }
  return { width, height, data: colors };
}
