import { type Drawing, drawingSide } from "../inputs/drawing.ts";
import { unpackBytes } from "../inputs/packed-bytes.ts";

/** A digit that somebody wrote, which the model was not trained on. */
export interface DigitExample {
  readonly name: string;
  readonly drawing: Drawing;
}

/** What the build writes: see scripts/write-models.ts. */
interface WrittenExample {
  readonly label: number;
  /** What the model takes it for. */
  readonly answer: number;
  readonly drawing: string;
}

const files = import.meta.glob<readonly WrittenExample[]>("../../generated/digits/examples.json", {
  import: "default",
  eager: true,
});

/** Written digits to start from, some of which the model takes for others. */
export const digitExamples: readonly DigitExample[] = Object.values(files)
  .flat()
  .map(({ label, answer, drawing }) => ({
    name: answer === label ? `A ${label}` : `A ${label} it takes for ${answer === 8 ? "an" : "a"} ${answer}`,
    drawing: unpackBytes(drawing, drawingSide * drawingSide) ?? new Uint8Array(drawingSide * drawingSide),
  }));
