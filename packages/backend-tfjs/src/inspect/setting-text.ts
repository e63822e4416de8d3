/** Longer settings are cut: a table of numbers is no setting that people read. */
const most = 80;

/** Settings of a layer or a node as people read them; those that are absent, or are objects of code, are left out. */
export function settingTexts(settings: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(settings).flatMap(([name, value]) => {
      const text = settingText(value);
      return text === undefined ? [] : [[name, text.length > most ? `${text.slice(0, most - 1)}…` : text]];
    }),
  );
}

function settingText(value: unknown): string | undefined {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) {
    if (value.length === 0) return undefined;
    const parts = value.slice(0, most).map((part) => (part === null ? "any" : settingText(part)));
    return parts.includes(undefined) ? undefined : `[${parts.join(", ")}]`;
  }
  // A layer inside a layer, or an initializer: its class is what one reads.
  if (typeof value === "object" && value !== null && "className" in value && typeof value.className === "string")
    return value.className;
  return undefined;
}
