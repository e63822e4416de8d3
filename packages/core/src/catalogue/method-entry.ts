import type { AttributionResult } from "../methods/attribution-result.ts";
import type { Explainable, GameMethod } from "../methods/method.ts";
import type { Inputs, TargetOptions } from "../methods/options.ts";
import type { DifferentiableGraphModel } from "../model/differentiable.ts";
import type { MethodSettings, SettingName } from "./settings.ts";

/** A method that was made by its entry, as one that knows only its name asks it. */
export interface CatalogueMethod {
  /** As in the literature: "IntegratedGradients". */
  readonly name: string;
  /** Attributions of what the entry says, settings of the call among the options. */
  attribute(inputs: Inputs, options?: MethodSettings & TargetOptions): Promise<AttributionResult>;
  /** Better and better results, the last one the answer; absent where there is one alone. */
  stream?(inputs: Inputs, options?: MethodSettings & TargetOptions): AsyncIterable<AttributionResult>;
}

/** What an entry makes its method by, where only its name is known. */
export type CreateMethod = {
  /** Written as a method, so that entries that take less than such a model, or need some of the settings, are among all others. */
  create(model: DifferentiableGraphModel, settings: MethodSettings): CatalogueMethod;
}["create"];

/** What an entry may make its method by at all. */
export type CreateAny = (model: never, settings: never) => object;

/**
 * A method as data: what it is called, what it says, what it lets one set and how it is made. Command lines, forms, servers and lists are
 * made of these.
 */
export interface MethodEntry<
  Name extends string = string,
  Create extends CreateAny = CreateMethod,
  Known extends SettingName = SettingName,
> {
  /** As a command line writes it: "integrated-gradients". */
  readonly name: Name;
  /** As a person reads it: "Integrated gradients". */
  readonly title: string;
  /** One sentence for who has never heard of it. */
  readonly summary: string;
  /**
   * `perturbation` takes features away, of any model; `gradient` needs one that can be differentiated; `activation` reads inner values of
   * one that has them.
   */
  readonly kind: "perturbation" | "gradient" | "activation";
  /** What it lets one set: with it {@link MethodEntry.create} is called, `attribute` too. */
  readonly settings: readonly Known[];
  /** Whether its attributions are of the inputs, or of the values of the layer that is set. @defaultValue "inputs" */
  readonly attributesTo?: "inputs" | "layer" | undefined;
  /** `distribution`: the rows of its baselines stand for many possible ones beside every example. @defaultValue "examples" */
  readonly baselineRows?: "examples" | "distribution" | undefined;
  /** It was made for pictures, and says little of inputs that have no neighbours. @defaultValue false */
  readonly pictures?: boolean | undefined;
  /** Makes it over a model. @throws UnsupportedError, InvalidArgumentError as the class does. */
  readonly create: Create;
}

/** An entry of a method that runs over the game of a prompt too: what `LLMAttribution` and `MultipleChoice` take. */
export type GameMethodEntry<Name extends string = string> = MethodEntry<
  Name,
  <M extends Explainable>(model: M) => GameMethod<M, MethodSettings>
>;

/** Names of what a class takes when it is made or asked. */
type SettingOf<Create> = Create extends (
  model: never,
  settings: infer Settings,
) => {
  attribute(inputs: never, options: infer Options): unknown;
}
  ? Extract<keyof NonNullable<Settings> | keyof NonNullable<Options>, SettingName>
  : never;

/** The type that an entry is written with: of its settings the class that is made takes each. */
export type EntryOf<Name extends string, Create extends CreateAny> = MethodEntry<Name, Create, SettingOf<Create>>;
