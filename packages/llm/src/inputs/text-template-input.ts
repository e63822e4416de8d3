import { InvalidArgumentError, type Random, seededRandom } from "@attr/core";
import type { InterpretableInput, Prompt } from "./interpretable-input.ts";
import { onePlayerEach, playersByMask } from "./players.ts";
import { ProductBaselines } from "./product-baselines.ts";
import { fillTemplate, parseTemplate } from "./template.ts";

/** Values of a template: a list for `{}`, a record for `{name}`. */
export type TemplateValues = readonly string[] | Readonly<Record<string, string>>;

/** One entry a value, in the form the values have. */
export type PerValue<Values extends TemplateValues, Entry> = Values extends readonly string[]
  ? readonly Entry[]
  : { readonly [Name in keyof Values]: Entry };

/** The values of a template, and what stands in place of absent ones. */
export interface TextTemplateInputOptions<Values extends TemplateValues> {
  /** What the fields of the template hold, in order or by name. */
  readonly values: Values;
  /**
   * What stands in place of an absent value: one text a value, a function that makes them, or {@link ProductBaselines}. Functions and
   * product baselines are asked once a prompt with a random generator that depends only on the seed and on which values are present: the same
   * coalition always gets the same draw, so that an attribution can be repeated.
   *
   * @defaultValue the empty text for each
   */
  readonly baselines?: PerValue<Values, string> | ((random: Random) => PerValue<Values, string>) | ProductBaselines | undefined;
  /** An id a value: values of equal ids are switched together and share one score. @defaultValue each on its own */
  readonly mask?: PerValue<Values, number | string> | undefined;
  /** Seed of baselines that are drawn. @defaultValue 0 */
  readonly seed?: number | undefined;
  /** Lets the tokenizer add what it puts around a text. False for templates that hold it already. @defaultValue true */
  readonly addSpecialTokens?: boolean | undefined;
}

/**
 * A prompt made of a template and values: the values are the features. `{}` takes the values in order, `{name}` by name, `{{` and `}}` are
 * braces; a function makes the prompt of the values itself. Text between the fields always stays: with the empty baseline
 * "a {} b" becomes "a  b", two spaces included.
 *
 * @example
 * ```ts
 * import { ProductBaselines, TextTemplateInput } from "@attr/llm";
 *
 * new TextTemplateInput("{name} lives in {city}.", {
 *   values: { name: "Dave", city: "Palm Coast" },
 *   baselines: new ProductBaselines({ name: ["Sarah", "John"], city: ["Seattle", "Boston"] }),
 * });
 * ```
 *
 * @throws InvalidArgumentError where fields and values do not fit, and where baselines or mask have other entries than the values.
 */
export class TextTemplateInput<Values extends TemplateValues = TemplateValues> implements InterpretableInput {
  readonly values: readonly string[];
  readonly players: number;
  readonly playerOf: readonly number[];
  readonly layout: InterpretableInput["layout"];
  readonly #names: readonly string[] | undefined;
  readonly #fill: (values: readonly string[]) => string;
  readonly #baselines: (random: () => Random) => readonly string[];
  readonly #seed: number;
  readonly #addSpecialTokens: boolean;

