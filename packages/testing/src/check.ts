/** What fails when something under test breaks its contract; the sentence says what was expected and what was got. */
export class ContractError extends Error {
  override readonly name = "ContractError";
}

/** Holds that something is so; `fact` says what, in the words of a failure: "the gradient has the shape of its value". */
export function check(holds: boolean, fact: string): asserts holds {
  if (!holds) throw new ContractError(`does not hold: ${fact}`);
}

/** Holds that two values are equal: numbers (0 and −0 are one, NaN is itself), strings, or arrays and plain objects of such. */
export function checkSame(got: unknown, expected: unknown, what: string): void {
  if (!same(got, expected)) throw new ContractError(`${what}: expected ${show(expected)}, got ${show(got)}`);
}

/** Holds that numbers are as expected, each to `tolerance` of the larger of 1 and the expected one; 0 asks for equality. */
export function checkClose(got: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number, what: string): void {
  if (got.length !== expected.length) throw new ContractError(`${what}: expected ${expected.length} numbers, got ${got.length}`);
  for (let i = 0; i < expected.length; i++) {
    const [one, other] = [got[i]!, expected[i]!];
    if (same(one, other) || Math.abs(one - other) <= tolerance * Math.max(1, Math.abs(other))) continue;
    throw new ContractError(`${what}: element ${i} is ${one}, expected ${other} to ${tolerance}`);
  }
}

/** What an error has to be: of a kind, with words in its sentence, or this very value. */
export interface Refusal {
  readonly kind?: abstract new (...args: never[]) => Error;
  readonly words?: readonly string[];
}

/** Holds that a call throws. */
export function checkThrows(call: () => unknown, refusal: Refusal, what: string): void {
  try {
    call();
  } catch (error) {
    checkRefusal(error, refusal, what);
    return;
  }
  throw new ContractError(`${what}: nothing was thrown`);
}

/** Holds that a promise is rejected. */
export async function checkRejects(promise: Promise<unknown>, refusal: Refusal, what: string): Promise<void> {
  await checkRejectsWith(promise, (error) => checkRefusal(error, refusal, what), what);
}

/** Holds that a promise is rejected with this very value. */
export async function checkRejectsAs(promise: Promise<unknown>, reason: unknown, what: string): Promise<void> {
  await checkRejectsWith(promise, (error) => check(error === reason, `${what}: rejects with the reason given`), what);
}

async function checkRejectsWith(promise: Promise<unknown>, look: (error: unknown) => void, what: string): Promise<void> {
  let rejected: { readonly error: unknown };
  try {
    await promise;
    throw new ContractError(`${what}: was not rejected`);
  } catch (error) {
    if (error instanceof ContractError) throw error;
    rejected = { error };
  }
  look(rejected.error);
}

function checkRefusal(error: unknown, { kind, words = [] }: Refusal, what: string): void {
  if (kind !== undefined && !(error instanceof kind))
    throw new ContractError(`${what}: expected a ${kind.name}, got ${String(error)}`, { cause: error });
  const sentence = error instanceof Error ? error.message : String(error);
  const missing = words.filter((word) => !sentence.includes(word));
  if (missing.length > 0)
    throw new ContractError(`${what}: the sentence "${sentence}" lacks ${missing.map((word) => `"${word}"`).join(", ")}`, {
      cause: error,
    });
}

function same(a: unknown, b: unknown): boolean {
  if (a === b || Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const [own, other] = [Object.entries(a), Object.entries(b)];
  if (Array.isArray(a) !== Array.isArray(b) || own.length !== other.length) return false;
  const record = b as Readonly<Record<string, unknown>>; // an object, looked into by the keys of the other
  return own.every(([key, value]) => Object.hasOwn(record, key) && same(value, record[key]));
}

function show(value: unknown): string {
  const text = JSON.stringify(value, (_, part) => (typeof part === "bigint" ? `${part}n` : part)) ?? String(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
