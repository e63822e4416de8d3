import { useEffect, useRef, useState } from "preact/hooks";
import type { WorkProgress } from "../worker/messages.ts";
import { StoppedError, WorkerClient } from "../worker/worker-client.ts";
import { TimeLeft } from "./time-left.ts";

/** What a room's worker is doing. */
export interface Work<Question, Answer> {
  /** How many questions were asked. */
  readonly asked: number;
  readonly running: boolean;
  readonly progress: (WorkProgress & { readonly secondsLeft?: number | undefined }) | undefined;
  /** The last answer, or the best so far of the one under way. */
  readonly answer: Answer | undefined;
  /** Whether the answer is the best so far only: it is still worked on, or the work was stopped. */
  readonly unfinished: boolean;
  readonly error: string | undefined;
  readonly stopped: boolean;
  /** Asks at once; work on an earlier question is stopped. */
  ask(question: Question): void;
  /** Asks when the work under way is done; of several questions that wait, the last is asked. */
  askNext(question: Question): void;
  stop(): void;
}

type State<Answer> = Omit<Work<never, Answer>, "ask" | "askNext" | "stop">;

/** A room's worker, which lives as long as the room is shown. */
export function useWork<Question, Answer>(start: () => Worker): Work<Question, Answer> {
  const idle: State<Answer> = {
    asked: 0,
    running: false,
    progress: undefined,
    answer: undefined,
    unfinished: false,
    error: undefined,
    stopped: false,
  };
  const [state, setState] = useState(idle);
  const client = useRef<WorkerClient<Question, Answer>>(undefined);
  client.current ??= new WorkerClient(start);
  const latest = useRef(0);
  const running = useRef(false);
  const next = useRef<{ readonly question: Question }>(undefined);
  const takeNext = (): { readonly question: Question } | undefined => {
    const waiting = next.current;
    next.current = undefined;
    return waiting;
  };
  const stop = (): void => {
    takeNext();
    client.current?.stop();
  };
  useEffect(() => stop, []);

  const ask = async (question: Question, keep: boolean): Promise<void> => {
    const mine = ++latest.current;
    const change = (next: (before: State<Answer>) => State<Answer>): void => {
      if (mine === latest.current) setState(next);
    };
    if (running.current) client.current!.stop();
    running.current = true;
    takeNext();
    // What is shown stays until there is something better.
    setState(({ answer }) => ({
      ...idle,
      ...(keep && { answer }),
      asked: mine,
      running: true,
      progress: { doing: "Starting", done: 0, unit: "" },
    }));
    const timeLeft = new TimeLeft();
    try {
      const answer = await client.current!.ask(question, {
        onProgress: (progress) => {
          const secondsLeft = timeLeft.after(progress.done, progress.total, progress.unit);
          change((before) => ({ ...before, progress: { ...progress, secondsLeft } }));
        },
        onPartial: (partial) => change((before) => ({ ...before, answer: partial, unfinished: true })),
      });
      change(() => ({ ...idle, asked: mine, answer }));
    } catch (error) {
      const stopped = error instanceof StoppedError;
      const message = error instanceof Error ? error.message : String(error);
      change((before) => ({ ...before, running: false, progress: undefined, stopped, error: stopped ? undefined : message }));
    } finally {
      if (mine === latest.current) {
        running.current = false;
        const waiting = takeNext();
        if (waiting !== undefined) void ask(waiting.question, true);
      }
    }
  };
  return {
    ...state,
    ask: (question) => void ask(question, false),
    askNext: (question) => {
      if (running.current) next.current = { question };
      else void ask(question, true);
    },
    stop,
  };
}