  constructor(template: string | ((values: Values) => string), options: TextTemplateInputOptions<Values>) {
    // Plain JavaScript may leave either out.
    const { values: given } = (options as typeof options | undefined) ?? { values: undefined };
    if (typeof given !== "object" || given === null)
      throw new InvalidArgumentError("values must be a list or a record of texts: new TextTemplateInput(template, { values })");
    this.#names = isList(given) ? undefined : Object.keys(given);
    this.values = isList(given) ? given : Object.values(given);
    if (this.values.length === 0) throw new InvalidArgumentError("values are empty: there is nothing to attribute to");
    this.values.forEach((value, index) => {
      if (typeof value !== "string")
        throw new InvalidArgumentError(`value ${this.#names?.[index] ?? index} must be a string, got ${typeof value}`);
    });
    if (typeof template === "string") {
      const parsed = parseTemplate(template, this.#names, this.values.length);
      this.#fill = (values) => fillTemplate(parsed, values).text;
      this.layout = fillTemplate(parsed, this.values);
    } else if (typeof template === "function") {
      this.#fill = (values) => {
        const text: unknown = template(this.#inForm(values));
        if (typeof text !== "string") throw new InvalidArgumentError(`template must return a string, got ${typeof text}`);
        return text;
      };
      this.layout = undefined;
    } else throw new InvalidArgumentError(`template must be a string or a function of the values, got ${typeof template}`);

    const { players, playerOf } =
      options.mask === undefined
        ? onePlayerEach(this.values.length)
        : playersByMask(this.#entries<number | string>(options.mask, "mask"), this.values.length, "mask");
    this.players = players;
    this.playerOf = playerOf;
    this.#baselines = this.#baselineSource(options.baselines);
    this.#seed = options.seed ?? 0;
    this.#addSpecialTokens = options.addSpecialTokens ?? true;
  }

  prompt(present: (player: number) => boolean = () => true): Prompt {
    let key = "";
    for (let player = 0; player < this.players; player++) key += present(player) ? "1" : "0";
    let values = this.values;
    if (key.includes("0")) {
      const baselines = this.#baselines(() => seededRandom(this.#seed).fork(key));
      values = this.values.map((value, feature) => (key[this.playerOf[feature]!] === "1" ? value : baselines[feature]!));
    }
    return { kind: "text", text: this.#fill(values), addSpecialTokens: this.#addSpecialTokens };
  }

  #baselineSource(baselines: TextTemplateInputOptions<Values>["baselines"]): (random: () => Random) => readonly string[] {
    if (baselines === undefined) {
      const empty = this.values.map(() => "");
      return () => empty;
    }
    if (baselines instanceof ProductBaselines) return (random) => this.#texts(baselines.sample(random()));
    if (typeof baselines === "function") return (random) => this.#texts(baselines(random()));
    const fixed = this.#texts(baselines);
    return () => fixed;
  }

  #texts(baselines: unknown): readonly string[] {
    const entries = this.#entries<unknown>(baselines, "baselines");
    return entries.map((entry, index) => {
      if (typeof entry !== "string")
        throw new InvalidArgumentError(`baseline ${this.#names?.[index] ?? index} must be a string, got ${typeof entry}`);
      return entry;
    });
  }

  /** Entries in the order of the values, from the form the values have. */
  #entries<Entry>(given: unknown, name: string): readonly Entry[] {
    const names = this.#names;
    if (typeof given !== "object" || given === null)
      throw new InvalidArgumentError(
        `${name} must be a ${names === undefined ? "list" : "record"} as the values are, got ${typeof given}`,
      );
    if (Array.isArray(given) !== (names === undefined))
      throw new InvalidArgumentError(
        `${name} must be a ${names === undefined ? "list" : "record"} as the values are, got a ${Array.isArray(given) ? "list" : "record"}`,
      );
    if (names === undefined) {
      // Checked above: a list; its entries are checked by who asked.
      const list = given as readonly Entry[];
      if (list.length !== this.values.length)
        throw new InvalidArgumentError(`${name} must hold ${this.values.length} entries, one a value, got ${list.length}`);
      return list;
    }
    const record = given as Readonly<Record<string, Entry>>;
    for (const key of Object.keys(record))
      if (!names.includes(key))
        throw new InvalidArgumentError(`${name} have an entry ${key} but values have only ${names.join(", ")}`);
    return names.map((key) => {
      if (!Object.hasOwn(record, key)) throw new InvalidArgumentError(`${name} have no entry ${key}`);
      return record[key]!;
    });
  }

  /** Values in the form they were given in, for a template that is a function. */
  #inForm(values: readonly string[]): Values {
    const names = this.#names;
    const form: TemplateValues =
      names === undefined ? values : Object.fromEntries(names.map((name, index) => [name, values[index]!]));
    // The same form and keys as the values given, which is all that Values can tell apart.
    return form as Values;
  }
}

function isList(values: TemplateValues): values is readonly string[] {
  return Array.isArray(values);
}
