import { hostBackend, type NamedTensors } from "@attr/core";
import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import type { GraphProto, ModelProto, NodeProto, TensorProto } from "../../../onnx/proto.ts";
import { constant, type GraphSpec, node, onnxGraph, onnxModel, type ValueSpec } from "../../../onnx-builder.fixture.ts";
import { differentiateModel, type ModelSpec, tolerance } from "../../finite-differences.fixture.ts";
import { gradientModel } from "../../gradient-model.ts";

const int = (value: number): { readonly int: number } => ({ int: value });
const yes = { name: "", dims: [], dataType: 9, rawData: Uint8Array.of(1) };
const double = (value: number): TensorProto => ({
  name: "",
  dims: [],
  dataType: 11,
  rawData: new Uint8Array(Float64Array.of(value).buffer),
});
const scalar = (value: number): ReturnType<typeof constant> => constant([], [value], "int64");

async function holds(spec: ModelSpec, seed = 1): Promise<void> {
  const difference = await differentiateModel(spec, seed);
  expect(Math.abs(difference.analytic - difference.numeric)).toBeLessThan(tolerance(difference, spec.type));
  expect(difference.scale).toBeGreaterThan(0);
}

type Values = Readonly<Record<string, ValueSpec | undefined>>;

/** A body of a Loop with the condition `go_on`, which holds unless a node makes it. */
function loopBody(
  carried: Values,
  outputs: Values,
  nodes: readonly NodeProto[],
  constants: GraphSpec["constants"] = {},
): GraphProto {
  const conditioned = nodes.some(({ outputs: made }) => made.includes("go_on"));
  return onnxGraph(
    {
      inputs: { i: ["int64", []], go: ["bool", []], ...(carried as Readonly<Record<string, ValueSpec>>) },
      outputs: { go_on: ["bool", []], ...outputs },
      constants,
      nodes: conditioned ? nodes : [node("Identity", ["go"], ["go_on"]), ...nodes],
    },
    "body",
  );
}

const open: ValueSpec = ["float64"];

/** state ← tanh(state · w) + x. The states are handed out as well; `y` takes the last one and their sum. */
function unrolled(trips: TensorProto | undefined): ModelProto {
  const fixed = trips !== undefined;
  const shape = (...sizes: readonly number[]): ValueSpec => ["float64", fixed ? sizes : sizes.map(() => null)];
  const body = loopBody({ state: open }, { next: shape(2, 3), scanned: shape(2, 3) }, [
    node("MatMul", ["state", "w"], ["product"]),
    node("Tanh", ["product"], ["bent"]),
    node("Add", ["bent", "x"], ["next"]),
    node("Mul", ["next", "next"], ["scanned"]),
  ]);
  return onnxModel({
    inputs: { x: shape(2, 3), w: shape(3, 3), ...(!fixed && { times: ["int64", []] as const }) },
    outputs: { y: undefined },
    constants: { ...(fixed && { times: trips }), yes, axis: constant([1], [0], "int64") },
    nodes: [
      node("Loop", ["times", "yes", "x"], ["last", "all"], { body }),
      node("ReduceSum", ["all", "axis"], ["total"], { keepdims: int(0) }),
      node("Mul", ["last", "last"], ["square"]),
      fixed ? node("Add", ["total", "square"], ["y"]) : node("Concat", ["square"], ["y"], { axis: int(0) }),
    ],
  });
}

const times = (value: number): NamedTensors => ({ times: hostBackend.fromData(BigInt64Array.of(BigInt(value)), [], "int64") });

