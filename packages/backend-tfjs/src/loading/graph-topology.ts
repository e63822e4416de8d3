import { formatShape, InvalidArgumentError, UnsupportedError } from "@attr/core";
import { isObject, isReserved, type Json, kindOf } from "./json.ts";
import { checkSizes, longestWindow, mostElements, mostRows } from "./sane-sizes.ts";

interface FileNode {
  readonly name: string;
  readonly op: string;
  /** Names of the nodes it reads, or waits for. */
  readonly reads: readonly string[];
}

/**
 * Holds the topology of a graph model to its format: what the converter's package would stumble over, without saying where.
 *
 * @param weights names of those that are listed.
 * @throws InvalidArgumentError naming the file and the field; UnsupportedError for a name that cannot be one.
 */
export function checkGraphTopology(topology: Json, signature: unknown, weights: ReadonlySet<string>, file: string): void {
  const nodes = readNodes(topology["node"], `${file}: modelTopology.node`);
  const byName = new Map<string, FileNode>();
  for (const node of nodes) {
    if (byName.has(node.name)) throw new InvalidArgumentError(`${file}: there are two nodes called "${node.name}"`);
    byName.set(node.name, node);
  }
  for (const { name, op, reads } of nodes)
    for (const read of reads) {
      const from = byName.get(read);
      if (from === undefined)
        throw new InvalidArgumentError(`${file}: node "${name}" (${op}) reads "${read}", which is no node of the graph`);
      if (from.op === "Const" && !weights.has(read))
        throw new InvalidArgumentError(
          `${file}: node "${name}" (${op}) reads "${read}", a Const without a weight in weightsManifest`,
        );
    }
  checkOrder(nodes, file);
  if (signature !== undefined) checkSignature(signature, byName, file);
  const { library } = topology;
  if (library !== undefined && library !== null) checkLibrary(library, `${file}: modelTopology.library`);
}

function readNodes(list: unknown, what: string): readonly FileNode[] {
  if (!Array.isArray(list)) throw new InvalidArgumentError(`${what} must be an array, got ${kindOf(list)}`);
  return list.map((node: unknown, i) => readNode(node, `${what}[${i}]`));
}

function readNode(node: unknown, what: string): FileNode {
  if (!isObject(node)) throw new InvalidArgumentError(`${what} must be an object, got ${kindOf(node)}`);
  const { name, op, input = [], attr = {} } = node;
  if (typeof name !== "string" || name === "") throw new InvalidArgumentError(`${what}.name must be a name, got ${kindOf(name)}`);
  if (isReserved(name)) throw new UnsupportedError(`${what}: no node can be called "${name}"`);
  const subject = `${what} ("${name}")`;
  if (typeof op !== "string" || op === "")
    throw new InvalidArgumentError(`${subject}.op must be the name of an operation, got ${kindOf(op)}`);
  if (!Array.isArray(input)) throw new InvalidArgumentError(`${subject}.input must be an array, got ${kindOf(input)}`);
  const wrong = input.findIndex((read) => typeof read !== "string" || read === "");
  if (wrong >= 0) throw new InvalidArgumentError(`${subject}.input[${wrong}] must be a name, got ${kindOf(input[wrong])}`);
  if (!isObject(attr)) throw new InvalidArgumentError(`${subject}.attr must be an object, got ${kindOf(attr)}`);
  for (const [key, value] of Object.entries(attr)) checkAttribute(value, `${subject}.attr.${key}`);
  for (const field of ["ksize", "strides", "dilations", "explicit_paddings"] as const)
    checkWindow(attr[field], `${subject}.attr.${field}`, field === "explicit_paddings" ? 0 : 1);
  if (op.startsWith("Placeholder")) checkInput(attr["shape"], `${subject}.attr.shape`);
  return { name, op, reads: (input as string[]).map((read) => read.replace(/^\^/, "").split(":")[0]!) };
}

const kinds: Readonly<Record<string, readonly [what: string, holds: (value: unknown) => boolean]>> = {
  s: ["a string", (value) => typeof value === "string" || Array.isArray(value)],
  i: ["a whole number", (value) => isNumber(value) && Number.isInteger(Number(value))],
  f: ["a number", (value) => isNumber(value) || value === "NaN" || value === "Infinity" || value === "-Infinity"],
  b: ["true or false", (value) => typeof value === "boolean"],
  type: ["a type", (value) => typeof value === "string" || typeof value === "number"],
  shape: ["a shape", isShape],
  func: ["a function", isObject],
};

function checkAttribute(value: unknown, what: string): void {
  if (!isObject(value)) throw new InvalidArgumentError(`${what} must be an object, got ${kindOf(value)}`);
  const each = (kind: string, element: unknown, where: string): void => {
    const known = kinds[kind];
    if (known !== undefined && element !== undefined && element !== null && !known[1](element))
      throw new InvalidArgumentError(`${where} must be ${known[0]}, got ${kindOf(element)}`);
  };
  for (const [kind, element] of Object.entries(value)) each(kind, element, `${what}.${kind}`);
  const { list } = value;
  if (list === undefined || list === null) return;
  if (!isObject(list)) throw new InvalidArgumentError(`${what}.list must be an object, got ${kindOf(list)}`);
  for (const [kind, elements] of Object.entries(list)) {
    if (elements === undefined || elements === null) continue;
    if (!Array.isArray(elements))
      throw new InvalidArgumentError(`${what}.list.${kind} must be an array, got ${kindOf(elements)}`);
    elements.forEach((element: unknown, i) => {
      if (element === null) throw new InvalidArgumentError(`${what}.list.${kind}[${i}] is null`);
      each(kind, element, `${what}.list.${kind}[${i}]`);
    });
  }
}

