/** Byte strings one after the other. */
export function concatenateBytes(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const bytes = new Uint8Array(length);
  let position = 0;
  for (const part of parts) {
    bytes.set(part, position);
    position += part.length;
  }
  return bytes;
}

/** Bytes as the key of a map. */
export function bytesKey(bytes: Iterable<number>): string {
  return String.fromCharCode(...bytes);
}
