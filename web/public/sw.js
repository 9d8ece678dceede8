// Keeps the console's own files, so that the field form opens where there is no network. Data of the server are never kept here.
const KEPT = 'helan-console';
const PAGE = './';

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(KEPT).then((cache) => cache.add(PAGE)));
  self.skipWaiting();
});

self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

/** The page: from the server when it answers, else as it was. */
async function page(request) {
  const cache = await caches.open(KEPT);
  try {
    const fresh = await fetch(request);
    if (fresh.ok) await cache.put(PAGE, fresh.clone());
    return fresh;
  } catch (error) {
    const kept = await cache.match(PAGE);
    if (kept) return kept;
    throw error;
  }
}

/** A file whose name holds a hash of its content: what is kept is right for ever. */
async function asset(request) {
  const cache = await caches.open(KEPT);
  const kept = await cache.match(request);
  if (kept) return kept;
  const fresh = await fetch(request);
  if (fresh.ok) await cache.put(request, fresh.clone());
  return fresh;
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== 'GET' || address.origin !== self.location.origin) return;
  if (
    request.mode === 'navigate' &&
    address.pathname === new URL(PAGE, self.registration.scope).pathname
  ) {
    event.respondWith(page(request));
  } else if (address.pathname.includes('/assets/')) {
    event.respondWith(asset(request));
  }
});
