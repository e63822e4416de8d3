import { readFileSync } from "node:fs";
import { AttributionError } from "@attr/core";
import { fc, test as property } from "@fast-check/vitest";
import jpeg from "jpeg-js";
import { PNG } from "pngjs";
import { describe, expect, test } from "vitest";
import { type Orientation, upright } from "./exif-orientation.ts";
import { decodePicture, readPicture } from "./read-picture.ts";

/** Pictures that Pillow wrote, with what it reads in them (turned as their metadata says). */
const written: Readonly<Record<string, { file: string; width: number; height: number; rgb: string }>> = JSON.parse(
  readFileSync(new URL("pillow-pictures.fixture.json", import.meta.url), "utf8"),
);

const bytesOf = (base64: string): Uint8Array => Uint8Array.from(Buffer.from(base64, "base64"));

describe("pictures as Pillow reads them", () => {
  // Decoders of JPEG may round otherwise; where colours are of half the size they also fill in between otherwise.
  const tolerance = (name: string): number => (name === "halved-colours.jpg" ? 40 : name.endsWith(".jpg") ? 3 : 0);

  test.each(Object.keys(written).filter((name) => name !== "deep.png"))("%s", (name) => {
    const { file, width, height, rgb } = written[name]!;
    const picture = decodePicture(bytesOf(file), name);
    expect([picture.width, picture.height]).toEqual([width, height]);
    const expected = bytesOf(rgb);
    let most = 0;
    for (let pixel = 0; pixel < width * height; pixel++)
      for (let color = 0; color < 3; color++)
        most = Math.max(most, Math.abs(picture.data[4 * pixel + color]! - expected[3 * pixel + color]!));
    expect(most).toBeLessThanOrEqual(tolerance(name));
  });

  test("numbers of 16 bits become 8", () => {
    const { data } = decodePicture(bytesOf(written["deep.png"]!.file), "deep.png");
    const { data: shallow } = decodePicture(bytesOf(written["grey.png"]!.file), "grey.png");
    expect(data.length).toBe(shallow.length);
    expect([data[0], data[4 * 23]]).toEqual([40, 231]);
  });
});

const sizes = fc.record({ width: fc.integer({ min: 1, max: 12 }), height: fc.integer({ min: 1, max: 12 }) });
const pictures = sizes.chain(({ width, height }) =>
  fc.uint8Array({ minLength: 4 * width * height, maxLength: 4 * width * height }).map((data) => ({ width, height, data })),
);

function pngOf({ width, height, data }: { width: number; height: number; data: Uint8Array }): Uint8Array {
  const png = new PNG({ width, height });
  png.data.set(data);
  return Uint8Array.from(PNG.sync.write(png));
}

property.prop([pictures])("a PNG file is read as it was written", (picture) => {
  const read = decodePicture(pngOf(picture), "x.png");
  expect({ ...read, data: Uint8Array.from(read.data as Uint8Array) }).toEqual(picture);
});

property.prop([pictures, fc.nat()])("a file that ends too soon is refused, never half read", (picture, at) => {
  const opaque = { ...picture, data: picture.data.map((byte, i) => (i % 4 === 3 ? 255 : byte)) };
  for (const bytes of [pngOf(picture), Uint8Array.from(jpeg.encode(opaque, 90).data)]) {
    // What follows the pixels, the end itself, may be missing.
    const cut = bytes.subarray(0, at % (bytes.length - 16));
    try {
      decodePicture(cut, "cut.png");
    } catch (error) {
      expect(error).toBeInstanceOf(AttributionError);
      continue;
    }
    expect.unreachable("a picture was read in a part of its file");
  }
});

property.prop([pictures, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 })])(
  "changed bytes give a picture or a sentence that names the file",
  (picture, changes) => {
    const opaque = { ...picture, data: picture.data.map((byte, i) => (i % 4 === 3 ? 255 : byte)) };
    for (const bytes of [pngOf(picture), Uint8Array.from(jpeg.encode(opaque, 90).data)]) {
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
      try {
        const { width, height, data } = decodePicture(bytes, "changed.png");
        expect(data.length).toBe(4 * width * height);
      } catch (error) {
        expect(error).toBeInstanceOf(AttributionError);
        expect(String(error)).toContain("changed.png");
      }
    }
  },
);

describe("orientation", () => {
  /** What was taken is turned back by the one that undoes it. */
  const inverse: Readonly<Record<Orientation, Orientation>> = { 1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 8, 7: 7, 8: 6 };

  property.prop([pictures, fc.integer({ min: 1, max: 8 })])("every orientation is undone by another", (picture, number) => {
    const orientation = number as Orientation; // within its bounds
    const turned = upright(picture, orientation);
    expect([turned.width, turned.height].toSorted()).toEqual([picture.width, picture.height].toSorted());
    const back = upright(turned, inverse[orientation]);
    expect(Array.from(back.data)).toEqual(Array.from(picture.data));
  });

  test("6 is turned to the right: the last row comes to the left", () => {
    const dots = (...values: number[]) => Uint8Array.from(values.flatMap((value) => [value, value, value, 255]));
    const { width, height, data } = upright({ width: 2, height: 3, data: dots(1, 2, 3, 4, 5, 6) }, 6);
    expect([width, height]).toEqual([3, 2]);
    expect(Array.from({ length: 6 }, (_, pixel) => data[4 * pixel])).toEqual([5, 3, 1, 6, 4, 2]);
  });
});

describe("what is no picture", () => {
  const text = (letters: string): Uint8Array => new TextEncoder().encode(letters);

  test.each([
    ["a.webp", text("RIFF0000WEBPVP8 "), '"a.webp" is a picture of the kind WebP; PNG and JPEG are read'],
    ["a.gif", text("GIF89a"), "of the kind GIF"],
    ["a.svg", text("<svg xmlns=''/>"), "of the kind SVG"],
    ["a.txt", text("hello"), '"a.txt" is no picture'],
    ["a.png", new Uint8Array(0), '"a.png" is no picture'],
  ])("%s", (name, bytes, sentence) => {
    expect(() => decodePicture(bytes, name)).toThrow(sentence);
  });

  test("a file that claims to be larger than a picture may be is refused before it is unpacked", () => {
    const png = pngOf({ width: 1, height: 1, data: new Uint8Array(4) });
    new DataView(png.buffer).setUint32(16, 60_000);
    new DataView(png.buffer).setUint32(20, 60_000);
    expect(() => decodePicture(png, "bomb.png")).toThrow('"bomb.png" has 60000 × 60000 pixels');
  });

  test("a file that is not there, and a folder, are named", async () => {
    await expect(readPicture("nowhere.png")).rejects.toThrow('there is no picture "nowhere.png"');
    await expect(readPicture(".")).rejects.toThrow('"." is a folder');
  });
});
