import { InvalidArgumentError } from "../errors.ts";
import type { Estimate, Game } from "../game/game.ts";
import { leaveOneOut } from "../game/leave-one-out.ts";
import { type LeaveWindowsOutOptions, leaveWindowsOut } from "../game/leave-windows-out.ts";
import { type SlidingWindow, windowSwitch } from "../game/window-switch.ts";
import { assertExplainable } from "../model/assert-model.ts";
import { resolveBaselines } from "../model/baselines.ts";
import type { Model } from "../model/model.ts";
import { listNames } from "../model/names.ts";
import { formatShape, sizeOf } from "../tensor/shape.ts";
import type { Shape } from "../tensor/tensor.ts";
import type { AttributionResult } from "./attribution-result.ts";
import type { Explainable, GameMethod } from "./method.ts";
import type { Inputs, PerturbationOptions } from "./options.ts";
import { countedInputs, lastResult, methodScope, TensorExplanation } from "./tensor-explanation.ts";

/** A length along every axis but the batch, or one number for all of them. */
export type AxisLengths = number | readonly number[];

/** What {@link Occlusion} covers: the window and its steps, and what it is covered with. */
export interface OcclusionOptions extends Omit<PerturbationOptions, "featureMask"> {
  /** The window's size along every axis but the batch; by input name where there are several inputs. */
  readonly window: AxisLengths | Readonly<Record<string, AxisLengths>>;
  /**
   * Steps between neighbouring windows along every axis, at most the window's size there (or every element would not be covered); by
   * input name where they differ.
   * @defaultValue 1
   */
  readonly strides?: AxisLengths | Readonly<Record<string, AxisLengths>> | undefined;
}

/**
 * How much the output falls when a window of the input is replaced by its baseline, for a window that slides over every input. An
 * element gets the mean over the windows that cover it; windows at the border are cut off there.
 *
 * `W` windows (of all inputs together) take `W + 1` rows an example. Zeiler and Fergus, "Visualizing and understanding convolutional
 * networks", 2014.
 *
 * @example
 * ```ts
 * import { OnnxModel } from "@attr/backend-onnx";
 * import { Occlusion } from "@attr/core";
 * import { digits } from "@attr/models";
 *
 * await using model = await OnnxModel.load(new URL("onnx/model.onnx", digits));
 * const row = (y: number) => Array.from({ length: 28 }, (_, x) => (x === 14 && y > 4 && y < 24 ? 1 : 0));
 * const image = [[Array.from({ length: 28 }, (_, y) => row(y))]]; // a stroke: a one
 * const windows = { window: [1, 7, 7], stride: [1, 7, 7] };
 * const { attributions, evaluations } = await new Occlusion(model).attribute({ image }, { target: 1, ...windows });
 * console.log(attributions["image"]?.shape, evaluations.rows); // [1, 1, 28, 28] 17
 * ```
 */
export class Occlusion<M extends Explainable> implements GameMethod<M, LeaveWindowsOutOptions> {
  readonly name = "Occlusion";
  readonly model: M;

  constructor(model: M) {
    assertExplainable(model, "model");
    this.model = model;
  }

  /** @throws InvalidArgumentError for windows and strides that do not fit the inputs, and for what does not fit the model. */
  async attribute(this: Occlusion<Model>, inputs: Inputs, options: OcclusionOptions): Promise<AttributionResult> {
    using _scope = methodScope(this.name, this.model);
    const counted = await countedInputs(this.model, inputs, options.signal);
    const { resolved } = counted;
    const windows = resolveWindows(
      Object.fromEntries(Object.entries(resolved.values).map(([name, { shape }]) => [name, shape.slice(1)])),
      options,
    );
    const { values, baselines } = await resolveBaselines(resolved, options.baselines);
    const explanation = new TensorExplanation({
      method: this.name,
      source: this.model,
      counted,
      values,
      absent: baselines,
      featureSwitch: windowSwitch(windows),
      target: options.target,
    });
    return await lastResult(explanation, leaveOneOut(explanation.game, options));
  }

