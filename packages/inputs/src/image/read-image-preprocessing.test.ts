import { describe, expect, test } from "vitest";
import { fitPreprocessing } from "./fit-preprocessing.ts";
import { plainPreprocessing } from "./image-preprocessing.ts";
import { readImagePreprocessing } from "./read-image-preprocessing.ts";

describe("readImagePreprocessing", () => {
  test("a vision transformer's file: both sides, Pillow's bilinear, −1 to 1", () => {
    const vit = {
      do_normalize: true,
      do_resize: true,
      image_mean: [0.5, 0.5, 0.5],
      image_std: [0.5, 0.5, 0.5],
      resample: 2,
      size: 224,
      feature_extractor_type: "ViTFeatureExtractor",
    };
    expect(readImagePreprocessing(vit)).toEqual({
      colors: "rgb",
      layout: "channels-first",
      resize: { width: 224, height: 224 },
      filter: "bilinear",
      scale: 1 / 255,
      mean: [0.5, 0.5, 0.5],
      std: [0.5, 0.5, 0.5],
    });
  });

  test("a file that keeps proportions and cuts", () => {
    const own = readImagePreprocessing({
      image_processor_type: "MobileNetV2ImageProcessor",
      do_center_crop: true,
      crop_size: { height: 224, width: 200 },
      size: { shortest_edge: 256 },
      resample: 3,
      rescale_factor: 0.00392156862745098,
    });
    expect(own).toMatchObject({
      resize: { shortestEdge: 256 },
      crop: { width: 200, height: 224 },
      filter: "bicubic",
      mean: [0, 0, 0],
    });
    expect(readImagePreprocessing({ image_processor_type: "CLIPImageProcessor", size: 224 }).resize).toEqual({
      shortestEdge: 224,
    });
    expect(readImagePreprocessing({ size: { shortest_edge: 800, longest_edge: 1333 } }).resize).toEqual({
      shortestEdge: 800,
      longestEdge: 1333,
    });
    expect(readImagePreprocessing({ size: { longest_edge: 512 } }).resize).toEqual({ longestEdge: 512 });
  });

  test("the share that is cut from small pictures, and the squeeze of large ones", () => {
    const small = readImagePreprocessing({
      image_processor_type: "ConvNextImageProcessor",
      size: { shortest_edge: 224 },
      crop_pct: 0.875,
    });
    expect([small.resize, small.crop]).toEqual([{ shortestEdge: 256 }, { width: 224, height: 224 }]);
    const large = readImagePreprocessing({ size: { shortest_edge: 384 }, crop_pct: 0.875 });
    expect([large.resize, large.crop]).toEqual([{ width: 384, height: 384 }, undefined]);
  });

  test("what some processors do beyond what their files say", () => {
    const levit = { feature_extractor_type: "LevitFeatureExtractor", size: 224, do_center_crop: true, crop_size: 224 };
    expect(readImagePreprocessing(levit)).toMatchObject({ resize: { shortestEdge: 256 }, crop: { width: 224, height: 224 } });
    expect(readImagePreprocessing({ feature_extractor_type: "ConvNextFeatureExtractor", size: 224 })).toMatchObject({
      resize: { shortestEdge: 256 },
      crop: { width: 224, height: 224 },
    });
    const efficient = {
      image_processor_type: "EfficientNetImageProcessor",
      size: 8,
      image_mean: [0, 0, 0],
      image_std: [0.5, 0.25, 1],
    };
    expect(readImagePreprocessing(efficient).std).toEqual([0.25, 0.0625, 1]);
    expect(readImagePreprocessing({ ...efficient, include_top: false }).std).toEqual([0.5, 0.25, 1]);
  });

  test.each([
    ["do_grayscale", { do_grayscale: true }, {}],
    ["do_convert_grayscale", { do_convert_grayscale: true }, {}],
    ["num_channels", { num_channels: 1 }, {}],
    ["num_channels of the model", {}, { num_channels: 1 }],
    ["a mean of one number", { image_mean: [0.1307], image_std: [0.3081] }, {}],
    ["a mean written three times", { num_channels: 1, image_mean: [0.1, 0.1, 0.1], image_std: [0.3, 0.3, 0.3] }, {}],
  ])("pictures are grey by %s", (_, config, model) => {
    const { colors, mean, std } = readImagePreprocessing(config, model);
    expect([colors, mean.length, std.length]).toEqual(["grey", 1, 1]);
  });

  test("channels in another order and in another place; colours of −1 to 1; none scaled; none resized", () => {
    const own = readImagePreprocessing({
      do_flip_channel_order: true,
      data_format: "channels_last",
      rescale_factor: 1 / 127.5,
      rescale_offset: true,
    });
    expect(own).toMatchObject({ colors: "bgr", layout: "channels-last", scale: 1 / 127.5, mean: [1, 1, 1], std: [1, 1, 1] });
    expect(readImagePreprocessing({ do_rescale: false, do_resize: false, size: 8 })).toEqual({ ...plainPreprocessing, scale: 1 });
    expect(readImagePreprocessing({ do_normalize: false, image_mean: [1, 2, 3] }).mean).toEqual([0, 0, 0]);
  });

  test.each([
    [null, "preprocessor_config.json must be an object"],
    [{ size: -1 }, "size of preprocessor_config.json must be a whole number of pixels, 1 to 16384, got -1"],
    [{ size: "large" }, "size of preprocessor_config.json must be a number, or an object with height and width or shortest_edge"],
    [{ resample: 9 }, "resample of preprocessor_config.json must be one of Pillow's filters, 0 to 5, got 9"],
    [
      { image_mean: [1, 2], do_normalize: true },
      "image_mean of preprocessor_config.json must be 3 numbers, one a channel, got [1,2]",
    ],
    [{ image_std: [0, 1, 1], image_mean: [0, 0, 0] }, "image_std of preprocessor_config.json holds 0"],
    [{ do_center_crop: true }, "crop_size of preprocessor_config.json must be"],
    [{ num_channels: 4 }, "num_channels of preprocessor_config.json must be 1 or 3, got 4"],
    [{ rescale_factor: 0 }, "rescale_factor of preprocessor_config.json must be a number other than 0, got 0"],
    [{ data_format: "NCHW" }, "data_format of preprocessor_config.json must be"],
    [{ do_thumbnail: true }, "preprocessor_config.json asks for do_thumbnail, which is not done here"],
  ])("%j is refused with a sentence", (config, sentence) => {
    expect(() => readImagePreprocessing(config)).toThrow(sentence);
  });
});

