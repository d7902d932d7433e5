/* θ as heat maps, one for each of several runs: a column for each dimension, a row for each category; extends ASNG.ui.
 *
 *   const map = ASNG.ui.thetaMaps(parent, () => [{ label: "ASNG", colour: "asng", theta, dim, categories, updates }]);
 *   map.fit();                                              // after θ or the number of maps has changed
 */
(function () {
  "use strict";
  const ui = globalThis.ASNG.ui;
  const GAP = 18, HEAD = 18, FOOT = 6;

  function thetaMaps(parent, maps) {
    const picture = ui.canvas(parent, { label: "θ", height, draw });
    const across = (width) => (width >= 560 ? Math.max(1, maps().length) : 1);
    const cell = (categories) => Math.max(7, Math.min(14, 70 / categories));
    const tall = () => Math.max(0, ...maps().map(({ categories }) => categories * cell(categories))) + HEAD + FOOT;

    function height(width) {
      return Math.ceil(maps().length / across(width)) * tall();
    }

    function draw(g, width, _, colours) {
      const n = across(width), wide = (width - GAP * (n - 1)) / n;
      const told = maps().map((map, i) => {
        const left = (i % n) * (wide + GAP), top = Math.floor(i / n) * tall() + HEAD;
        return `${map.label}: ${drawOne(g, map, left, top, wide, colours)}`;
      });
      picture.describe(`θ as a heat map. ${told.join("; ")}.`);
    }

    function drawOne(g, { label, colour, theta, dim, categories, updates }, left, top, wide, colours) {
      const w = wide / dim, h = cell(categories);
      let right = 0;
      for (let d = 0; d < dim; d++) {
        const row = theta.subarray(d * categories, (d + 1) * categories);
        if (row[0] > 1.001 / categories && row.every((p) => p <= row[0])) right += 1;
        row.forEach((p, k) => {
          g.fillStyle = ui.mix(colours.low, colours.high, Math.min(1, Math.max(0, p)));
          g.fillRect(left + d * w, top + k * h, Math.max(1, w - 1), h - 1);
        });
      }
      const text = `${ui.number(updates, 7)} updates, ${right} of ${dim} favour 0`;
      g.fillStyle = colours[colour];
      g.font = `600 12px ${colours.font}`;
      g.fillText(label, left, top - 6);
      const after = left + g.measureText(label).width + 8;
      g.font = `12px ${colours.font}`;
      g.fillStyle = colours.muted;
      g.fillText(text, after, top - 6);
      return text;
    }

    return picture;
  }

  ui.thetaMaps = thetaMaps;
})();