  /** Over a game the players stand in a row, and the window is a number of neighbours. */
  estimate(game: Game, options: LeaveWindowsOutOptions = {}): AsyncGenerator<Estimate, void, void> {
    return leaveWindowsOut(game, options);
  }

  /** The same method over another model. */
  over(model: M): Occlusion<M> {
    return new Occlusion(model);
  }
}

function resolveWindows(
  shapes: Readonly<Record<string, Shape>>,
  options: Partial<OcclusionOptions> | undefined,
): Record<string, SlidingWindow> {
  const window = options?.window;
  const strides = options?.strides;
  if (window === undefined) throw new InvalidArgumentError("Occlusion needs window: its size along every axis but the batch");
  checkNames("window", window, shapes);
  checkNames("strides", strides, shapes);
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const size = lengthsOf("window", window, name, shape, undefined);
      const stride = lengthsOf("strides", strides, name, shape, 1);
      // Nothing of an empty input can be covered, so any window fits it.
      if (sizeOf(shape) > 0) checkFit(name, shape, size, stride);
      return [name, { shape, size, strides: stride }];
    }),
  );
}

function isLengths(value: unknown): value is AxisLengths {
  return typeof value === "number" || Array.isArray(value);
}

function checkNames(argument: string, value: unknown, shapes: Readonly<Record<string, Shape>>): void {
  if (value === undefined) return;
  const names = Object.keys(shapes);
  if (Array.isArray(value)) {
    if (names.length > 1)
      throw new InvalidArgumentError(
        `${argument} is one array for the inputs ${listNames(names)}: give one by input name, { ${names[0]}: ${formatShape(value)}, … }`,
      );
    return;
  }
  if (typeof value === "number") return;
  if (typeof value !== "object" || value === null)
    throw new InvalidArgumentError(
      `${argument} must be a number, an array, or an object of these by input name, got ${String(value)}`,
    );
  for (const name of Object.keys(value))
    if (!names.includes(name))
      throw new InvalidArgumentError(`${argument} "${name}" is unknown; what is attributed to is ${listNames(names)}`);
}

function lengthsOf(
  argument: string,
  given: AxisLengths | Readonly<Record<string, AxisLengths>> | undefined,
  name: string,
  shape: Shape,
  fallback: number | undefined,
): readonly number[] {
  const lengths = given === undefined || isLengths(given) ? given : Object.hasOwn(given, name) ? given[name] : undefined;
  const value = lengths ?? fallback;
  if (value === undefined) throw new InvalidArgumentError(`${argument} has no entry for input "${name}"`);
  const list = typeof value === "number" ? shape.map(() => value) : value;
  if (list.length !== shape.length)
    throw new InvalidArgumentError(
      `${argument} ${formatShape(list)} of "${name}" has ${list.length} entries, but the input has ${shape.length} axes besides the batch`,
    );
  for (const length of list)
    if (!Number.isInteger(length) || length < 1)
      throw new InvalidArgumentError(
        `${argument} ${formatShape(list)} of "${name}" must hold whole numbers from 1, got ${String(length)}`,
      );
  return list;
}

function checkFit(name: string, shape: Shape, size: readonly number[], strides: readonly number[]): void {
  for (let axis = 0; axis < shape.length; axis++) {
    if (size[axis]! > shape[axis]!)
      throw new InvalidArgumentError(
        `window ${formatShape(size)} of "${name}" is larger than the input along axis ${axis + 1} (length ${shape[axis]})`,
      );
    if (strides[axis]! > size[axis]! && size[axis] !== shape[axis])
      throw new InvalidArgumentError(
        `strides ${formatShape(strides)} of "${name}" are larger than the window ${formatShape(size)} along axis ${axis + 1}: elements between windows would not be covered`,
      );
  }
}