describe("Loop", () => {
  const inputs = { x: [2, 3], w: [3, 3] };
  test.each([0, 1, 2, 5])("of %i steps, told by a constant", (trips) => holds({ model: unrolled(scalar(trips)), inputs }));

  test.each([0, 1, 4])("of %i steps, told when it runs, of values of any shape", (trips) =>
    holds({ model: unrolled(undefined), inputs, given: times(trips) }),
  );

  test("that a computed condition ends", () =>
    holds({
      inputs: { x: [3] },
      range: (x) => 2 + x / 4,
      model: onnxModel({
        inputs: { x: ["float64", [3]] },
        outputs: { y: undefined },
        constants: { yes, bound: double(40) },
        nodes: [
          node("Loop", ["", "yes", "x"], ["y"], {
            body: loopBody({ state: open }, { next: open }, [
              node("Mul", ["state", "x"], ["next"]),
              node("ReduceSum", ["next"], ["total"], { keepdims: int(0) }),
              node("Less", ["total", "bound"], ["go_on"]),
            ]),
          }),
        ],
      }),
    }));

  test("that carries values which grow, exchange their places, stay, or count", () =>
    holds({
      inputs: { x: [1, 2], w: [1, 2] },
      model: onnxModel({
        inputs: { x: ["float64", [1, 2]], w: ["float64", [1, 2]] },
        outputs: { y: undefined },
        constants: { yes, three: scalar(3), zero: double(0), one: double(1), half: double(0.5) },
        nodes: [
          node("Loop", ["three", "yes", "x", "w", "x", "w", "zero"], ["rows", "a", "b", "same", "count"], {
            body: loopBody(
              { grown: open, first: open, second: open, kept: open, counted: open },
              { longer: open, second: open, product: open, kept: open, more: open },
              [
                node("Mul", ["first", "second"], ["product"]),
                node("Sin", ["product"], ["bent"]),
                node("Mul", ["bent", "kept"], ["row"]),
                node("Add", ["counted", "one"], ["more"]),
                node("Mul", ["row", "more"], ["weighed"]),
                node("Concat", ["grown", "weighed"], ["longer"], { axis: int(0) }),
              ],
            ),
          }),
          node("Mul", ["rows", "rows"], ["squares"]),
          node("Mul", ["a", "same"], ["mixed"]),
          node("Add", ["squares", "mixed"], ["sum"]),
          node("Add", ["sum", "b"], ["more"]),
          node("Mul", ["more", "count"], ["y"]),
        ],
      }),
    }));

  test("that only hands out what it computes of elements", () =>
    holds({
      inputs: { x: [4, 2] },
      model: onnxModel({
        inputs: { x: ["float64", [null, 2]] },
        outputs: { y: undefined },
        constants: { yes, three: scalar(3) },
        nodes: [
          node("Loop", ["three", "yes"], ["y"], {
            body: loopBody({}, { out: open }, [node("Gather", ["x", "i"], ["row"]), node("Exp", ["row"], ["out"])]),
          }),
        ],
      }),
    }));

  test.each([0, 1, 3])("in a Loop, whose steps the outer one tells, %i times", (trips) => {
    const inner = loopBody({ s: open }, { t: open, kept: ["float64", [2, 2]] }, [
      node("Mul", ["s", "state"], ["p"]),
      node("Tanh", ["p"], ["q"]),
      node("Add", ["q", "w"], ["t"]),
      node("Mul", ["t", "s"], ["kept"]),
    ]);
    const outer = loopBody({ state: open }, { next: open }, [
      node("Loop", ["i", "yes", "state"], ["far", "all"], { body: renamedLoop(inner) }),
      node("ReduceSum", ["all", "axis"], ["sum"], { keepdims: int(0) }),
      node("Add", ["far", "sum"], ["joined"]),
      node("Sin", ["joined"], ["next"]),
    ]);
    return holds({
      inputs: { x: [2, 2], w: [2, 2] },
      model: onnxModel({
        inputs: { x: ["float64", [2, 2]], w: ["float64", [2, 2]] },
        outputs: { y: undefined },
        constants: { yes, times: scalar(trips), axis: constant([1], [0], "int64") },
        nodes: [node("Loop", ["times", "yes", "x"], ["y"], { body: outer })],
      }),
    });
  });

  test("keeps of its steps only the values that the way back needs", () => {
    const body = loopBody({ total: open, state: open, same: open }, { sum: open, next: open, copied: open }, [
      node("Add", ["total", "state"], ["sum"]),
      node("Mul", ["state", "same"], ["next"]),
      node("Identity", ["same"], ["copied"]),
    ]);
    const model = onnxModel({
      inputs: { x: ["float64", [3]] },
      outputs: { y: undefined },
      constants: { yes, times: scalar(4) },
      nodes: [node("Loop", ["times", "yes", "x", "x", "x"], ["y", "end", "unused"], { body })],
    });
    const [forward] = gradientModel(model, { of: "y", wrt: ["x"] }).graph.nodes.filter(({ opType }) => opType === "Loop");
    // The three results, the numbers of the steps, and `state` at the start of each.
    expect(forward?.outputs).toHaveLength(5);
    return holds({ model, inputs: { x: [3] } });
  });

  test("with an If inside, and inside a branch", () => {
    const branch = (name: string, op: string): GraphProto =>
      onnxGraph({ inputs: {}, outputs: { [name]: undefined }, nodes: [node(op, ["state", "w"], [name])] }, name);
    const body = loopBody({ state: open }, { next: open }, [
      node("Mod", ["i", "two"], ["odd"]),
      node("Cast", ["odd"], ["is_odd"], { to: int(9) }),
      node("If", ["is_odd"], ["chosen"], { then_branch: branch("added", "Add"), else_branch: branch("scaled", "Mul") }),
      node("Sin", ["chosen"], ["next"]),
    ]);
    const looping = onnxGraph(
      { inputs: {}, outputs: { looped: undefined }, nodes: [node("Loop", ["times", "yes", "x"], ["looped"], { body })] },
      "looping",
    );
    const plain = onnxGraph({ inputs: {}, outputs: { alone: undefined }, nodes: [node("Neg", ["x"], ["alone"])] }, "plain");
    return holds({
      inputs: { x: [2, 2], w: [2] },
      model: onnxModel({
        inputs: { x: ["float64", [null, 2]], w: ["float64", [2]] },
        outputs: { y: undefined },
        constants: { yes, times: scalar(4), two: scalar(2) },
        nodes: [node("If", ["yes"], ["y"], { then_branch: looping, else_branch: plain })],
      }),
    });
  });
});

