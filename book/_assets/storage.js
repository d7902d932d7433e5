/* Where the reader has blocked storage, even to name localStorage throws. The theme does so in every page's head, before it
 * makes the switch of light and dark: so a page gets a storage that lasts as long as the page. */
(function () {
  "use strict";

  function standIn() {
    const kept = new Map();
    return {
      getItem: (key) => (kept.has(String(key)) ? kept.get(String(key)) : null),
      setItem: (key, value) => void kept.set(String(key), String(value)),
      removeItem: (key) => void kept.delete(String(key)),
      key: (place) => [...kept.keys()][place] ?? null,
      clear: () => kept.clear(),
      get length() {
        return kept.size;
      },
    };
  }

  for (const name of ["localStorage", "sessionStorage"]) {
    let there = null;
    try {
      there = window[name];
    } catch {
      // Blocked.
    }
    if (!there) Object.defineProperty(window, name, { configurable: true, value: standIn() });
  }
})();
