/** How numbers of one document are written: as many digits after the point as the largest of them makes useful. */
export interface NumberFormat {
  /** With its sign, zero without: "+1.250", "-0.031", "0". */
  signed(value: number): string;
  /** The sign only where it is negative. */
  plain(value: number): string;
}

/**
 * Three significant digits of the largest magnitude for all numbers (two places after the point below 1000), so that columns line up; very small and very large ones as powers
 * of ten. Numbers that are not finite are written "NaN", "+∞" and "-∞".
 *
 * @param minus The minus sign: "-" where the text is copied, "−" where it is read.
 */
export function numberFormat(magnitude: number, minus: "-" | "−"): NumberFormat {
  const exponential = magnitude > 0 && (magnitude < 1e-4 || magnitude >= 1e6);
  const digits = magnitude > 0 ? Math.min(6, Math.max(magnitude < 1000 ? 2 : 0, 2 - Math.floor(Math.log10(magnitude)))) : 3;
  const magnitudeOf = (value: number): string => {
    if (!Number.isFinite(value)) return "∞";
    const size = Math.abs(value);
    // Numbers far outside the scale (a value of -1e9 beside scores of 0.1) would fill the line with digits.
    if (exponential || size >= 1e9) return size === 0 ? "0" : size.toExponential(2).replace("-", minus);
    return size.toFixed(digits);
  };
  return {
    signed(value) {
      if (Number.isNaN(value)) return "NaN";
      if (value === 0) return "0";
      return (value < 0 ? minus : "+") + magnitudeOf(value);
    },
    plain(value) {
      if (Number.isNaN(value)) return "NaN";
      return (value < 0 ? minus : "") + magnitudeOf(value);
    },
  };
}

/** A number at an axis: as short as it can be read exactly. */
export function tickText(value: number, signed: boolean): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  const digits = size >= 1e5 || size < 1e-3 ? size.toExponential(2).replace(/\.?0+e/, "e") : String(Number(size.toPrecision(6)));
  return (value < 0 ? "−" : signed ? "+" : "") + digits.replace("-", "−");
}
