/** The name of the page's cache: one for each build, so that files of different builds never meet. */
export const cacheName = `attr-${import.meta.env["VITE_BUILD"] ?? "dev"}`;

/**
 * Fetches a file of the page's own and keeps it, so that it is there when the network is not.
 *
 * @param onBytes told how many bytes have come.
 * @throws Error that names the file where it cannot be had.
 */
export async function fetchKept(address: string, onBytes: (bytes: number) => void): Promise<Uint8Array> {
  // Absent where the page is not served over a safe connection.
  const cache = import.meta.env.PROD && "caches" in globalThis ? await caches.open(cacheName).catch(() => undefined) : undefined;
  const kept = await cache?.match(address, { ignoreVary: true });
  if (kept !== undefined) return new Uint8Array(await kept.arrayBuffer());
  const response = await fetch(address).catch((cause: unknown) => {
    throw new Error(`${address} could not be loaded: the network is off, and it was not loaded before`, { cause });
  });
  if (!response.ok) throw new Error(`${address} could not be loaded: the server answered ${response.status}`);
  // The page works without the copy; the disk may be full.
  const copied = cache?.put(address, response.clone()).catch(() => undefined);
  const bytes = await readWhole(response, onBytes);
  await copied;
  return bytes;
}

async function readWhole(response: Response, onBytes: (bytes: number) => void): Promise<Uint8Array> {
  if (response.body === null) return new Uint8Array(await response.arrayBuffer());
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = response.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    parts.push(part.value);
    length += part.value.length;
    onBytes(length);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
