/* A scatter plot of many networks, of which one is chosen by a tap or by the arrow keys.
 *
 *   const plot = ASNG.scatter(parent, { label: "All networks", height: 300, style: (i, colours) => ({ fill: colours.asng }),
 *     choose: (i) => …, decorate: (g, X, Y, colours) => … });
 *   plot.set({ x, y, axes: { x: { low, high, label, format }, y: … }, chosen });    // moves there from where it was
 *
 * A style is { fill, alpha = 1, radius, front }: dots in `front` are drawn last.
 */
ASNG.scatter = function (parent, options) {
  "use strict";
  const { ui, numbers } = ASNG, { label, height, style, choose, decorate = () => {} } = options;
  const SECONDS = 0.7, LEFT = 46, RIGHT = 12, TOP = 20, BOTTOM = 40, REACH = 30;
  let goal = null, from = null, shown = null, t = 1;
  const picture = ui.canvas(parent, { height, label, draw });
  ui.drag(picture, { label, move: nearest, nudge: step, scroll: "pan-y" });
  picture.node.setAttribute("aria-roledescription", "scatter plot");

  const motion = ui.animation(picture.node, (seconds) => {
    t = Math.min(1, t + seconds / SECONDS);
    mix();
    picture.redraw();
    return t < 1;
  });

  function mix() {
    const e = t < 0.5 ? 4 * t ** 3 : 1 - (2 - 2 * t) ** 3 / 2, between = (a, b) => a + (b - a) * e;
    const axis = (a, b) => ({ ...b, low: between(a.low, b.low), high: between(a.high, b.high) });
    shown = { x: goal.x.map((v, i) => between(from.x[i], v)), y: goal.y.map((v, i) => between(from.y[i], v)),
      axes: { x: axis(from.axes.x, goal.axes.x), y: axis(from.axes.y, goal.axes.y) } };
  }

  function places(width, tall) {
    const { x, y } = shown.axes, along = ({ low, high }, v) => (v - low) / (high - low);
    return [(v) => LEFT + (width - LEFT - RIGHT) * along(x, v), (v) => tall - BOTTOM - (tall - TOP - BOTTOM) * along(y, v)];
  }

  function draw(g, width, tall, colours) {
    if (!shown) return;
    const [X, Y] = places(width, tall), { x, y } = shown.axes;
    g.lineWidth = 1;
    for (const value of numbers.ticks(x.low, x.high, width > 420 ? 6 : 4)) {
      ui.rule(g, colours.grid, X(value), TOP, X(value), tall - BOTTOM);
      write(g, x.format(value), X(value), tall - BOTTOM + 15, colours.muted, "center");
    }
    for (const value of numbers.ticks(y.low, y.high, 5)) {
      ui.rule(g, colours.grid, LEFT, Y(value), width - RIGHT, Y(value));
      write(g, y.format(value), LEFT - 6, Y(value) + 4, colours.muted, "right");
    }
    write(g, `${x.label} →`, width - RIGHT, tall - 5, colours.muted, "right");
    write(g, `↑ ${y.label}`, 0, 12, colours.muted, "left");
    const styles = shown.x.map((_, i) => style(i, colours));
    for (const front of [false, true]) {
      styles.forEach(({ fill, alpha = 1, radius = 2.6, front: first = false }, i) => {
        if (first !== front) return;
        g.globalAlpha = alpha;
        g.fillStyle = fill;
        ui.marker(g, "circle", X(shown.x[i]), Y(shown.y[i]), radius);
      });
    }
    g.globalAlpha = 1;
    if (t === 1) decorate(g, X, Y, colours);
    ring(g, X(shown.x[goal.chosen]), Y(shown.y[goal.chosen]), colours);
  }

  function ring(g, x, y, colours) {
    for (const [colour, wide] of [[colours.ground, 5], [colours.text, 2.2]]) {
      g.strokeStyle = colour;
      g.lineWidth = wide;
      ui.marker(g, "circle", x, y, 7, true);
    }
  }

  function write(g, text, x, y, colour, align) {
    g.fillStyle = colour;
    g.textAlign = align;
    g.fillText(text, x, y);
  }

  function nearest(px, py) {
    const [X, Y] = places(picture.node.clientWidth, picture.node.clientHeight);
    const far = goal.x.map((v, i) => Math.hypot(X(v) - px, Y(goal.y[i]) - py));
    const found = far.reduce((best, d, i) => (d < far[best] ? i : best), 0);
    if (far[found] < REACH && found !== goal.chosen) choose(found);
  }

  /** To the next network along an axis; of equal ones in their order. */
  function step(dx, dy) {
    const values = dx ? goal.x : goal.y, order = [...values.keys()].sort((a, b) => values[a] - values[b] || a - b);
    const next = order[Math.max(0, Math.min(order.length - 1, order.indexOf(goal.chosen) + (dx || -dy)))];
    if (next !== goal.chosen) choose(next);
  }

  return {
    picture,
    set({ x, y, axes, chosen }, moving = true) {
      const before = goal;
      goal = { x, y, axes, chosen };
      const same = before && before.x === x && before.y === y;
      if (same && !motion.running) shown = { ...shown, axes };
      else if (!same) {
        from = shown;
        t = from && moving && !ui.reducedMotion() ? 0 : 1;
        if (t === 1) shown = goal;
        else motion.start();
      }
      picture.redraw();
    },
    redraw: () => picture.redraw(),
    describe: (text) => picture.describe(text),
  };
};
