import type { MethodEntry } from "@attr/core/catalogue";

/** A method as a form offers it: an entry of the catalogue, its words by the names that the page's fields have for them. */
export interface ListedMethod<Name extends string = string> extends Omit<MethodEntry<Name>, "create"> {
  readonly label: string;
  /** One sentence for who has never heard of it. */
  readonly says: string;
}

/** Entries as a room offers them; `says` has the sentences that say more there than the catalogue's own. */
export function listedMethods<Name extends string>(
  entries: readonly Omit<MethodEntry<Name>, "create">[],
  says?: Readonly<Partial<Record<Name, string>>>,
): readonly ListedMethod<Name>[] {
  return entries.map((entry) => ({ ...entry, label: entry.title, says: says?.[entry.name] ?? entry.summary }));
}
