import { type GradientRequest, type GradientRules, InvalidArgumentError, type LinearRule } from "@attr/core";

/** The numbers that each rule of relevance propagation takes, by name; those it cannot do without are `needed`. */
const linearRules: Readonly<Record<LinearRule["rule"], { readonly numbers: readonly string[]; readonly needed?: boolean }>> = {
  alphaBeta: { numbers: ["alpha", "beta"] },
  epsilon: { numbers: ["epsilon"] },
  flat: { numbers: [] },
  gamma: { numbers: ["gamma", "epsilon"] },
  identity: { numbers: [] },
  wSquare: { numbers: [] },
  zBox: { numbers: ["low", "high"], needed: true },
  zPlus: { numbers: [] },
};

const kinds: readonly GradientRules["kind"][] = ["guided", "deconvolution", "deepLift", "lrp"];
const attentionRules: readonly unknown[] = [undefined, "attnLrp", "cpLrp"];

/**
 * Holds a request against its type, for callers that have none: what would be taken for something else, or for nothing, is refused.
 *
 * @throws InvalidArgumentError naming the part that is wrong.
 */
export function checkGradientRequest(request: GradientRequest): void {
  const { objective, wrt, fetches, rules } = request;
  if (!isObject(objective)) throw wrong("objective", "an object", objective);
  if (typeof objective.value !== "string") throw wrong("objective.value", "the name of a value", objective.value);
  if (!("cotangent" in objective)) {
    const { index } = objective;
    if (!Array.isArray(index)) throw wrong("objective", "an index or a cotangent", objective);
    index.forEach((path: unknown, row) => {
      if (!Array.isArray(path)) throw wrong(`objective.index[${row}]`, "a list of indices", path);
    });
  }
  checkNames(wrt, "wrt");
  if (fetches !== undefined) checkNames(fetches, "fetches");
  if (rules !== undefined) checkRules(rules);
}

function checkNames(names: unknown, subject: string): void {
  if (!Array.isArray(names) || !names.every((name) => typeof name === "string"))
    throw wrong(subject, "a list of names of values", names);
}

function checkRules(rules: GradientRules): void {
  if (!isObject(rules)) throw wrong("rules", "an object", rules);
  if (!kinds.includes(rules.kind)) throw wrong("rules.kind", `one of "${kinds.join('", "')}"`, rules.kind);
  if (rules.kind === "deepLift") {
    if (!isObject(rules.reference)) throw wrong("rules.reference", "tensors by name", rules.reference);
    checkNumber(rules.epsilon, "rules.epsilon");
  }
  if (rules.kind !== "lrp") return;
  checkLinearRule(rules.linear, "rules.linear");
  if (rules.layers !== undefined && !isObject(rules.layers)) throw wrong("rules.layers", "rules by name", rules.layers);
  for (const [name, rule] of Object.entries(rules.layers ?? {})) checkLinearRule(rule, `rules.layers["${name}"]`);
  if (!attentionRules.includes(rules.attention)) throw wrong("rules.attention", '"attnLrp" or "cpLrp"', rules.attention);
}

function checkLinearRule(rule: LinearRule, subject: string): void {
  if (!isObject(rule)) throw wrong(subject, "an object", rule);
  const known = Object.hasOwn(linearRules, String(rule.rule)) ? linearRules[rule.rule] : undefined;
  if (known === undefined) throw wrong(`${subject}.rule`, `one of "${Object.keys(linearRules).join('", "')}"`, rule.rule);
  // Each kind of rule has numbers of its own.
  const settings = rule as Readonly<Record<string, unknown>>;
  for (const name of known.numbers) {
    if (known.needed === true && settings[name] === undefined) throw wrong(`${subject}.${name}`, "a number", undefined);
    checkNumber(settings[name], `${subject}.${name}`);
  }
  const signs = settings["signs"];
  if (rule.rule === "alphaBeta" && signs !== undefined && signs !== "weights" && signs !== "contributions")
    throw wrong(`${subject}.signs`, '"weights" or "contributions"', signs);
}

function checkNumber(value: unknown, subject: string): void {
  if (value !== undefined && !Number.isFinite(value)) throw wrong(subject, "a finite number", value);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function wrong(subject: string, wanted: string, got: unknown): InvalidArgumentError {
  const shown =
    typeof got === "string" ? `"${got}"` : isObject(got) ? (Array.isArray(got) ? "a list" : "an object") : String(got);
  return new InvalidArgumentError(`${subject} must be ${wanted}, got ${shown}`);
}