/** The names of a body inside another's must be their own. */
function renamedLoop(body: GraphProto): GraphProto {
  const name = (old: string): string => (["i", "go", "go_on"].includes(old) ? `${old}_inner` : old);
  return {
    ...body,
    nodes: body.nodes.map((one) => ({ ...one, inputs: one.inputs.map(name), outputs: one.outputs.map(name) })),
    inputs: body.inputs.map((one) => ({ ...one, name: name(one.name) })),
    outputs: body.outputs.map((one) => ({ ...one, name: name(one.name) })),
  };
}

describe("Scan", () => {
  /** state ← tanh(state · w) + a ∘ b; hands out state · a. Rows of `a` along the last axis. */
  function scanned(
    steps: number,
    settings: { readonly a: number; readonly b: number; readonly out: number; readonly axes: boolean },
  ): ModelSpec {
    const body = onnxGraph(
      {
        inputs: { state: ["float64", [3]], one: ["float64", [3]], other: ["float64", [3]] },
        outputs: { next: undefined, out: undefined, sum: undefined },
        nodes: [
          node("MatMul", ["state", "w"], ["product"]),
          node("Tanh", ["product"], ["bent"]),
          node("Mul", ["one", "other"], ["both"]),
          node("Add", ["bent", "both"], ["next"]),
          node("Mul", ["state", "one"], ["out"]),
          node("ReduceSum", ["next"], ["sum"]),
        ],
      },
      "body",
    );
    return {
      inputs: { start: [3], a: settings.axes ? [3, steps] : [steps, 3], b: [steps, 3], w: [3, 3] },
      model: onnxModel({
        inputs: {
          start: ["float64", [null]],
          a: ["float64", settings.axes ? [3, null] : [null, 3]],
          b: ["float64", [null, 3]],
          w: ["float64", [3, 3]],
        },
        outputs: { y: undefined },
        constants: { axes: constant([1], [settings.axes ? 0 : 1], "int64") },
        nodes: [
          node("Scan", ["start", "a", "b"], ["last", "outs", "sums"], {
            body,
            num_scan_inputs: int(2),
            scan_input_directions: [settings.a, settings.b],
            scan_output_directions: [settings.out, 0],
            ...(settings.axes && { scan_input_axes: [-1, 0], scan_output_axes: [1, 0] }),
          }),
          node("ReduceSum", ["outs", "axes"], ["flat"], { keepdims: int(0) }),
          node("ReduceSum", ["sums"], ["total"], { keepdims: int(0) }),
          node("Mul", ["flat", "total"], ["weighed"]),
          node("Concat", ["last", "weighed"], ["y"], { axis: int(0) }),
        ],
      }),
    };
  }

  const direction = fc.integer({ min: 0, max: 1 });
  property.prop(
    [fc.integer({ min: 1, max: 4 }), fc.record({ a: direction, b: direction, out: direction, axes: fc.boolean() }), fc.integer()],
    { numRuns: 20 },
  )("of any direction and axes", (steps, settings, seed) => holds(scanned(steps, settings), seed));

  test("without a state, in a Loop", () => {
    const each = onnxGraph(
      {
        inputs: { row: ["float64", [2]] },
        outputs: { out: undefined },
        nodes: [node("Mul", ["row", "w"], ["m"]), node("Sin", ["m"], ["out"])],
      },
      "each",
    );
    const body = loopBody({ state: open }, { next: open }, [
      node("Scan", ["state"], ["next"], { body: each, num_scan_inputs: int(1) }),
    ]);
    return holds({
      inputs: { x: [3, 2], w: [2] },
      model: onnxModel({
        inputs: { x: ["float64", [null, 2]], w: ["float64", [2]] },
        outputs: { y: undefined },
        constants: { yes, times: scalar(2) },
        nodes: [node("Loop", ["times", "yes", "x"], ["y"], { body })],
      }),
    });
  });
});

