export { fitPreprocessing } from "./image/fit-preprocessing.ts";
export { type ImageBaseline, imageBaseline } from "./image/image-baseline.ts";
export { type ImageClassifier, readImageClassifier, readLabels } from "./image/image-classifier.ts";
export {
  type ImageColors,
  type ImageLayout,
  type ImagePreprocessing,
  type ImageResize,
  plainPreprocessing,
} from "./image/image-preprocessing.ts";
export { imageTensor, tensorPixels } from "./image/image-tensor.ts";
export { type ImagePlacement, type PictureBox, pictureBox, placeImage, seenBox } from "./image/place-image.ts";
export { areProbabilities, type RankedClass, rankClasses } from "./image/rank-classes.ts";
export { readImagePreprocessing } from "./image/read-image-preprocessing.ts";
export type { ResizeFilter } from "./image/resample.ts";
export type { PictureSize, RgbaPixels } from "./image/rgba-pixels.ts";
export { seenPixels } from "./image/seen-pixels.ts";
export {
  gridSegments,
  paintedSegments,
  type Segments,
  segmentBorders,
  segmentLabels,
  segmentMask,
} from "./image/segments.ts";
export { type SuperpixelOptions, superpixels } from "./image/superpixels.ts";
export { backgroundOf } from "./table/background.ts";
export { type ColumnGroup, type ColumnGroups, groupColumns } from "./table/group-columns.ts";
export { type ReadTableOptions, readTable, type Table, type TableCell } from "./table/read-table.ts";
export { rowsTensor } from "./table/rows-tensor.ts";
