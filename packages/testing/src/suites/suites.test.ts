import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { functionModel, type HostTensor, hostBackend, type Model, type RunRequest, type TensorBackend } from "@attr/core";
import { describe, expect, test } from "vitest";
import { recorder } from "../recorder.fixture.ts";
import { describeModel } from "./model.ts";
import { describeTensorBackend } from "./tensor-backend.ts";

describe("the suite of tensor backends", () => {
  const failuresOf = async (changes: Partial<TensorBackend>): Promise<string[]> => {
    const framework = recorder();
    describeTensorBackend("broken", { ...hostBackend, ...changes }, { ...framework, dtypes: ["float32", "int32", "bool"] });
    return framework.failures();
  };

  test("finds nothing wrong with the host backend", async () => {
    expect(await failuresOf({})).toEqual([]);
  });

  test("finds operations that are wrong", async () => {
    const failures = await failuresOf({
      maximum: hostBackend.minimum,
      transpose: (x) => x as HostTensor, // of this backend
      scope: () => ({ keep: (x) => x, [Symbol.dispose]: () => {} }),
    });
    expect(failures).toEqual(
      expect.arrayContaining([
        "broken tensors > of float32 > maximum goes element by element, broadcast",
        "broken tensors > of int32 > transpose reorders the axes",
        "broken tensors > a disposed scope keeps nothing any more",
      ]),
    );
    expect(failures).not.toContain("broken tensors > of float32 > minimum goes element by element, broadcast");
  });
});

describe("the suite of tensor backends, told that tiny floats are taken for 0", () => {
  test("draws none", async () => {
    const tiny = (data: ArrayLike<number | bigint>): boolean =>
      data instanceof Float32Array && data.some((element) => element !== 0 && Math.abs(element) < 2 ** -126);
    let drawn = 0;
    const watched: TensorBackend = {
      ...hostBackend,
      fromData: (data, shape, dtype) => {
        if (tiny(data)) drawn++;
        return hostBackend.fromData(data, shape, dtype);
      },
    };
    for (const subnormals of [true, false]) {
      drawn = 0;
      const framework = recorder();
      describeTensorBackend("watched", watched, { ...framework, dtypes: ["float32", "int32"], subnormals });
      expect(await framework.failures()).toEqual([]);
      expect(drawn > 0).toBe(subnormals);
    }
  });
});

describe("the suite of models", () => {
  const squares = functionModel(({ x }) => hostBackend.mul(x, x), { inputs: ["x"], outputs: ["y"] });
  const failuresOf = async (changes: Partial<Model>): Promise<string[]> => {
    const framework = recorder();
    const model = { ...squares, ...changes, run: changes.run ?? ((request: RunRequest) => squares.run(request)) };
    const inputs = (rows: number) => ({ x: hostBackend.from(Array.from({ length: rows }, (_, row) => [row, row / 3])) });
    describeModel("broken", () => ({ model, inputs }), framework);
    return (await framework.failures()).map((name) => name.replace("broken as a model > ", ""));
  };

  test("finds nothing wrong with a function", async () => {
    expect(await failuresOf({})).toEqual([]);
  });

  test("finds rows that depend on the batch, and signals that nobody looks at", async () => {
    const failures = await failuresOf({
      async run({ feeds, fetches }) {
        const x = feeds["x"] as HostTensor | undefined; // of the host backend
        if (x === undefined || Object.keys(feeds).length > 1 || fetches.some((name) => name !== "y"))
          throw new Error(`no such input, no such output: ${Object.keys(feeds)}, ${fetches}`);
        return { y: hostBackend.sub(x, hostBackend.mean(x, [0], true)) };
      },
    });
    expect(failures).toEqual(
      expect.arrayContaining([
        "gives a row the same numbers alone and in any batch",
        "refuses a missing input, an unknown one and an unknown output by name",
        "rejects with the signal's reason once it is aborted",
      ]),
    );
    expect(failures).not.toContain("gives one row for every row, under the names asked for");
  });
});

test("a suite runs under node:test as it does under vitest", () => {
  const script = fileURLToPath(new URL("node-test.fixture.ts", import.meta.url));
  const ran = spawnSync(process.execPath, ["--conditions=@attr/source", "--no-warnings", "--test-reporter=tap", script], {
    encoding: "utf8",
    env: { ...process.env, NODE_OPTIONS: "", NODE_TEST_CONTEXT: "" },
  });
  expect(ran.stdout + ran.stderr).toContain("# fail 0");
  expect(Number(/# pass (\d+)/.exec(ran.stdout)?.[1])).toBeGreaterThan(5);
});
