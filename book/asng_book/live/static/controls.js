/* Controls, canvases and summaries for live figures; extends ASNG.ui. An example stands at the top of ui.js. */
(function () {
  "use strict";
  const ui = globalThis.ASNG.ui;
  const { el, math, newId } = ui;

  /* ---- Groups ---- */

  /** A grid of sliders, checkboxes and selects. */
  function controls(parent) {
    return append(parent, el("div", { class: "asng-controls" }));
  }

  /** A row of buttons. */
  function buttons(parent) {
    return append(parent, el("div", { class: "asng-buttons" }));
  }

  /** A grid of panels with a title each: two beside one another where there is room for it. */
  function panels(parent) {
    return append(parent, el("div", { class: "asng-panels" }));
  }

  function panel(parent, title, { wide = false } = {}) {
    const node = el("div", { class: wide ? "asng-panel asng-wide" : "asng-panel" });
    if (title) node.append(el("p", { class: "asng-title" }, ...math(title)));
    return append(parent, node);
  }

  /** Something that starts folded away: returns the inside. */
  function more(parent, title, { open = false } = {}) {
    const inside = el("div");
    parent.append(el("details", { class: "asng-more", open }, el("summary", {}, title), inside));
    return inside;
  }

  /**
   * Views of one figure, of which one is shown: [[name, label, node, …], …], the first one at first. A node may belong to
   * several. With `narrow` they take turns only where the window is narrow. `onOpen(name)` hears of each change.
   * Returns { node, open(name) }.
   */
  function tabs(parent, views, { narrow = false, onOpen = () => {} } = {}) {
    const bar = append(parent, el("div", { class: narrow ? "asng-tabs asng-narrow" : "asng-tabs", role: "tablist" }));
    const nodes = new Set(views.flatMap(([, , ...own]) => own));
    const heads = views.map(([name, label]) => {
      const head = button(bar, { label, onClick: () => { open(name); onOpen(name); } });
      head.setAttribute("role", "tab");
      return head;
    });
    bar.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!step) return;
      const next = heads[(heads.indexOf(event.target) + step + heads.length) % heads.length];
      next.focus();
      next.click();
    });
    function open(name) {
      const shown = new Set(views.find(([each]) => each === name).slice(2));
      heads.forEach((head, i) => head.setAttribute("aria-selected", String(views[i][0] === name)));
      nodes.forEach((node) => node.classList.toggle(narrow ? "asng-elsewhere-narrow" : "asng-elsewhere", !shown.has(node)));
    }
    open(views[0][0]);
    return { node: bar, open };
  }

  function append(parent, node) {
    parent.append(node);
    return node;
  }

  /* ---- Controls. Each returns an object whose `value` can be read and set; setting it calls nothing. ---- */

  /**
   * A slider from min to max: by `step`, or with `log` in equal ratios (`steps` of them; `whole` rounds), or over a
   * list of `values`. `format` makes the text that is shown beside it and read out.
   */
  function slider(parent, { label, min, max, step, value, log = false, steps = 200, whole = false, values = null,
    format = ui.number, onInput = () => {} }) {
    const positions = values ? values.length - 1 : log ? steps : null; // else the input holds the value itself
    function toValue(position) {
      if (values) return values[position];
      if (!log) return position;
      const found = min * (max / min) ** (position / steps);
      return whole ? Math.round(found) : Number(found.toPrecision(4));
    }
    function toPosition(wanted) {
      if (values) return values.reduce((best, v, i) => (Math.abs(v - wanted) < Math.abs(values[best] - wanted) ? i : best), 0);
      return log ? Math.round((steps * Math.log(wanted / min)) / Math.log(max / min)) : wanted;
    }
    const id = newId();
    const input = el("input", {
      type: "range", id, min: positions === null ? min : 0, max: positions === null ? max : positions,
      step: positions === null ? step || (whole ? 1 : "any") : 1,
    });
    const output = el("output", { for: id, "aria-live": "off" }); // the slider itself reads its value out
    const row = el("div", { class: "asng-control" },
      el("div", { class: "asng-label" }, el("label", { for: id }, ...math(label)), output), input);
    let current = value;
    function show() {
      const text = format(current);
      output.replaceChildren(...math(text));
      input.setAttribute("aria-valuetext", text.replace(/[_^{}]/g, ""));
    }
    input.addEventListener("input", (event) => {
      current = toValue(Number(input.value));
      show();
      onInput(current, event);
    });
    const control = {
      input, row,
      positions: () => Array.from({ length: positions + 1 }, (_, i) => toValue(i)), // the values of a log slider or a list
      refresh: show, // after something that `format` depends on has changed
      get value() { return current; },
      set value(wanted) { // kept exactly, even between two positions of a log slider
        current = wanted;
        input.value = toPosition(wanted);
        show();
      },
    };
    control.value = value;
    parent.append(row);
    return control;
  }

  function checkbox(parent, { label, checked = false, colour = null, onInput = () => {} }) {
    const input = el("input", { type: "checkbox" });
    input.checked = checked;
    input.addEventListener("input", (event) => onInput(input.checked, event));
    const row = append(parent, el("label", { class: "asng-check" }, input, el("span", {}, ...math(label))));
    if (colour) row.style.setProperty("--asng-mark", `var(--asng-${colour})`);
    return { input, row, get value() { return input.checked; }, set value(wanted) { input.checked = wanted; } };
  }

  /** choices: [[value, text], …]. */
  function select(parent, { label, choices, value, onInput = () => {} }) {
    const id = newId();
    const input = el("select", { id });
    choices.forEach(([, text], i) => input.append(el("option", { value: i }, text)));
    input.addEventListener("input", (event) => onInput(control.value, event));
    parent.append(el("div", { class: "asng-control asng-select" }, el("label", { for: id }, ...math(label)), input));
    const control = {
      input,
      get value() { return choices[Number(input.value)][0]; },
      set value(wanted) { input.value = Math.max(0, choices.findIndex(([v]) => v === wanted)); },
    };
    control.value = value === undefined ? choices[0][0] : value;
    return control;
  }

  function button(parent, { label, title = null, primary = false, onClick }) {
    const node = el("button", { type: "button", title, class: primary ? "asng-primary" : null, onclick: onClick }, label);
    return append(parent, node);
  }

  /* ---- Text that changes ---- */

  /**
   * A paragraph that says what the figure now shows: say(text) at once, and to screen readers, which leave a busy node
   * alone, once it has settled. wait(text) says what is being computed, in no less room than the paragraph took.
   */
  function summary(parent) {
    const node = append(parent, el("p", { class: "asng-summary", role: "status" }));
    let timer = null, said = "";
    function show(text) {
      clearTimeout(timer);
      node.setAttribute("aria-busy", "true");
      if (text !== said) node.replaceChildren(...math(text));
      said = text;
    }
    ui.onUnmount(node, () => clearTimeout(timer));
    return {
      node,
      say(text) {
        show(text);
        node.style.minHeight = "";
        timer = setTimeout(() => node.removeAttribute("aria-busy"), 150);
      },
      wait(text) {
        if (!node.style.minHeight) node.style.minHeight = `${node.offsetHeight}px`;
        show(text);
      },
    };
  }

  /** A sentence that says what went wrong; empty, it takes no room. */
  function notice(parent) {
    const node = append(parent, el("p", { class: "asng-notice", role: "alert", hidden: true }));
    return { node, say(text) { node.textContent = text || ""; node.hidden = !text; } };
  }

  /* ---- Canvases ---- */

  /**
   * A canvas as wide as its parent, sharp on any screen: draw(g, width, height, colours) in CSS pixels.
   * `height` is a number or a function of the width. `redraw()` draws in the next frame, `draw()` at once.
   */
  function canvas(parent, { height = 200, label = "", draw }) {
    const node = el("canvas", { class: "asng-canvas", role: "img", "aria-label": label });
    parent.append(node);
    const g = node.getContext("2d");
    const size = { width: 0, height: 0 };
    let frame = null;
    function drawNow() {
      if (!size.width) return; // not on the page yet
      const ratio = globalThis.devicePixelRatio || 1;
      const width = Math.round(size.width * ratio), tall = Math.round(size.height * ratio);
      if (node.width !== width || node.height !== tall) [node.width, node.height] = [width, tall];
      g.setTransform(ratio, 0, 0, ratio, 0, 0);
      g.clearRect(0, 0, size.width, size.height);
      const colours = ui.colours(node);
      g.font = `12px ${colours.font}`;
      draw(g, size.width, size.height, colours);
    }
    function redraw() {
      if (frame === null) frame = requestAnimationFrame(() => { frame = null; drawNow(); });
    }
    function fit() {
      const width = parent.clientWidth - padding(parent);
      if (width <= 0) return;
      size.width = width;
      size.height = typeof height === "function" ? height(width) : height;
      node.style.height = `${size.height}px`;
      drawNow();
    }
    onResize(parent, fit);
    ui.onTheme(node, drawNow);
    return { node, redraw, draw: drawNow, fit, describe: (text) => node.setAttribute("aria-label", text) };
  }

  function padding(node) {
    const style = getComputedStyle(node);
    return parseFloat(style.paddingLeft) + parseFloat(style.paddingRight);
  }

  /** Have `fit` called when the figure has all its parts, and whenever the node's width changes. */
  function onResize(node, fit) {
    let width = -1;
    function look() {
      if (node.clientWidth === width) return;
      width = node.clientWidth;
      fit();
    }
    const watch = new ResizeObserver(look);
    watch.observe(node);
    ui.onMounted(node, look);
    ui.onUnmount(node, () => watch.disconnect());
  }

  /**
   * Let something on a canvas be dragged: move(x, y) in CSS pixels while a finger or the mouse is down, nudge(dx, dy)
   * in steps of ±1 for the arrow keys (±5 with Shift; down is +dy). `label` says what is dragged.
   */
  function drag(picture, { label, move, nudge = null, scroll = "none" }) {
    const node = picture.node;
    node.style.touchAction = scroll;
    node.classList.add("asng-drag");
    const at = (event) => {
      const box = node.getBoundingClientRect();
      move(event.clientX - box.left, event.clientY - box.top, event);
    };
    node.addEventListener("pointerdown", (event) => { node.setPointerCapture(event.pointerId); at(event); });
    node.addEventListener("pointermove", (event) => { if (node.hasPointerCapture(event.pointerId)) at(event); });
    if (!nudge) return;
    for (const [key, value] of [["tabindex", 0], ["role", "application"], ["aria-roledescription", "draggable point"],
      ["aria-label", label]]) node.setAttribute(key, value);
    const keys = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    node.addEventListener("keydown", (event) => {
      if (!keys[event.key]) return;
      event.preventDefault();
      nudge(...keys[event.key].map((d) => d * (event.shiftKey ? 5 : 1)));
    });
  }

  /**
   * Let θ be dragged in a triangle of three categories, no probability below `margin`. place() gives the picture's maps
   * { point, inverse } between θ and pixels, theta() the θ that now is. Returns move(wanted), which sets θ as well.
   */
  function dragTheta(picture, { place, theta, margin, set }) {
    const move = (wanted) => {
      const raised = Array.from(wanted, (value) => Math.max(value, margin));
      const total = raised.reduce((sum, value) => sum + value, 0);
      set(Float64Array.from(raised, (value) => value / total));
    };
    drag(picture, {
      label: "θ in the triangle: the arrow keys move it",
      move: (x, y) => move(place().inverse(x, y)),
      nudge: (dx, dy) => {
        const [x, y] = place().point(theta());
        move(place().inverse(x + 4 * dx, y + 4 * dy));
      },
    });
    return move;
  }

  /** An animation: tick(seconds since the last frame) returns whether to go on. Call start(), stop().
   *
   * The clock starts at the first frame, whose time stamp may lie before the click that asked for it.
   */
  function animation(node, tick, onChange = () => {}) {
    let frame = null, before = null;
    function step(now) {
      const seconds = before === null ? 0 : Math.min(0.1, (now - before) / 1000);
      before = now;
      frame = requestAnimationFrame(step);
      if (seconds > 0 && !tick(seconds)) control.stop();
    }
    const control = {
      get running() { return frame !== null; },
      start() {
        if (frame !== null) return;
        before = null;
        frame = requestAnimationFrame(step);
        onChange(true);
      },
      stop() {
        if (frame === null) return;
        cancelAnimationFrame(frame);
        frame = null;
        onChange(false);
      },
    };
    ui.onUnmount(node, () => control.stop());
    return control;
  }

  /**
   * An animation in whole steps: `advance(count)` is called when some are due at `perSecond()`, and it goes on for as long
   * as there is `more()`. `owe(1)` makes the first step due at once.
   */
  function paced(node, { perSecond, advance, more = () => true }, onChange) {
    let owed = 0;
    const control = animation(node, (seconds) => {
      owed += seconds * perSecond();
      const count = Math.floor(owed);
      owed -= count;
      if (count) advance(count);
      return more();
    }, onChange);
    return Object.assign(control, { owe(steps) { owed = steps; } });
  }

  Object.assign(ui, { controls, buttons, panels, panel, more, tabs, slider, checkbox, select, button, summary, notice, canvas,
    onResize, drag, dragTheta, animation, paced });
})();