describe("fitPreprocessing", () => {
  test("takes layout, channels and size from what the model declares", () => {
    expect(fitPreprocessing(["n", 3, 8, 6])).toEqual({ ...plainPreprocessing, resize: { width: 6, height: 8 } });
    expect(fitPreprocessing([null, 8, 6, 1])).toEqual({
      ...plainPreprocessing,
      layout: "channels-last",
      colors: "grey",
      mean: [0],
      std: [1],
      resize: { width: 6, height: 8 },
    });
    expect(fitPreprocessing([null, 3, null, null])).toEqual(plainPreprocessing);
    const alike = readImagePreprocessing({ size: 10, image_mean: [0.5, 0.5, 0.5], image_std: [2, 2, 2] });
    expect(fitPreprocessing([1, 1, 10, 10], alike)).toEqual({ ...alike, colors: "grey", mean: [0.5], std: [2] });
    const read = readImagePreprocessing({ size: { shortest_edge: 10 } });
    expect(fitPreprocessing([1, 8, 8, 3], read)).toEqual({ ...read, layout: "channels-last", crop: { width: 8, height: 8 } });
  });

  test("refuses what does not fit, with both sizes", () => {
    expect(() => fitPreprocessing([1, 10])).toThrow("the model's input has shape [1, 10]; a picture's has four axes");
    expect(() => fitPreprocessing([1, 7, 8, 9])).toThrow("neither axis 1 nor axis 3 is of 1 or 3 channels");
    const read = readImagePreprocessing({ size: 10 });
    expect(() => fitPreprocessing([1, 3, 8, 8], read)).toThrow(
      "pictures are prepared in 10 × 10 pixels, but the model's input has shape [1, 3, 8, 8]",
    );
    const colored = readImagePreprocessing({ size: 10, image_mean: [0.4, 0.5, 0.6], image_std: [1, 1, 1] });
    expect(() => fitPreprocessing([1, 1, 10, 10], colored)).toThrow(
      "pictures are prepared with 3 channels, but the model's input has shape",
    );
  });
});
