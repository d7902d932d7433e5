/* Line charts for live figures, drawn by uPlot; extends ASNG.ui.
 *
 *   const chart = ASNG.ui.chart(parent, {
 *     height: 180, x: { label: "updates" }, y: { label: "loss", log: true },
 *     series: [{ label: "ASNG", colour: "asng" }, { label: "SNG", colour: "sng", dash: [7, 4] }],
 *   });
 *   chart.set([0, 1, 2], [[9, 3, 1], [9, 8, 7]]);           // x, then the y of each series; null leaves a gap
 *
 * Options: `colour` is a name among ASNG.ui.colours or any CSS colour; `lines: () => [{ y, text } or { x, text }]` draws
 * rules; `marks: () => [{ x, y, colour, marker, text }]` draws points; a series or a mark that is a `ghost` is drawn lighter; `bands: [[upper, lower, colour]]` fills between
 * two series (from 1); `sync: key` joins the cursors of several charts; `onHover(index or null)` follows the mouse; `over(g,
 * { x, y, left, top, width, height, palette })` draws over the curves, where x(value) and y(value) are in CSS pixels.
 * x and y may have `log`, `min`, `max` (or `range: () => [min, max]`), `splits: () => […]` and `format`; `right` is the room on that side.
 */
(function () {
  "use strict";
  const ui = globalThis.ASNG.ui;
  const GHOST = "66"; // the opacity of what an earlier setting has left

  /** A marker of the given shape round (x, y), filled or, with `hollow`, as an outline. */
  function marker(g, shape, x, y, r, hollow = false) {
    g.beginPath();
    if (shape === "square") g.rect(x - 0.9 * r, y - 0.9 * r, 1.8 * r, 1.8 * r);
    else if (shape === "triangle") {
      g.moveTo(x, y - 1.15 * r);
      g.lineTo(x + 1.1 * r, y + 0.85 * r);
      g.lineTo(x - 1.1 * r, y + 0.85 * r);
      g.closePath();
    } else g.arc(x, y, r, 0, 2 * Math.PI);
    if (hollow) g.stroke();
    else g.fill();
  }

  /** A straight line from (x0, y0) to (x1, y1). */
  function rule(g, colour, x0, y0, x1, y1) {
    g.strokeStyle = colour;
    g.beginPath();
    g.moveTo(x0, y0);
    g.lineTo(x1, y1);
    g.stroke();
  }

  /** An arrow whose tip is at (x, y), with a head as long as said, or as the arrow is; shorter than `least` it is none. */
  function arrow(g, colour, [x0, y0], [x, y], { width, head, least = 1 }) {
    const long = Math.hypot(x - x0, y - y0), tip = Math.min(head, long);
    if (long < least) return;
    const [ux, uy] = [(x - x0) / long, (y - y0) / long];
    g.lineWidth = width;
    rule(g, colour, x0, y0, x - 0.8 * tip * ux, y - 0.8 * tip * uy);
    g.fillStyle = colour;
    g.beginPath();
    g.moveTo(x, y);
    g.lineTo(x - tip * ux - 0.5 * tip * uy, y - tip * uy + 0.5 * tip * ux);
    g.lineTo(x - tip * ux + 0.5 * tip * uy, y - tip * uy - 0.5 * tip * ux);
    g.fill();
  }

  /** A cross at (x, y), in lines of some width. */
  function cross(g, x, y, r, width) {
    const before = g.lineWidth;
    g.lineWidth = width;
    g.beginPath();
    for (const side of [-1, 1]) {
      g.moveTo(x - r, y - side * r);
      g.lineTo(x + r, y + side * r);
    }
    g.stroke();
    g.lineWidth = before;
  }

  /** Of the splits of a log axis, those that get a line. */
  const decades = (_, splits) => splits.map((v) => (Number.isInteger(Number(Math.log10(v).toFixed(9))) ? v : null));

  function chart(parent, options) {
    const { height = 180, x = {}, y = {}, series, bands = [], sync = null, lines = () => [], marks = () => [],
      onHover = null, over = null, right = 24, label = "" } = options;
    let plot = null, data = [[], ...series.map(() => [])], palette = null, hovered = null;
    const holder = ui.el("div", { class: "asng-chart", role: "img", "aria-label": label });
    holder.style.height = `${height}px`;
    parent.append(holder);
    const colour = (name) => palette[name] || name || palette.text;
    const font = () => `12px ${palette.font}`; // whole pixels: uPlot scales the first whole number in it

    function axis(scale, side, given, size) {
      const values = (_, splits) => splits.map((v) => (v === null ? null : (given.format || ui.number)(v)));
      return {
        scale, side, size, gap: 4, label: undefined, font: font(), ticks: { show: false }, values,
        space: side === 2 ? 64 : given.log ? 16 : 30,
        ...(given.splits ? { splits: () => given.splits(), filter: (_, splits) => splits } : {}),
        stroke: () => palette.muted,
        grid: { stroke: () => palette.grid, width: 1, ...(given.log ? { filter: decades } : {}) },
      };
    }

    function scale(given, time) {
      const fixed = given.min !== undefined || given.max !== undefined;
      const range = given.range || (fixed
        ? (_, low, high) => [given.min === undefined ? low : given.min, given.max === undefined ? high : given.max]
        : undefined);
      return { time, distr: given.log ? 3 : 1, range };
    }

    function make(width) {
      palette = ui.colours(holder);
      plot = new uPlot({
        width, height, padding: [10, right, 0, 0],
        legend: { show: false },
        cursor: {
          drag: { x: false, y: false, setScale: false }, y: false, points: { size: 6 },
          sync: sync ? { key: sync, setSeries: false } : undefined,
        },
        scales: { x: scale(x, false), y: scale(y, false) },
        axes: [axis("x", 2, x, 24), axis("y", 3, y, 46)],
        series: [{}, ...series.map((s) => ({
          label: s.label, width: s.width || 1.75, dash: s.dash, points: { show: false }, spanGaps: false,
          stroke: () => colour(s.colour) + (s.ghost ? GHOST : ""),
        }))],
        bands: bands.map(([upper, lower, fill]) => ({ series: [upper, lower], fill: () => colour(fill) + "30" })),
        hooks: { draw: [decorate], setCursor: [() => hover(plot)] },
      }, data, holder);
      if (globalThis.matchMedia("(pointer: coarse)").matches) plot.over.style.touchAction = "pan-y";
    }

    function hover(u) {
      const index = !u || u.cursor.left < 0 || u.cursor.idx === undefined ? null : u.cursor.idx;
      if (index === hovered) return;
      hovered = index;
      if (onHover) onHover(index);
    }

    /** Rules and marks over the curves, in canvas pixels. */
    function decorate(u) {
      const g = u.ctx, ratio = globalThis.devicePixelRatio || 1, { left, top, width, height: tall } = u.bbox;
      g.save();
      g.font = `${11.5 * ratio}px ${palette.font}`;
      for (const line of lines()) {
        g.strokeStyle = g.fillStyle = colour(line.colour || "muted");
        g.lineWidth = ratio;
        g.setLineDash(line.dash ? line.dash.map((d) => d * ratio) : []);
        const upright = line.x !== undefined;
        const at = upright ? u.valToPos(line.x, "x", true) : u.valToPos(line.y, "y", true);
        if (!Number.isFinite(at)) continue;
        if (upright ? at < left || at > left + width : at < top || at > top + tall) continue;
        g.beginPath();
        g.moveTo(upright ? at : left, upright ? top : at);
        g.lineTo(upright ? at : left + width, upright ? top + tall : at);
        g.stroke();
        g.textAlign = line.align || "left";
        g.textBaseline = upright ? "top" : "bottom";
        const edge = g.textAlign === "right" ? left + width - 2 * ratio : left + 4 * ratio;
        if (line.text) g.fillText(line.text, upright ? at + 4 * ratio : edge, upright ? top : at - 2 * ratio);
      }
      g.setLineDash([]);
      for (const mark of marks()) {
        const px = u.valToPos(mark.x, "x", true), py = u.valToPos(mark.y, "y", true);
        if (!Number.isFinite(px) || !Number.isFinite(py)) continue;
        g.fillStyle = colour(mark.colour) + (mark.ghost ? GHOST : "");
        g.strokeStyle = palette.ground;
        g.lineWidth = 1.5 * ratio;
        marker(g, mark.marker, px, py, (mark.size || 5) * ratio);
        g.stroke();
        if (!mark.text) continue;
        const before = px + g.measureText(mark.text).width + 12 * ratio > left + width;
        g.textAlign = before ? "right" : "left";
        g.textBaseline = "middle";
        g.fillText(mark.text, px + (before ? -9 : 9) * ratio, py + (mark.shift || 0) * ratio);
      }
      g.restore();
      if (over) write(u, ratio);
    }

    function write(u, ratio) {
      const g = u.ctx, { left, top, width, height: tall } = u.bbox;
      g.save();
      g.scale(ratio, ratio);
      g.setLineDash([]);
      g.font = font();
      over(g, {
        x: (value) => u.valToPos(value, "x", true) / ratio, y: (value) => u.valToPos(value, "y", true) / ratio,
        left: left / ratio, top: top / ratio, width: width / ratio, height: tall / ratio, palette,
      });
      g.restore();
    }

    function fit() {
      const width = Math.floor(holder.clientWidth);
      if (width <= 0) return;
      if (plot) plot.setSize({ width, height });
      else make(width);
    }

    ui.onResize(holder, fit);
    ui.onTheme(holder, () => {
      if (!plot) return;
      plot.destroy(); // axes keep the colours they were made with
      make(Math.floor(holder.clientWidth));
    });
    ui.onUnmount(holder, () => plot?.destroy());

    return {
      holder,
      set(xs, ys) {
        data = [xs, ...ys.map((values) => (y.log ? Array.from(values, (v) => (v > 0 ? v : null)) : values))];
        if (plot) plot.setData(data);
      },
      redraw() { if (plot) plot.redraw(false); },
      describe(text) { holder.setAttribute("aria-label", text); },
    };
  }

  /** Rows of a sweep in the drawing colour: medians as a line, quartiles as a band; placeX(δ⁰), placeY(updates) in pixels. */
  function medians(g, rows, { placeX, placeY, dash, shade }) {
    const trace = (list, name) => list.forEach((row) => g.lineTo(placeX(row.delta0), placeY(row[name])));
    g.globalAlpha = shade;
    g.beginPath();
    trace(rows, "q75");
    trace([...rows].reverse(), "q25");
    g.fill();
    g.globalAlpha = 1;
    g.lineWidth = 2;
    g.setLineDash(dash);
    g.beginPath();
    trace(rows, "median_updates");
    g.stroke();
    g.setLineDash([]);
  }

  /** A short piece of a line, as a legend has it; `colour` is a name among ui.colours. */
  function key(colour, dash = []) {
    const node = ui.el("span", { class: "asng-key", "aria-hidden": "true" });
    node.style.borderTop = `3px ${dash.length ? (dash[0] > 3 ? "dashed" : "dotted") : "solid"} var(--asng-${colour})`;
    return node;
  }

  /** A legend: entries [{ label, colour, dash, marker, text }], text being set later through the returned `say(i, text)`. */
  function legend(parent, entries) {
    const node = ui.el("div", { class: "asng-legend" });
    const texts = entries.map(({ label, colour, dash = [] }) => {
      const text = ui.el("span", { class: "asng-hint" });
      node.append(ui.el("span", {}, key(colour, dash), ...ui.math(label), " ", text));
      return text;
    });
    parent.append(node);
    return { node, say: (i, text) => { texts[i].textContent = text; } };
  }

  Object.assign(ui, { chart, medians, legend, key, marker, rule, arrow, cross });
})();
