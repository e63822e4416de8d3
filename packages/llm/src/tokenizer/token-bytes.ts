import { bytesOfByteLevel } from "./byte-level.ts";
import { isRecord, type JsonRecord } from "./json.ts";

const encoder = new TextEncoder();
const byteToken = /^<0x([0-9A-Fa-f]{2})>$/;

/** What bytes a token of the vocabulary (not an added one) stands for in a running text, as its `decoder` and `model` say. */
export function tokenBytesReader(decoder: unknown, model: JsonRecord): (token: string) => Uint8Array {
  const steps = flattened(decoder);
  const byteLevel = steps.some((step) => step["type"] === "ByteLevel");
  const byteFallback = model["byte_fallback"] === true || steps.some((step) => step["type"] === "ByteFallback");
  const changes = [...steps.flatMap(decoderChange), ...suffixChange(model["end_of_word_suffix"])];
  return (token) => {
    const byte = byteFallback ? byteToken.exec(token)?.[1] : undefined;
    if (byte !== undefined) return Uint8Array.of(Number.parseInt(byte, 16));
    const text = changes.reduce((current, change) => change(current), token);
    return (byteLevel ? bytesOfByteLevel(text) : undefined) ?? encoder.encode(text);
  };
}

function flattened(decoder: unknown): readonly JsonRecord[] {
  if (!isRecord(decoder)) return [];
  const inner = decoder["decoders"];
  return decoder["type"] === "Sequence" && Array.isArray(inner) ? inner.flatMap(flattened) : [decoder];
}

type Change = (token: string) => string;

function decoderChange(step: JsonRecord): readonly Change[] {
  switch (step["type"]) {
    case "Replace": {
      const pattern = isRecord(step["pattern"]) ? step["pattern"]["String"] : undefined;
      const content = step["content"];
      if (typeof pattern !== "string" || pattern === "" || typeof content !== "string") return [];
      return [(token) => token.replaceAll(pattern, content)];
    }
    case "Metaspace": {
      const mark = typeof step["replacement"] === "string" ? step["replacement"] : "▁";
      return [(token) => token.replaceAll(mark, " ")];
    }
    case "WordPiece": {
      const prefix = typeof step["prefix"] === "string" ? step["prefix"] : "##";
      return [(token) => (prefix !== "" && token.startsWith(prefix) ? token.slice(prefix.length) : token)];
    }
    case "BPEDecoder":
      return suffixChange(step["suffix"] ?? "</w>");
    default:
      return [];
  }
}

/** A word's end stands for the space after it. */
function suffixChange(suffix: unknown): readonly Change[] {
  if (typeof suffix !== "string" || suffix === "") return [];
  return [(token) => (token.endsWith(suffix) ? `${token.slice(0, -suffix.length)} ` : token)];
}
