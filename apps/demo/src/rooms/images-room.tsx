import type { SettingName } from "@attr/core/catalogue";
import { type RgbaPixels, seenPixels } from "@attr/inputs";
import type { JSX } from "preact";
import { useEffect, useId, useMemo, useState } from "preact/hooks";
import { answersOrSaved, comparedReader } from "../compare/compared-answers.ts";
import { chosenMethods, questionsOf } from "../compare/compared-methods.ts";
import type { Folder } from "../files/model-folder.ts";
import { BaselineEditor } from "../inputs/baseline-editor.tsx";
import { drawingOf, drawingPixels } from "../inputs/drawing.ts";
import { DrawingField } from "../inputs/drawing-field.tsx";
import { MaskEditor } from "../inputs/mask-editor.tsx";
import { hasParts } from "../inputs/mask-settings.ts";
import { PixelPicture } from "../inputs/pixel-picture.tsx";
import { readPicture } from "../inputs/read-picture.ts";
import { ImageMethodFields } from "../methods/image-method-fields.tsx";
import { imageMethodList, imageMethodNamed } from "../methods/image-method-list.ts";
import { DropField } from "../page/drop-field.tsx";
import { Examples } from "../page/examples.tsx";
import { FolderField } from "../page/folder-field.tsx";
import { Opened } from "../page/opened.tsx";
import { Problem } from "../page/problem.tsx";
import type { RoomProps } from "../page/room-props.ts";
import { type RoomParts, useRoom } from "../page/use-room.ts";
import { WorkBar } from "../page/work-bar.tsx";
import { digitExamples } from "./digit-examples.ts";
import { ImageResult, readImageExplanation } from "./image-result.tsx";
import {
  type ImageAnswer,
  type ImageModelFacts,
  type ImageSettings,
  imageFromAddress,
  imageStart,
  imageToAddress,
} from "./images-settings.ts";

/** What any of the methods asked for can be given. */
function taken(settings: ImageSettings): readonly SettingName[] {
  return chosenMethods(settings, imageMethodList).flatMap((method) => method.settings);
}

const start: ImageSettings = { ...imageStart, drawing: digitExamples[3]?.drawing ?? new Uint8Array(784) };

const room: RoomParts<ImageSettings> = {
  name: "images",
  fromAddress: (parameters) => imageFromAddress(parameters, start),
  toAddress: imageToAddress,
  startWorker: () => new Worker(new URL("./images.worker.ts", import.meta.url), { type: "module" }),
  // A network of photographs takes its time: it is asked by a button.
  follows: ({ folder }) => folder === undefined,
  canAsk: (settings) => !taken(settings).includes("featureMask") || hasParts(settings.mask),
  questions: (settings) => questionsOf(settings, imageMethodList),
};

const readAnswers = comparedReader(readImageExplanation);

