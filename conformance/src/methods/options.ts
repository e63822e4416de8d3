import type { OcclusionOptions } from "@attr/core";
import { type JsonObject, readEntries, readInteger, readList, readOptional } from "../format/read-json.ts";

/** What sampled methods take of a case. */
export interface SamplingOptions {
  readonly samples?: number | undefined;
  readonly seed?: number | undefined;
}

export function samplingOptions(options: JsonObject): SamplingOptions {
  return {
    samples: readOptional(options["samples"], "options.samples", readInteger),
    seed: readOptional(options["seed"], "options.seed", readInteger),
  };
}

/** A length along every axis but the batch, or several by input name. */
function readLengths(value: unknown, where: string): OcclusionOptions["window"] {
  if (typeof value === "number") return readInteger(value, where);
  if (Array.isArray(value)) return readList(value, where, readInteger);
  return readEntries(value, where, (entry, at) =>
    typeof entry === "number" ? readInteger(entry, at) : readList(entry, at, readInteger),
  );
}

export function windowOptions(options: JsonObject): Pick<OcclusionOptions, "window" | "strides"> {
  return {
    window: readLengths(options["window"], "options.window"),
    strides: readOptional(options["strides"], "options.strides", readLengths),
  };
}
