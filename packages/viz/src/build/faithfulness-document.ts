import { type Faithfulness, InvalidArgumentError } from "@attr/core";
import type { Curve, CurveDocument } from "../documents/curve-document.ts";
import type { HeadOptions } from "./result-part.ts";

/** How measured curves are drawn. */
export interface FaithfulnessDocumentOptions extends HeadOptions {
  /** The example, by index. @defaultValue 0 */
  readonly example?: number | undefined;
}

const words = {
  deletion: { title: "falls as features are taken away", x: "features taken away" },
  insertion: { title: "rises as features come in", x: "features present" },
  comprehensiveness: { title: "falls without the strongest features", x: "strongest features taken away" },
  sufficiency: { title: "falls with the strongest features alone", x: "strongest features kept" },
} as const;

/**
 * Deletion and insertion curves, or comprehensiveness and sufficiency, of one or more methods in one picture, with what random orders give
 * as a line and a band of one standard error: `faithfulnessDocument({ "integrated gradients": curve, ablation: other })`. Random orders are
 * drawn once for each metric: those of the first result that has any.
 *
 * @throws InvalidArgumentError for no results, for an example that is none of theirs, and for curves of the output beside falls of it.
 */
export function faithfulnessDocument(
  results: Readonly<Record<string, Faithfulness>>,
  options: FaithfulnessDocumentOptions = {},
): CurveDocument {
  const named = Object.entries(results);
  const metrics = [...new Set(named.map(([, { metric }]) => metric))];
  const [first] = metrics;
  if (first === undefined) throw new InvalidArgumentError("results must hold at least one result");
  const isCurve = (metric: Faithfulness["metric"]): boolean => metric === "deletion" || metric === "insertion";
  if (metrics.some((metric) => isCurve(metric) !== isCurve(first)))
    throw new InvalidArgumentError(
      `results mix ${metrics.join(" and ")}: of one kind is the output itself, of the other how far it falls`,
    );
  const { example = 0 } = options;
  const at = (rows: readonly (readonly number[])[]): readonly number[] => {
    const row = rows[example];
    if (row === undefined)
      throw new InvalidArgumentError(`example ${example} is outside the ${rows.length} examples of the results`);
    return row;
  };
  const curves = named.map(([label, { shares, values }]): Curve => ({ label, x: shares, y: at(values) }));
  for (const metric of metrics) {
    const [, measured] = named.find(([, result]) => result.metric === metric && result.random !== undefined) ?? [];
    if (measured?.random === undefined) continue;
    const { orders, values, standardErrors } = measured.random;
    const which = metrics.length === 1 ? "" : `${metric} `;
    const label = `${which}in random order (${orders === 1 ? "one" : `mean of ${orders}`})`;
    curves.push({ label, x: measured.shares, y: at(values), ...(standardErrors && { standardErrors: at(standardErrors) }) });
  }
  const explained = options.explained ?? "the output";
  const methods = [...new Set(named.flatMap(([, { method }]) => method ?? []))];
  return {
    kind: "curve",
    title:
      options.title ??
      `How ${explained} ${metrics.length === 1 ? words[first].title : "changes with the features that are there"}`,
    explained,
    unit: options.unit ?? "units of the output",
    method: methods.length === 0 ? metrics.join(" and ") : methods.join(", "),
    notes: named.flatMap(([label, { random, metric }]) =>
      random === undefined || random.orders === 1
        ? []
        : [
            `${label}: better than ${Math.round(100 * random.winRate[example]!)} % of ${random.orders} random orders, by its ${isCurve(metric) ? "area" : "mean"}.`,
          ],
    ),
    ...(options.partial !== undefined && { partial: options.partial }),
    x: { label: metrics.length === 1 ? words[first].x : metrics.map((metric) => words[metric].x).join(", or "), unit: "share" },
    y: { label: isCurve(first) ? "output" : "fall of the output" },
    area: isCurve(first),
    curves,
  };
}
