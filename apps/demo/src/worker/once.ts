import type { WorkProgress } from "./messages.ts";

type Open<Value> = (onProgress: (progress: WorkProgress) => void) => Promise<Value>;

/** Opens something when it is first asked for, and only once; after a failure the next question tries again. */
export function once<Value>(open: Open<Value>): Open<Value> {
  let opened: Promise<Value> | undefined;
  return (onProgress) => {
    if (opened === undefined) {
      opened = open(onProgress);
      opened.catch(() => {
        opened = undefined;
      });
    }
    return opened;
  };
}
