import type { DifferentiableGraphModel } from "@attr/core";
import fc from "fast-check";
import { type AxiomName, axioms, type LawName, laws } from "../axioms/axioms.ts";
import type { AnyMethod, AxiomSubject } from "../axioms/subject.ts";
import type { TestFramework } from "../framework.ts";
import { hostNetwork } from "../networks/host-network.ts";
import type { Network } from "../networks/network.ts";

/** What the suite needs of a method under test. */
export interface MethodCase {
  /** Makes the method over a model; the models have the inputs `a` and `b` and the layers of {@link perceptron}. */
  make(model: DifferentiableGraphModel): AnyMethod;
  /** The axioms it promises, each with how far a number may be off, of the larger of 1 and the number. @defaultValue none */
  readonly axioms?: Readonly<Partial<Record<AxiomName, number>>> | undefined;
  /** Options of every call. @defaultValue none */
  readonly options?: Readonly<Record<string, unknown>> | undefined;
  /** Laws of every method that cannot hold of this one, each with the reason: they are not looked at. @defaultValue none */
  readonly exceptions?: Readonly<Partial<Record<LawName, string>>> | undefined;
  /** By how much a number may be off between batches, of the larger of 1 and the number. @defaultValue 1e-9 */
  readonly tolerance?: number | undefined;
  /** Makes a model of a network: on the backend under test. @defaultValue hostNetwork, in float64 */
  readonly realise?: ((network: Network) => DifferentiableGraphModel | Promise<DifferentiableGraphModel>) | undefined;
  /** How many tensors are alive on the backend. @defaultValue not looked at */
  readonly liveTensors?: (() => number) | undefined;
  /** Cases drawn for each law. @defaultValue 10 */
  readonly runs?: number | undefined;
}

/** Holds a method to what every method keeps, and to the axioms it promises. */
export function describeMethod(name: string, given: MethodCase, { describe, test }: TestFramework): void {
  const { tolerance = 1e-9, options = {}, realise = (network) => hostNetwork(network), liveTensors, runs = 10 } = given;
  const subject: AxiomSubject = { make: (model) => given.make(model), realise, options, tolerance, liveTensors };
  describe(`${name} as a method`, () => {
    for (const [key, law] of Object.entries(laws)) {
      if (given.exceptions?.[key as LawName] !== undefined) continue; // the keys of the record
      test(law.law, async () => {
        await fc.assert(law.property(subject), { numRuns: runs });
      });
    }
    for (const [axiom, off] of Object.entries(given.axioms ?? {})) {
      const { law, property } = axioms[axiom as AxiomName]; // the keys of the record
      test(`${axiom}: ${law}`, async () => {
        await fc.assert(property({ ...subject, tolerance: off }), { numRuns: runs });
      });
    }
  });
}
