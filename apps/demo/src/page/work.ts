import { useEffect, useRef, useState } from "preact/hooks";
import type { WorkProgress } from "../worker/messages.ts";
import { StoppedError, WorkerClient } from "../worker/worker-client.ts";
import { TimeLeft } from "./time-left.ts";

/** A question among others that are asked one after another. */
export interface LabelledQuestion<Question> {
  /** What it is called where progress and answers are told apart: a method's name. */
  readonly label: string;
  readonly question: Question;
}

/** What a question has brought so far. */
export interface LabelledAnswer<Answer> {
  readonly label: string;
  readonly answer: Answer;
  /** How long the worker took; absent while it works on it. */
  readonly milliseconds?: number | undefined;
}

/** What a room's worker is doing. */
export interface Work<Question, Answer> {
  /** How often something was asked. */
  readonly asked: number;
  readonly running: boolean;
  readonly progress: (WorkProgress & { readonly secondsLeft?: number | undefined }) | undefined;
  /** The answers so far, in the order of the questions; of the one under way the best so far. Those of before stay until there is one. */
  readonly answers: readonly LabelledAnswer<Answer>[];
  /** The last of them. */
  readonly answer: Answer | undefined;
  /** Whether something is missing: it is still worked on, or the work was stopped. */
  readonly unfinished: boolean;
  readonly error: string | undefined;
  readonly stopped: boolean;
  /** Asks at once; work on earlier questions is stopped. */
  ask(question: Question): void;
  /** Asks several one after another, at once; what went wrong with one does not stop the others. */
  askAll(questions: readonly LabelledQuestion<Question>[]): void;
  /** Asks when the work under way is done; of what waits, the last is asked. */
  askNext(questions: readonly LabelledQuestion<Question>[]): void;
  stop(): void;
}

type State<Answer> = Omit<Work<never, Answer>, "ask" | "askAll" | "askNext" | "stop" | "answer">;

/** A room's worker, which lives as long as the room is shown. */
export function useWork<Question, Answer>(start: () => Worker): Work<Question, Answer> {
  const idle: State<Answer> = {
    asked: 0,
    running: false,
    progress: undefined,
    answers: [],
    unfinished: false,
    error: undefined,
    stopped: false,
  };
  const [state, setState] = useState(idle);
  const client = useRef<WorkerClient<Question, Answer>>(undefined);
  client.current ??= new WorkerClient(start);
  const latest = useRef(0);
  const running = useRef(false);
  const next = useRef<readonly LabelledQuestion<Question>[]>(undefined);
  const takeNext = (): readonly LabelledQuestion<Question>[] | undefined => {
    const waiting = next.current;
    next.current = undefined;
    return waiting;
  };
  const stop = (): void => {
    takeNext();
    client.current?.stop();
  };
  useEffect(() => stop, []);

  const askAll = async (questions: readonly LabelledQuestion<Question>[], keep: boolean): Promise<void> => {
    const mine = ++latest.current;
    const change = (values: Partial<State<Answer>>): void => {
      if (mine === latest.current) setState((before) => ({ ...before, ...values }));
    };
    if (running.current) client.current!.stop();
    running.current = true;
    takeNext();
    // What is shown stays until there is something better.
    setState(({ answers }) => ({
      ...idle,
      ...(keep && { answers }),
      asked: mine,
      running: true,
      progress: { doing: "Starting", done: 0, unit: "" },
    }));
    const answers: LabelledAnswer<Answer>[] = [];
    const wrong: string[] = [];
    let stopped = false;
    for (const [place, { label, question }] of questions.entries()) {
      const [which, whose] =
        questions.length === 1 ? ["", ""] : [`${label} (${place + 1} of ${questions.length}): `, `${label}: `];
      const timeLeft = new TimeLeft();
      try {
        const { answer, milliseconds } = await client.current!.ask(question, {
          onProgress: (progress) => {
            const secondsLeft = timeLeft.after(progress.done, progress.total, progress.unit);
            change({ progress: { ...progress, doing: which + progress.doing, secondsLeft } });
          },
          onPartial: (partial) => change({ answers: [...answers, { label, answer: partial }], unfinished: true }),
        });
        answers.push({ label, answer, milliseconds });
        change({ answers: [...answers], unfinished: place < questions.length - 1 });
      } catch (error) {
        if (error instanceof StoppedError) {
          stopped = true;
          break;
        }
        if (answers.length > 0) change({ answers: [...answers], unfinished: false });
        wrong.push(whose + (error instanceof Error ? error.message : String(error)));
      }
    }
    change({
      running: false,
      progress: undefined,
      stopped,
      ...(wrong.length > 0 && !stopped && { error: wrong.join(". ") }),
    });
    if (mine !== latest.current) return;
    running.current = false;
    const waiting = takeNext();
    if (waiting !== undefined) void askAll(waiting, true);
  };
  return {
    ...state,
    answer: state.answers.at(-1)?.answer,
    ask: (question) => void askAll([{ label: "", question }], false),
    askAll: (questions) => void askAll(questions, false),
    askNext: (questions) => {
      if (running.current) next.current = questions;
      else void askAll(questions, true);
    },
    stop,
  };
}
