import { externalLocations } from "../onnx/external-data.ts";
import type { OpenModel } from "../onnx/opened-model.ts";
import type { ModelProto } from "../onnx/proto.ts";
import type { SessionOptions } from "./runtime.ts";

/** The settings of a session of `model`, part of the file `opened`: those given, and where its weights are. */
export function sessionOptions(model: ModelProto, opened: OpenModel, given: SessionOptions): SessionOptions {
  // A key whose value is undefined makes onnxruntime-node throw.
  const options: Record<string, unknown> = {
    logSeverityLevel: 4,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  };
  const locations = externalLocations(model);
  const held = locations.filter((location) => opened.external.has(location));
  if (held.length > 0)
    options["externalData"] = held.map((location) => ({ path: location, data: opened.external.get(location) }));
  if (held.length < locations.length) {
    const extra = (options["extra"] ?? {}) as { readonly session?: object }; // the runtime's own nesting of its settings
    options["extra"] = { ...extra, session: { model_external_initializers_file_folder_path: opened.folder, ...extra.session } };
  }
  return options;
}