/** A picture, what a model sees in it, and what in the picture it goes by. */
export function ImagesRoom(props: RoomProps): JSX.Element {
  const { settings, change, ask, work, address } = useRoom<ImageSettings, ImageAnswer>(room, props);
  const { folder, drawing, picture } = settings;
  // The same at every progress: reading and drawing a result takes time.
  const explained = useMemo(
    () =>
      work.answers.flatMap(({ answer, ...rest }) =>
        answer.explanation === undefined ? [] : [{ ...rest, answer: answer.explanation }],
      ),
    [work.answers],
  );
  const [problem, setProblem] = useState("");
  const facts = useFacts(folder, work.answer?.model);
  useEffect(() => {
    // What cannot be asked is not left chosen.
    if (facts?.noGradient !== undefined && imageMethodNamed(settings.method).kind === "gradient")
      change({ method: "feature-ablation" });
  }, [facts]);
  const pixels = useMemo(() => (folder === undefined ? drawingPixels(drawing) : picture), [folder, drawing, picture]);

  const take = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    try {
      const read = await readPicture(file);
      setProblem("");
      if (folder === undefined) change({ drawing: drawingOf(read), target: -1 });
      else ask({ ...settings, picture: read, target: -1 });
    } catch (error) {
      setProblem(`${error instanceof Error ? error.message : String(error)}.`);
    }
  };
  usePaste((file) => void take(file));
  const open = (opened: Folder): void => {
    setProblem("");
    const others = {
      target: -1,
      layer: "",
      baseline: { kind: "neutral" },
      mask: { kind: "superpixels", count: 40 },
      window: 32,
    } as const;
    ask({ ...settings, ...others, folder: opened });
  };
  const ready = facts !== undefined && pixels !== undefined ? { facts, pixels } : undefined;
  const target = (index: number): void => {
    if (folder === undefined) change({ target: index });
    else ask({ ...settings, target: index });
  };
  return (
    <>
      <h1>What did the model see?</h1>
      <p class="lead">
        Draw a digit: the answer follows. Or drop a folder with a classifier of your own, and a picture for it.{" "}
        <span class="raises">Blue</span> raises the answer, <span class="lowers">orange</span> lowers it.
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (folder !== undefined) ask(settings);
        }}
      >
        <div class="side-by-side">
          {folder === undefined ? (
            <DrawingField
              drawing={drawing}
              onChange={(drawn) => {
                setProblem("");
                change({ drawing: drawn, target: -1 });
              }}
            />
          ) : (
            picture !== undefined && <OwnPicture picture={picture} facts={facts} />
          )}
          <div class="beside">
            {folder === undefined && (
              <Examples
                examples={digitExamples.map(({ name, drawing: drawn }) => ({ name, settings: { drawing: drawn, target: -1 } }))}
                start={settings}
                onChoose={(example) => {
                  setProblem("");
                  ask(example);
                }}
              />
            )}
            <DropField label="Drop or paste a picture, or choose:" accept="image/*" onFiles={([file]) => void take(file)} />
            <FolderField
              label={
                folder === undefined
                  ? "A classifier of your own: drop its folder (config.json, preprocessor_config.json, onnx/model.onnx), or choose:"
                  : `Classifier: ${folder.name}. Drop another folder, or choose:`
              }
              onFolder={open}
              onProblem={setProblem}
            />
            {folder !== undefined && (
              <div class="actions">
                <button type="button" onClick={() => ask({ ...start, drawing })}>
                  Back to drawing digits
                </button>
              </div>
            )}
          </div>
        </div>
        {problem !== "" && <Problem>{problem}</Problem>}
        <div class="row">
          <ImageMethodFields
            values={settings}
            layers={facts?.layers ?? []}
            gradients={facts?.noGradient === undefined}
            onChange={change}
          />
          {facts !== undefined && <ClassField facts={facts} target={settings.target} onTarget={target} />}
        </div>
        {ready !== undefined && <Editors {...ready} settings={settings} change={change} />}
        {folder !== undefined && (
          <div class="actions">
            <button type="submit" class="main" disabled={picture === undefined}>
              Explain
            </button>
            {facts?.noGradient !== undefined && (
              <small>
                The model cannot be differentiated by its picture ({facts.noGradient}): methods without gradients explain it.
              </small>
            )}
          </div>
        )}
      </form>
      <WorkBar work={work} />
      {folder !== undefined && picture === undefined && work.error === undefined && !work.running && (
        <p class="note">The classifier is open. Drop, paste or choose a picture for it.</p>
      )}
      <Opened
        explanation={work.answers.length > 0 && explained.length === 0 ? undefined : answersOrSaved(explained, props.saved)}
        read={readAnswers}
      >
        {(answers) => (
          <ImageResult
            answers={answers}
            unfinished={work.unfinished}
            onTarget={work.answer === undefined ? undefined : target}
            address={folder === undefined ? address : undefined}
          />
        )}
      </Opened>
    </>
  );
}

