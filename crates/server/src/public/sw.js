// Keeps public pages and guidance cards for where there is no network. What is kept says when it was kept.
const STORE = 'helan-public';
/** A slow network is given so long before what is kept is shown. */
const WAIT_MS = 8_000;

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

async function put(request, response) {
  const headers = new Headers(response.headers);
  headers.set('x-kept', String(Date.now()));
  headers.delete('content-encoding');
  headers.delete('content-length');
  const { status, statusText } = response;
  const kept = new Response(await response.blob(), { status, statusText, headers });
  await (await caches.open(STORE)).put(request, kept);
}

async function stored(request) {
  const store = await caches.open(STORE);
  return (await store.match(request, { ignoreVary: true })) ?? store.match(request, { ignoreVary: true, ignoreSearch: true });
}

/** Ends what takes too long. */
function within(ms, work) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('slow')), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

async function serve(request) {
  const kept = await stored(request);
  if (!kept) {
    const fresh = await fetch(request);
    if (fresh.status === 200) await put(request.url, fresh.clone());
    return fresh;
  }
  try {
    const fresh = await within(WAIT_MS, fetch(request));
    if (fresh.status === 200) await put(request.url, fresh.clone());
    // As it was: from now on it is that much younger.
    if (fresh.status === 304) await put(request.url, kept.clone());
    // While the platform restarts, what stands before it answers in its place.
    return fresh.status >= 500 ? kept : fresh;
  } catch {
    return kept;
  }
}

function ours(request) {
  const { origin, pathname } = new URL(request.url);
  const page = /^\/(w\/[^./]+|cards(\/[^./]+)?)$/.test(pathname);
  return request.method === 'GET' && origin === self.location.origin && page;
}

self.addEventListener('fetch', (event) => {
  if (ours(event.request)) event.respondWith(serve(event.request));
});

self.addEventListener('message', (event) => {
  const wanted = (event.data?.keep ?? []).slice(0, 40);
  const each = wanted.map(async (address) => {
    const request = new Request(address);
    if (!ours(request)) return;
    const fresh = await fetch(request);
    if (fresh.status === 200) await put(request.url, fresh);
  });
  event.waitUntil(Promise.allSettled(each));
});
