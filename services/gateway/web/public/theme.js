// Before the first paint: the theme that was chosen on this machine, where one was.
(() => {
  try {
    const chosen = localStorage.getItem('pilotlight.theme');
    if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
  } catch {
    // Storage is refused: the system's theme holds.
  }
})();
