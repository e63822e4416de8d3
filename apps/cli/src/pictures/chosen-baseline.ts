import { type MethodName, methodNamed } from "@attr/core/catalogue";
import type { ImageBaseline } from "@attr/inputs";
import { type Arguments, UsageError } from "../arguments.ts";

/** What `--baseline` of pictures takes, in words. */
export const baselineForms = "black, white, mean, neutral, blur, #RRGGBB or blur:RADIUS";

/** Pixels by which a picture is blurred where nobody says how far. */
const usualRadius = 8;

/** What stands for an absent part of a picture. @throws UsageError for what is none, and for a method that compares with nothing. */
export function chosenBaseline(given: Arguments, name: MethodName): ImageBaseline {
  const text = given.text("baseline") ?? "black";
  if (given.typed("baseline") && !methodNamed(name).settings.includes("baselines"))
    throw new UsageError(`--baseline is for other methods; ${name} compares with nothing`);
  if (text === "black" || text === "white" || text === "mean" || text === "neutral") return { kind: text };
  const [blurred, radius] = /^blur(?::(\d+(?:\.\d+)?))?$/.exec(text) ?? [];
  if (blurred !== undefined) return { kind: "blurred", radius: Number(radius ?? usualRadius) };
  const [, red, green, blue] = /^#([\da-f]{2})([\da-f]{2})([\da-f]{2})$/i.exec(text) ?? [];
  if (red === undefined) throw new UsageError(`--baseline takes ${baselineForms}, got "${text}"`);
  return { kind: "color", color: [red, green, blue].map((part) => Number.parseInt(part!, 16)) as [number, number, number] }; // three were read
}
