import { AttributionResult } from "@attr/core";
import { type ImageDocument, type ImageOverlay, type ImageSign, imageDocument } from "@attr/viz";
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { type ComparedAnswer, comparedDocument, comparedJson, withSlopeUnit } from "../compare/compared-answers.ts";
import { ChoiceField } from "../page/fields.tsx";
import { ResultView } from "../page/result-view.tsx";
import type { ImageExplanation } from "./images-settings.ts";

/** An explanation as it is shown. */
export interface ImageExplanationRead extends Omit<ImageExplanation, "result"> {
  readonly saved: ImageExplanation;
  readonly result: AttributionResult | undefined;
}

/** An answer of the worker, or what a saved file held. @throws for what is none. */
export function readImageExplanation(value: unknown): ImageExplanationRead {
  if (!isExplanation(value)) throw new Error("it is no explanation of a picture");
  return { ...value, saved: value, result: value.result === undefined ? undefined : AttributionResult.fromJSON(value.result) };
}

/** Looks at what is read without being checked elsewhere: the result checks itself. */
function isExplanation(value: unknown): value is ImageExplanation {
  if (typeof value !== "object" || value === null) return false;
  const { schema, classes, target, picture } = value as Partial<ImageExplanation>;
  return (
    schema === "attr.image/1" &&
    Array.isArray(classes) &&
    [...classes, target].every((one) => typeof one?.label === "string" && typeof one.probability === "number") &&
    Array.isArray(picture?.data) &&
    picture.data.length === picture.width * picture.height * picture.channels
  );
}

const overlays = [
  { name: "blended", label: "Over the picture" },
  { name: "heat", label: "By themselves" },
  { name: "signed", label: "Over the picture, striped where they lower" },
  { name: "masked", label: "The picture where they are strong" },
  { name: "contour", label: "Lines of equal score" },
] as const satisfies readonly { name: ImageOverlay; label: string }[];

const signs = [
  { name: "all", label: "All, with their sign" },
  { name: "positive", label: "What raises" },
  { name: "negative", label: "What lowers" },
  { name: "absolute", label: "All, without their sign" },
] as const satisfies readonly { name: ImageSign; label: string }[];

const scalings = [
  { name: "nearest", label: "In squares" },
  { name: "smooth", label: "Evened out" },
] as const;

interface Props {
  /** Of one method, or of several. */
  readonly answers: readonly ComparedAnswer<ImageExplanationRead>[];
  readonly unfinished: boolean;
  /** Explains another class; absent where the model is not at hand. */
  readonly onTarget: ((index: number) => void) | undefined;
  readonly address: (() => string) | undefined;
}

/** What the model sees in a picture, and what in the picture speaks for one of the classes. */
export function ImageResult({ answers, unfinished, onTarget, address }: Props): JSX.Element {
  // The methods differ in what they score, not in what the model sees.
  const { classes, target } = answers[0]!.result;
  const scored = useMemo(() => answers.filter(({ result }) => result.result !== undefined), [answers]);
  const title = (
    <>
      The model sees <q>{classes[0]?.label ?? target.label}</q>
    </>
  );
  const table = <Classes classes={classes} target={target} onTarget={onTarget} />;
  if (scored.length === 0)
    return (
      <section class="result" aria-labelledby="result-title">
        <h2 id="result-title">{title}</h2>
        {table}
      </section>
    );
  return (
    <ScoredPicture answers={scored} title={title} unfinished={unfinished} address={address}>
      {table}
    </ScoredPicture>
  );
}

interface ScoredProps extends Omit<Props, "onTarget"> {
  readonly title: JSX.Element;
  readonly children: JSX.Element;
}

function ScoredPicture({ answers, title, unfinished, address, children }: ScoredProps): JSX.Element {
  // Over the white strokes of a drawing no colour is seen well; over a photograph scores say nothing by themselves.
  const [overlay, setOverlay] = useState<ImageOverlay>(answers[0]!.result.picture.width <= 64 ? "heat" : "blended");
  const [sign, setSign] = useState<ImageSign>("all");
  const [scaling, setScaling] = useState<"nearest" | "smooth">("nearest");
  const document = useMemo(
    () =>
      comparedDocument(answers, (explanation) => {
        const result = explanation.result!; // only those that have one are here
        return { document: documentOf(explanation, result, { overlay, sign, scaling }), cost: result.evaluations };
      }),
    [answers, overlay, sign, scaling],
  );
  return (
    <ResultView
      title={title}
      document={document}
      json={comparedJson("images", answers, ({ saved }) => saved)}
      unfinished={unfinished}
      address={address}
    >
      {children}
      <div class="row">
        <ChoiceField label="Scores are drawn" value={overlay} choices={overlays} onChange={setOverlay} />
        <ChoiceField label="Which scores" value={sign} choices={signs} onChange={setSign} />
        <ChoiceField label="Coarse scores" value={scaling} choices={scalings} onChange={setScaling} />
      </div>
    </ResultView>
  );
}

function documentOf(
  { target, unit, picture, layout, parts }: ImageExplanationRead,
  result: AttributionResult,
  view: Pick<ImageDocument, "overlay" | "sign" | "scaling">,
): ImageDocument {
  const explained = `the ${unit === "logits" ? "logit" : unit} of “${target.label}”`;
  const { width, height } = picture;
  const document = imageDocument(result, {
    title: `What ${explained} goes by`,
    explained,
    unit,
    layout,
    ...(parts !== undefined && {
      featureMask: { data: parts, shape: layout === "channels-first" ? [1, 1, height, width] : [1, height, width, 1] },
    }),
    ...view,
  });
  // A layer's map is coarser than the picture, and is drawn over it.
  return withSlopeUnit({ ...document, picture }, "unit of the input");
}

type ClassesProps = Pick<ImageExplanationRead, "classes" | "target"> & Pick<Props, "onTarget">;

function Classes({ classes, target, onTarget }: ClassesProps): JSX.Element {
  const listed = classes.some(({ index }) => index === target.index) ? classes : [...classes, target];
  return (
    <table class="bars classes">
      <caption>How sure the model is of each class. One of them is explained: choose another by its name.</caption>
      <tbody>
        {listed.map(({ index, label, probability }) => (
          <tr key={index}>
            <th scope="row">
              <button
                type="button"
                aria-pressed={index === target.index}
                disabled={onTarget === undefined}
                onClick={() => onTarget?.(index)}
              >
                {label}
              </button>
            </th>
            <td>{(100 * probability).toFixed(1)} %</td>
            <td class="bar" aria-hidden="true">
              <span style={{ width: `${100 * probability}%` }} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
