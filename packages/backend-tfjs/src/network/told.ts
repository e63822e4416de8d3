import { AttributionError, UnsupportedOpError } from "@attr/core";

/** Work whose errors say what could not be run. */
export function toldNow<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw explained(what, cause);
  }
}

export async function told<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw explained(what, cause);
  }
}

function explained(what: string, cause: unknown): Error {
  if (cause instanceof AttributionError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  const unknown = /is not implemented|not supported|Kernel '.*' not registered/i.test(message);
  if (unknown) return new UnsupportedOpError(`${what} cannot be run: ${message}`, { cause });
  // What TensorFlow.js did not look at itself.
  const vague = cause instanceof TypeError ? "its operands or settings are not what it takes: " : "";
  return new AttributionError(`${what} cannot be run: ${vague}${message}`, { cause });
}
