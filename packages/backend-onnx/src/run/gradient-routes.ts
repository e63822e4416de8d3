import type { GradientRules } from "@attr/core";
import { type Differentiable, gradientGraph, makeDifferentiable } from "../gradient/gradient-graph.ts";
import { withoutInvented } from "../gradient/graph-builder.ts";
import type { SeedKind } from "../gradient/objective/seed.ts";
import { rulesFor } from "../gradient/propagation/rules-for.ts";
import { extract } from "../graph/extract.ts";
import { indexGraph } from "../graph/graph-index.ts";
import { RouteMemory } from "../memory/route-memory.ts";
import type { ElementType } from "../onnx/element-type.ts";
import type { LoadedModel } from "./loaded-model.ts";
import { listNames } from "./model-values.ts";
import { inputTypes, type PreparedFeed } from "./prepare-feeds.ts";
import { byCodeUnits, type Route, remember, sessionMaker } from "./route.ts";

/** What is differentiated by what, and how. */
export interface RouteQuestion {
  readonly of: string;
  readonly seed: SeedKind;
  readonly wrt: readonly string[];
  readonly rules: GradientRules | undefined;
  /** Forward values wanted as well. */
  readonly values: readonly string[];
}

export interface GradientRoute extends Route {
  /** Value differentiated by → the output that is its gradient. */
  readonly gradientOf: ReadonlyMap<string, string>;
  /** Feed → the input of its reference; undefined where nothing needs it. */
  readonly referenceOf: ReadonlyMap<string, string | undefined>;
  /** The input that the objective's indices or cotangent go into. */
  readonly seed: { readonly name: string; readonly element: ElementType } | undefined;
}

/** The routes of gradients of one model. */
export class GradientRoutes {
  readonly #loaded: LoadedModel;
  readonly #routes = new Map<string, GradientRoute>();
  #differentiable: Differentiable | undefined;

  constructor(loaded: LoadedModel) {
    this.#loaded = loaded;
  }

  /** The graph that gives these gradients and values; looked up where it was asked for before. */
  find(feeds: readonly PreparedFeed[], references: readonly PreparedFeed[], question: RouteQuestion): GradientRoute {
    const fedAs = feeds.map(({ name, typeName, whole }) => `${name} ${typeName} ${whole === true}`).sort(byCodeUnits);
    const compared = references.map(({ name, typeName }) => `${name} ${typeName}`).sort(byCodeUnits);
    const { of, seed, wrt, values } = question;
    const rules = { ...question.rules, reference: undefined };
    const key = JSON.stringify(["gradient", fedAs, compared, of, seed, wrt, rules, values]);
    return remember(this.#routes, key, () => this.#make(key, feeds, references, question));
  }

  #make(
    key: string,
    feeds: readonly PreparedFeed[],
    references: readonly PreparedFeed[],
    { of, seed, wrt, rules, values: wanted }: RouteQuestion,
  ): GradientRoute {
    const { opened, values, name: modelName } = this.#loaded;
    this.#differentiable ??= makeDifferentiable(opened.model, values.types);
    const inputs = inputTypes(this.#loaded, feeds);
    const freed = new Set([...inputs].filter(([name, type]) => type.shape !== values.shape(name)).map(([name]) => name));
    for (const { name, whole } of feeds) if (whole === true) freed.add(name);
    const graph = gradientGraph(this.#differentiable, {
      fed: new Set(inputs.keys()),
      freed,
      of,
      seed,
      wrt,
      rules: rulesFor(rules),
      references: new Set(references.map(({ name }) => name)),
    });
    for (const [name, input] of graph.referenceOf) inputs.set(input, inputs.get(name)!); // what has a reference is fed
    const { seedInput } = graph;
    const seedType = seedInput === undefined ? undefined : graph.types.get(seedInput);
    if (seedInput !== undefined && seedType !== undefined) inputs.set(seedInput, withoutInvented(seedType));
    const { model, inputOf, outputOf } = extract(
      indexGraph(graph.model),
      inputs,
      [...graph.gradientOf.values(), ...wanted],
      graph.types,
    );
    return {
      key,
      model,
      inputOf,
      outputOf,
      referenceOf: new Map([...graph.referenceOf].map(([name, input]) => [name, inputOf.get(input)])),
      gradientOf: new Map(wrt.map((name) => [name, outputOf.get(graph.gradientOf.get(name)!)!])), // one for each of `wrt`
      seed:
        seedInput === undefined || seedType === undefined || !inputOf.has(seedInput)
          ? undefined
          : { name: inputOf.get(seedInput)!, element: seedType.element },
      createSession: sessionMaker(this.#loaded, model, `the gradient of "${of}" by ${listNames(wrt)} in ${modelName}`),
      memory: new RouteMemory(model, graph.types),
    };
  }
}
