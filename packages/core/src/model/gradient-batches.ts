import type { Tensor, TensorBackend } from "../tensor/tensor.ts";
import type { DifferentiableModel, GradientRequest, GradientResult, Objective } from "./differentiable.ts";
import type { GradientRules } from "./gradient-rules.ts";
import type { NamedTensors } from "./model.ts";
import { feedRows, requestRows, rowCount, sliceRows } from "./rows.ts";

/** Differentiates a request of any number of rows in calls of at most `limit` rows, and joins what they give. */
export async function gradientInBatches(
  model: DifferentiableModel,
  request: GradientRequest,
  limit: number = model.maxBatchSize,
): Promise<GradientResult> {
  const rows = rowCount(request);
  if (rows <= limit) return await model.gradient(request);
  const { backend } = model;
  using scope = backend.scope();
  const parts: GradientResult[] = [];
  for (let begin = 0; begin < rows; begin += limit) {
    request.signal?.throwIfAborted();
    const end = Math.min(begin + limit, rows);
    parts.push(
      await model.gradient({
        ...requestRows(backend, request, begin, end),
        objective: objectiveRows(backend, request.objective, begin, end),
        rules: rulesRows(backend, request, begin, end),
      }),
    );
  }
  const join = (names: readonly string[], of: (part: GradientResult) => NamedTensors): NamedTensors =>
    Object.fromEntries(
      names.map((name) => [
        name,
        scope.keep(
          backend.concat(
            parts.map((part): Tensor => of(part)[name]!),
            0,
          ),
        ),
      ]),
    );
  return {
    gradients: join(request.wrt, (part) => part.gradients),
    values: join(request.fetches ?? [], (part) => part.values),
  };
}

function objectiveRows(backend: TensorBackend, objective: Objective, begin: number, end: number): Objective {
  if ("index" in objective) return { ...objective, index: objective.index.slice(begin, end) };
  return { ...objective, cotangent: sliceRows(backend, objective.cotangent, begin, end) };
}

/** A reference has the rows of the feeds it stands beside. */
function rulesRows(backend: TensorBackend, request: GradientRequest, begin: number, end: number): GradientRules | undefined {
  const { rules } = request;
  if (rules?.kind !== "deepLift") return rules;
  return { ...rules, reference: feedRows(backend, rules.reference, request, begin, end) };
}
