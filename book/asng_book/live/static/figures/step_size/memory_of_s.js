/* The memory of s: drag β, and see past steps fade, and what is left of them add up to s.
 *
 * Options: `beta`, `m` (the length of the steps' mean) and `seed`.
 */
ASNG.register("memory-of-s", function (element, options) {
  "use strict";
  const { ui, memory } = ASNG;
  const LEAST = 0.03, REACH = 5.2; // of β; of the picture, in lengths of the noise
  const ROW = 30, BARS = 46, STRIP = ROW + BARS + 22;
  let seed = options.seed || 27, steps = null, now = null, pitch = 12;

  const strip = ui.canvas(ui.panel(element, "The last steps, the newest on the right, each drawn as strongly as it counts in s"),
    { height: STRIP, label: "past steps", draw: drawStrip });
  const chain = ui.canvas(ui.panel(element, "Put end to end, they add up to s"), { height: 250, label: "s", draw: drawChain });
  const controls = ui.controls(element);
  const beta = ui.slider(controls, { label: "β, what is forgotten at each step", min: LEAST, max: 0.9, log: true, value: options.beta || 0.1,
    format: (v) => ui.number(v, 2), onInput: update });
  const m = ui.slider(controls, { label: "m, what the steps have in common", min: 0, max: 0.6, step: 0.02, value: options.m ?? 0.4,
    format: (v) => (v === 0 ? "0: pure noise" : ui.number(v, 2)), onInput: update });
  const bar = ui.buttons(element);
  ui.button(bar, { label: "Other steps", onClick: () => { seed += 1; update(); } });
  const summary = ui.summary(element);

  ui.drag(strip, {
    label: "how far s remembers: left and right arrows change it by a step", scroll: "pan-y",
    move: (x) => remember((strip.node.clientWidth - x) / pitch),
    nudge: (dx) => remember(1 / beta.value - dx),
  });

  /** Choose β by the number of steps that s remembers. */
  function remember(count) {
    beta.value = Math.max(LEAST, Math.min(0.9, 1 / Math.max(1, count)));
    update();
  }

  function update() {
    steps = memory.steps(m.value, seed);
    now = memory.sum(steps, beta.value);
    strip.redraw();
    chain.redraw();
    const wanted = memory.expected(m.value, beta.value);
    summary.say(`s remembers about 1/β = ${ui.number(1 / beta.value, 2)} steps. ‖s‖² is ${ui.number(now.s2, 2)} here; on average ` +
      (m.value === 0 ? "it is 1, whatever β." : `1 for the noise, whatever β, plus ${ui.number(wanted - 1, 2)} for the signal.`));
    strip.describe(`Past steps fade by ${ui.number(100 * beta.value, 2)} % each. The left and right arrows change how far s remembers.`);
    chain.describe(`s is ${ui.number(Math.sqrt(now.s2), 2)} long.`);
    element.dataset.summary = JSON.stringify({ beta: beta.value, m: m.value, s: Array.from(now.s), s2: now.s2, gamma: now.gamma, expected: wanted });
  }

  /** Step number k from the newest on. */
  const step = (k) => steps.subarray(2 * (memory.STEPS - 1 - k), 2 * (memory.STEPS - k));

  function drawStrip(g, width, height, colours) {
    pitch = width < 500 ? 9 : 14;
    const floor = ROW + BARS;
    g.font = `12px ${colours.font}`;
    for (let k = 0; k * pitch < width && k < memory.STEPS; k++) {
      const x = width - (k + 0.5) * pitch, [ex, ey] = step(k), faded = (1 - beta.value) ** k;
      g.globalAlpha = Math.max(0.07, faded);
      arrow(g, colours.asng, x - 0.5 * pitch * ex, ROW / 2 - 0.5 * pitch * ey, x + 0.5 * pitch * ex, ROW / 2 + 0.5 * pitch * ey, 1.6);
      g.globalAlpha = 0.55;
      g.fillStyle = colours.asng;
      g.fillRect(x - 0.36 * pitch, floor - BARS * faded, 0.72 * pitch, BARS * faded);
    }
    g.globalAlpha = 1;
    g.lineWidth = 1;
    ui.rule(g, colours.muted, 0, floor, width, floor);
    const at = Math.max(3, width - pitch / beta.value);
    g.lineWidth = 2;
    ui.rule(g, colours.text, at, 2, at, floor);
    g.fillStyle = colours.text;
    ui.marker(g, "circle", at, floor - BARS / 2, 7);
    const text = `1/β = ${ui.number(1 / beta.value, 2)} steps`;
    g.textAlign = "left";
    const left = Math.min(at, width - g.measureText(text).width);
    g.fillText(text, left, height - 6);
    g.fillStyle = colours.muted;
    if (left > 90) g.fillText("← forgotten", left - 84, height - 6);
  }

  function drawChain(g, width, height, colours) {
    const unit = Math.min((0.72 * width - 10) / REACH, height / 4), x0 = Math.max(1.3 * unit, 0.24 * width), y0 = height / 2;
    g.lineWidth = 1.2;
    g.strokeStyle = colours.text;
    g.setLineDash([6, 5]);
    g.beginPath();
    g.arc(x0, y0, unit * Math.sqrt(now.gamma), 0, 2 * Math.PI);
    g.stroke();
    g.setLineDash([]);
    let [x, y] = [x0, y0];
    for (let k = memory.STEPS - 1; k >= 0; k--) {
      const weight = unit * memory.weight(beta.value, k), [ex, ey] = step(k);
      g.globalAlpha = Math.max(0.15, (1 - beta.value) ** k);
      if (weight > 1) arrow(g, colours.asng, x, y, x + weight * ex, y + weight * ey, 1.4);
      x += weight * ex;
      y += weight * ey;
    }
    g.globalAlpha = 1;
    arrow(g, colours.text, x0, y0, x, y, 3);
    g.font = `600 14px ${colours.font}`;
    g.fillStyle = colours.text;
    g.textAlign = "left";
    g.fillText("s", x + 8, y + 4);
    g.font = `12px ${colours.font}`;
    g.fillStyle = colours.muted;
    g.textAlign = "center";
    g.fillText("noise alone", x0, y0 + unit + 15);
    g.textAlign = "right";
    g.fillText("along the signal →", width - 4, height - 6);
  }

  function arrow(g, colour, x0, y0, x, y, thick) {
    ui.arrow(g, colour, [x0, y0], [x, y], { width: thick, head: 3 + 2 * thick, least: 0.5 });
  }

  update();
});
