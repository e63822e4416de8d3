import type { ValueInfo } from "@attr/core";
import type { JSX } from "preact";
import { DropField } from "../page/drop-field.tsx";
import { ChoiceField, TextField } from "../page/fields.tsx";
import { type FeedSettings, fills, shapeText } from "./model-settings.ts";

interface Props {
  readonly input: ValueInfo;
  readonly feed: FeedSettings;
  readonly onChange: (feed: FeedSettings) => void;
}

/** What an input of the model is filled with. */
export function FeedFields({ input, feed, onChange }: Props): JSX.Element {
  const change = (values: Partial<FeedSettings>): void => onChange({ ...feed, ...values });
  const picture = feed.fill === "picture" || feed.fill === "picture-signed";
  return (
    <fieldset class="feed">
      <legend>
        {input.name} <small>{`${input.dtype ?? ""} ${shapeText(input)}`}</small>
      </legend>
      <div class="row">
        <TextField label="Shape" value={feed.shape} onChange={(shape) => change({ shape })} />
        <ChoiceField label="Filled with" value={feed.fill} choices={fills} onChange={(fill) => change({ fill })} />
      </div>
      {feed.fill === "numbers" && (
        <TextField label="Numbers, row by row" lines={3} value={feed.numbers} onChange={(numbers) => change({ numbers })} />
      )}
      {picture && (
        <DropField
          label={feed.picture === undefined ? "Drop a picture" : `Picture: ${feed.picture.name}. Drop another`}
          accept="image/*"
          onFiles={([file]) => change({ picture: file })}
        />
      )}
    </fieldset>
  );
}
