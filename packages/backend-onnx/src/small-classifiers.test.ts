import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { HostTensor, IntegratedGradients } from "@attr/core";
import { digits, penguins } from "@attr/models";
import { afterAll, describe, expect, test } from "vitest";
import { gradientCoverage } from "./inspect/gradient-coverage.ts";
import { withKnownTypes } from "./inspect/known-types.ts";
import { parameterCount } from "./inspect/parameter-count.ts";
import { OnnxModel } from "./onnx-model.ts";

// What the cards in models/README.md say of digits and penguins.

const open = (folder: URL): Promise<OnnxModel> => OnnxModel.load(fileURLToPath(new URL("onnx/model.onnx", folder)));
const json = (folder: URL, name: string) => JSON.parse(readFileSync(new URL(name, folder), "utf8"));

const floats = (values: readonly number[], shape: readonly number[]) =>
  new HostTensor(Float32Array.from(values), shape, "float32");
const largest = (values: readonly number[]): number => values.indexOf(Math.max(...values));

async function answers(model: OnnxModel, feeds: Readonly<Record<string, HostTensor>>): Promise<number[]> {
  const { logits } = await model.run({ feeds, fetches: ["logits"] });
  const [rows, classes] = logits!.shape;
  const scores = Array.from((await model.backend.read(logits!)).data, Number);
  return Array.from({ length: rows! }, (_, row) => largest(scores.slice(row * classes!, (row + 1) * classes!)));
}

describe("digits", async () => {
  const model = await open(digits);
  afterAll(() => model.dispose());

  /** The files of the held-out pictures are in the format of MNIST: a head of big-endian integers, then bytes. */
  const idx = (name: string, headBytes: number): Uint8Array =>
    gunzipSync(readFileSync(new URL(`held-out/${name}-ubyte.gz`, digits))).subarray(headBytes);
  const images = (bytes: Uint8Array): HostTensor =>
    floats(
      Array.from(bytes, (byte) => byte / 255),
      [bytes.length / 784, 1, 28, 28],
    );

  test("reads 1975 of the 1996 held-out pictures", async () => {
    const labels = idx("labels.idx1", 8);
    const answered = await answers(model, { image: images(idx("images.idx3", 16)) });
    expect(answered.length).toBe(1996);
    expect(answered.filter((digit, k) => digit === labels[k]).length).toBe(1975);
  });

  test("answers the examples as they say: example k shows digit k % 10, and the last are answered wrongly", async () => {
    const { width, height, images: examples } = json(digits, "examples.json");
    expect([width, height, examples.length]).toEqual([28, 28, 25]);
    const shown = Uint8Array.from(examples.flatMap(({ pixels }: { pixels: number[] }) => pixels));
    const answered = await answers(model, { image: images(shown) });
    expect(answered).toEqual(examples.map(({ answer }: { answer: number }) => answer));
    const labels: number[] = examples.map(({ label }: { label: number }) => label);
    expect(labels.slice(0, 20)).toEqual(Array.from({ length: 20 }, (_, k) => k % 10));
    expect(labels.slice(20).every((label, k) => label !== answered[20 + k])).toBe(true);
    const heldOut = idx("images.idx3", 16);
    for (const { heldOut: k, pixels } of examples) expect([...heldOut.subarray(k * 784, (k + 1) * 784)]).toEqual(pixels);
  });

  test("has 33,194 parameters, a label for every output and a gradient by the picture", () => {
    expect(parameterCount(model.proto)).toBe(33_194);
    expect(Object.values(json(digits, "config.json").id2label)).toEqual([..."0123456789"]);
    const { inputs, uncovered } = gradientCoverage(withKnownTypes(model), {});
    expect(inputs).toMatchObject([{ input: "image", gradient: true }]);
    expect(uncovered).toEqual([]);
  });
});

describe("penguins", async () => {
  const model = await open(penguins);
  afterAll(() => model.dispose());
  const config = json(penguins, "config.json");
  const [head, ...lines] = readFileSync(new URL("penguins.csv", penguins), "utf8").trimEnd().split("\n");
  const columns = head!.split(",");
  const records = lines.map((line) => Object.fromEntries(line.split(",").map((cell, k) => [columns[k]!, cell])));
  const species: string[] = Object.values(config.id2label);
  const rows = (part: typeof records): HostTensor => {
    const number = (record: Record<string, string>, feature: string): number => {
      const [column, value] = feature.split("=");
      return value === undefined ? Number(record[feature]) : Number(record[column!] === value);
    };
    const numbers = part.flatMap((record) => config.feature_names.map((feature: string) => number(record, feature)));
    return floats(numbers, [part.length, config.feature_names.length]);
  };

  test.each([
    ["train", 275, 275],
    ["held-out", 67, 67],
  ])("tells the species of the %s rows: %d of %d", async (split, right, all) => {
    const part = records.filter((record) => record["split"] === split);
    expect(part.length).toBe(all);
    const answered = await answers(model, { x: rows(part) });
    expect(answered.filter((k, row) => species[k] === part[row]!["species"]).length).toBe(right);
  });

  test("has 483 parameters, a name and a unit or none for every feature, and a gradient by them", () => {
    const constants = 2 * 9; // the mean and the scale that the graph standardises by
    expect(parameterCount(model.proto)).toBe(483 + constants);
    expect(config.feature_names.length).toBe(9);
    expect(config.feature_units).toEqual(["mm", "mm", "mm", "g", null, null, null, null, null]);
    expect(gradientCoverage(withKnownTypes(model), {})).toMatchObject({
      inputs: [{ input: "x", gradient: true }],
      uncovered: [],
    });
  });

  test("raw units are fed: the attributions of a Gentoo sum to what its logit differs from that of the mean penguin", async () => {
    const gentoo = rows(records.filter((record) => record["species"] === "Gentoo").slice(0, 1));
    const all = Array.from(rows(records).data, Number);
    const mean = config.feature_names.map((_: string, k: number) => {
      let sum = 0;
      for (let row = 0; row < records.length; row++) sum += all[row * 9 + k]!;
      return sum / records.length;
    });
    const { delta, attributions } = await new IntegratedGradients(model).attribute(
      { x: gentoo },
      { target: species.indexOf("Gentoo"), baselines: { x: floats(mean, [1, 9]) } },
    );
    expect(Math.abs(Number(delta!.data[0]))).toBeLessThan(1e-3);
    expect(config.feature_names[largest(Array.from(attributions["x"]!.data, Number))]).toBe("bill_depth_mm");
  });
});
