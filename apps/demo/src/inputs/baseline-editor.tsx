import { type ImageBaseline, type ImagePreprocessing, imageBaseline, type RgbaPixels, tensorPixels } from "@attr/inputs";
import type { JSX } from "preact";
import { useId, useMemo } from "preact/hooks";
import { ChoiceField, NumberField } from "../page/fields.tsx";
import { colorIn, colorText } from "./baseline-text.ts";
import { PixelPicture } from "./pixel-picture.tsx";

interface Props {
  /** The picture that is explained, as it was given. */
  readonly pixels: RgbaPixels;
  readonly preprocessing: ImagePreprocessing;
  readonly value: ImageBaseline;
  readonly onChange: (value: ImageBaseline) => void;
}

const kinds = [
  { name: "black", label: "Black" },
  { name: "white", label: "White" },
  { name: "mean", label: "The picture's mean colour" },
  { name: "neutral", label: "The model's zero (its training's mean)" },
  { name: "color", label: "A colour of my own" },
  { name: "blurred", label: "The picture, blurred" },
] as const satisfies readonly { name: ImageBaseline["kind"]; label: string }[];

/** What stands for what is taken away from a picture: chosen, and shown as the model is fed it. */
export function BaselineEditor({ pixels, preprocessing, value, onChange }: Props): JSX.Element {
  const id = useId();
  const shown = useMemo(
    () => tensorPixels(imageBaseline(pixels, preprocessing, value), preprocessing),
    [pixels, preprocessing, value],
  );
  const choose = (kind: ImageBaseline["kind"]): void => {
    if (kind === "color") onChange({ kind, color: [128, 128, 128] });
    else if (kind === "blurred") onChange({ kind, radius: Math.max(2, Math.round(shown.width / 16)) });
    else onChange({ kind });
  };
  return (
    <fieldset class="feed editor">
      <legend>Baseline</legend>
      <div class="fields">
        <ChoiceField label="In place of what is absent" value={value.kind} choices={kinds} onChange={choose} />
        {value.kind === "color" && (
          <div class="field narrow">
            <label for={id}>Colour</label>
            <input
              id={id}
              type="color"
              value={colorText(value.color)}
              onInput={({ currentTarget }) => onChange({ kind: "color", color: colorIn(currentTarget.value) })}
            />
          </div>
        )}
        {value.kind === "blurred" && (
          <NumberField
            label="Radius in pixels"
            value={value.radius}
            most={100}
            onChange={(radius) => onChange({ kind: "blurred", radius })}
          />
        )}
      </div>
      <PixelPicture
        pixels={shown}
        label={`The baseline: ${kinds.find(({ name }) => name === value.kind)!.label.toLowerCase()}`}
      />
    </fieldset>
  );
}
