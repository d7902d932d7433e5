/* What all live figures share: where they mount, the theme's colours, controls, canvases, spoken summaries.
 *
 * A figure is a function that draws into an element. It is registered by name, and mounts itself on every
 *   <div class="asng-figure" data-figure="coin" data-options='{"p": 0.3}'></div>
 * of the page. Scripts are classic and deferred (the book opens from files). A complete figure:
 *
 *   ASNG.register("coin", function (element, options) {
 *     const ui = ASNG.ui;
 *     const controls = ui.controls(element);
 *     const p = ui.slider(controls, { label: "p", min: 0.01, max: 0.99, step: 0.01, value: options.p || 0.5, onInput: update });
 *     const size = ui.slider(controls, { label: "tosses n", min: 1, max: 1e4, value: 100, log: true, whole: true, onInput: update });
 *     const error = ui.checkbox(controls, { label: "standard error", checked: true, onInput: update });
 *     ui.button(ui.buttons(element), { label: "Toss again", onClick: () => { seed += 1; update(); } });
 *     const picture = ui.canvas(element, { height: 90, label: "Share of heads", draw });
 *     const summary = ui.summary(element);                       // visible, and read out by screen readers
 *     let seed = 1, share = 0;
 *     function draw(g, width, height, colours) {                 // g is a 2D context in CSS pixels
 *       g.fillStyle = colours.grid;
 *       g.fillRect(0, 30, width, 30);
 *       g.fillStyle = colours.asng;
 *       g.fillRect(0, 30, share * width, 30);
 *     }
 *     function update() {
 *       const random = ASNG.engine.generator(seed);              // the same seed, the same figure
 *       share = 0;
 *       for (let i = 0; i < size.value; i++) share += random.uniform() < p.value ? 1 / size.value : 0;
 *       const se = Math.sqrt((p.value * (1 - p.value)) / size.value);
 *       picture.redraw();
 *       summary.say(`${ui.number(100 * share)} % heads` + (error.value ? `, standard error ${ui.number(100 * se)} points.` : "."));
 *     }
 *     update();
 *   });
 *
 * Line charts: charts.js. Formulas: engine.js and trial.js. Colours of a figure: --asng-… in explorer.css, read by
 * ui.colours(element) at each drawing; whatever is drawn through ui.canvas or ui.chart follows a change of theme.
 */
