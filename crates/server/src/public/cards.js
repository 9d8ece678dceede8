// Cards: print, and keep for where there is no network.
{
  const button = document.getElementById('print');
  if (button) {
    button.hidden = false;
    button.addEventListener('click', () => window.print());
  }
  const keep = document.getElementById('keep');
  const able = 'serviceWorker' in navigator && 'caches' in window;
  if (able) navigator.serviceWorker.register('/w/sw.js', { scope: '/cards' }).catch(() => {});
  if (keep && able) {
    const told = document.getElementById('kept');
    keep.hidden = false;
    keep.addEventListener('click', async () => {
      keep.disabled = true;
      const links = [...document.querySelectorAll('#cards a')].map((link) => link.href);
      try {
        const store = await caches.open('helan-public');
        for (const address of [location.href, ...links]) {
          const fresh = await fetch(address);
          if (fresh.status !== 200) throw new Error(address);
          const headers = new Headers(fresh.headers);
          headers.set('x-kept', String(Date.now()));
          headers.delete('content-encoding');
          headers.delete('content-length');
          await store.put(address, new Response(await fresh.blob(), { headers }));
        }
        told.textContent = keep.dataset.kept;
      } catch {
        told.textContent = keep.dataset.failed;
      }
      keep.disabled = false;
    });
  }
}
