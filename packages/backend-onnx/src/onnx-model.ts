import {
  AttributionError,
  type DifferentiableModel,
  type GradientRequest,
  type GradientResult,
  type GradientRules,
  type GraphModel,
  type HostData,
  hostBackend,
  InvalidArgumentError,
  type NamedTensors,
  type RunRequest,
  type TensorBackend,
  UnsupportedError,
  type ValueInfo,
} from "@attr/core";
import { checkShapes, countRows, feedsWithRows, hostDataOf } from "./check-feeds.ts";
import { type Differentiable, gradientGraph, makeDifferentiable } from "./gradient/gradient-graph.ts";
import { withoutInvented } from "./gradient/graph-builder.ts";
import { prepareObjective } from "./gradient/objective.ts";
import { rulesFor } from "./gradient/propagation/rules-for.ts";
import type { SeedKind } from "./gradient/seed.ts";
import { checkModel } from "./graph/check-model.ts";
import { checkTypes } from "./graph/check-types.ts";
import { extract } from "./graph/extract.ts";
import { type GraphIndex, indexGraph } from "./graph/graph-index.ts";
import { requiredInputs } from "./graph/required.ts";
import { tidy } from "./graph/tidy.ts";
import type { FileShape, ValueType, ValueTypes } from "./graph/value-type.ts";
import { type ElementType, elementTypeNamed } from "./onnx/element-type.ts";
import { externalLocations } from "./onnx/external-data.ts";
import { type OnnxFile, type OnnxFiles, type OpenModel, openModel } from "./onnx/open-model.ts";
import type { ModelProto } from "./onnx/proto.ts";
import { writeModel } from "./onnx/write-model.ts";
import { refuseOtherSources } from "./other-sources.ts";
import { type BatchOption, hasRowAxis, planRows, type RowPlan, shapeWithRows } from "./rows.ts";
import { type RowsFeed, type RowsFetch, runRows } from "./run-rows.ts";
import { discoverTypes } from "./runtime/discover-types.ts";
import { toFileElements } from "./runtime/elements.ts";
import { findRuntime, type OnnxRuntime, type Runtime, type RuntimeSession, type SessionOptions } from "./runtime/runtime.ts";
import { messageOf, SessionPool } from "./runtime/session-pool.ts";

export interface OnnxModelOptions {
  /**
   * The module that runs the file: `onnxruntime-node`, `onnxruntime-web` or a build of it.
   * @defaultValue onnxruntime-node in Node where it is installed, else onnxruntime-web
   */
  readonly runtime?: OnnxRuntime | undefined;
  /**
   * The runtime's session options, passed on: `executionProviders`, `intraOpNumThreads`, `graphOptimizationLevel`, …
   * @defaultValue the runtime's own, but silent (`logSeverityLevel` 4): its errors are thrown
   */
  readonly session?: SessionOptions | undefined;
  /**
   * Rows that methods put into one call.
   * @defaultValue 64
   */
  readonly maxBatchSize?: number | undefined;
  /** What sentences call the model. @defaultValue the file's name */
  readonly name?: string | undefined;
  /**
   * `"rows"`: the first axis of every input is the batch. `"one-by-one"`: the same, but every row is run alone: for graphs whose
   * result for a row depends on the other rows, as that of dynamically quantised ones does (they take one scale for the whole batch).
   * `"none"`: no input has a batch axis.
   * @defaultValue what the file's shapes tell
   */
  readonly batch?: BatchOption | undefined;
  /**
   * Sessions kept at a time. Each set of values fed and fetched has one, and each holds the weights.
   * @defaultValue 8
   */
  readonly maxSessions?: number | undefined;
  /**
   * Whether one session serves the file's own outputs, whichever of them are fetched: the weights are held once, but outputs that
   * are not fetched are computed as well.
   * @defaultValue false
   */
  readonly outputsTogether?: boolean | undefined;
}

/** `standard` are settings that the user's own go before. */
type CreateSession = (model: ModelProto, standard: SessionOptions) => Promise<RuntimeSession>;

