import type { NodeProto } from "../../onnx/proto.ts";
import { Attributes } from "../attributes.ts";
import type { Known } from "./infer-types.ts";
import type { Size } from "./sizes.ts";

/** Lists longer than this are no shapes. */
const longest = 64;

/**
 * What a small value of integers holds, where it is made from shapes: sizes, named ones by their name. This is how the shapes of what is
 * reshaped to a computed shape are known without running anything.
 */
export function inferContents(node: NodeProto, known: Known): readonly Size[] | undefined {
  if (node.domain !== "") return undefined;
  const contents = node.inputs.map((name) => (name === "" ? undefined : known.contentsOf(name)));
  const [first] = contents;
  const attributes = new Attributes(node);
  switch (node.opType) {
    case "Shape": {
      const shape = known.typeOf(node.inputs[0]!)?.shape;
      return shape?.slice(attributes.int("start", 0), attributes.has("end") ? attributes.int("end", 0) : undefined);
    }
    case "Cast":
    case "Identity":
    case "Reshape":
    case "Squeeze":
    case "Unsqueeze":
      return first;
    case "Concat":
      return contents.every((part) => part !== undefined) ? short(contents.flat()) : undefined;
    case "Gather":
      return contents[1]?.length === undefined || first === undefined
        ? undefined
        : contents[1].map((at) => (typeof at === "number" ? (first.at(at) ?? null) : null));
    case "Slice": {
      const [start, end, step] = [contents[1]?.[0], contents[2]?.[0], contents[4]?.[0] ?? 1];
      return typeof start === "number" && typeof end === "number" && step === 1 ? first?.slice(start, end) : undefined;
    }
    case "Add":
      return combine(contents, (a, b) => (a === 0 ? b : b === 0 ? a : calculate(a, b, (x, y) => x + y)));
    case "Sub":
      return combine(contents, (a, b) => (b === 0 ? a : calculate(a, b, (x, y) => x - y)));
    case "Mul":
      return combine(contents, (a, b) => (a === 1 ? b : b === 1 ? a : calculate(a, b, (x, y) => x * y)));
    case "Div":
      return combine(contents, (a, b) => (b === 1 ? a : calculate(a, b, (x, y) => (x >= 0 && y > 0 ? Math.floor(x / y) : null))));
    case "Mod":
      return combine(contents, (a, b) => calculate(a, b, (x, y) => (x >= 0 && y > 0 ? x % y : null)));
    case "Max":
      return contents.length === 2 ? combine(contents, (a, b) => calculate(a, b, Math.max)) : undefined;
    case "Min":
      return contents.length === 2 ? combine(contents, (a, b) => calculate(a, b, Math.min)) : undefined;
    case "Range":
      return range(contents);
    case "Equal":
      // A size is never negative.
      return combine(contents, (a, b) => {
        if (typeof a === "string" && typeof b === "number" && b < 0) return 0;
        if (typeof b === "string" && typeof a === "number" && a < 0) return 0;
        return calculate(a, b, (x, y) => (x === y ? 1 : 0));
      });
    case "Where": {
      const [, yes, no] = contents;
      if (first === undefined || yes === undefined || no === undefined) return undefined;
      if (yes.length !== first.length || no.length !== first.length) return undefined;
      return first.map((choice, i) => (choice === 1 ? yes[i]! : choice === 0 ? no[i]! : null));
    }
    case "ConstantOfShape": {
      const [count] = first ?? [];
      const filled = attributes.tensor("value");
      if (first?.length !== 1 || typeof count !== "number" || !(count >= 0 && count <= longest) || filled === undefined)
        return undefined;
      const [value] = filled.int64Data ?? (filled.rawData?.length === 8 ? new BigInt64Array(filled.rawData.slice().buffer) : []);
      return value === undefined || filled.dataType !== 7 ? undefined : new Array<number>(count).fill(Number(value));
    }
    default:
      return undefined;
  }
}

function range([start, limit, step]: readonly (readonly Size[] | undefined)[]): readonly Size[] | undefined {
  const [from, to, by] = [start?.[0], limit?.[0], step?.[0]];
  if (typeof from !== "number" || typeof to !== "number" || typeof by !== "number" || by === 0) return undefined;
  const count = Math.max(0, Math.ceil((to - from) / by));
  return count > longest ? undefined : Array.from({ length: count }, (_, i) => from + i * by);
}

function short(list: readonly Size[]): readonly Size[] | undefined {
  return list.length <= longest ? list : undefined;
}

function calculate(a: Size, b: Size, how: (x: number, y: number) => number | null): Size {
  return typeof a === "number" && typeof b === "number" ? how(a, b) : null;
}

/** Two lists of one length, or one of them a single number. */
function combine([a, b]: readonly (readonly Size[] | undefined)[], how: (x: Size, y: Size) => Size): readonly Size[] | undefined {
  if (a === undefined || b === undefined || a.length > longest || b.length > longest) return undefined;
  const length = Math.max(a.length, b.length);
  if ((a.length !== length && a.length !== 1) || (b.length !== length && b.length !== 1)) return undefined;
  return Array.from({ length }, (_, i) => how(a[a.length === 1 ? 0 : i]!, b[b.length === 1 ? 0 : i]!));
}
