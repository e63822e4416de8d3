import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seededRandom } from "@attr/core";
import type { GradientNetwork } from "../models/gradient-networks.ts";

/** What the two sides are told of a network, beside its file, its weights and its input. */
export interface NetworkDescription {
  readonly name: string;
  readonly input: string;
  readonly sizes: readonly number[];
  readonly index: readonly number[];
  readonly outputSizes: readonly number[];
}

/** A folder with a network as both sides read it: the file, the weights in the order of its layers, an input and its description. */
export function writeWorkplace(name: string, network: GradientNetwork): string {
  const folder = mkdtempSync(join(tmpdir(), `attr-${name}-`));
  const { file, parameters, input, sizes, index, outputSizes } = network;
  const random = seededRandom(2);
  const size = sizes.reduce((product, length) => product * length, 1);
  const description: NetworkDescription = { name, input, sizes, index, outputSizes };
  writeFileSync(join(folder, "network.json"), JSON.stringify(description));
  writeFileSync(join(folder, "model.onnx"), file);
  writeFileSync(
    join(folder, "input.bin"),
    Float32Array.from({ length: size }, () => random.normal()),
  );
  const weights = new Float32Array(parameters.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parameters) {
    weights.set(part, at);
    at += part.length;
  }
  writeFileSync(join(folder, "weights.bin"), weights);
  return folder;
}

export function removeWorkplace(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** How far two results lie apart, as a share of the first's length (Euclid's). */
export function distance(folder: string, first: string, second: string): number {
  const [a, b] = [readFloats(join(folder, first)), readFloats(join(folder, second))];
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let [apart, whole] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    apart += (a[i]! - b[i]!) ** 2;
    whole += a[i]! ** 2;
  }
  return Math.sqrt(apart / whole);
}

export function readFloats(file: string): Float32Array {
  const bytes = readFileSync(file);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