test("what has no rule in a body is named, with the nearest value that can be asked for", () => {
  const body = loopBody({ state: open }, { after: open }, [node("Own", ["state"], ["after"], {}, "own")]);
  const model = onnxModel({
    inputs: { x: ["float64", [3]] },
    outputs: { y: undefined },
    constants: { yes, times: scalar(2) },
    nodes: [node("Loop", ["times", "yes", "x"], ["far"], { body }), node("Neg", ["far"], ["y"])],
  });
  expect(() => gradientModel(model, { of: "y", wrt: ["x"] })).toThrow(
    /cannot pass node "Own_after" \(own\.Own\).*nearest value that has a gradient is "far"/,
  );
});

/** What is done to a value, step by step: a function, a product or sum with what lies around, or a graph of further steps. */
type Step =
  | { readonly kind: "function"; readonly op: "Sin" | "Tanh" | "Neg" | "Exp" }
  | { readonly kind: "around"; readonly op: "Add" | "Mul" | "Sub" }
  | { readonly kind: "loop"; readonly trips: number; readonly steps: readonly Step[]; readonly stacked: boolean }
  | { readonly kind: "if"; readonly branches: readonly [readonly Step[], readonly Step[]]; readonly data: boolean }
  | { readonly kind: "scan"; readonly steps: readonly Step[]; readonly back: number };

const program: fc.Arbitrary<readonly Step[]> = fc.letrec<{ steps: readonly Step[]; step: Step }>((tie) => ({
  steps: fc.array(tie("step"), { minLength: 1, maxLength: 3, depthIdentifier: "step" }),
  step: fc.oneof(
    { depthSize: "small", maxDepth: 3, withCrossShrink: true, depthIdentifier: "step" },
    fc.record({ kind: fc.constant("function" as const), op: fc.constantFrom("Sin", "Tanh", "Neg", "Exp" as const) }),
    fc.record({ kind: fc.constant("around" as const), op: fc.constantFrom("Add", "Mul", "Sub" as const) }),
    fc.record({
      kind: fc.constant("loop" as const),
      trips: fc.integer({ min: 0, max: 3 }),
      steps: tie("steps"),
      stacked: fc.boolean(),
    }),
    fc.record({ kind: fc.constant("if" as const), branches: fc.tuple(tie("steps"), tie("steps")), data: fc.boolean() }),
    fc.record({ kind: fc.constant("scan" as const), steps: tie("steps"), back: fc.integer({ min: 0, max: 1 }) }),
  ),
})).steps;

/** Writes a program's nodes from one value to another; all names are new. */
class Writer {
  #count = 0;

  name(what: string): string {
    this.#count++;
    return `${what}_${this.#count}`;
  }

  write(steps: readonly Step[], from: string, vector: boolean): { readonly nodes: readonly NodeProto[]; readonly to: string } {
    const nodes: NodeProto[] = [];
    let value = from;
    for (const step of steps) {
      const next = this.name("v");
      nodes.push(...this.#step(step, value, next, vector));
      value = next;
    }
    return { nodes, to: value };
  }

  #graph(
    steps: readonly Step[],
    from: string,
    vector: boolean,
    inputs: GraphSpec["inputs"],
    more: readonly string[] = [],
  ): GraphProto {
    const { nodes, to } = this.write(steps, from, vector);
    const result = this.name("result");
    const outputs = Object.fromEntries([...more, result].map((name) => [name, undefined]));
    return onnxGraph({ inputs, outputs, nodes: [...nodes, node("Identity", [to], [result])] }, this.name("graph"));
  }

