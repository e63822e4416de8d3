import type { JsonPlace } from "./json.ts";
import { translateExpression } from "./library.ts";

/** The `pattern` of a Split or Replace: `{ "String": "…" }` or `{ "Regex": "…" }`, as a global expression. */
export function readPattern(value: unknown, place: JsonPlace): RegExp {
  const pattern = place.record(value);
  if (pattern["String"] !== undefined) return literalPattern(place.at("String").text(pattern["String"]));
  const source = place.at("Regex").text(pattern["Regex"]);
  return translated(source, place);
}

/** A text as an expression that matches it alone. */
export function literalPattern(text: string): RegExp {
  // Nothing to find: matches nowhere.
  if (text === "") return /(?!)/gu;
  return new RegExp(
    text.replace(/[\\^$.*+?()[\]{}|/-]/g, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`),
    "gu",
  );
}

/** The library translates the expressions of tokenizer.json (Oniguruma's dialect) to JavaScript's. */
function translated(source: string, place: JsonPlace): RegExp {
  let expression: RegExp | null;
  try {
    expression = translateExpression(source);
  } catch (error) {
    throw place.error(`is an expression this runtime cannot read: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (expression === null) throw place.error("is an expression this runtime cannot read");
  return expression;
}
