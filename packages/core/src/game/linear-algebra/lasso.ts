/** Passes over all coefficients after which the descent stops whatever is left; far more than well-posed problems take. */
const mostPasses = 5_000;

/**
 * The coefficients that minimise `½ βᵀ C β − cᵀ β + α ‖β‖₁` for a positive semidefinite `size` × `size` matrix `C` (row-major), by
 * coordinate descent from `coefficients`, in place. With `C` and `c` the weighted covariances of the features and of features with
 * the answer, this is the Lasso with a fitted, unpenalised intercept: `1 / (2 Σw) Σ w (y − β₀ − zβ)² + α ‖β‖₁`.
 *
 * Stops when a whole pass changes no prediction by more than `tolerance` of the answer's spread, or by nothing at all.
 */
export function lasso(
  covariance: Float64Array,
  size: number,
  withAnswer: Float64Array,
  alpha: number,
  coefficients: Float64Array,
  tolerance = 1e-10,
): void {
  // gradient[j] = c_j − Σ_k C_jk β_k, kept up to date as coefficients change.
  const gradient = Float64Array.from(withAnswer);
  for (let k = 0; k < size; k++) {
    const value = coefficients[k]!;
    if (value !== 0) for (let j = 0; j < size; j++) gradient[j]! -= covariance[k * size + j]! * value;
  }
  let scale = 0;
  for (let j = 0; j < size; j++) {
    const variance = covariance[j * size + j]!;
    if (variance > 0) scale = Math.max(scale, Math.abs(withAnswer[j]!) / Math.sqrt(variance));
  }
  for (let pass = 0; pass < mostPasses; pass++) {
    let change = 0;
    for (let j = 0; j < size; j++) {
      const variance = covariance[j * size + j]!;
      if (!(variance > 0)) continue;
      const before = coefficients[j]!;
      const partial = gradient[j]! + variance * before;
      const after = partial > alpha ? (partial - alpha) / variance : partial < -alpha ? (partial + alpha) / variance : 0;
      const step = after - before;
      if (step === 0 || Number.isNaN(step)) continue;
      coefficients[j] = after;
      for (let k = 0; k < size; k++) gradient[k]! -= covariance[j * size + k]! * step;
      change = Math.max(change, Math.abs(step) * Math.sqrt(variance));
    }
    if (change <= tolerance * scale) return;
  }
}
