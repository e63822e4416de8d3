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
  const extra = (options["extra"] ?? {}) as { readonly session?: object }; // the runtime's own nesting of its settings
  const standard = {
    // The threads of a session that has just run would otherwise keep looking for work, on the cores that the next session needs.
    force_spinning_stop: "1",
    ...(held.length < locations.length && { model_external_initializers_file_folder_path: opened.folder }),
  };
  options["extra"] = { ...extra, session: { ...standard, ...extra.session } };
  return options;
}
