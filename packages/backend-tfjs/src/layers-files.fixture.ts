import type * as layers from "@tensorflow/tfjs-layers";

/** The files of a layers model, its weights in two shards that end in the middle of one. */
export async function layersFiles(live: layers.LayersModel): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {};
  await live.save({
    async save({ modelTopology, weightSpecs, weightData }) {
      const data = new Uint8Array(weightData as ArrayBuffer);
      const weightsManifest = [{ paths: ["a.bin", "b.bin"], weights: weightSpecs }];
      const json = { format: "layers-model", modelTopology, weightsManifest };
      files["model.json"] = new TextEncoder().encode(JSON.stringify(json));
      files["a.bin"] = data.slice(0, 50);
      files["b.bin"] = data.slice(50);
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
    },
  });
  return files;
}
