// Small pictures as text for an address: runs of equal bytes are written once, and the rest as it is (PackBits), in base64 for addresses.

/** Bytes as text of letters, digits, `-` and `_`. */
export function packBytes(bytes: Uint8Array): string {
  const packed: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const run = runAt(bytes, at);
    if (run > 2) {
      packed.push(257 - run, bytes[at]!);
      at += run;
      continue;
    }
    const start = at;
    while (at < bytes.length && at - start < 128 && runAt(bytes, at) <= 2) at++;
    packed.push(at - start - 1, ...bytes.subarray(start, at));
  }
  return btoa(String.fromCharCode(...packed))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
}

/** How often the byte at this place is repeated from there on, up to 128. */
function runAt(bytes: Uint8Array, at: number): number {
  let run = 1;
  while (run < 128 && bytes[at + run] === bytes[at]) run++;
  return run;
}

/** What {@link packBytes} wrote; undefined for a text that is not of exactly so many bytes. */
export function unpackBytes(text: string, length: number): Uint8Array | undefined {
  let packed: string;
  try {
    packed = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return undefined;
  }
  const bytes = new Uint8Array(length);
  let filled = 0;
  for (let at = 0; at < packed.length; ) {
    const head = packed.charCodeAt(at++);
    const count = head < 128 ? head + 1 : 257 - head;
    if (filled + count > length || at + (head < 128 ? count : 1) > packed.length) return undefined;
    for (let i = 0; i < count; i++) bytes[filled++] = packed.charCodeAt(head < 128 ? at++ : at);
    if (head >= 128) at++;
  }
  return filled === length ? bytes : undefined;
}
