/** Solves `A x = b` for the symmetric positive definite matrix it was made of. */
export interface SymmetricSolver {
  /** True where the matrix has (numerically) no inverse: the answer is then close to the one of least norm. */
  readonly singular: boolean;
  /** Solves in place: `vector` holds `b` before and `x` after. */
  solve(vector: Float64Array): void;
}

/**
 * A solver for a symmetric positive semidefinite `size` × `size` matrix, row-major; the matrix is kept as it is. A singular one is
 * stabilised by a ridge of `1e-9` of its mean diagonal, so that the answer is always finite and, for right sides in the matrix's
 * range, within rounding of the one of least norm.
 */
export function symmetricSolver(matrix: Float64Array, size: number): SymmetricSolver {
  const factor = Float64Array.from(matrix);
  if (factorise(factor, size)) return { singular: false, solve: (vector) => substitute(factor, size, vector) };
  let trace = 0;
  for (let i = 0; i < size; i++) trace += matrix[i * size + i]!;
  // A matrix of next to nothing is taken for zero: a part of its diagonal would be rounded to nothing.
  const scale = trace / size > 1e-290 && Number.isFinite(trace) ? trace / size : 1;
  for (let ridge = 1e-9; ; ridge *= 10) {
    factor.set(matrix);
    for (let i = 0; i < size; i++) factor[i * size + i]! += ridge * scale;
    // A matrix of NaN never factors; from a ridge of its own size on, the answer is what the diagonal alone gives.
    if (factorise(factor, size) || ridge >= 1) return { singular: true, solve: (vector) => substitute(factor, size, vector) };
  }
}

/** Cholesky's `A = L Lᵀ`, the lower half in place; false when a pivot is nothing but rounding. */
function factorise(a: Float64Array, size: number): boolean {
  for (let j = 0; j < size; j++) {
    const rowJ = j * size;
    const diagonal = a[rowJ + j]!;
    let pivot = diagonal;
    for (let k = 0; k < j; k++) pivot -= a[rowJ + k]! * a[rowJ + k]!;
    if (!(pivot > 1e-13 * size * Math.abs(diagonal)) || pivot === 0) return false;
    const root = Math.sqrt(pivot);
    a[rowJ + j] = root;
    for (let i = j + 1; i < size; i++) {
      const rowI = i * size;
      let sum = a[rowI + j]!;
      for (let k = 0; k < j; k++) sum -= a[rowI + k]! * a[rowJ + k]!;
      a[rowI + j] = sum / root;
    }
  }
  return true;
}

function substitute(factor: Float64Array, size: number, x: Float64Array): void {
  for (let i = 0; i < size; i++) {
    let sum = x[i]!;
    for (let k = 0; k < i; k++) sum -= factor[i * size + k]! * x[k]!;
    x[i] = sum / factor[i * size + i]!;
  }
  for (let i = size - 1; i >= 0; i--) {
    const value = x[i]! / factor[i * size + i]!;
    x[i] = value;
    for (let k = 0; k < i; k++) x[k]! -= factor[i * size + k]! * value;
  }
}