function checkWindow(value: unknown, what: string, least: number): void {
  const list = isObject(value) && isObject(value["list"]) ? value["list"]["i"] : undefined;
  if (Array.isArray(list)) checkSizes(list.map(Number), what, least, longestWindow);
}

function checkInput(value: unknown, what: string): void {
  const dims = isObject(value) && isObject(value["shape"]) ? value["shape"]["dim"] : undefined;
  if (!Array.isArray(dims)) return;
  const sizes = (dims as readonly Json[]).map((dim) => Number(dim["size"] ?? 0)); // each was looked at
  if (sizes.some((size) => size < -1) || !(sizes.reduce((product, size) => product * Math.abs(size), 1) <= mostElements))
    throw new InvalidArgumentError(
      `${what} must be sizes, -1 where any is taken, of at most ${mostElements} elements, got ${formatShape(sizes)}`,
    );
  if (sizes[0]! > mostRows) throw new InvalidArgumentError(`${what} must have at most ${mostRows} rows, got ${sizes[0]}`);
}

function isNumber(value: unknown): boolean {
  return typeof value === "number" || (typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value)));
}

function isShape(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { dim } = value;
  if (dim === undefined || dim === null) return true;
  return Array.isArray(dim) && dim.every((one) => isObject(one) && (one["size"] === undefined || kinds["i"]![1](one["size"])));
}

/** Loops are closed by a node of their own; any other way back to where one came from would never be computed. */
function checkOrder(nodes: readonly FileNode[], file: string): void {
  const waitsFor = new Map<string, number>();
  const readers = new Map<string, string[]>();
  const loops = new Set(nodes.filter(({ op }) => op === "NextIteration").map(({ name }) => name));
  for (const { name, reads } of nodes) {
    const from = reads.filter((read) => !loops.has(read));
    waitsFor.set(name, from.length);
    for (const read of from) {
      const list = readers.get(read) ?? [];
      list.push(name);
      readers.set(read, list);
    }
  }
  const ready = nodes.filter(({ name }) => waitsFor.get(name) === 0).map(({ name }) => name);
  for (let next = ready.pop(); next !== undefined; next = ready.pop()) {
    waitsFor.delete(next);
    for (const reader of readers.get(next) ?? []) {
      const left = waitsFor.get(reader)! - 1;
      waitsFor.set(reader, left);
      if (left === 0) ready.push(reader);
    }
  }
  const [stuck] = waitsFor.keys();
  if (stuck !== undefined)
    throw new InvalidArgumentError(`${file}: node "${stuck}" waits for its own result: the graph has a cycle`);
}

function checkSignature(signature: unknown, nodes: ReadonlyMap<string, FileNode>, file: string): void {
  if (!isObject(signature)) throw new InvalidArgumentError(`${file}: signature must be an object, got ${kindOf(signature)}`);
  for (const side of ["inputs", "outputs"] as const) {
    const entries = signature[side];
    if (entries === undefined || entries === null) continue;
    if (!isObject(entries))
      throw new InvalidArgumentError(`${file}: signature.${side} must be an object, got ${kindOf(entries)}`);
    for (const [key, entry] of Object.entries(entries)) {
      const what = `${file}: signature.${side}.${key}`;
      if (!isObject(entry)) throw new InvalidArgumentError(`${what} must be an object, got ${kindOf(entry)}`);
      const { name, tensorShape } = entry;
      // Resources of hash tables have no node here.
      if (name === undefined && "resourceId" in entry) continue;
      if (typeof name !== "string") throw new InvalidArgumentError(`${what}.name must be a name, got ${kindOf(name)}`);
      if (!nodes.has(name.split(":")[0]!))
        throw new InvalidArgumentError(`${what}.name is "${name}", which is no node of the graph`);
      if (tensorShape !== undefined && tensorShape !== null && !isShape(tensorShape))
        throw new InvalidArgumentError(`${what}.tensorShape must be a shape, got ${kindOf(tensorShape)}`);
    }
  }
}

function checkLibrary(library: unknown, what: string): void {
  if (!isObject(library)) throw new InvalidArgumentError(`${what} must be an object, got ${kindOf(library)}`);
  const functions = library["function"] ?? [];
  if (!Array.isArray(functions)) throw new InvalidArgumentError(`${what}.function must be an array, got ${kindOf(functions)}`);
  functions.forEach((one: unknown, i) => {
    const subject = `${what}.function[${i}]`;
    if (!isObject(one)) throw new InvalidArgumentError(`${subject} must be an object, got ${kindOf(one)}`);
    const { signature, nodeDef = [] } = one;
    if (!isObject(signature) || typeof signature["name"] !== "string")
      throw new InvalidArgumentError(`${subject}.signature must have a name, got ${kindOf(signature)}`);
    readNodes(nodeDef, `${subject}.nodeDef`);
  });
}