(function () {
  "use strict";
  const ASNG = globalThis.ASNG;
  const figures = (ASNG.figures = ASNG.figures || {});
  const mounted = new Set(); // elements; in a notebook they are in shadow trees, where no selector finds them

  /* ---- Mounting ---- */

  ASNG.register = function (name, mount) {
    figures[name] = mount;
  };

  /** Draw a figure into an element, once. Name and options are by default those of its data attributes. */
  ASNG.mount = function (element, name = element.dataset.figure, options = null) {
    if (element.dataset.mounted) return;
    element.dataset.mounted = "true";
    mounted.add(element);
    element.dataset.asngTheme = isDark() ? "dark" : "light";
    element.replaceChildren();
    try {
      if (!figures[name]) throw new Error(`There is no live figure called “${name}”.`);
      figures[name](element, options || JSON.parse(element.dataset.options || "{}"));
      (element.asngFits || []).forEach((fit) => fit()); // before what follows is on the page
    } catch (error) {
      element.replaceChildren(el("p", { class: "asng-notice", role: "alert" }, `This figure could not start: ${error.message}`));
      console.error(error);
    }
  };

  /** Stop all that a figure left running: observers, animations, workers. */
  ASNG.unmount = function (element) {
    mounted.delete(element);
    (element.asngCleanups || []).forEach((stop) => stop());
    element.asngCleanups = [];
  };

  /** Have `stop` called when the figure round `node` is unmounted. */
  function onUnmount(node, stop) {
    const figure = node.closest(".asng-figure") || node;
    (figure.asngCleanups = figure.asngCleanups || []).push(stop);
  }

  /** Have `fit` called as soon as the figure round `node` has all its parts. */
  function onMounted(node, fit) {
    const figure = node.closest(".asng-figure") || node;
    (figure.asngFits = figure.asngFits || []).push(fit);
  }

  function mountAll() {
    document.querySelectorAll(".asng-figure[data-figure]").forEach((element) => ASNG.mount(element));
  }

  /* ---- Elements and text ---- */

  /** el("p", { class: "x", onclick: f }, "text", node): an element. */
  function el(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) {
      if (typeof value === "function") node.addEventListener(key.slice(2), value);
      else if (value === true) node.setAttribute(key, "");
      else if (value !== false && value !== null && value !== undefined) node.setAttribute(key, value);
    }
    node.append(...children);
    return node;
  }

  /** Text with simple mathematics as nodes: "ε_x", "n_θ^{−0.5}". */
  function math(text) {
    return text.split(/([_^](?:\{[^}]*\}|[^\s{]))/).map((part) => {
      const inner = part.slice(1).replace(/^\{|\}$/g, "");
      if (/^[_^]./.test(part)) return el(part[0] === "_" ? "sub" : "sup", {}, inner);
      return document.createTextNode(part);
    });
  }

  const SUPERSCRIPT = { "-": "⁻", "−": "⁻", ".": "·", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

  /** A number to read: 0.0083, 1,234, 1.2 × 10⁻⁷. */
  function number(value, digits = 3) {
    if (!Number.isFinite(value)) return Number.isNaN(value) ? "not a number" : value > 0 ? "∞" : "−∞";
    const size = Math.abs(value);
    if (size === 0) return "0";
    if (size >= 1e-4 && size < 1e7) {
      const kept = size >= 10 ** digits ? Math.round(value) : Number(value.toPrecision(digits));
      return kept.toLocaleString("en-US", { maximumFractionDigits: 12 }).replace("-", "−");
    }
    const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
    const power = [...String(Number(exponent))].map((c) => SUPERSCRIPT[c]).join("");
    return `${String(Number(mantissa)).replace("-", "−")} × 10${power}`.replace(/^1 × /, "");
  }

  let lastId = 0;
  const newId = () => `asng-${(lastId += 1)}`;

  /* ---- Theme ---- */

  function isDark() {
    const theme = document.documentElement.dataset.theme; // the book
    if (theme === "light" || theme === "dark") return theme === "dark";
    const jupyter = document.body?.dataset.jpThemeLight; // JupyterLab and Notebook
    if (jupyter) return jupyter === "false";
    const editor = document.body?.dataset.vscodeThemeKind;
    if (editor) return !editor.endsWith("light");
    return matchMedia("(prefers-color-scheme: dark)").matches;
  }

  const COLOURS = ["text", "muted", "grid", "ground", "panel", "accent", "asng", "sng", "adam", "mixture", "evolution", "aim", "low", "high", "warn"];

  /** The colours of the theme that now is, by their names; asng_edu.nas.drawing.plot says what each means. */
  function colours(node) {
    const style = getComputedStyle(node.closest(".asng-figure") || node);
    const found = Object.fromEntries(COLOURS.map((name) => [name, style.getPropertyValue(`--asng-${name}`).trim()]));
    return { ...found, font: style.fontFamily, dark: isDark() };
  }

  const redraws = new Set();

  /** Have `redraw` called after a change of theme. */
  function onTheme(node, redraw) {
    redraws.add(redraw);
    onUnmount(node, () => redraws.delete(redraw));
  }

  function themeChanged() {
    const theme = isDark() ? "dark" : "light";
    mounted.forEach((figure) => { figure.dataset.asngTheme = theme; });
    redraws.forEach((redraw) => redraw());
  }

  function watchTheme() {
    const watch = new MutationObserver(themeChanged);
    for (const node of [document.documentElement, document.body]) {
      watch.observe(node, { attributes: true, attributeFilter: ["data-theme", "data-jp-theme-light"] });
    }
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", themeChanged);
  }

  const rgb = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));

  /** A colour between two "#rrggbb" ones, t from 0 to 1. */
  function mix(from, to, t) {
    const a = rgb(from), b = rgb(to);
    return `rgb(${a.map((value, i) => Math.round(value + (b[i] - value) * t)).join(",")})`;
  }

  /** The three methods: name, line dash and marker tell them apart where colour does not. */
  const METHODS = {
    asng: { label: "ASNG", dash: [], marker: "circle" },
    sng: { label: "SNG", dash: [7, 4], marker: "square" },
    adam: { label: "Adam", dash: [2, 3], marker: "triangle" },
  };

  const reducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

  ASNG.ui = { el, math, number, newId, colours, mix, onTheme, onMounted, onUnmount, METHODS, reducedMotion, isDark };

  function start() {
    watchTheme();
    mountAll();
  }
  if (typeof document !== "undefined") {
    if (document.readyState === "complete") start();
    else document.addEventListener("DOMContentLoaded", start); // after all deferred scripts
  }
})();
