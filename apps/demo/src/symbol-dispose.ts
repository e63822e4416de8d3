/**
 * The two symbols that `using` and `await using` call by. Browsers without them (Safari, and others of before 2025) run what the build
 * makes of these declarations as soon as the symbols exist, so this module is imported first wherever code of ours starts.
 */
for (const name of ["dispose", "asyncDispose"] as const)
  if (!(name in Symbol)) Object.defineProperty(Symbol, name, { value: Symbol.for(`Symbol.${name}`) });
