import type { JSX } from "preact";
import { Problem } from "./problem.tsx";
import { timeLeftText } from "./time-left.ts";
import type { Work } from "./work.ts";

/** What the worker is doing, how far it is, how long it will take, and the way to stop it; or what went wrong. */
export function WorkBar({ work }: { readonly work: Work<never, unknown> }): JSX.Element {
  const { progress, running, error, stopped } = work;
  return (
    <div class="work-bar">
      {running && progress !== undefined && (
        <div class="working">
          <label for="progress">{progress.doing}</label>
          <progress id="progress" {...(progress.total !== undefined && { max: progress.total, value: progress.done })} />
          <span class="amount">
            {amount(progress)}
            {progress.secondsLeft !== undefined && `, ${timeLeftText(progress.secondsLeft)}`}
          </span>
          <button type="button" onClick={() => work.stop()}>
            Stop
          </button>
        </div>
      )}
      <p role="status" class="status">
        {running
          ? (progress?.doing ?? "")
          : stopped
            ? "Stopped."
            : work.answer !== undefined && error === undefined
              ? "Done."
              : ""}
      </p>
      {error !== undefined && <Problem>{error}</Problem>}
    </div>
  );
}

function amount({ done, total, unit }: NonNullable<Work<never, unknown>["progress"]>): string {
  if (unit === "") return "";
  if (unit === "bytes") return `${(done / 1e6).toFixed(1)} MB`;
  return total === undefined ? `${done} ${unit}` : `${done} of ${total} ${unit}`;
}
