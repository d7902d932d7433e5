/* Where the text of a live figure stands: in the document, in drawings, on canvases.
 *
 * Runs before all scripts of a page, and notes what they write on canvases. textBoxes.faults(figure) lists the texts that
 * overprint one another, that are cut off, and that are smaller than 11 px. A subscript or superscript is part of
 * its line and may be smaller.
 */
globalThis.textBoxes = (function () {
  "use strict";
  const LEAST = 11; // px
  const TOUCH = 1.5; // px by which two boxes may overlap
  const written = new WeakMap(); // by canvas: what stands on it
  const proto = CanvasRenderingContext2D.prototype;

  for (const name of ["fillText", "strokeText"]) {
    const original = proto[name];
    proto[name] = function (text, x, y, ...rest) {
      if (this.globalAlpha > 0.05) note(this, String(text), x, y);
      return original.call(this, text, x, y, ...rest);
    };
  }
  const clear = proto.clearRect;
  proto.clearRect = function (...area) {
    const [, , width, height] = area, { a, d } = this.getTransform();
    if (width * a >= this.canvas.width - 1 && height * d >= this.canvas.height - 1) written.delete(this.canvas);
    return clear.apply(this, area);
  };
  for (const side of ["width", "height"]) { // a new size empties a canvas
    const { get, set } = Object.getOwnPropertyDescriptor(HTMLCanvasElement.prototype, side);
    Object.defineProperty(HTMLCanvasElement.prototype, side, { get, set(value) { written.delete(this); set.call(this, value); } });
  }

  function note(g, text, x, y) {
    if (!text.trim()) return;
    const { actualBoundingBoxLeft: left, actualBoundingBoxRight: right, actualBoundingBoxAscent: up, actualBoundingBoxDescent: down } = g.measureText(text);
    const to = g.getTransform();
    const corners = [[x - left, y - up], [x + right, y - up], [x - left, y + down], [x + right, y + down]]
      .map(([px, py]) => [to.a * px + to.c * py + to.e, to.b * px + to.d * py + to.f]);
    const size = Number(/([\d.]+)px/.exec(g.font)[1]) * Math.hypot(to.b, to.d);
    const list = written.get(g.canvas) || [];
    written.set(g.canvas, list);
    const box = span(corners);
    if (!list.some((other) => other.text === text && apart(other.box, box) < 1)) list.push({ text, box, size }); // halo and letter are one
  }

  function span(corners) {
    const xs = corners.map(([x]) => x), ys = corners.map(([, y]) => y);
    return { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
  }

  const apart = (a, b) => Math.max(Math.abs(a.left - b.left), Math.abs(a.top - b.top));

  /** All texts of a figure that can be seen: { text, box, size, cut }, boxes in CSS pixels of the window. */
  function texts(figure) {
    return [...inDocument(figure), ...onCanvases(figure)];
  }

  function inDocument(figure) {
    const found = [], walk = document.createTreeWalker(figure, NodeFilter.SHOW_TEXT), range = document.createRange();
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
      const parent = node.parentElement;
      if (!node.data.trim() || parent.closest("style, option, title, .visually-hidden, [data-over]") || !visible(parent)) continue;
      range.selectNodeContents(node);
      const style = getComputedStyle(parent), scale = svgScale(parent), small = parent.closest("sub, sup, tspan[baseline-shift]");
      for (const rect of range.getClientRects()) {
        if (rect.width < 1) continue;
        const inset = 0.24 * rect.height; // letters fill the middle of their line
        const box = { left: rect.left, right: rect.right, top: rect.top + inset, bottom: rect.bottom - inset };
        found.push({ text: node.data.trim(), box, size: small ? LEAST : parseFloat(style.fontSize) * scale, cut: cutOff(parent, box, figure) });
      }
    }
    return found;
  }

  const visible = (node) => node.checkVisibility({ visibilityProperty: true }) && opacity(node) > 0.05;

  function opacity(node) {
    let value = 1;
    for (let one = node; one && value > 0.05; one = one.parentElement) value *= Number(getComputedStyle(one).opacity);
    return value;
  }

  function svgScale(node) {
    const matrix = node.closest("svg") && node.getScreenCTM ? node.getScreenCTM() : null;
    return matrix ? Math.hypot(matrix.b, matrix.d) : 1;
  }

  /** Whether a box sticks out of something that clips it or of the window. What scrolls may hide a part. */
  function cutOff(node, box, figure) {
    for (let one = node; one && one !== figure.parentElement; one = one.parentElement) {
      const style = getComputedStyle(one), clips = /hidden|clip/;
      if (/auto|scroll/.test(style.overflowX + style.overflowY)) return false;
      if (style.display === "inline" || !clips.test(style.overflowX + style.overflowY)) continue;
      const rect = one.getBoundingClientRect();
      if (box.left < rect.left - 1 || box.right > rect.right + 1 || box.top < rect.top - 1 || box.bottom > rect.bottom + 1) return true;
    }
    return box.left < -1 || box.right > document.documentElement.clientWidth + 1;
  }

  function onCanvases(figure) {
    return [...figure.querySelectorAll("canvas")].filter(visible).flatMap((canvas) => {
      const rect = canvas.getBoundingClientRect(), x = rect.width / canvas.width, y = rect.height / canvas.height;
      return (written.get(canvas) || []).map(({ text, box, size }) => ({
        text, size: size * y, canvas,
        box: { left: rect.left + box.left * x, right: rect.left + box.right * x, top: rect.top + box.top * y, bottom: rect.top + box.bottom * y },
        cut: box.left < -1 || box.right > canvas.width + 1 || box.top < -1 || box.bottom > canvas.height + 1,
      }));
    });
  }

  function overlap(a, b) {
    return Math.min(a.right, b.right) - Math.max(a.left, b.left) > TOUCH && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > TOUCH;
  }

  /** What is wrong with the texts of a figure, a line for each fault. */
  function faults(figure) {
    const all = texts(figure), found = new Set();
    const round = ({ left, right, top, bottom }) => [left, right, top, bottom].map(Math.round).join(" ");
    all.forEach((one, i) => {
      if (one.size < LEAST - 0.05) found.add(`${one.size.toFixed(1)} px: “${one.text}”`);
      if (one.cut) found.add(`cut off: “${one.text}”`);
      for (const other of all.slice(i + 1)) {
        if (overlap(one.box, other.box)) found.add(`overprint: “${one.text}” and “${other.text}” (${round(one.box)}, ${round(other.box)})`);
      }
    });
    return [...found];
  }

  /** The same at the start and with each slider at either end, each fault once. */
  async function everywhere(figure) {
    const frames = async () => {
      for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
    };
    await frames();
    const found = new Map();
    const look = (where) => faults(figure).forEach((fault) => { if (!found.has(fault)) found.set(fault, where); });
    look("at the start");
    for (const input of figure.querySelectorAll("input[type=range]")) {
      if (!input.checkVisibility() || input.disabled) continue;
      const before = input.value;
      for (const end of ["min", "max"]) {
        set(input, input[end]);
        await frames();
        look(`${input.labels[0]?.textContent || input.ariaLabel} at its ${end}`);
      }
      set(input, before);
      await frames();
    }
    return [...found].map(([fault, where]) => `${where}: ${fault}`);
  }

  function set(input, value) {
    input.value = value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  return { texts, faults, everywhere };
})();
