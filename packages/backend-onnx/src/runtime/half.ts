/** float16 bits, rounded to the nearest (ties to even), of every element. */
export function toHalf(values: ArrayLike<number>): Uint16Array {
  const halves = new Uint16Array(values.length);
  const float = new Float32Array(1);
  const bits = new Uint32Array(float.buffer);
  for (let i = 0; i < halves.length; i++) {
    float[0] = values[i]!;
    const x = bits[0]!;
    const sign = (x >>> 16) & 0x8000;
    const exponent = (x >>> 23) & 0xff;
    const fraction = x & 0x7fffff;
    if (exponent === 0xff) halves[i] = sign | 0x7c00 | (fraction === 0 ? 0 : 0x200);
    else if (exponent >= 113) {
      // Normal numbers: 13 bits are rounded away; a carry runs into the exponent, at the top into infinity, as it should.
      const kept = ((exponent - 112) << 10) | (fraction >>> 13);
      const rest = fraction & 0x1fff;
      const rounded = kept + (rest > 0x1000 || (rest === 0x1000 && (kept & 1) === 1) ? 1 : 0);
      halves[i] = sign | Math.min(rounded, 0x7c00);
    } else if (exponent >= 102) {
      const whole = fraction | 0x800000;
      const shift = 126 - exponent;
      const kept = whole >>> shift;
      const rest = whole & ((1 << shift) - 1);
      const half = 1 << (shift - 1);
      halves[i] = sign | (kept + (rest > half || (rest === half && (kept & 1) === 1) ? 1 : 0));
    } else halves[i] = sign;
  }
  return halves;
}

let table: Float32Array | undefined;

/** The numbers that float16 bits stand for, exactly. */
export function fromHalf(halves: Uint16Array): Float32Array {
  table ??= halfTable();
  const values = new Float32Array(halves.length);
  for (let i = 0; i < values.length; i++) values[i] = table[halves[i]!]!;
  return values;
}

function halfTable(): Float32Array {
  const numbers = new Float32Array(65536);
  for (let bits = 0; bits < 65536; bits++) {
    const exponent = (bits >>> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    const size =
      exponent === 0
        ? fraction * 2 ** -24
        : exponent === 0x1f
          ? fraction === 0
            ? Number.POSITIVE_INFINITY
            : Number.NaN
          : (1 + fraction / 1024) * 2 ** (exponent - 15);
    numbers[bits] = bits & 0x8000 ? -size : size;
  }
  return numbers;
}
