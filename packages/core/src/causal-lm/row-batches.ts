/** What a row of a call costs and needs: `width` new tokens after `past` tokens that are already computed. */
export interface RowSize {
  readonly past: number;
  readonly width: number;
}

/** What one call may hold. */
export interface CallLimits {
  readonly maxRows: number;
  /** Token positions computed in one call, padding included; a single row may exceed it. */
  readonly maxTokens: number;
  /** Token positions a call may hold in all, those that are already computed and padding included; a single row may exceed it. */
  readonly maxStoredTokens: number;
  /** Token positions a row may take, padding included; absent where the model does not say. */
  readonly contextLength?: number | undefined;
  /** What a call costs by itself, in tokens: how much padding is worth one call less. */
  readonly callOverhead: number;
}

/** Cost of one call: the call itself and the positions it computes, padding included. */
export function callCost(rows: number, width: number, limits: CallLimits): number {
  return limits.callOverhead + rows * width;
}

/**
 * Cuts rows into calls at the lowest cost: rows of like width stand together, and a row is padded only where that costs less than a
 * call more. Gives indices into `sizes`, widest rows first.
 */
export function rowBatches(sizes: readonly RowSize[], limits: CallLimits): number[][] {
  const order = Array.from(sizes, (_, index) => index).sort(
    (a, b) => sizes[b]!.width - sizes[a]!.width || sizes[a]!.past - sizes[b]!.past || a - b,
  );
  // cost[i]: the least that the first i rows cost; the last call of that cut starts at from[i].
  const cost = new Float64Array(order.length + 1).fill(Number.POSITIVE_INFINITY);
  const from = new Int32Array(order.length + 1);
  cost[0] = 0;
  for (let start = 0; start < order.length; start++) {
    const width = sizes[order[start]!]!.width;
    let past = 0;
    for (let end = start + 1; end <= order.length; end++) {
      past = Math.max(past, sizes[order[end - 1]!]!.past);
      const rows = end - start;
      if (rows > 1 && !fits(rows, width, past, limits)) break;
      const total = cost[start]! + callCost(rows, width, limits);
      if (total < cost[end]!) {
        cost[end] = total;
        from[end] = start;
      }
    }
  }
  const batches: number[][] = [];
  for (let end = order.length; end > 0; end = from[end]!) batches.push(order.slice(from[end], end));
  return batches.reverse();
}

function fits(rows: number, width: number, past: number, limits: CallLimits): boolean {
  return (
    rows <= limits.maxRows &&
    rows * width <= limits.maxTokens &&
    rows * (width + past) <= limits.maxStoredTokens &&
    width + past <= (limits.contextLength ?? Number.POSITIVE_INFINITY)
  );
}
