/* The triangle of three categories, seen from above: its ground shaded by J, arrows, crosses and labels on it. No state. */
ASNG.triangle = (function () {
  "use strict";
  const { ui } = ASNG;
  const FRAME = 19; // px at the sides where marks may lie that are outside the picture

  /** The triangle with a on top and room round it: pixels of probabilities, and back. */
  function layout(width, height) {
    const side = Math.min(width * 0.74, height * 0.86), tall = (side * Math.sqrt(3)) / 2;
    const cx = width / 2, low = height / 2 + tall * 0.52;
    const point = (t) => [cx + ((t[2] - t[1]) * side) / 2, low - t[0] * tall];
    const inverse = (x, y) => {
      const a = (low - y) / tall, difference = (2 * (x - cx)) / side;
      return [a, (1 - a - difference) / 2, (1 - a + difference) / 2];
    };
    return { point, inverse, ends: [[1, 0, 0], [0, 1, 0], [0, 0, 1]].map(point) };
  }

  /** The triangle shaded by J, and the line of equal J through θ over the whole picture. */
  function ground(g, width, height, colours, { ends }, f, [x0, y0]) {
    const [a, b, c] = ends, area = (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1]);
    const up = [0, 1].map((axis) => { // the slope of J in pixels: J is linear
      const other = 1 - axis, sign = axis === 0 ? 1 : -1;
      return (sign * ((f[1] - f[0]) * (c[other] - a[other]) - (f[2] - f[0]) * (b[other] - a[other]))) / area;
    });
    const steep = Math.hypot(...up), heights = ends.map(([x, y]) => (up[0] * (x - x0) + up[1] * (y - y0)) / steep);
    const along = (far) => [x0 + (far * up[0]) / steep, y0 + (far * up[1]) / steep];
    g.beginPath();
    ends.forEach(([x, y], i) => (i ? g.lineTo(x, y) : g.moveTo(x, y)));
    g.closePath();
    if (steep > 0) {
      const fill = g.createLinearGradient(...along(Math.min(...heights)), ...along(Math.max(...heights)));
      fill.addColorStop(0, ui.mix(colours.ground, colours.high, 0.02));
      fill.addColorStop(1, ui.mix(colours.ground, colours.high, 0.3));
      g.fillStyle = fill;
      g.fill();
    }
    g.strokeStyle = colours.muted;
    g.lineWidth = 1.2;
    g.stroke();
    if (!(steep > 0)) return;
    const far = 2 * (width + height), [dx, dy] = [(-up[1] / steep) * far, (up[0] / steep) * far];
    g.setLineDash([4, 4]);
    ui.rule(g, colours.muted, x0 - dx, y0 - dy, x0 + dx, y0 + dy);
    g.setLineDash([]);
    const toRight = dx > 0 ? 1 : -1; // so that the words are not upside down
    const end = inside([x0, y0], [x0 + toRight * dx, y0 + toRight * dy], width, height).at, angle = Math.atan2(end[1] - y0, end[0] - x0);
    if (Math.hypot(end[0] - x0, end[1] - y0) < 160) return; // no room for words
    g.save();
    g.translate(...end);
    g.rotate(angle);
    g.font = `12px ${colours.font}`;
    g.textAlign = "right";
    g.fillStyle = colours.muted;
    const above = -Math.sin(angle) * up[0] + Math.cos(angle) * up[1] < 0; // uphill is on the upper side of the words
    g.fillText(above ? "uphill" : "downhill", -14, -6);
    g.fillText(above ? "downhill" : "uphill", -80, 15);
    g.restore();
  }

  /** Where the way from `from` to `to` leaves the picture, if it does. */
  function inside([x0, y0], [x, y], width, height) {
    const pad = 9;
    let t = 1;
    if (x < pad) t = Math.min(t, (pad - x0) / (x - x0));
    if (x > width - pad) t = Math.min(t, (width - pad - x0) / (x - x0));
    if (y < pad) t = Math.min(t, (pad - y0) / (y - y0));
    if (y > height - pad) t = Math.min(t, (height - pad - y0) / (y - y0));
    return { at: [x0 + t * (x - x0), y0 + t * (y - y0)], out: t < 1 };
  }

  function arrow(g, colour, from, to, thick = 3) {
    ui.arrow(g, colour, from, to, { width: thick, head: 4 + 2.6 * thick });
  }

  /** θ itself. */
  function here(g, [x, y], colours) {
    g.fillStyle = colours.text;
    g.strokeStyle = colours.ground;
    g.lineWidth = 2;
    ui.marker(g, "circle", x, y, 6);
    g.stroke();
  }

  /** Text that stays legible on whatever is below it, and within the picture. */
  function label(g, text, x, y, width, colour, colours, weight = 400) {
    g.font = `${weight} 13px ${colours.font}`;
    g.textAlign = "center";
    const half = g.measureText(text).width / 2, at = Math.max(half + FRAME, Math.min(width - half - FRAME, x));
    g.strokeStyle = colours.ground;
    g.lineWidth = 4;
    g.lineJoin = "round";
    g.strokeText(text, at, y);
    g.fillStyle = colour;
    g.fillText(text, at, y);
  }

  return { layout, ground, inside, arrow, here, label };
})();
