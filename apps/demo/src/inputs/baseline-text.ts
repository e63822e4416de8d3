import type { ImageBaseline } from "@attr/inputs";

/** A colour as fields and addresses write it: `#1a5cb0`. */
export function colorText(color: readonly number[]): string {
  return `#${color.map((value) => Math.round(value).toString(16).padStart(2, "0")).join("")}`;
}

/** What {@link colorText} wrote; black for anything else. */
export function colorIn(text: string): readonly [number, number, number] {
  const [, red = "0", green = "0", blue = "0"] = /^#?([\da-f]{2})([\da-f]{2})([\da-f]{2})$/i.exec(text) ?? [];
  return [Number.parseInt(red, 16), Number.parseInt(green, 16), Number.parseInt(blue, 16)];
}

/** A baseline for an address: "black", "blurred-3", "color-1a5cb0". */
export function baselineText(baseline: ImageBaseline): string {
  if (baseline.kind === "color") return `color-${colorText(baseline.color).slice(1)}`;
  return baseline.kind === "blurred" ? `blurred-${baseline.radius}` : baseline.kind;
}

/** What {@link baselineText} wrote; undefined for anything else. */
export function baselineIn(text: string | null): ImageBaseline | undefined {
  const [kind = "", value = ""] = (text ?? "").split("-");
  if (kind === "black" || kind === "white" || kind === "mean" || kind === "neutral") return { kind };
  if (kind === "color") return { kind, color: colorIn(value) };
  const radius = Number(value);
  return kind === "blurred" && value !== "" && radius >= 0 && radius <= 100 ? { kind, radius } : undefined;
}
