/* θ as heat maps, one for each of several runs: a column for each dimension, a row for each category; extends ASNG.ui.
 *
 *   const map = ASNG.ui.thetaMaps(parent, () => [{ label: "ASNG", colour: "asng", theta, dim, categories, updates, right }]);
 *   map.fit();                                              // after θ or the number of maps has changed
 *
 * { abreast: true } keeps them side by side however narrow the page, and leaves the number of updates out.
 * `right` is Σ_i θ_i0, how many dimensions a sample of P_θ is expected to get right, where that is known. A map that is a
 * `ghost` belongs to an earlier setting: it is drawn lighter, and without its numbers.
 */
(function () {
  "use strict";
  const ui = globalThis.ASNG.ui;
  const GAP = 16, LINE = 15, HEAD = 2 * LINE + 5, FOOT = 6;

  function thetaMaps(parent, maps, { abreast = false } = {}) {
    const picture = ui.canvas(parent, { label: "θ", height, draw });
    const across = (width) => (abreast || width >= 480 ? Math.max(1, maps().length) : 1);
    const cell = (categories) => Math.max(7, Math.min(14, 70 / categories));
    const tall = () => Math.max(0, ...maps().map(({ categories }) => categories * cell(categories))) + HEAD + FOOT;

    function height(width) {
      return Math.ceil(maps().length / across(width)) * tall();
    }

    function draw(g, width, _, colours) {
      const n = across(width), wide = (width - GAP * (n - 1)) / n;
      const shades = Array.from({ length: 65 }, (__, i) => ui.mix(colours.low, colours.high, i / 64));
      const told = maps().map((map, i) => {
        const left = (i % n) * (wide + GAP), top = Math.floor(i / n) * tall() + HEAD;
        drawCells(g, map, left, top, wide, shades);
        return `${map.label}: ${drawTitle(g, map, left, top, colours)}`;
      });
      picture.describe(`θ as a heat map. ${told.join("; ")}.`);
    }

    function drawCells(g, { theta, dim, categories, ghost }, left, top, wide, shades) {
      const w = wide / dim, h = cell(categories);
      g.globalAlpha = ghost ? 0.45 : 1;
      for (let k = 0; k < theta.length; k++) {
        g.fillStyle = shades[Math.round(64 * Math.min(1, Math.max(0, theta[k])))];
        g.fillRect(left + Math.floor(k / categories) * w, top + (k % categories) * h, Math.max(1, w - 1), h - 1);
      }
      g.globalAlpha = 1;
    }

    /** The method and its updates on one line, what θ is worth on the next, so that neighbours never meet. */
    function drawTitle(g, { label, colour, dim, updates, right, ghost }, left, top, colours) {
      const correct = right === undefined ? "" : `${right.toFixed(1)} of ${dim} right`;
      const lines = ghost ? ["computing …", ""] : abreast ? ["", correct] : [`${ui.number(updates, 7)} updates`, correct];
      g.fillStyle = colours[colour];
      g.font = `600 12px ${colours.font}`;
      g.fillText(label, left, top - 6 - LINE);
      const after = left + g.measureText(label).width + 8;
      g.font = `12px ${colours.font}`;
      g.fillStyle = colours.muted;
      if (lines[0] && !abreast) g.fillText(lines[0], after, top - 6 - LINE);
      if (lines[1] || abreast) g.fillText(lines[1] || lines[0], left, top - 6);
      return lines.filter(Boolean).join(", ");
    }

    return picture;
  }

  ui.thetaMaps = thetaMaps;
})();
