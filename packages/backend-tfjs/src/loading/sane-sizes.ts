/** Elements of a row beyond which a size cannot be meant: 1 GiB of floats, more than TensorFlow.js can work with on any backend. */
export const mostElements: number = 2 ** 28;

/** The longest window of a pooling, which is gone through place by place. */
export const longestWindow: number = 2 ** 16;

export function isWindowSize(size: unknown): boolean {
  return Number.isInteger(size) && (size as number) >= 1 && (size as number) <= longestWindow;
}
