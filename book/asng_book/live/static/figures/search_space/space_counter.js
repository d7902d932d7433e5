/* How large a space is: its exact size, ΣK and n_θ, as nodes, operations and kinds of cell change.
 *
 * Options: `nodes`, `operations`, `kinds`, where the sliders start. data-summary has { size, options, n_theta } in JSON.
 */
ASNG.register("space-counter", function (element, options) {
  "use strict";
  const { ui, searchSpace: S } = ASNG;
  const BIG_BANG = 4.35e17; // seconds since: 13.8 billion years
  element.append(ui.el("style", {}, `
    .asng-big { font-size: 1.15em; font-weight: 600; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; min-height: 3.2em; }
    .asng-figure .asng-big small { display: block; font-weight: 400; font-size: 0.8em; color: var(--asng-muted); }`));
  const controls = ui.controls(element);
  const slider = (label, min, max, value) => ui.slider(controls, { label, min, max, whole: true, value, onInput: update });
  const nodes = slider("nodes of a cell, N", 1, 10, options.nodes || 5);
  const operations = slider("operations, M", 1, 12, options.operations || 5);
  const kinds = slider("kinds of cell", 1, 2, options.kinds || 2);
  const big = ui.el("p", { class: "asng-big", "aria-live": "off" });
  element.append(big);
  const picture = ui.canvas(ui.panel(element, "Number of codes after each decision, which multiplies it"), { height: 230, label: "", draw });
  const summary = ui.summary(element);

  const space = () => ({
    nodes: nodes.value, kinds: ["normal", "reduction"].slice(0, kinds.value),
    operations: Array.from({ length: operations.value }, (_, i) => `operation ${i}`),
  });
  const grouped = (size) => size.toString().replace(/\B(?=(\d{3})+$)/g, ",");

  function update() {
    const now = space(), { size, decisions, options: sum, n_theta } = S.figures(now);
    big.replaceChildren(grouped(size), ui.el("small", {}, `codes: ${decisions} decisions, ΣK = ${sum}, n`, ui.el("sub", {}, "θ"), ` = ${n_theta}`));
    picture.redraw();
    const years = Number(size) / 3.156e7, unordered = S.sizeInAnyOrder(now);
    const time = Number(size) < 3600 ? `${ui.number(Number(size))} seconds` : years < 1 ? `${ui.number(Number(size) / 3600)} hours` : `${ui.number(years)} years`;
    summary.say(`${ui.number(Number(size))} codes. At one per second, trying them all takes ${time}. ` +
      `If the order of a node’s slots does not count, there are ${ui.number(Number(unordered))}.`);
    picture.describe(`A staircase of ${decisions} decisions up to ${ui.number(Number(size))} codes, on a logarithmic scale.`);
    element.dataset.summary = JSON.stringify({ size: size.toString(), options: sum, n_theta });
  }

  function draw(g, width, height, colours) {
    const steps = S.decisions(space()), x0 = 36, x1 = width - 8, y0 = height - 26, y1 = 14;
    const total = steps.reduce((sum, { size }) => sum + Math.log10(size), 0), top = Math.max(5, 5 * Math.ceil(total / 5 + 0.05));
    const X = (i) => x0 + ((x1 - x0) * i) / steps.length, Y = (log) => y0 + ((y1 - y0) * log) / top;
    g.lineWidth = 1;
    g.textAlign = "right";
    const tick = top > 40 ? 20 : top > 15 ? 5 : 1;
    for (let log = 0; log <= top; log += tick) {
      g.strokeStyle = colours.grid;
      line(g, [[x0, Y(log)], [x1, Y(log)]]);
      g.fillStyle = colours.muted;
      g.fillText(log ? `10${[...String(log)].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]).join("")}` : "1", x0 - 6, Y(log) + 4);
    }
    const age = Math.log10(BIG_BANG);
    if (top > age) {
      g.setLineDash([3, 3]);
      g.strokeStyle = g.fillStyle = colours.muted;
      line(g, [[x0, Y(age)], [x1, Y(age)]]);
      g.setLineDash([]);
      g.textAlign = "left";
      g.fillText("seconds since the Big Bang", x0 + 6, Y(age) - 5);
    }
    let log = 0;
    steps.forEach(({ what, size }, i) => {
      const next = log + Math.log10(size);
      g.fillStyle = colours[what === "input" ? "muted" : "text"];
      g.globalAlpha = 0.22;
      g.fillRect(X(i), Y(next), X(i + 1) - X(i), y0 - Y(next));
      g.globalAlpha = 1;
      g.fillRect(X(i), Y(next), Math.max(1, X(i + 1) - X(i) - 1), Math.max(2, Y(log) - Y(next)));
      log = next;
    });
    g.textAlign = "center";
    g.fillStyle = colours.muted;
    const every = Math.max(1, Math.round(steps.length / 8 / 5) * 5);
    for (let i = 0; i <= steps.length; i += every) g.fillText(String(i), X(i), y0 + 16);
    g.textAlign = "left";
    g.font = `600 12px ${colours.font}`;
    g.fillStyle = colours.muted;
    g.fillText("■ what to read", x0 + 8, y1 + 8);
    g.fillStyle = colours.text;
    g.fillText("■ what to apply", x0 + 8, y1 + 25);
  }

  function line(g, points) {
    g.beginPath();
    points.forEach(([x, y], i) => (i ? g.lineTo(x, y) : g.moveTo(x, y)));
    g.stroke();
  }

  update();
});
