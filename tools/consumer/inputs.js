// A plain script of someone who installed @attr/inputs: a picture and a table, prepared and cut into features.
import assert from "node:assert/strict";
import {
  backgroundOf,
  gridSegments,
  groupColumns,
  imageBaseline,
  imageTensor,
  readImagePreprocessing,
  readTable,
  rowsTensor,
  segmentMask,
} from "@attr/inputs";

const pixels = { width: 4, height: 2, data: new Uint8ClampedArray(32).fill(255) };
const preprocessing = readImagePreprocessing({ size: { height: 2, width: 2 }, do_normalize: false });
assert.deepEqual(imageTensor(pixels, preprocessing).shape, [1, 3, 2, 2]);
assert.equal(imageTensor(pixels, preprocessing).data[0], 1);
assert.equal(imageBaseline(pixels, preprocessing, { kind: "black" }).data[0], 0);
assert.deepEqual([...segmentMask(gridSegments({ width: 2, height: 2 }, 2, 1), "channels-first").data], [0, 1, 0, 1]);

const columns = ["mass", "island=Dream", "island=Biscoe"];
const rows = rowsTensor(readTable("island,mass\nDream,1\nDream,3\n"), columns);
assert.deepEqual([...backgroundOf(rows, groupColumns(columns)).data], [2, 1, 0]);
