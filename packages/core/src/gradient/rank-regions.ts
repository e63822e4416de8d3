/**
 * Regions of a map, best first: again and again the region whose elements that no region before it took have the highest mean; that mean
 * becomes the value of these elements. Elements of no region keep their own.
 *
 * @param segmentations the region of every element, from 0 up, once for each segmentation; −1 for none.
 */
export function rankRegions(map: Float64Array, segmentations: readonly Int32Array[]): Float64Array {
  const result = Float64Array.from(map);
  // Regions of all segmentations, numbered through.
  const starts: number[] = [];
  let regions = 0;
  for (const segments of segmentations) {
    starts.push(regions);
    let most = -1;
    for (const segment of segments) most = Math.max(most, segment);
    regions += most + 1;
  }
  const sums = new Float64Array(regions);
  const counts = new Int32Array(regions);
  const members: number[][] = Array.from({ length: regions }, () => []);
  segmentations.forEach((segments, s) => {
    segments.forEach((segment, at) => {
      if (segment < 0) return;
      const region = starts[s]! + segment;
      sums[region]! += map[at]!;
      counts[region]!++;
      members[region]!.push(at);
    });
  });
  const taken = new Uint8Array(map.length);
  for (;;) {
    let [best, mean] = [-1, Number.NEGATIVE_INFINITY];
    for (let region = 0; region < regions; region++)
      if (counts[region]! > 0 && sums[region]! / counts[region]! > mean) [best, mean] = [region, sums[region]! / counts[region]!];
    if (best < 0) return result;
    for (const at of members[best]!) {
      if (taken[at] === 1) continue;
      taken[at] = 1;
      result[at] = mean;
      segmentations.forEach((segments, s) => {
        const segment = segments[at]!;
        if (segment < 0) return;
        sums[starts[s]! + segment]! -= map[at]!;
        counts[starts[s]! + segment]!--;
      });
    }
  }
}

/** Squares of a grid over `height × width` elements, numbered through. */
export function gridSegments(height: number, width: number, side: number): Int32Array {
  const across = Math.ceil(width / side);
  return Int32Array.from(
    { length: height * width },
    (_, at) => Math.floor(Math.floor(at / width) / side) * across + Math.floor((at % width) / side),
  );
}
