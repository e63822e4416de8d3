import { useEffect, useRef, useState } from "preact/hooks";
import { showPlace } from "./address.ts";
import type { RoomProps } from "./room-props.ts";
import { type LabelledQuestion, useWork, type Work } from "./work.ts";

/** What a room is made of. Its functions must be the same at every call. */
export interface RoomParts<Settings, Question = Settings> {
  /** Its place in the address. */
  readonly name: string;
  /** What an address says; what it does not say is as at the start. */
  readonly fromAddress: (parameters: URLSearchParams) => Settings;
  readonly toAddress: (settings: Settings) => URLSearchParams;
  /** Starts its worker, which answers questions. */
  readonly startWorker: () => Worker;
  /** What is asked one after another: the settings by every method that was ticked. @defaultValue the settings alone */
  readonly questions?: ((settings: Settings) => readonly LabelledQuestion<Question>[]) | undefined;
  /** Whether settings can be asked at all, in a room that {@link follows}: a field that is being filled in is not. @defaultValue all can */
  readonly canAsk?: ((settings: Settings) => boolean) | undefined;
  /** Whether every change is asked after a pause in typing, without a button; it may hang on the settings. @defaultValue false */
  readonly follows?: boolean | ((settings: Settings) => boolean) | undefined;
  /** How long a pause is taken for the end of a change, in milliseconds. @defaultValue 350, the pause of one who types */
  readonly pause?: number | undefined;
}

/** The question of a room and the work on it. */
export interface RoomState<Settings, Answer, Question = Settings> {
  readonly settings: Settings;
  readonly work: Work<Question, Answer>;
  /** Changes some settings, without asking in a room that does not follow. */
  change(values: Partial<Settings>): void;
  /** Sets all settings, asks, and writes the question into the address. */
  ask(settings: Settings): void;
  /** Whether the settings cannot be asked as they are: what is shown is of settings before them. */
  readonly incomplete: boolean;
  /** The address of what is shown; absent where it was opened from a file. */
  readonly address: (() => string) | undefined;
}

function alone<Settings, Question>(settings: Settings): readonly LabelledQuestion<Question>[] {
  // A room whose questions are others than its settings says how they are made.
  return [{ label: "", question: settings as unknown as Question }];
}

/**
 * The settings, the worker and the address of a room. Who comes in sees the answer to what the address asks, not an empty form, unless a
 * saved result is shown.
 */
export function useRoom<Settings extends object, Answer, Question = Settings>(
  {
    name,
    fromAddress,
    toAddress,
    startWorker,
    questions = alone,
    canAsk,
    follows = false,
    pause = 350,
  }: RoomParts<Settings, Question>,
  { parameters, saved }: RoomProps,
): RoomState<Settings, Answer, Question> {
  const [settings, setSettings] = useState(() => fromAddress(parameters));
  const work = useWork<Question, Answer>(startWorker);
  const following = (asked: Settings): boolean => (typeof follows === "function" ? follows(asked) : follows);
  const entered = useRef(false);
  useEffect(() => {
    if (!entered.current) {
      entered.current = true;
      if (saved === undefined && canAsk?.(settings) !== false) work.askAll(questions(settings));
      return undefined;
    }
    if (!following(settings) || canAsk?.(settings) === false) return undefined;
    const waiting = setTimeout(() => {
      showPlace(name, toAddress(settings));
      work.askNext(questions(settings));
    }, pause);
    return () => clearTimeout(waiting);
  }, [following(settings) ? settings : undefined]);
  return {
    settings,
    work,
    incomplete: following(settings) && canAsk?.(settings) === false,
    change: (values) => setSettings((before) => ({ ...before, ...values })),
    ask: (asked) => {
      setSettings(asked);
      if (following(asked)) return;
      showPlace(name, toAddress(asked));
      work.askAll(questions(asked));
    },
    address: work.answer === undefined ? undefined : () => location.href,
  };
}
