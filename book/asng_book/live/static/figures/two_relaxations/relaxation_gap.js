/* Two operations, one decision: the loss of a mixture bends, the expected loss of a draw does not.
 *
 * Options: `a`, `b`, `depth`, `lean`, where the sliders start. data-summary has { w, theta, mixture, expected, gap, bet,
 * kept } in JSON: weights of b, losses, the jumps of the last "keep one" (or null), and what it kept.
 */
ASNG.register("relaxation-gap", function (element, options) {
  "use strict";
  const { ui, twoRelaxations: R } = ASNG;
  const START = 0.5, LOW = 0, HIGH = 1.6, STEP = 0.02;
  const signed = (value, digits = 2) => (value < -0.5 * 10 ** -digits ? "−" : "+") + Math.abs(value).toFixed(digits);
  const sides = [
    { name: "mixture", title: "Continuous: weights of a mixture", colour: "mixture", at: START, loss: R.mixture, slope: R.mixtureSlope },
    { name: "bet", title: "Stochastic: probabilities of a draw", colour: "asng", at: START, loss: R.expected, slope: R.expectedSlope },
  ];

  const controls = ui.controls(element);
  controls.style.gridTemplateColumns = "repeat(auto-fit, minmax(min(100%, 15rem), 1fr))";
  const slider = (label, min, max, value, format) =>
    ui.slider(controls, { label, min, max, step: 0.05, value, format, onInput: () => { forget(); update(); } });
  const a = slider("loss with a alone", 0.7, 1.3, options.a ?? 0.9, (v) => v.toFixed(2));
  const b = slider("loss with b alone", 0.7, 1.3, options.b ?? 1.05, (v) => v.toFixed(2));
  const depth = slider("depth of the dip", -0.25, 0.6, options.depth ?? 0.5, (v) => signed(v));
  const lean = slider("where it is deepest", -1, 1, options.lean ?? 0, (v) => (Math.abs(v) < 0.01 ? "in the middle" : v < 0 ? `more of a (${signed(v)})` : `more of b (${signed(v)})`));
  const row = ui.buttons(element);
  const roll = ui.button(row, { label: "Roll downhill", primary: true, onClick: () => (rolling.running ? rolling.stop() : startRolling()) });
  ui.button(row, { label: "Keep only one operation", onClick: keepOne });
  ui.button(row, { label: "Back to the middle", onClick: () => { forget(); sides.forEach((side) => { side.at = START; }); update(); } });
  const grid = ui.panels(element);
  sides.forEach((side) => {
    side.picture = ui.canvas(ui.panel(grid, side.title), { height: (width) => Math.min(280, Math.max(230, 0.7 * width)), draw: (...all) => draw(side, ...all) });
    side.where = ui.el("p", { class: "asng-hint" });
    side.picture.node.after(side.where);
    ui.drag(side.picture, {
      label: side.name === "mixture" ? "weight of b in the mixture: left and right arrow keys move it" : "probability of b: left and right arrow keys move it",
      move: (x) => place(side, (x - side.frame.x0) / (side.frame.x1 - side.frame.x0)),
      nudge: (dx) => place(side, side.at + dx * STEP), scroll: "pan-y",
    });
  });
  const summary = ui.summary(element);
  const blend = () => ({ a: a.value, b: b.value, depth: depth.value, lean: lean.value });

  const rolling = ui.animation(element, (seconds) => {
    const now = blend();
    sides.forEach((side) => { side.at = R.downhill((w) => side.slope(now, w), side.at, seconds); });
    update();
    return sides.some((side) => R.moves((w) => side.slope(now, w), side.at));
  }, (running) => { roll.textContent = running ? "Stop" : "Roll downhill"; });

  /** Drops from what was to the end, s from 0 to 1. */
  const dropping = ui.animation(element, (seconds) => {
    sides.forEach((side) => { side.kept.shown = Math.min(1, side.kept.shown + seconds / 0.7); });
    update();
    return sides[0].kept.shown < 1;
  });

  function startRolling() {
    forget();
    const now = blend();
    sides.forEach((side) => { // an end is a place to stay at: to roll off it, start a little inside
      side.at = Math.max(0.02, Math.min(0.98, side.at));
      if (ui.reducedMotion()) side.at = R.rest((w) => side.slope(now, w), side.at);
    });
    if (!ui.reducedMotion()) rolling.start();
    update();
  }

  function keepOne() {
    rolling.stop();
    forget();
    sides.forEach((side) => {
      const end = R.discretise(side.at);
      side.kept = { from: side.at, before: side.loss(blend(), side.at), end, after: side.loss(blend(), end), shown: ui.reducedMotion() ? 1 : 0 };
      side.at = end;
    });
    if (!ui.reducedMotion()) dropping.start();
    update();
  }

  function forget() {
    dropping.stop();
    sides.forEach((side) => { side.kept = null; });
  }

  function place(side, wanted) {
    rolling.stop();
    forget();
    side.at = Math.max(0, Math.min(1, wanted));
    update();
  }

  function update() {
    const now = blend(), [mix, bet] = sides;
    sides.forEach((side) => {
      const value = side.loss(now, side.at);
      side.picture.redraw();
      side.where.textContent = side.at === 0 || side.at === 1 ? `${"ab"[side.at]} alone: loss ${value.toFixed(2)}` : side === mix
        ? `${(1 - mix.at).toFixed(2)} of a and ${mix.at.toFixed(2)} of b, both run: loss ${value.toFixed(2)}`
        : `a with probability ${(1 - bet.at).toFixed(2)}, b with ${bet.at.toFixed(2)}, one runs: expected loss ${value.toFixed(2)}`;
    });
    const value = mix.loss(now, mix.at), low = Math.min(now.a, now.b);
    summary.say(mix.kept ? verdict() : (value < low - 0.005
      ? `The mixture’s loss, ${value.toFixed(2)}, is lower than that of either operation alone (${now.a.toFixed(2)} and ${now.b.toFixed(2)}). `
      : `The mixture’s loss is ${value.toFixed(2)}. `) + `The expected loss of a draw is ${bet.loss(now, bet.at).toFixed(2)}; it is never below ${low.toFixed(2)}, the better operation’s.`);
    element.dataset.summary = JSON.stringify({ w: mix.at, theta: bet.at, mixture: value, expected: bet.loss(now, bet.at),
      gap: mix.kept && mix.kept.after - mix.kept.before, bet: bet.kept && bet.kept.after - bet.kept.before,
      kept: mix.kept && sides.map((side) => "ab"[side.kept.end]) });
  }

  function verdict() {
    const now = blend(), better = now.b < now.a ? 1 : 0, equal = Math.abs(now.a - now.b) < 1e-9;
    return sides.map(({ name, kept }) => {
      const jump = kept.after - kept.before, wrong = kept.end !== better && !equal;
      const start = name === "mixture" ? `The mixture keeps ${"ab"[kept.end]}` : `The bet keeps ${"ab"[kept.end]}`;
      const size = Math.abs(jump) < 0.005 ? "its loss stays as it was" : jump > 0 ? `its loss jumps by ${signed(jump)}: the gap` : `its loss falls by ${Math.abs(jump).toFixed(2)}`;
      return `${start}, and ${size}${wrong ? `; ${"ab"[better]} would have been better` : ""}.`;
    }).join(" ");
  }

  /* ---- Drawing ---- */

  function draw(side, g, width, height, colours) {
    const now = blend(), x0 = 46, x1 = width - 46, y0 = height - 34, y1 = 12;
    const X = (w) => x0 + w * (x1 - x0), Y = (loss) => y0 + ((y1 - y0) * (loss - LOW)) / (HIGH - LOW), main = colours[side.colour];
    side.frame = { x0, x1 };
    g.lineCap = "round";
    g.font = `12px ${colours.font}`;
    g.textAlign = "left";
    g.fillStyle = colours.muted;
    g.fillText("loss ↑", 0, 12);
    stroke(g, colours.grid, 1, [[X(0) - 8, y0], [X(1) + 8, y0]]);
    [["a", now.a, 0], ["b", now.b, 1]].forEach(([name, loss, w]) => {
      const odds = w ? side.at : 1 - side.at, x = X(w), left = w === 0;
      stroke(g, colours.grid, 10, [[x, y0], [x, Y(loss) + 5]]);
      g.fillStyle = colours.text;
      g.textAlign = "center";
      g.font = `600 13px ${colours.font}`;
      g.fillText(name, x, y0 + 19);
      g.font = `12px ${colours.font}`;
      g.fillStyle = colours.muted;
      g.textAlign = left ? "right" : "left";
      g.fillText(loss.toFixed(2), x + (left ? -13 : 13), Y(loss) + 4);
      if (side.name === "bet") { // a disc whose area is the probability
        g.globalAlpha = 0.35;
        disc(g, main, x, Y(loss), 20 * Math.sqrt(odds));
        g.globalAlpha = 1;
      }
      disc(g, main, x, Y(loss), 4);
    });
    g.textAlign = "center";
    g.fillStyle = colours.muted;
    g.fillText(side.name === "mixture" ? "weight of b →" : "probability of b →", (x0 + x1) / 2, y0 + 19);
    if (side.name === "mixture") {
      g.setLineDash([2, 5]);
      stroke(g, colours.muted, 1.5, [[X(0), Y(now.a)], [X(1), Y(now.b)]]);
      g.setLineDash([]);
    }
    stroke(g, main, 3, Array.from({ length: 101 }, (_, i) => [X(i / 100), Y(side.loss(now, i / 100))]));
    if (side.kept) jump(side, g, colours, X, Y);
    const { x, y } = ball(side, now, X, Y);
    stroke(g, main, 1, [[x, y0], [x, y + 10]], 0.5);
    disc(g, colours.ground, x, y, 11);
    disc(g, main, x, y, 9);
  }

  /** Where the ball is: on its curve, or on its way from there to an end, first sideways and then up or down. */
  function ball({ kept, at, loss }, now, X, Y) {
    if (!kept || kept.shown >= 1) return { x: X(at), y: Y(loss(now, at)) };
    const across = Math.min(1, kept.shown / 0.5), down = Math.max(0, kept.shown / 0.5 - 1);
    return { x: X(kept.from + across * (kept.end - kept.from)), y: Y(kept.before + down * down * (kept.after - kept.before)) };
  }

  /** The way from what was to what is, and the size of the jump. */
  function jump({ kept }, g, colours, X, Y) {
    const x = X(kept.end), y = Y(kept.before), target = Y(kept.after), size = kept.after - kept.before;
    disc(g, colours.ground, X(kept.from), y, 8);
    g.strokeStyle = colours.muted;
    g.lineWidth = 1.5;
    g.beginPath();
    g.arc(X(kept.from), y, 7, 0, 2 * Math.PI);
    g.stroke();
    if (kept.from !== kept.end) {
      g.setLineDash([4, 4]);
      stroke(g, colours.muted, 1.5, [[X(kept.from), y], [x, y]]);
      g.setLineDash([]);
    }
    if (kept.shown < 1) return;
    if (Math.abs(target - y) > 14) {
      const sign = Math.sign(target - y), inner = target - sign * 12, colour = colours.text;
      stroke(g, colour, 3, [[x, y], [x, inner - sign * 4]]);
      stroke(g, colour, 3, [[x - 6, inner - sign * 7], [x, inner], [x + 6, inner - sign * 7]]);
    }
    const words = Math.abs(size) < 0.005 ? "no jump" : signed(size), at = [x, Math.max(32, Math.min(y, target) - 26)];
    g.font = `700 15px ${colours.font}`;
    g.textAlign = "center";
    g.lineWidth = 5;
    g.strokeStyle = colours.ground;
    g.lineJoin = "round";
    g.strokeText(words, ...at);
    g.fillStyle = Math.abs(size) < 0.005 ? colours.muted : colours.text;
    g.fillText(words, ...at);
  }

  function stroke(g, colour, wide, points, alpha = 1) {
    g.strokeStyle = colour;
    g.lineWidth = wide;
    g.globalAlpha = alpha;
    g.beginPath();
    points.forEach(([x, y], i) => (i ? g.lineTo(x, y) : g.moveTo(x, y)));
    g.stroke();
    g.globalAlpha = 1;
  }

  function disc(g, colour, x, y, radius) {
    g.fillStyle = colour;
    g.beginPath();
    g.arc(x, y, radius, 0, 2 * Math.PI);
    g.fill();
  }

  update();
});
