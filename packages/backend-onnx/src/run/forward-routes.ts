import { extract } from "../graph/extract.ts";
import { RouteMemory } from "../memory/route-memory.ts";
import type { LoadedModel } from "./loaded-model.ts";
import { listNames } from "./model-values.ts";
import { inputTypes, type PreparedFeed } from "./prepare-feeds.ts";
import { byCodeUnits, type Route, remember, sessionMaker } from "./route.ts";

/** The routes of forward runs of one model. */
export class ForwardRoutes {
  readonly #loaded: LoadedModel;
  readonly #routes = new Map<string, Route>();

  constructor(loaded: LoadedModel) {
    this.#loaded = loaded;
  }

  /** The part of the graph that leads from these feeds to these values; looked up where it was asked for before. */
  find(feeds: readonly PreparedFeed[], wanted: readonly string[]): Route {
    const computed = this.#computed(feeds, wanted);
    const key = JSON.stringify([feeds.map(({ name, typeName }) => `${name} ${typeName}`).sort(byCodeUnits), computed]);
    return remember(this.#routes, key, () => {
      const { index, values, name } = this.#loaded;
      const { model, inputOf, outputOf } = extract(index, inputTypes(this.#loaded, feeds), computed, values.types);
      const createSession = sessionMaker(this.#loaded, model, `${listNames(computed)} of ${name}`);
      return { key, model, inputOf, outputOf, createSession, memory: new RouteMemory(model, values.types) };
    });
  }

  /** What the session is made for: the fetches, or all outputs with them where one session is to serve every set of outputs. */
  #computed(feeds: readonly PreparedFeed[], wanted: readonly string[]): readonly string[] {
    const { index, values, outputsTogether } = this.#loaded;
    if (!outputsTogether || !wanted.every((name) => values.outputs.has(name))) return wanted;
    const fed = new Set(feeds.map(({ name }) => name));
    if (!index.inputs.every((name) => fed.has(name))) return wanted;
    return [...values.outputs].filter((name) => !fed.has(name)).sort(byCodeUnits);
  }
}
