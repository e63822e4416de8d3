import type { RgbaPixels } from "@attr/inputs";

/** The longer side of what is read of a picture: photographs of phones are larger than any model looks. */
const longest = 2048;

/**
 * The pixels of a picture file, upright. Transparent parts are white, as pages show them; a larger picture is made smaller.
 *
 * @throws Error with a sentence for a file that is no picture.
 */
export async function readPicture(file: File): Promise<RgbaPixels> {
  const whole = await createImageBitmap(file).catch(() => {
    throw new Error(`“${file.name}” is no picture that this browser reads`);
  });
  const scale = Math.min(1, longest / Math.max(whole.width, whole.height));
  const [width, height] = [Math.max(1, Math.round(whole.width * scale)), Math.max(1, Math.round(whole.height * scale))];
  const context = new OffscreenCanvas(width, height).getContext("2d")!;
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  context.drawImage(whole, 0, 0, width, height);
  whole.close();
  return { width, height, data: context.getImageData(0, 0, width, height).data };
}
