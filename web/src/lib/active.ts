// Whether a person is there. What a page asks for by itself counts as use of the session: it stops when nobody has touched
// the page for a while, so that a forgotten screen is signed out as the rules want.

const AWAY_MS = 5 * 60_000;
let touched = Date.now();

for (const event of ['pointerdown', 'keydown', 'wheel', 'touchstart']) {
  window.addEventListener(
    event,
    () => {
      touched = Date.now();
    },
    { passive: true, capture: true },
  );
}

/** For `refetchInterval`: so often while somebody is there. */
export const whileThere = (every: number) => () =>
  Date.now() - touched < AWAY_MS ? every : (false as const);
