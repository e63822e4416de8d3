import { type JsonObject, readInteger, readOptional } from "../format/read-json.ts";

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
