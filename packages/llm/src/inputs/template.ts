import { InvalidArgumentError } from "@attr/core";

/** A template as its parts: text as it is, and fields by the index of their value. */
export interface Template {
  readonly parts: readonly (string | { readonly value: number })[];
}

/**
 * Reads a template string: `{}` takes the values one after the other, `{0}` the one of that index, `{name}` the one of that name; `{{` and
 * `}}` stand for braces.
 *
 * @param names The values' names, where they have any; undefined for a list of values.
 * @param count How many values there are.
 */
export function parseTemplate(template: string, names: readonly string[] | undefined, count: number): Template {
  const parts: (string | { readonly value: number })[] = [];
  let text = "";
  let next = 0;
  let style: "counted" | "indexed" | undefined;
  for (let at = 0; at < template.length; at++) {
    const character = template[at]!;
    if ((character === "{" || character === "}") && template[at + 1] === character) {
      text += character;
      at++;
    } else if (character === "}") {
      throw new InvalidArgumentError(`template has a "}" at ${at} that closes nothing: write "}}" for a brace`);
    } else if (character === "{") {
      const end = template.indexOf("}", at);
      if (end < 0) throw new InvalidArgumentError(`template has a "{" at ${at} that is never closed: write "{{" for a brace`);
      const field = template.slice(at + 1, end);
      const kind = field === "" ? "counted" : /^\d+$/.test(field) && names === undefined ? "indexed" : undefined;
      if (kind !== undefined && style !== undefined && kind !== style)
        throw new InvalidArgumentError("template mixes {} with {0}: use one of the two");
      style = kind ?? style;
      if (text !== "") parts.push(text);
      text = "";
      parts.push({ value: fieldValue(field, kind === "counted" ? next++ : undefined, names, count) });
      at = end;
    } else text += character;
  }
  if (text !== "") parts.push(text);
  if (style === "counted" && next < count)
    throw new InvalidArgumentError(`template has ${next} fields for ${count} values: every value needs a {}`);
  const used = new Set(parts.flatMap((part) => (typeof part === "string" ? [] : [part.value])));
  for (let value = 0; value < count; value++)
    if (!used.has(value))
      throw new InvalidArgumentError(
        `template has no field for value ${names === undefined ? value : JSON.stringify(names[value])}`,
      );
  return { parts };
}

function fieldValue(field: string, counted: number | undefined, names: readonly string[] | undefined, count: number): number {
  if (names !== undefined) {
    if (counted !== undefined)
      throw new InvalidArgumentError(
        `template has {} but values have names: write {${names[0] ?? "name"}}, or give values as a list`,
      );
    const index = names.indexOf(field);
    if (index < 0)
      throw new InvalidArgumentError(`template has a field {${field}} but values have no ${field}, only ${names.join(", ")}`);
    return index;
  }
  const index = counted ?? (/^\d+$/.test(field) ? Number(field) : undefined);
  if (index === undefined)
    throw new InvalidArgumentError(`template has a field {${field}} but values are a list: write {}, or give values as a record`);
  if (index >= count)
    throw new InvalidArgumentError(
      counted === undefined
        ? `template has a field {${index}} for ${count} values`
        : `template has more fields than values: ${count} values`,
    );
  return index;
}

/** The text with values in place of the fields, and where the first field of every value lies in it. */
export function fillTemplate(template: Template, values: readonly string[]): { text: string; spans: [number, number][] } {
  let text = "";
  const spans: [number, number][] = [];
  for (const part of template.parts) {
    if (typeof part === "string") text += part;
    else {
      const value = values[part.value]!;
      spans[part.value] ??= [text.length, text.length + value.length];
      text += value;
    }
  }
  return { text, spans };
}
