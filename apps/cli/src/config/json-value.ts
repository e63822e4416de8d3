import { misfit, type Option } from "../arguments.ts";

/** What an option takes where its value is JSON, in words; undefined where a value is it. */
export function jsonMisfit(option: Option, value: unknown): string | undefined {
  if (option.type === "boolean") return typeof value === "boolean" ? undefined : "true or false";
  if (option.multiple === true) {
    const fits = Array.isArray(value) && value.every((entry) => typeof entry === "string" && misfit(option, entry) === undefined);
    return fits ? undefined : "a list of texts";
  }
  // Numbers are numbers here; whatever else stands for one is held against the option as no number is.
  if (option.number !== undefined) return misfit(option, typeof value === "number" ? String(value) : "");
  if (typeof value === "string") return misfit(option, value);
  return option.choices === undefined ? "a text" : misfit(option, "");
}

/** A value in a sentence, cut where it is long. */
export function shownJson(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