/** Leaves out the fusions that take known shapes for granted. */
const careful: SessionOptions = { graphOptimizationLevel: "basic" };

interface Parts {
  readonly opened: OpenModel;
  readonly index: GraphIndex;
  readonly types: ValueTypes;
  readonly plan: RowPlan;
  readonly runtime: Runtime;
  readonly pool: SessionPool;
  readonly createSession: CreateSession;
  readonly name: string;
  readonly maxBatchSize: number;
  readonly outputsTogether: boolean;
}

/**
 * An ONNX file as a model every value of which can be fetched and fed, on onnxruntime-node or onnxruntime-web. Fetching an inner value
 * or feeding one edits the graph and makes a session of the part that is needed.
 *
 * Tensors are the host backend's. Types that core does not have are converted at the border: float16 is handed over as float32; int8,
 * int16 and uint16 as int32; uint32 and uint64 as int64. A feed may have any dtype whose elements the file's type holds.
 */
export class OnnxModel implements GraphModel, DifferentiableModel, AsyncDisposable {
  readonly backend: TensorBackend = hostBackend;
  readonly releasesFeeds = true;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly maxBatchSize: number;
  readonly notes: readonly string[];
  readonly values: readonly string[];
  /** The file, as read; not to be changed. */
  readonly proto: ModelProto;
  readonly #parts: Parts;
  readonly #outputNames: ReadonlySet<string>;
  readonly #routes = new Map<string, Route>();
  readonly #running = new Set<Promise<unknown>>();
  #disposal: Promise<void> | undefined;
  readonly #gradientRoutes = new Map<string, GradientRoute>();
  #differentiable: Differentiable | undefined;

