import type { Shape } from "@attr/core";
import { GraphBuilder } from "../gradient/graph-builder.ts";
import { upgrade } from "../gradient/rewriting/upgrade.ts";
import { valuesRead } from "../graph/free-values.ts";
import type { ValueType, ValueTypes } from "../graph/value-type.ts";
import { type ElementType, elementTypeOf } from "../onnx/element-type.ts";
import type { ModelProto, NodeProto } from "../onnx/proto.ts";
import { product, resultSizes } from "./result-sizes.ts";

/** A value in one run. */
export interface RunValue {
  readonly bytes: number;
  /** Absent where it could not be told; then the bytes are those of the largest value it is computed from. */
  readonly sizes: Shape | undefined;
}

/** The sizes of everything that is computed in one run. */
export interface RunSizes {
  readonly nodes: readonly NodeProto[];
  /** Of all that is fed or computed; constants, and what is computed from them alone, are not listed. */
  readonly values: ReadonlyMap<string, RunValue>;
}

/** Tells the sizes of all values of a graph in a run, from the sizes of what is fed. */
export class RunSizer {
  readonly #model: ModelProto;
  readonly #types: ValueTypes;
  readonly #constantTypes = new Map<string, ValueType>();
  readonly #constants = new Map<string, readonly number[]>();

  /** `types` is what is known of values for every run; names of free sizes in it are resolved in each. */
  constructor(model: ModelProto, types: ValueTypes) {
    this.#model = inNewForm(model);
    this.#types = types;
    const build = new GraphBuilder(this.#startValues(), "");
    for (const tensor of this.#model.graph.initializers) build.learnConstant(tensor);
    for (const [name, type] of build.values.types) this.#constantTypes.set(name, type);
    for (const [name, numbers] of build.values.constants) this.#constants.set(name, numbers);
  }

  /** The sizes at given sizes of the graph's inputs. */
  at(inputs: ReadonlyMap<string, Shape>): RunSizes {
    const { graph } = this.#model;
    const build = new GraphBuilder(this.#startValues(), "");
    const names = new Map<string, number>();
    const values = new Map<string, RunValue>();
    const note = (name: string, element: ElementType | undefined, sizes: Shape): void => {
      if (element !== undefined) build.values.types.set(name, { element, shape: sizes });
      this.#types.get(name)?.shape?.forEach((size, axis) => {
        const found = sizes[axis];
        if (typeof size === "string" && found !== undefined && !names.has(size)) names.set(size, found);
      });
      values.set(name, { bytes: bytesOf(element, sizes), sizes });
    };
    for (const { name, type } of graph.inputs) {
      const sizes = inputs.get(name);
      if (sizes === undefined) continue;
      const element = this.#types.get(name)?.element ?? elementTypeOf(type?.tensorType?.elemType ?? 1);
      const declared = type?.tensorType?.shape?.dims;
      declared?.forEach(({ param }, axis) => {
        if (param !== undefined && sizes[axis] !== undefined) names.set(param, sizes[axis]);
      });
      note(name, element, sizes);
    }
    const known = {
      sizes: (name: string | undefined) => (name ? numeric(build.shape(name)) : undefined),
      numbers: (name: string | undefined) => {
        if (!name) return undefined;
        const contents = build.numbers(name) ?? build.values.contents.get(name);
        return contents?.every((each) => typeof each === "number") === true ? contents : undefined;
      },
    };
    for (const node of graph.nodes) {
      build.learn(node);
      const read = [...valuesRead(node)];
      if (!read.some((name) => values.has(name))) continue; // the runtime computes it once, when the session is made
      const computed = resultSizes(node, known);
      node.outputs.forEach((name, i) => {
        if (name === "") return;
        const type = build.type(name);
        const declared = this.#types.get(name);
        const element = type?.element ?? declared?.element;
        const shape = type?.shape ?? computed[i] ?? declared?.shape;
        const sizes = shape?.map((size, axis) => {
          if (typeof size === "number") return size;
          const stated = declared?.shape?.length === shape.length ? declared.shape[axis] : undefined;
          const named = typeof stated === "string" ? names.get(stated) : (stated ?? undefined);
          return computed[i]?.[axis] ?? named;
        });
        const found = numeric(sizes);
        if (found !== undefined) note(name, element, found);
        else values.set(name, { bytes: Math.max(0, ...read.map((each) => values.get(each)?.bytes ?? 0)), sizes: undefined });
      });
    }
    return { nodes: graph.nodes, values };
  }

  #startValues(): ConstructorParameters<typeof GraphBuilder>[0] {
    return {
      types: new Map(this.#constantTypes),
      constants: new Map(this.#constants),
      contents: new Map(),
      taken: new Set(),
      counts: new Map(),
    };
  }
}

/** In the operator set that types are inferred in; as it is where it is too old for that. */
function inNewForm(model: ModelProto): ModelProto {
  try {
    return upgrade(model);
  } catch {
    return model;
  }
}

function numeric(sizes: readonly (number | string | null | undefined)[] | undefined): Shape | undefined {
  return sizes?.every((size) => typeof size === "number" && size >= 0) === true ? (sizes as Shape) : undefined; // all are numbers
}

/** Elements of unknown type count as 4 bytes, texts as 16. */
function bytesOf(element: ElementType | undefined, sizes: Shape): number {
  const bits = element === undefined ? 32 : element.bits === 0 ? 128 : element.bits;
  return Math.ceil((product(sizes) * bits) / 8);
}
