import type { AxiomName } from "../axioms/axioms.ts";
import type { TestFramework } from "../framework.ts";
import { coreMethods, methodOf } from "../methods/core-methods.ts";
import { describeMethod, type MethodCase } from "./method.ts";

/** What the suite needs of a backend under test. */
export interface CoreMethodsOptions extends TestFramework, Pick<MethodCase, "realise" | "liveTensors" | "runs"> {
  /** By how much a number may be off on this backend, of the larger of 1 and the number. @defaultValue 1e-9 */
  readonly tolerance?: number | undefined;
  /** Methods that the backend does not do, with the reason. @defaultValue none */
  readonly skips?: Readonly<Record<string, string>> | undefined;
}

/** Holds every method of core, over models of one backend, to the axioms that it promises. */
export function describeCoreMethods(name: string, options: CoreMethodsOptions): void {
  const { tolerance = 1e-9, skips = {}, describe, test, ...shared } = options;
  describe(`methods on ${name}`, () => {
    for (const [method, declaration] of Object.entries(coreMethods)) {
      const reason = skips[method];
      if (reason !== undefined) {
        test(method, (context) => context.skip(reason));
        continue;
      }
      const kept: Partial<Record<AxiomName, number>> = {};
      for (const axiom of declaration.axioms) kept[axiom] = tolerance;
      for (const [axiom, off] of Object.entries(declaration.nearly ?? {})) kept[axiom as AxiomName] = Math.max(off, tolerance); // the keys of the record
      describeMethod(
        method,
        {
          ...shared,
          make: (model) => methodOf(declaration, model),
          options: declaration.options,
          exceptions: declaration.exceptions,
          axioms: kept,
          tolerance,
        },
        { describe, test },
      );
    }
  });
}