  private constructor(parts: Parts) {
    this.#parts = parts;
    this.proto = parts.opened.model;
    this.maxBatchSize = parts.maxBatchSize;
    this.notes = parts.plan.notes;
    this.values = parts.index.values;
    this.inputs = parts.index.inputs.map((name) => this.#info(name));
    this.outputs = this.proto.graph.outputs.map(({ name }) => this.#info(name));
    this.#outputNames = new Set(this.outputs.map(({ name }) => name));
  }

  /**
   * Opens an ONNX file.
   *
   * @param source a path (in Node) or address, the bytes, or `{ model, externalData }` where weights lie in other files that are not
   * beside it.
   * @throws InvalidArgumentError where the file is missing, malformed or makes no sense as a graph.
   * @throws UnsupportedError where no runtime is installed.
   * @throws AttributionError where the runtime does not accept the file.
   */
  static async load(source: OnnxFile | OnnxFiles, options: OnnxModelOptions = {}): Promise<OnnxModel> {
    refuseOtherSources(source);
    const maxBatchSize = positive(options.maxBatchSize ?? 64, "maxBatchSize");
    const maxSessions = positive(options.maxSessions ?? 8, "maxSessions");
    const runtime = await findRuntime(options.runtime);
    const file = await openModel(source, runtime.readsFiles);
    checkModel(file.model, file.sizeOf);
    const opened = { ...file, model: tidy(file.model) };
    const index = indexGraph(opened.model);
    const createSession: CreateSession = (model, standard) => {
      const given = { ...standard, ...options.session };
      return runtime.createSession(writeModel(model), sessionOptions(model, opened, given));
    };
    const types = await discoverTypes(index, runtime, createSession);
    checkTypes(index, types);
    const name = options.name ?? opened.name;
    const shaped = (value: string): { name: string; shape: FileShape } => ({ name: value, shape: types.get(value)?.shape });
    const [output] = opened.model.graph.outputs;
    const plan = planRows(index.inputs.map(shaped), output && shaped(output.name), options.batch);
    const pool = new SessionPool(name, maxSessions);
    const { outputsTogether = false } = options;
    return new OnnxModel({ opened, index, types, plan, runtime, pool, createSession, name, maxBatchSize, outputsTogether });
  }

  value(name: string): ValueInfo | undefined {
    const { index } = this.#parts;
    return index.producers.has(name) || index.inputs.includes(name) ? this.#info(name) : undefined;
  }

  required(fed: readonly string[], fetches: readonly string[]): readonly string[] {
    for (const name of [...fed, ...fetches]) this.#check(name);
    return requiredInputs(this.#parts.index, fed, fetches);
  }

  run(request: RunRequest): Promise<NamedTensors> {
    return this.#whileOpen(() => this.#run(request));
  }

  async #run(request: RunRequest): Promise<NamedTensors> {
    request.signal?.throwIfAborted();
    const fed = new Map<string, HostData>();
    for (const [name, tensor] of Object.entries(request.feeds)) {
      this.#check(name);
      fed.set(name, hostDataOf(name, tensor));
    }
    for (const name of request.fetches) {
      this.#check(name);
      if (this.#isNoTensor(name))
        throw new UnsupportedError(`"${name}" is no tensor (a sequence, map or optional) and cannot be fetched`);
    }
    const { index, types, plan } = this.#parts;
    if (fed.size === 0) extract(index, new Map(), request.fetches, types); // names the inputs that are missing
    const withRows = feedsWithRows(fed, request.shared);
    const rows = countRows(withRows, request.origin);
    const wanted = [...new Set(request.fetches)].filter((name) => !fed.has(name)).sort(byCodeUnits);
    checkShapes(fed, (name) => this.#type(name)?.shape, plan, new Set(request.shared));
    const feeds = [...fed].map(([name, data]) => this.#feed(name, data, !withRows.has(name)));
    const results = wanted.length === 0 ? new Map<string, HostData>() : await this.#compute(feeds, wanted, rows, request);
    return Object.fromEntries(
      request.fetches.map((name) => {
        const result = results.get(name);
        if (result === undefined) return [name, request.feeds[name]!];
        return [name, hostBackend.fromData(result.data, result.shape, result.dtype)];
      }),
    );
  }

  /**
   * Differentiates each row's objective by any values of the graph, in one pass forward and one back: the backward pass is written into
   * the graph as ordinary operators, and the same runtime runs both. What only led to values that are fed is left out, as in `run`.
   *
   * @throws InvalidArgumentError where a name is none of the model's, a value holds no floats, or the objective does not fit its value.
   * @throws UnsupportedOpError where an operator between has no gradient rule; it names the nearest value that has a gradient.
   */
  gradient(request: GradientRequest): Promise<GradientResult> {
    return this.#whileOpen(() => this.#gradient(request));
  }

  async #gradient(request: GradientRequest): Promise<GradientResult> {
    request.signal?.throwIfAborted();
    const { objective, wrt } = request;
    const fetches = request.fetches ?? [];
    const fed = new Map<string, HostData>();
    for (const [name, tensor] of Object.entries(request.feeds)) {
      this.#check(name);
      fed.set(name, hostDataOf(name, tensor));
    }
    for (const name of [...wrt, objective.value, ...fetches]) this.#check(name);
    for (const name of [...wrt, objective.value]) this.#checkFloats(name);
    const withRows = feedsWithRows(fed, request.shared);
    const rows = countRows(withRows, request.origin);
    const { plan: given } = this.#parts;
    checkShapes(fed, (name) => this.#type(name)?.shape, given, new Set(request.shared));
    // What all rows of a run share has the gradient of all of them: to tell the rows apart each is run alone.
    const plan: RowPlan =
      given.mode === "together" && wrt.some((name) => given.perRun.has(name))
        ? { ...given, mode: "one-by-one", rowsPerRun: 1 }
        : given;
    const valueShape = this.#type(objective.value)?.shape;
    const rowAxis = hasRowAxis(plan, objective.value, valueShape);
    const prepared = prepareObjective(
      objective,
      rows,
      { rowShape: rowAxis ? valueShape?.slice(1) : valueShape, rowAxis },
      request.rules?.kind === "lrp",
    );
    const feeds = [...fed].map(([name, data]) => this.#feed(name, data, !withRows.has(name)));
    const values = [...new Set(fetches)].filter((name) => !fed.has(name)).sort(byCodeUnits);
    const references = this.#references(request, fed);
    const question = { of: objective.value, seed: prepared.seed, wrt: [...new Set(wrt)], rules: request.rules };
    const route = this.#gradientRoute(feeds, references, question, values);

    const used = feeds.flatMap((feed): RowsFeed[] => {
      const name = route.inputOf.get(feed.name);
      return name === undefined ? [] : [{ ...feed, name }];
    });
    for (const feed of references) {
      const name = route.referenceOf.get(feed.name);
      if (name !== undefined) used.push({ ...feed, name });
    }
    if (prepared.feed !== undefined && route.seed !== undefined) {
      const { name, element } = route.seed;
      used.push({
        name,
        // Every dtype's elements lie in a typed array.
        elements: toFileElements(prepared.feed.data, prepared.feed.dtype, element, "the objective") as Float32Array,
        typeName: element.carrier === undefined ? element.name : element.dtype!, // floats and int64 have a dtype
        shape: prepared.feed.shape,
        rowAxis: plan.mode !== "no-axis" && rowAxis,
        perRun: false,
      });
    }
    const rowsFetch = (name: string): RowsFetch => {
      const shape = this.#type(name)?.shape;
      const rowAxisOf = shape === undefined ? undefined : hasRowAxis(plan, name, shape);
      return { name, rowAxis: rowAxisOf, isOutput: withRows.has(name) || this.#outputNames.has(name) };
    };
    const asked = [
      ...[...new Set(wrt)].map((name) => ({ ...rowsFetch(name), output: route.gradientOf.get(name)! })),
      ...values.map((name) => ({ ...rowsFetch(name), output: route.outputOf.get(name)! })),
    ].map((one, i) => ({ ...one, key: String(i) }));
    const { pool, runtime } = this.#parts;
    const outputs = asked.map(({ output }) => output);
    const results = await runRows(
      plan,
      rows,
      used,
      asked.map(({ key, rowAxis: axis, isOutput }) => ({ name: key, rowAxis: axis, isOutput })),
      runtime.createTensor,
      async (tensors) => {
        const run = await pool.run(route.key, route.createSession, tensors, outputs, request.signal);
        return new Map(asked.map(({ key, output }) => [key, run[output]]));
      },
    );
    const tensorOf = (key: string): NamedTensors[string] => {
      const { data, shape, dtype } = results.get(key)!; // one for each that was asked
      return hostBackend.fromData(data, shape, dtype);
    };
    const count = route.gradientOf.size;
    const computed = new Map(asked.slice(count).map(({ name, key }) => [name, tensorOf(key)]));
    return {
      gradients: Object.fromEntries(asked.slice(0, count).map(({ name, key }) => [name, tensorOf(key)])),
      values: Object.fromEntries(fetches.map((name) => [name, computed.get(name) ?? request.feeds[name]!])),
    };
  }

  /** Lets the runs under way finish and frees the sessions. The model cannot be run afterwards. */
  dispose(): Promise<void> {
    this.#disposal ??= Promise.allSettled(this.#running).then(() => this.#parts.pool.dispose());
    return this.#disposal;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  /** Does work that has to be finished before the sessions are freed; refuses it afterwards. */
  async #whileOpen<T>(work: () => Promise<T>): Promise<T> {
    if (this.#disposal !== undefined)
      throw new InvalidArgumentError(`${this.#parts.name} was disposed of and can no longer be run`);
    const running = work();
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  async #compute(
    feeds: readonly PreparedFeed[],
    wanted: readonly string[],
    rows: number,
    request: RunRequest,
  ): Promise<ReadonlyMap<string, HostData>> {
    const { plan, pool, runtime } = this.#parts;
    const computed = this.#computed(feeds, wanted);
    const key = JSON.stringify([feeds.map(({ name, typeName }) => `${name} ${typeName}`).sort(byCodeUnits), computed]);
    const route = this.#route(key, feeds, computed);
    const used = feeds.flatMap((feed) => {
      const name = route.inputOf.get(feed.name);
      return name === undefined ? [] : [{ ...feed, name }];
    });
    const fetches = wanted.map((name): RowsFetch => {
      const shape = this.#type(name)?.shape;
      const rowAxis = shape === undefined ? undefined : hasRowAxis(plan, name, shape);
      return { name, rowAxis, isOutput: this.#outputNames.has(name) };
    });
    const outputs = wanted.map((name) => route.outputOf.get(name)!);
    return runRows(plan, rows, used, fetches, runtime.createTensor, async (tensors) => {
      const results = await pool.run(key, route.createSession, tensors, outputs, request.signal);
      return new Map(wanted.map((name) => [name, results[route.outputOf.get(name)!]]));
    });
  }

  /** What the session is made for: the fetches, or all outputs with them where one session is to serve every set of outputs. */
  #computed(feeds: readonly PreparedFeed[], wanted: readonly string[]): readonly string[] {
    const { index, outputsTogether } = this.#parts;
    if (!outputsTogether || !wanted.every((name) => this.#outputNames.has(name))) return wanted;
    const fed = new Set(feeds.map(({ name }) => name));
    if (!index.inputs.every((name) => fed.has(name))) return wanted;
    return [...this.#outputNames].filter((name) => !fed.has(name)).sort(byCodeUnits);
  }

  /** The part of the graph that leads from these feeds to these fetches; looked up where it was asked for before. */
  #route(key: string, feeds: readonly PreparedFeed[], wanted: readonly string[]): Route {
    const known = this.#routes.get(key);
    if (known !== undefined) return known;
    const { index, types, createSession, name: modelName } = this.#parts;
    const inputs = this.#inputTypes(feeds);
    const { model, inputOf, outputOf } = extract(index, inputs, wanted, types);
    const create = async (): Promise<RuntimeSession> => {
      const unknownShapes = model.graph.inputs.some((input) => input.type?.tensorType?.shape === undefined);
      try {
        return await createSession(model, unknownShapes ? careful : {});
      } catch (cause) {
        throw new AttributionError(`the runtime cannot compute ${list(wanted)} of ${modelName}: ${messageOf(cause)}`, { cause });
      }
    };
    const route = { inputOf, outputOf, createSession: create };
    // A route is small, but a sweep over thousands of layers need not keep them all.
    if (this.#routes.size >= mostRoutes) this.#routes.clear();
    this.#routes.set(key, route);
    return route;
  }

  /** The graph that gives these gradients and values; looked up where it was asked for before. */
  #gradientRoute(
    feeds: readonly PreparedFeed[],
    references: readonly PreparedFeed[],
    question: RouteQuestion,
    values: readonly string[],
  ): GradientRoute {
    const { of, wrt } = question;
    const fedAs = feeds.map(({ name, typeName, whole }) => `${name} ${typeName} ${whole === true}`).sort(byCodeUnits);
    const compared = references.map(({ name, typeName }) => `${name} ${typeName}`).sort(byCodeUnits);
    const rules = { ...question.rules, reference: undefined };
    const key = JSON.stringify(["gradient", fedAs, compared, of, question.seed, wrt, rules, values]);
    const known = this.#gradientRoutes.get(key);
    if (known !== undefined) return known;
    const { opened, types, createSession, name: modelName } = this.#parts;
    this.#differentiable ??= makeDifferentiable(opened.model, types);
    const inputs = this.#inputTypes(feeds);
    const freed = new Set([...inputs].filter(([name, type]) => type.shape !== this.#type(name)?.shape).map(([name]) => name));
    for (const { name, whole } of feeds) if (whole === true) freed.add(name);
    const graph = gradientGraph(this.#differentiable, {
      fed: new Set(inputs.keys()),
      freed,
      of,
      seed: question.seed,
      wrt,
      rules: rulesFor(question.rules),
      references: new Set(references.map(({ name }) => name)),
    });
    for (const [name, input] of graph.referenceOf) inputs.set(input, inputs.get(name)!); // what has a reference is fed
    const { seedInput } = graph;
    const seedType = seedInput === undefined ? undefined : graph.types.get(seedInput);
    if (seedInput !== undefined && seedType !== undefined) inputs.set(seedInput, withoutInvented(seedType));
    const { model, inputOf, outputOf } = extract(
      indexGraph(graph.model),
      inputs,
      [...graph.gradientOf.values(), ...values],
      graph.types,
    );
    const route: GradientRoute = {
      key,
      inputOf,
      outputOf,
      referenceOf: new Map([...graph.referenceOf].map(([name, input]) => [name, inputOf.get(input)])),
      gradientOf: new Map(wrt.map((name) => [name, outputOf.get(graph.gradientOf.get(name)!)!])), // one for each of `wrt`
      seed:
        seedInput === undefined || seedType === undefined || !inputOf.has(seedInput)
          ? undefined
          : { name: inputOf.get(seedInput)!, element: seedType.element },
      createSession: async () => {
        const unknownShapes = model.graph.inputs.some((input) => input.type?.tensorType?.shape === undefined);
        try {
          return await createSession(model, unknownShapes ? careful : {});
        } catch (cause) {
          throw new AttributionError(
            `the runtime cannot compute the gradient of "${of}" by ${list(wrt)} in ${modelName}: ${messageOf(cause)}`,
            { cause },
          );
        }
      },
    };
    if (this.#gradientRoutes.size >= mostRoutes) this.#gradientRoutes.clear();
    this.#gradientRoutes.set(key, route);
    return route;
  }

  /** What the feeds are compared with (DeepLIFT), held against the feeds. */
  #references({ rules, ...request }: GradientRequest, fed: ReadonlyMap<string, HostData>): readonly PreparedFeed[] {
    if (rules?.kind !== "deepLift") return [];
    return Object.entries(rules.reference).map(([name, tensor]) => {
      const own = fed.get(name);
      const data = hostDataOf(`rules.reference.${name}`, tensor);
      if (own === undefined) throw new InvalidArgumentError(`rules.reference has "${name}", which is not among the feeds`);
      if (data.shape.length !== own.shape.length || data.shape.some((size, axis) => size !== own.shape[axis]))
        throw new InvalidArgumentError(
          `rules.reference has "${name}" [${data.shape.join(", ")}], but the feed has [${own.shape.join(", ")}]`,
        );
      return this.#feed(name, data, request.shared?.includes(name) === true);
    });
  }

  /** The types of the inputs that feeds go into. */
  #inputTypes(feeds: readonly PreparedFeed[]): Map<string, ValueType> {
    const { index, plan } = this.#parts;
    return new Map(
      feeds.map(({ name, element }): readonly [string, ValueType] => {
        const shape = this.#type(name)?.shape;
        // What the file computes for one batch size only can still be fed for any.
        const free = index.producers.has(name) && plan.mode === "together" && typeof shape?.[0] === "number";
        return [name, { element, shape: free ? [null, ...shape.slice(1)] : shape }];
      }),
    );
  }

  /** @throws InvalidArgumentError for a value that holds no floats. */
  #checkFloats(name: string): void {
    const element = this.#type(name)?.element;
    if (this.#isNoTensor(name) || (element !== undefined && !floats.has(element.name)))
      throw new InvalidArgumentError(
        `"${name}" holds ${element?.name ?? "no tensor"}, which has no gradient: name a value of floats`,
      );
  }

  #feed(name: string, data: HostData, whole: boolean): PreparedFeed {
    const { plan } = this.#parts;
    const type = this.#type(name);
    if (this.#isNoTensor(name))
      throw new UnsupportedError(`"${name}" is no tensor (a sequence, map or optional) and cannot be fed`);
    const element = type?.element ?? elementTypeNamed(data.dtype);
    if (element?.dtype === undefined)
      throw new UnsupportedError(`"${name}" takes ${element?.name ?? data.dtype}, which cannot be fed`);
    return {
      name,
      element,
      // Every dtype's elements lie in a typed array.
      elements: toFileElements(data.data, data.dtype, element, `feed "${name}"`) as Float32Array,
      typeName: element.carrier === undefined ? element.name : element.dtype,
      shape: data.shape,
      rowAxis: hasRowAxis(plan, name, type?.shape),
      perRun: !whole && plan.perRun.has(name),
      whole,
    };
  }

  #check(name: string): void {
    const { index } = this.#parts;
    if (index.producers.has(name) || index.inputs.includes(name)) return;
    if (index.constants.has(name) || index.sparseConstants.has(name))
      throw new UnsupportedError(
        `"${name}" is a constant of ${this.#parts.name}: it has no rows and can be neither fed nor fetched`,
      );
    if (index.inner.has(name))
      throw new UnsupportedError(
        `"${name}" lies inside a branch or loop of ${this.#parts.name}: only values outside can be fed or fetched`,
      );
    throw new InvalidArgumentError(
      `${this.#parts.name} has no value "${name}"; its inputs are ${list(index.inputs)}, its outputs ${list([...this.#outputNames])}`,
    );
  }

  #isNoTensor(name: string): boolean {
    return this.#parts.types.has(name) && this.#type(name) === undefined;
  }

  #type(name: string): ValueType | undefined {
    return this.#parts.types.get(name);
  }

  #info(name: string): ValueInfo {
    const type = this.#type(name);
    const shape = shapeWithRows(this.#parts.plan, name, type?.shape);
    return { name, ...(type?.element.dtype && { dtype: type.element.dtype }), ...(shape && { shape }) };
  }
}

/** How some values are computed from others. */
interface Route {
  /** For the feeds that are needed. */
  readonly inputOf: ReadonlyMap<string, string>;
  readonly outputOf: ReadonlyMap<string, string>;
  readonly createSession: () => Promise<RuntimeSession>;
}

/** What is differentiated by what, and how. */
interface RouteQuestion {
  readonly of: string;
  readonly seed: SeedKind;
  readonly wrt: readonly string[];
  readonly rules: GradientRules | undefined;
}

interface GradientRoute extends Route {
  readonly key: string;
  /** Value differentiated by → the output that is its gradient. */
  readonly gradientOf: ReadonlyMap<string, string>;
  /** Feed → the input of its reference; undefined where nothing needs it. */
  readonly referenceOf: ReadonlyMap<string, string | undefined>;
  /** The input that the objective's indices or cotangent go into. */
  readonly seed: { readonly name: string; readonly element: ElementType } | undefined;
}

const floats: ReadonlySet<string> = new Set(["float32", "float64", "float16", "bfloat16"]);

const mostRoutes = 256;

function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

interface PreparedFeed extends RowsFeed {
  readonly element: ElementType;
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 10).map((name) => `"${name}"`);
  return names.length > shown.length ? `${shown.join(", ")} and ${names.length - shown.length} more` : shown.join(", ");
}

function positive(value: number, name: string): number {
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError(`${name} must be a whole number of at least 1, got ${value}`);
  return value;
}

function sessionOptions(model: ModelProto, opened: OpenModel, given: SessionOptions = {}): SessionOptions {
  // A key whose value is undefined makes onnxruntime-node throw.
  const options: Record<string, unknown> = {
    logSeverityLevel: 4,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  };
  const locations = externalLocations(model);
  const held = locations.filter((location) => opened.external.has(location));
  if (held.length > 0)
    options["externalData"] = held.map((location) => ({ path: location, data: opened.external.get(location) }));
  if (held.length < locations.length) {
    const extra = (options["extra"] ?? {}) as { readonly session?: object }; // the runtime's own nesting of its settings
    options["extra"] = { ...extra, session: { model_external_initializers_file_folder_path: opened.folder, ...extra.session } };
  }
  return options;
}
