import { cacheName } from "./keep.ts";

/** Makes the page itself open without a network, from the next visit on. The page works without, where the browser forbids it. */
export function keepPage(): void {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  navigator.serviceWorker
    .register(`${import.meta.env.BASE_URL}service-worker.js`)
    .then(keepLoaded)
    .catch(() => undefined);
}

/** Keeps the code that came before there was a service worker: that of a room which a link led to first. */
async function keepLoaded(): Promise<void> {
  await navigator.serviceWorker.ready;
  const cache = await caches.open(cacheName);
  const own = new URL(import.meta.env.BASE_URL, location.href).href;
  const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
  for (const address of new Set(loaded))
    if (address.startsWith(own) && /\.(m?js|css)$/.test(address) && !address.endsWith("/service-worker.js"))
      if ((await cache.match(address, { ignoreVary: true })) === undefined) await cache.add(address);
}
