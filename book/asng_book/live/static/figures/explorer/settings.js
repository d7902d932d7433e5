/* The explorer's settings: their ranges, and their place in the address of the page, after the #.
 *
 * A page can hold several figures. Each has a key and a part of its own, as in #explorer:delta0=0.01&eps_x=0.05, and
 * leaves the parts of others, joined by ";", as they are. The names are those of the Python functions.
 */
(function () {
  "use strict";
  const ASNG = globalThis.ASNG;
  const METHODS = ASNG.engine.METHODS;

  const DEFAULTS = { methods: METHODS, delta0: 1 / 120, eps_x: 0.0005, lam: 2, alpha: 1.5, dim: 30, categories: 5,
    seed: 1, updates: 10000, guard: true };

  const RANGES = { delta0: [1e-5, 20], eps_x: [1e-5, 0.2], lam: [2, 32], alpha: [1.05, 4], dim: [1, 60],
    categories: [2, 10], seed: [1, 1000000], updates: [100, 100000] };

  const WHOLE = ["lam", "dim", "categories", "seed", "updates"];

  /** Lay given settings over a state. What cannot be shown is brought into its range, with a sentence in `complaints`. */
  function lay(state, given) {
    const next = { ...state }, complaints = [];
    for (const [name, value] of Object.entries(given)) {
      if (name === "methods") {
        const asked = Array.isArray(value) ? value : String(value).split(",");
        const known = METHODS.filter((method) => asked.includes(method));
        const unknown = asked.filter((method) => !METHODS.includes(method));
        if (unknown.length) complaints.push(`There is no method called ${unknown.join(", ")}; there are ${METHODS.join(", ")}.`);
        if (known.length) next.methods = known;
      } else if (name === "guard") {
        next.guard = ![false, "false", "0", "off"].includes(value);
      } else if (Object.hasOwn(RANGES, name)) {
        const [low, high] = RANGES[name], number = value === "" || value === null ? NaN : Number(value);
        let shown = WHOLE.includes(name) ? Math.round(number) : number;
        if (Number.isNaN(number)) {
          complaints.push(`${name} must be a number from ${low} to ${high}, but is “${value}”; ${state[name]} is shown.`);
          continue;
        }
        shown = Math.min(high, Math.max(low, shown));
        if (number < low || number > high) complaints.push(`${name} = ${value} is outside ${low} … ${high}, so ${shown} is shown.`);
        next[name] = shown;
      } else {
        complaints.push(`This figure has no setting called “${name}”.`);
      }
    }
    return { state: next, complaints };
  }

  /** What differs from a first state, as "delta0=0.01&eps_x=0.05"; empty if nothing does. */
  function write(state, first) {
    return Object.keys(DEFAULTS)
      .filter((name) => String(state[name]) !== String(first[name]))
      .map((name) => `${name}=${state[name]}`)
      .join("&");
  }

  /** The settings in such a text, as strings. */
  function read(text) {
    return Object.fromEntries(text.split("&").filter(Boolean).map((pair) => {
      const at = pair.indexOf("=");
      return at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
    }));
  }

  /** All parts of the address that belong to figures: [[key, text], …]. */
  function parts() {
    let hash = location.hash.slice(1);
    try {
      hash = decodeURIComponent(hash);
    } catch { /* a stray % sign: take it as it is */ }
    return hash.split(";").map((part) => /^([\w-]+):(.*)$/.exec(part)).filter(Boolean).map((found) => [found[1], found[2]]);
  }

  /** This figure's part of the address, or null. */
  function inAddress(key) {
    const part = parts().find(([name]) => name === key);
    return part ? part[1] : null;
  }

  /** The address with this figure's part replaced. */
  function address(key, text) {
    const others = parts().filter(([name]) => name !== key).map(([name, other]) => `${name}:${other}`);
    return `#${[...others, `${key}:${text}`].join(";")}`;
  }

  /**
   * Tie a figure to its part of the address. text() gives the part; take(text) is called with one that comes from
   * elsewhere. Returns { changed() after a change by the reader, follow() at the start, whole() the address to share }.
   */
  function link(element, key, { off = false, text, take }) {
    let timer = null;
    function follow() {
      const found = off ? null : inAddress(key);
      if (found === null || found === text()) return;
      take(found);
      element.scrollIntoView({ block: "nearest" });
    }
    function write() {
      try {
        history.replaceState(history.state, "", address(key, text()));
      } catch { /* a browser that forbids it for files: the figure works without */ }
    }
    function changed() {
      clearTimeout(timer);
      if (!off) timer = setTimeout(write, 250); // browsers count how often an address changes
    }
    addEventListener("hashchange", follow);
    ASNG.ui.onUnmount(element, () => {
      clearTimeout(timer);
      removeEventListener("hashchange", follow);
    });
    return { changed, follow, whole: () => location.href.split("#")[0] + address(key, text()) };
  }

  /** The call that gives the same figure in Python. */
  function python(state) {
    const literal = (value) => (Array.isArray(value) ? JSON.stringify(value) : value === true ? "True" : value === false ? "False" : String(value));
    const changed = Object.keys(DEFAULTS).filter((name) => String(state[name]) !== String(DEFAULTS[name]));
    return `Explorer(${changed.map((name) => `${name}=${literal(state[name])}`).join(", ")})`;
  }

  const taken = new Map();

  /** A key of this figure's own: its id, or the wanted one with a number after it from the second on. */
  function newKey(element, wanted) {
    if (element.id) return element.id;
    const count = (taken.get(wanted) || 0) + 1;
    taken.set(wanted, count);
    return count === 1 ? wanted : `${wanted}-${count}`;
  }

  ASNG.settings = { DEFAULTS, RANGES, lay, write, read, link, python, newKey };
})();
