/** No options at all, for a parameter whose options are all optional. */
export function noOptions<Options>(): Options {
  // Every option of every method may be left out.
  return {} as Options;
}
