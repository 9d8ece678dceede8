// Large type, on every page for the public.
{
  const root = document.documentElement;
  const button = document.getElementById('big');
  const set = (on) => {
    root.classList.toggle('big', on);
    button.setAttribute('aria-pressed', String(on));
  };
  try {
    set(localStorage.getItem('helan-big') === '1');
  } catch {
    // Storage may be closed; the button works all the same.
  }
  button.hidden = false;
  button.addEventListener('click', () => {
    const on = !root.classList.contains('big');
    set(on);
    try {
      localStorage.setItem('helan-big', on ? '1' : '0');
    } catch {
      // As above.
    }
  });
}
