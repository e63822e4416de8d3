import { type AxiomName, axioms, coreMethods, type LawName, laws } from "@attr/testing";
import { markdownTable } from "./markdown-table.ts";

const axiomNames = Object.keys(axioms) as AxiomName[]; // the keys of the record
const lawNames = Object.keys(laws) as LawName[];

/** Backends whose tests run `describeCoreMethods`, and by how much a number may be off there. */
const backends: readonly (readonly [name: string, tolerance: string])[] = [
  ["the host backend, float64", "1e-9"],
  ["`@attr/backend-onnx` on onnxruntime-node, float32", "1e-4"],
  ["`@attr/backend-tfjs` on TensorFlow.js's cpu and wasm backends, and on the native one where it is built, float32", "1e-4"],
];

/** The page of axioms, written from what the suite holds every method to. */
export function axiomsPage(): string {
  const exceptions = Object.entries(coreMethods).flatMap(([method, { exceptions: own = {} }]) =>
    Object.entries(own).map(([law, reason]) => `- \`${method}\`, ${law}: ${reason}.`),
  );
  const rows = Object.entries(coreMethods).map(([method, { axioms: kept, nearly = {} }]) => [
    `\`${method}\``,
    ...axiomNames.map((axiom) => (kept.includes(axiom) ? "exactly" : nearly[axiom] === undefined ? "—" : `to ${nearly[axiom]}`)),
  ]);
  return [
    "# Which method keeps which axiom",
    "",
    "Every line below is a property test: random networks, random inputs, and every method of core that promises an axiom is held to it by",
    "`describeCoreMethods` of [`@attr/testing`](../packages/testing) on every backend. “Exactly” means up to rounding:",
    "",
    ...backends.map(([name, tolerance]) => `- ${name}: to ${tolerance} of the larger of 1 and the number.`),
    "",
    "“—” is no promise: the method breaks the axiom by its definition, or keeps it on some networks only. See the",
    "[guide](guides/testing.md) for holding your own method or backend to them. Methods that need images (`GuidedGradCam`,",
    "`BlurIntegratedGradients`, `Xrai`) are not over these networks and have tests of their own.",
    "",
    ...markdownTable(["method", ...axiomNames], rows),
    "",
    "## The axioms",
    "",
    ...axiomNames.map((name) => `- **${name}**: ${axioms[name].law}.`),
    "",
    "## What every method keeps",
    "",
    ...lawNames.map((name) => `- **${name}**: ${laws[name].law}.`),
    "",
    "With these exceptions:",
    "",
    ...exceptions,
    "",
  ].join("\n");
}
