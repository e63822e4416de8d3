import { UnsupportedError } from "@attr/core";
import { innerValues, valuesDefined } from "../../graph/free-values.ts";
import type { AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto } from "../../onnx/proto.ts";
import { operatorKey } from "../rule.ts";
import { arraysForLists } from "./arrays-for-lists.ts";
import { inlineFunctions } from "./inline-functions.ts";
import { NodeRewriting } from "./node-rewriting.ts";
import { changes } from "./operator-changes.ts";

/** The operator set that rules write in: the first in which all reductions take their axes as an input and scattering can add. */
const wanted = 18;

/** The oldest one: from it on operators broadcast as they do now. */
const oldest = 7;

/** Versions of the file format before this one do not know the operator set. */
const irVersion = 8;

/**
 * The same model in an operator set of at least 18: nodes whose operator has changed its form since the file's set are written in the new
 * one, operators that the file defines itself are written out, and lists of arrays are resolved. Names of values stay, and so do the values.
 *
 * @throws UnsupportedError for operator sets before 7, and for a Scan of set 8.
 */
export function upgrade(model: ModelProto): ModelProto {
  const imported = model.opsetImports.find(({ domain }) => isStandard(domain))?.version;
  const version = imported ?? wanted;
  if (version < oldest)
    throw new UnsupportedError(`the ONNX file uses operator set ${version}; gradients are written for ${oldest} and newer`);
  const taken = new Set([...valuesDefined(model.graph), ...innerValues(model.graph.nodes)]);
  const target = Math.max(version, wanted, ...model.functions.map(versionOf));
  const today = inlineFunctions({
    ...model,
    irVersion: Math.max(model.irVersion, irVersion),
    opsetImports: [{ domain: "", version: target }, ...model.opsetImports.filter(({ domain }) => !isStandard(domain))],
    graph: upgradeGraph(model.graph, version, taken),
    functions: model.functions.map(upgradeFunction),
  });
  return arraysForLists(today);
}

/** Functions name their operator sets themselves. */
function upgradeFunction(definition: FunctionProto): FunctionProto {
  const taken = new Set([...definition.inputs, ...definition.nodes.flatMap(({ outputs }) => outputs)]);
  innerValues(definition.nodes, taken);
  const version = versionOf(definition);
  return { ...definition, nodes: definition.nodes.flatMap((node) => upgradeNode(node, version, taken)) };
}

function versionOf({ opsetImports }: { readonly opsetImports: ModelProto["opsetImports"] }): number {
  return opsetImports.find(({ domain }) => isStandard(domain))?.version ?? wanted;
}

function isStandard(domain: string): boolean {
  return domain === "" || domain === "ai.onnx";
}

function upgradeGraph(graph: GraphProto, version: number, taken: Set<string>): GraphProto {
  return { ...graph, nodes: graph.nodes.flatMap((node) => upgradeNode(node, version, taken)) };
}

function upgradeNode(old: NodeProto, version: number, taken: Set<string>): readonly NodeProto[] {
  const attributes = old.attributes.map((attribute) => upgradeAttribute(attribute, version, taken));
  const node = { ...old, attributes, domain: isStandard(old.domain) ? "" : old.domain };
  const change = changes[operatorKey(node)];
  if (change === undefined || version >= change.since) return [node];
  return change.rewrite(new NodeRewriting(node, version, taken));
}

function upgradeAttribute(attribute: AttributeProto, version: number, taken: Set<string>): AttributeProto {
  const { g, graphs } = attribute;
  if (g === undefined && graphs === undefined) return attribute;
  return {
    ...attribute,
    ...(g && { g: upgradeGraph(g, version, taken) }),
    ...(graphs && { graphs: graphs.map((graph) => upgradeGraph(graph, version, taken)) }),
  };
}
