import { InvalidArgumentError, type Random } from "@attr/core";

/**
 * Candidates of one baseline, or of several drawn together: `{ names: ["name", "pronoun"], values: [["Sue", "she"], ["Tom", "he"]] }`
 * keeps a name with its pronoun.
 */
export interface JointBaselines {
  readonly names: readonly string[];
  readonly values: readonly (readonly string[])[];
}

/**
 * Baselines drawn at random: one candidate a field, each independently and with equal chance. Give a list of candidate lists (one a
 * value), a record of candidate lists by name, or, to draw several names together, a list of {@link JointBaselines}.
 *
 * @example
 * ```ts
 * import { ProductBaselines } from "@attr/llm";
 *
 * new ProductBaselines([["Tom", "Ben"], ["park", "school", "shop"]]);
 * new ProductBaselines({ name: ["Tom", "Ben"], place: ["park", "shop"] });
 * new ProductBaselines([{ names: ["name", "pronoun"], values: [["Tom", "he"], ["Ann", "she"]] }]);
 * ```
 */
export class ProductBaselines {
  readonly #fields: readonly JointBaselines[];
  readonly #named: boolean;

  constructor(
    candidates: readonly (readonly string[])[] | Readonly<Record<string, readonly string[]>> | readonly JointBaselines[],
  ) {
    if (typeof candidates !== "object" || candidates === null)
      throw new InvalidArgumentError(
        "candidates must be a list of candidate lists, a record of them, or a list of { names, values }",
      );
    if (Array.isArray(candidates)) {
      const list: readonly (readonly string[] | JointBaselines)[] = candidates;
      this.#named = list.some((entry) => !Array.isArray(entry));
      this.#fields = list.map((entry, index) => {
        if (isList(entry)) {
          if (this.#named) throw new InvalidArgumentError(`candidates[${index}] is a list beside named ones: name all or none`);
          return { names: [String(index)], values: entry.map((value) => [value]) };
        }
        return entry;
      });
    } else {
      this.#named = true;
      // Neither a list of lists nor of joint baselines: what is left of the union is the record.
      const record = candidates as Readonly<Record<string, readonly string[]>>;
      this.#fields = Object.entries(record).map(([name, values]) => ({ names: [name], values: values.map((value) => [value]) }));
    }
    const seen = new Set<string>();
    for (const { names, values } of this.#fields) {
      const label = names.join(", ");
      if (values.length === 0) throw new InvalidArgumentError(`candidates of ${label} are empty`);
      for (const drawn of values)
        if (drawn.length !== names.length || drawn.some((value) => typeof value !== "string"))
          throw new InvalidArgumentError(
            `every candidate of ${label} must be ${names.length} strings, got ${JSON.stringify(drawn)}`,
          );
      for (const name of names) {
        if (seen.has(name)) throw new InvalidArgumentError(`candidates name ${name} twice`);
        seen.add(name);
      }
    }
  }

  /** One draw: a list where the candidates are one, otherwise a record. */
  sample(random: Random): readonly string[] | Readonly<Record<string, string>> {
    const drawn = this.#fields.flatMap(({ names, values }) => {
      const value = values[random.integer(values.length)]!;
      return names.map((name, index) => [name, value[index]!] as const);
    });
    return this.#named ? Object.fromEntries(drawn) : drawn.map(([, value]) => value);
  }
}

function isList(entry: readonly string[] | JointBaselines): entry is readonly string[] {
  return Array.isArray(entry);
}