/** What is known of a model stays known while it is asked again. */
function useFacts(folder: Folder | undefined, told: ImageModelFacts | undefined): ImageModelFacts | undefined {
  const [known, setKnown] = useState<{ readonly of: Folder | undefined; readonly facts: ImageModelFacts }>();
  useEffect(() => {
    if (told !== undefined) setKnown({ of: folder, facts: told });
  }, [told]);
  return known?.of === folder ? known?.facts : undefined;
}

/** Takes pictures that are pasted anywhere into the page. */
function usePaste(take: (file: File) => void): void {
  useEffect(() => {
    const pasted = (event: ClipboardEvent): void => {
      const file = [...(event.clipboardData?.files ?? [])].find(({ type }) => type.startsWith("image/"));
      if (file === undefined) return;
      event.preventDefault();
      take(file);
    };
    document.addEventListener("paste", pasted);
    return () => document.removeEventListener("paste", pasted);
  }, [take]);
}

interface OwnPictureProps {
  readonly picture: RgbaPixels;
  readonly facts: ImageModelFacts | undefined;
}

/** What the model sees of the user's picture. */
function OwnPicture({ picture, facts }: OwnPictureProps): JSX.Element | null {
  const seen = useMemo(
    () => (facts === undefined ? undefined : seenPixels(picture, facts.preprocessing)),
    [picture, facts?.preprocessing],
  );
  if (seen === undefined) return null;
  return (
    <div class="field painted">
      <PixelPicture pixels={seen} label={`The picture as the model sees it, ${seen.width} by ${seen.height} pixels`} />
      <small>
        As the model sees it: {seen.width} × {seen.height} pixels of {picture.width} × {picture.height}
      </small>
    </div>
  );
}

interface ClassFieldProps {
  readonly facts: ImageModelFacts;
  readonly target: number;
  readonly onTarget: (index: number) => void;
}

/** The class to explain, by its name. */
function ClassField({ facts: { labels }, target, onTarget }: ClassFieldProps): JSX.Element {
  const id = useId();
  // A thousand names, the same at every progress of the work.
  const list = useMemo(
    () => (
      <datalist id={`${id}-labels`}>
        {labels.map((label) => (
          <option key={label} value={label} />
        ))}
      </datalist>
    ),
    [id, labels],
  );
  return (
    <div class="field">
      <label for={id}>Class to explain</label>
      <input
        id={id}
        type="text"
        list={`${id}-labels`}
        placeholder="the one it is surest of"
        value={target < 0 ? "" : (labels[target] ?? String(target))}
        spellcheck={false}
        autocomplete="off"
        onChange={({ currentTarget }) => {
          const name = currentTarget.value.trim();
          const index = labels.indexOf(name);
          if (name === "") onTarget(-1);
          else if (index >= 0) onTarget(index);
          else if (labels.length === 0 && /^\d+$/.test(name)) onTarget(Number(name));
          else currentTarget.value = target < 0 ? "" : (labels[target] ?? String(target));
        }}
      />
      {list}
    </div>
  );
}

interface EditorsProps {
  readonly facts: ImageModelFacts;
  readonly pixels: RgbaPixels;
  readonly settings: ImageSettings;
  readonly change: (values: Partial<ImageSettings>) => void;
}

/** What the method takes away, and what it puts there. */
function Editors({ facts, pixels, settings, change }: EditorsProps): JSX.Element | null {
  const takes = taken(settings);
  const seen = useMemo(() => seenPixels(pixels, facts.preprocessing), [pixels, facts.preprocessing]);
  const [masked, compared] = [takes.includes("featureMask"), takes.includes("baselines")];
  if (!masked && !compared) return null;
  return (
    <div class="editors">
      {masked && <MaskEditor pixels={seen} value={settings.mask} onChange={(mask) => change({ mask })} />}
      {compared && (
        <BaselineEditor
          pixels={pixels}
          preprocessing={facts.preprocessing}
          value={settings.baseline}
          onChange={(baseline) => change({ baseline })}
        />
      )}
    </div>
  );
}
