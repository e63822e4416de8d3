// Opens the page without a network: the page and the code of its first room are kept when it is first visited, the code of other rooms when
// they are entered. What is heavy (models, runtimes) the page keeps by itself when it loads it.

/** The part of a service worker's world that is used; the DOM's types do not have it. */
interface ServiceWorkerWorld {
  addEventListener(type: "install" | "activate", listener: (event: { waitUntil(work: Promise<unknown>): void }) => void): void;
  addEventListener(
    type: "fetch",
    listener: (event: { readonly request: Request; respondWith(response: Promise<Response>): void }) => void,
  ): void;
  skipWaiting(): Promise<void>;
  readonly clients: { claim(): Promise<void> };
}

/** Written in by the build: the cache's name, and the files of the page and its first room. */
declare const __CACHE__: string;
declare const __FIRST_FILES__: readonly string[];

/** What rooms are made of, as browsers call it. */
const code: ReadonlySet<string> = new Set(["script", "style", "worker"]);

const world = globalThis as unknown as ServiceWorkerWorld;

world.addEventListener("install", (event) => {
  event.waitUntil(
    caches.open(__CACHE__).then((cache) => cache.addAll(__FIRST_FILES__.map(absolute)).then(() => world.skipWaiting())),
  );
});

world.addEventListener("activate", (event) => {
  event.waitUntil(removeOlder().then(() => world.clients.claim()));
});

world.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  event.respondWith(request.mode === "navigate" ? newest(request) : kept(pathname, request));
});

/** The page itself: as the server has it, else as it was kept. */
async function newest(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    const cache = await caches.open(__CACHE__);
    const page = await cache.match(absolute("./"), { ignoreVary: true });
    if (page === undefined) throw error;
    return page;
  }
}

/** Everything else has a name that changes with its content, or is of this build: what was kept is as good as new. */
async function kept(pathname: string, request: Request): Promise<Response> {
  const cache = await caches.open(__CACHE__);
  const found = await cache.match(pathname, { ignoreVary: true });
  if (found !== undefined) return found;
  const response = await fetch(request);
  if (response.ok && code.has(request.destination)) await cache.put(pathname, response.clone()).catch(() => undefined);
  return response;
}

/** Files of older builds are of no use to anybody. */
async function removeOlder(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("attr-") && name !== __CACHE__).map((name) => caches.delete(name)));
}

function absolute(file: string): string {
  return new URL(file, location.href).pathname;
}