  #step(step: Step, from: string, to: string, vector: boolean): readonly NodeProto[] {
    switch (step.kind) {
      case "function": {
        // Kept small, however often it is done.
        const small = this.name("small");
        return [node("Tanh", [from], [small]), node(step.op, [small], [to])];
      }
      case "around":
        return [node(step.op, [from, "w"], [to])];
      case "if": {
        const condition = this.name("condition");
        const total = this.name("total");
        const nodes = step.data
          ? [node("ReduceSum", [from], [total], { keepdims: int(0) }), node("Less", [total, "level"], [condition])]
          : [node("Identity", ["yes"], [condition])];
        const branches = step.branches.map((steps) => this.#graph(steps, from, vector, {}));
        return [...nodes, node("If", [condition], [to], { then_branch: branches[0]!, else_branch: branches[1]! })];
      }
      case "loop": {
        const [i, go, going, state] = [this.name("i"), this.name("go"), this.name("going"), this.name("state")];
        const plain = this.#graph(step.steps, state, vector, { [i]: ["int64", []], [go]: ["bool", []], [state]: open }, [going]);
        const last = plain.outputs[1]!.name;
        const kept = this.name("kept");
        const shape = vector ? [3] : [2, 3];
        const body: GraphProto = {
          ...plain,
          nodes: [node("Identity", [go], [going]), ...plain.nodes, node("Mul", [last, state], [kept])],
          outputs: [
            ...plain.outputs,
            { name: kept, type: { tensorType: { elemType: 11, shape: { dims: shape.map((value) => ({ value })) } } } },
          ],
        };
        const [end, all, sum] = [this.name("end"), this.name("all"), this.name("sum")];
        return [
          node("Loop", [`trips_${step.trips}`, "yes", from], [step.stacked ? end : to, all], { body }),
          ...(step.stacked
            ? [node("ReduceSum", [all, "first"], [sum], { keepdims: int(0) }), node("Add", [end, sum], [to])]
            : []),
        ];
      }
      case "scan": {
        if (vector) return [node("Sin", [from], [to])];
        const [state, row, after] = [this.name("state"), this.name("row"), this.name("after")];
        const plain = this.#graph(step.steps, row, true, { [state]: ["float64", [3]], [row]: ["float64", [3]] }, [after]);
        const out = plain.outputs[1]!.name;
        const mixed = this.name("mixed");
        const body: GraphProto = {
          ...plain,
          nodes: [...plain.nodes, node("Mul", [state, out], [mixed]), node("Sin", [mixed], [after])],
          // The runtime wants to know the shapes of what a Scan hands out.
          outputs: [after, out].map((name) => ({
            name,
            type: { tensorType: { elemType: 11, shape: { dims: [{ value: 3 }] } } },
          })),
        };
        return [
          node("Scan", ["w", from], [this.name("last"), to], {
            body,
            num_scan_inputs: int(1),
            scan_input_directions: [step.back],
          }),
        ];
      }
    }
  }
}

property.prop([program, fc.integer({ min: 1, max: 1000 })], { numRuns: 25 })(
  "loops, branches and scans in one another equal central differences",
  async (steps, seed) => {
    const { nodes, to } = new Writer().write(steps, "x", false);
    const model = onnxModel({
      inputs: { x: ["float64", [2, 3]], w: ["float64", [3]] },
      outputs: { y: undefined },
      constants: {
        yes,
        level: double(0.1),
        first: constant([1], [0], "int64"),
        ...Object.fromEntries([0, 1, 2, 3].map((trips) => [`trips_${trips}`, scalar(trips)])),
      },
      nodes: [
        ...nodes,
        node("Mul", [to, to], ["square"]),
        node("Mul", ["x", "w"], ["plain"]),
        node("Add", ["square", "plain"], ["y"]),
      ],
    });
    await holds({ model, inputs: { x: [2, 3], w: [3] } }, seed);
  },
);
