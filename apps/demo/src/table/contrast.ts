import { AttributionResult, HostTensor } from "@attr/core";

/**
 * Why one number and not another: the difference of their attributions over the same rows. Standard errors are left out, since the two are
 * not drawn independently.
 *
 * @param size whether only the size of the difference is wanted, as saliency has it.
 */
export function contrastOf(one: AttributionResult, other: AttributionResult, size: boolean): AttributionResult {
  const [name, scores] = Object.entries(one.attributions)[0]!; // a result has at least one input
  const less = (a: HostTensor | undefined, b: HostTensor | undefined, size = false): HostTensor | undefined =>
    a === undefined || b === undefined
      ? undefined
      : new HostTensor(
          Float64Array.from({ length: a.data.length }, (_, at) => {
            const value = Number(a.data[at]) - Number(b.data[at]);
            return size ? Math.abs(value) : value;
          }),
          a.shape,
          "float64",
        );
  const difference = less(scores, other.attributions[name], size)!; // of the same rows
  const { calls, rows } = one.evaluations;
  return new AttributionResult({
    method: one.method,
    attributions: { [name]: difference },
    evaluations: { calls: calls + other.evaluations.calls, rows: rows + other.evaluations.rows },
    value: less(one.value, other.value),
    baseValue: less(one.baseValue, other.baseValue),
    warnings: [...new Set([...one.warnings, ...other.warnings])],
  });
}
