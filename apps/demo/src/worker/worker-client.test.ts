import { describe, expect, test } from "vitest";
import type { Asked, Told } from "./messages.ts";
import { StoppedError, WorkerClient } from "./worker-client.ts";

/** A worker in this thread, which answers when it is told to. */
class LocalWorker extends EventTarget {
  readonly asked: Asked<string>[] = [];
  terminated = false;

  postMessage(message: Asked<string>): void {
    this.asked.push(message);
  }

  terminate(): void {
    this.terminated = true;
  }

  tell(told: Told<string>): void {
    this.dispatchEvent(new MessageEvent("message", { data: told }));
  }
}

function started(): { client: WorkerClient<string, string>; workers: LocalWorker[] } {
  const workers: LocalWorker[] = [];
  const client = new WorkerClient<string, string>(() => {
    const worker = new LocalWorker();
    workers.push(worker);
    return worker as unknown as Worker; // the part of one that the client uses
  });
  return { client, workers };
}

describe("WorkerClient", () => {
  test("answers go to the questions that asked for them, whatever their order", async () => {
    const { client, workers } = started();
    const heard: string[] = [];
    const one = client.ask("one", { onPartial: (part) => heard.push(part), onProgress: ({ doing }) => heard.push(doing) });
    const two = client.ask("two");
    const [worker] = workers;
    expect(worker!.asked.map(({ question }) => question)).toEqual(["one", "two"]);
    const [first, second] = worker!.asked.map(({ id }) => id);
    worker!.tell({ id: second!, kind: "answer", answer: "2", milliseconds: 2 });
    worker!.tell({ id: first!, kind: "progress", progress: { doing: "thinking", done: 1, unit: "thoughts" } });
    worker!.tell({ id: first!, kind: "partial", answer: "½" });
    worker!.tell({ id: first!, kind: "answer", answer: "1", milliseconds: 1 });
    expect([await one, await two, heard]).toEqual([
      { answer: "1", milliseconds: 1 },
      { answer: "2", milliseconds: 2 },
      ["thinking", "½"],
    ]);
  });

  test("a failure is an error with the worker's sentence, and the worker lives on", async () => {
    const { client, workers } = started();
    const asked = client.ask("one");
    workers[0]!.tell({ id: workers[0]!.asked[0]!.id, kind: "failed", message: "the prompt is empty" });
    await expect(asked).rejects.toThrow("the prompt is empty");
    void client.ask("two").catch(() => undefined);
    expect(workers).toHaveLength(1);
  });

  test("stopping ends the worker and all questions; the next question starts another, and late answers are not heard", async () => {
    const { client, workers } = started();
    const asked = client.ask("one");
    client.stop();
    await expect(asked).rejects.toBeInstanceOf(StoppedError);
    expect(workers[0]!.terminated).toBe(true);
    const next = client.ask("two");
    workers[0]!.tell({ id: 1, kind: "answer", answer: "late", milliseconds: 9 });
    workers[1]!.tell({ id: workers[1]!.asked[0]!.id, kind: "answer", answer: "2", milliseconds: 2 });
    expect((await next).answer).toBe("2");
  });

  test("a worker that breaks fails its questions and is replaced", async () => {
    const { client, workers } = started();
    const asked = client.ask("one");
    workers[0]!.dispatchEvent(Object.assign(new Event("error", { cancelable: true }), { message: "out of memory" }));
    await expect(asked).rejects.toThrow("out of memory");
    void client.ask("two").catch(() => undefined);
    expect(workers).toHaveLength(2);
  });
});
