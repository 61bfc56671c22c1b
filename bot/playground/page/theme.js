/* Sets the stored theme before the first paint, so that a dark page never flashes white. */
(() => {
  let stored = null;
  try {
    stored = localStorage.getItem("vuoro.theme");
  } catch {
    // Storage may be forbidden (private windows); the system's own theme then decides.
  }
  if (stored === "light" || stored === "dark") document.documentElement.dataset.theme = stored;
})();
