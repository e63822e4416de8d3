/** Numbers of a list above which their bits are hashed as they are: a million of them written out would take longer than to draw them. */
const longList = 256;

/** Eight hexadecimal digits that differ between documents, so that several pictures can stand in one page (FNV-1a). */
export function fingerprint(data: unknown): string {
  const text = JSON.stringify(data, (_, value: unknown) =>
    Array.isArray(value) && value.length > longList && value.every((entry) => typeof entry === "number")
      ? `${value.length}:${hashBytes(new Uint8Array(Float64Array.from(value).buffer))}`
      : value,
  );
  let hash = start;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), prime);
  return (hash >>> 0).toString(16).padStart(8, "0");
}

const [start, prime] = [0x811c9dc5, 0x01000193];

function hashBytes(bytes: Uint8Array): number {
  let hash = start;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i]!, prime);
  return hash >>> 0;
}
