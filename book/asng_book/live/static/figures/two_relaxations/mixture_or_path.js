/* The article's Figs. 2 and 3 side by side: a mixture runs every wire, as thick as its weight; paths are drawn one after
 * another, only their wires run, and how often they do approaches θ.
 *
 * Options: `theta`, a row for each layer; `operations`, names as in asng_edu.nas; `seed`. One path is drawn from the start, and
 * stands still until the reader draws another. data-summary has
 * { theta, steps, counts, last, mixture, paths } in JSON, the last two being numbers of operations that ran.
 */
ASNG.register("mixture-or-path", function (element, options) {
  "use strict";
  const { ui, cells, twoRelaxations: R } = ASNG;
  const { svgEl } = cells, { el } = ui;
  const LEAST = 0.05, MOST = 2000, HEIGHT = 352, CHIP = 40, LAYER = 140;
  const operations = options.operations || ["conv_3x3", "sep_conv_5x5", "max_pool_3x3"];
  let theta = options.theta || [[0.5, 0.3, 0.2], [0.15, 0.25, 0.6]], seed = options.seed || 4, drawn = null, last = null;
  const colourOf = (k) => cells.styleClass(operations[k]);
  const words = (k) => cells.fullName(operations[k]);
  const percent = (p) => `${Math.round(100 * p)} %`;

  element.append(el("style", {}, `
    .asng-odds { position: relative; display: flex; height: 2.1rem; margin: 0.2rem 9px 0.5rem; touch-action: none; }
    .asng-odds > span:not(:first-child) { padding-left: 9px; } .asng-odds > span:not(:nth-child(${operations.length})) { padding-right: 9px; }
    .asng-odds > span { display: flex; align-items: center; justify-content: center; min-width: 0; overflow: hidden; white-space: nowrap;
      background: var(--op); color: var(--asng-ground); font-weight: 600; font-size: 0.86em; font-variant-numeric: tabular-nums; }
    .asng-odds > span:first-child { border-radius: 6px 0 0 6px; } .asng-odds > span:nth-child(${operations.length}) { border-radius: 0 6px 6px 0; }
    .asng-odds > [role="slider"] { position: absolute; top: -4px; bottom: -4px; width: 18px; margin-left: -9px; border-radius: 9px; cursor: ew-resize;
      background: var(--asng-text); border: 3px solid var(--asng-ground); box-shadow: 0 0 0 1px var(--asng-text); }
    .asng-odds > [role="slider"]:focus-visible { outline: 2px solid var(--asng-accent); outline-offset: 2px; }
    .asng-graph { display: block; margin: 0 auto; max-width: 100%; font-family: inherit; }
    .asng-graph text { fill: var(--asng-text); font-size: 12px; text-anchor: middle; }
    .asng-graph .asng-box { fill: var(--asng-panel); stroke: var(--asng-muted); } .asng-graph .asng-wire { fill: none; stroke: var(--op); }
    .asng-graph .asng-link { stroke: var(--asng-muted); stroke-width: 2; }
    .asng-graph .asng-off { stroke: var(--asng-grid); } .asng-graph .asng-chip rect { fill: var(--op); stroke: var(--op); stroke-width: 1.4; }
    .asng-graph .asng-chip text { fill: var(--asng-ground); font-weight: 600; } .asng-graph .asng-chip .asng-figures { font-weight: 400; font-variant-numeric: tabular-nums; } .asng-graph .asng-idle rect { fill: var(--asng-ground); opacity: 0.5; } .asng-graph .asng-idle text { fill: var(--op); }
    .asng-graph .asng-track { fill: var(--asng-low); } .asng-graph .asng-share { fill: var(--op); } .asng-graph .asng-aim { stroke: var(--asng-text); stroke-width: 2; } .asng-graph .asng-halo { stroke: var(--asng-ground); stroke-width: 5; }
    .asng-flowing { stroke-dasharray: 7 4; animation: asng-flowing 0.7s linear infinite; } @keyframes asng-flowing { to { stroke-dashoffset: -11; } }
    .asng-ran { display: grid; grid-template-columns: auto 1fr; gap: 0.3rem 0.7rem; align-items: center; margin: 0.3rem 0; }
    .asng-ran i { display: block; height: 1.1rem; border-radius: 3px; min-width: 2px; } .asng-ran > div { display: flex; align-items: center; gap: 0.5rem; min-width: 0; font-variant-numeric: tabular-nums; }
    @media (prefers-reduced-motion: reduce) { .asng-flowing { animation: none; } }`));

  cells.legend(element, []); // the colours of the operations

  /* ---- What can be changed ---- */

  const panels = ui.panels(element);
  const bars = theta.map((_, layer) => odds(ui.panel(panels, `θ of choice ${layer + 1}: drag the borders`), layer));
  const row = ui.buttons(element);
  ui.button(row, { label: "Draw a path", primary: true, onClick: () => { playing.stop(); draw(1); } });
  const play = ui.button(row, { label: "Play", onClick: () => (playing.running ? playing.stop() : start()) });
  ui.button(row, { label: "Draw 100", onClick: () => { playing.stop(); draw(100); } });
  ui.button(row, { label: "Start again", onClick: () => { seed += 1; restart(); } });
  const playing = ui.paced(element, {
    perSecond: () => (drawn.steps < 8 ? 1.6 : Math.min(60, 0.25 * drawn.steps)), // slowly at first, so that one sees how it works
    advance: draw,
    more: () => drawn.steps < MOST,
  }, (running) => { play.textContent = running ? "Pause" : "Play"; });

  function start() {
    playing.owe(1);
    if (ui.reducedMotion()) draw(100);
    else playing.start();
  }

  const graphs = ui.panels(element);
  const sides = [["Continuous: all operations run", true], ["Stochastic: one path runs", false]].map(([title, mixed]) => graph(ui.panel(graphs, title), mixed));
  const ran = ui.panel(element, "Operations that have run");
  const meters = [["mixture", "mixture"], ["paths", "asng"]].map(([name, colour]) => {
    const bar = el("i"), text = el("span");
    bar.style.background = `var(--asng-${colour})`;
    return { name, bar, text, nodes: [el("span", {}, name), el("div", {}, bar, text)] };
  });
  ran.append(el("div", { class: "asng-ran" }, ...meters.flatMap(({ nodes }) => nodes)));
  const summary = ui.summary(element);

  /** A bar of a row's probabilities, whose borders are sliders. */
  function odds(parent, layer) {
    const parts = operations.map((_, k) => el("span", { class: colourOf(k) }));
    const handles = operations.slice(1).map((_, k) => el("span", { role: "slider", tabindex: 0, "aria-valuemin": 0, "aria-valuemax": 100,
      "aria-label": `choice ${layer + 1}: border between ${words(k)} and ${words(k + 1)}`,
      onkeydown: (event) => key(event, k),
      onpointerdown: (event) => { event.target.setPointerCapture(event.pointerId); },
      onpointermove: (event) => {
        if (!event.target.hasPointerCapture(event.pointerId)) return;
        const box = holder.getBoundingClientRect();
        set(k, (event.clientX - box.left) / box.width);
      } }));
    const holder = el("div", { class: "asng-odds" }, ...parts, ...handles);
    parent.append(holder);
    const border = (k) => theta[layer].slice(0, k + 1).reduce((sum, p) => sum + p, 0);
    function set(k, at) {
      theta = theta.map((old, i) => (i === layer ? R.moveBorder(old, k, at, LEAST) : old));
      restart();
    }
    function key(event, k) {
      const step = { ArrowLeft: -0.01, ArrowDown: -0.01, ArrowRight: 0.01, ArrowUp: 0.01, PageDown: -0.1, PageUp: 0.1, Home: -1, End: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      set(k, border(k) + step * (event.shiftKey ? 5 : 1));
    }
    return () => {
      parts.forEach((part, k) => {
        part.style.width = `${100 * theta[layer][k]}%`;
        part.textContent = theta[layer][k] > 0.3 ? `${words(k)} ${percent(theta[layer][k])}` : theta[layer][k] > (k === 0 || k === parts.length - 1 ? 0.13 : 0.17) ? percent(theta[layer][k]) : "";
      });
      handles.forEach((handle, k) => {
        handle.style.left = `${100 * border(k)}%`;
        handle.setAttribute("aria-valuenow", Math.round(100 * border(k)));
        handle.setAttribute("aria-valuetext", `${words(k)} ${percent(theta[layer][k])}, ${words(k + 1)} ${percent(theta[layer][k + 1])}`);
      });
    };
  }

  /* ---- The graphs ---- */

  function graph(parent, mixed) {
    const svg = svgEl("svg", { class: "asng-graph", role: "img", height: HEIGHT });
    parent.append(svg);
    let wide = 0;
    ui.onResize(parent, () => { wide = Math.max(250, Math.min(360, parent.clientWidth)); paint(); });

    function paint() {
      if (!wide || !drawn) return;
      svg.setAttribute("viewBox", `0 0 ${wide} ${HEIGHT}`);
      svg.setAttribute("width", wide);
      svg.replaceChildren();
      const middle = wide / 2, pitch = wide / operations.length, X = (k) => pitch * (k + 0.5);
      const wires = svgEl("g"), over = svgEl("g");
      svg.append(wires, over);
      box(over, middle, 14, 84, "input");
      theta.forEach((chances, layer) => {
        const top = 28 + LAYER * layer, chip = top + 32, sum = top + 126;
        chances.forEach((p, k) => {
          const on = mixed || last[layer] === k, thick = mixed ? 1 + 13 * p : on ? 4 : 1.2;
          const flow = (y0, y1, x0, x1) => wires[on ? "append" : "prepend"](svgEl("path", { class: `asng-wire ${colourOf(k)} ${on ? (mixed || drawn.steps < 2 ? "" : "asng-flowing") : "asng-off"}`,
            "stroke-width": thick, d: `M${x0} ${y0}C${x0} ${(y0 + y1) / 2} ${x1} ${(y0 + y1) / 2} ${x1} ${y1}` }));
          flow(top, chip, middle, X(k));
          flow(chip + CHIP + (mixed ? 0 : 11), sum - 14, X(k), middle);
          const group = svgEl("g", { class: `asng-chip ${colourOf(k)} ${on ? "" : "asng-idle"}` }, svgEl("rect", { x: X(k) - 38, y: chip, width: 76, height: CHIP, rx: 6 }));
          const frequency = drawn.counts[layer][k] / drawn.steps;
          label(group, X(k), chip + 17, words(k).replace("sep conv", "sep").replace("max pool", "pool"));
          label(group, X(k), chip + 32, mixed ? percent(p) : `${(100 * frequency).toFixed(drawn.steps < 100 ? 0 : 1)} %`, "asng-figures");
          over.append(group);
          if (!mixed) share(over, k, X(k), chip + CHIP + 4, p, frequency);
        });
        over.append(svgEl("circle", { class: "asng-box", cx: middle, cy: sum, r: 15 }));
        label(over, middle, sum + 4.5, mixed ? "Σ" : "one");
        if (layer < theta.length - 1) wires.append(svgEl("path", { class: "asng-link", d: `M${middle} ${sum + 15}V${top + LAYER}` }));
      });
      const end = 28 + LAYER * (theta.length - 1) + 141;
      wires.append(svgEl("path", { class: "asng-link", d: `M${middle} ${end}V${end + 16}` }));
      box(over, middle, end + 28, 84, "loss");
      svg.setAttribute("aria-label", mixed
        ? `All ${theta.flat().length} operations run. ${theta.map((chances, i) => `Choice ${i + 1}: ${chances.map((p, k) => `${words(k)} weighs ${percent(p)}`).join(", ")}`).join(". ")}.`
        : `The path just drawn runs ${last.map(words).join(", then ")}; the other ${theta.flat().length - theta.length} operations do not run.`);
    }

    /** Under an operation: how often it was drawn, with a line where θ is. */
    function share(parent, k, x, y, p, frequency) {
      parent.append(svgEl("rect", { class: "asng-track", x: x - 38, y, width: 76, height: 7, rx: 2 }),
        svgEl("rect", { class: `asng-share ${colourOf(k)}`, x: x - 38, y, width: 76 * frequency, height: 7, rx: 2 }),
        ...["asng-halo", "asng-aim"].map((kind) => svgEl("path", { class: kind, d: `M${x - 38 + 76 * p} ${y - 2}v11` })));
    }

    return paint;
  }

  function box(parent, x, y, wide, words) {
    parent.append(svgEl("rect", { class: "asng-box", x: x - wide / 2, y: y - 13, width: wide, height: 26, rx: 6 }));
    label(parent, x, y + 4.5, words);
  }

  function label(parent, x, y, words, kind = "") {
    const node = svgEl("text", { x, y, class: kind });
    node.textContent = words;
    parent.append(node);
  }

  /* ---- What happens ---- */

  function draw(count) {
    for (let i = 0; i < count; i++) last = drawn.draw();
    update();
  }

  function restart() {
    playing.stop();
    drawn = R.sampler(theta, seed);
    draw(1);
  }

  function update() {
    bars.forEach((show) => show());
    sides.forEach((paint) => paint());
    const total = R.run(theta, drawn.steps);
    const most = [12, 30, 60, 120, 300, 600, 1200, 3000, 6000, 12000, 30000].find((limit) => limit >= total.mixture);
    meters.forEach(({ name, bar, text }) => {
      bar.style.width = `${(75 * total[name]) / most}%`;
      text.textContent = total[name].toLocaleString("en-US");
    });
    summary.say(sentence(total));
    element.dataset.summary = JSON.stringify({ theta, steps: drawn.steps, counts: drawn.counts, last, mixture: total.mixture, paths: total.paths });
  }

  function sentence(total) {
    if (drawn.steps === 1) return `In one step the mixture runs ${total.mixture} operations, a path ${total.paths}. Draw more paths and see which operations run.`;
    const { layer, k, off, error } = R.furthest(theta, drawn), steps = drawn.steps;
    return `After ${steps.toLocaleString("en-US")} steps the mixture has run ${total.mixture.toLocaleString("en-US")} operations, the paths ${total.paths.toLocaleString("en-US")}. ` +
      `Furthest from θ is ${words(k)} in choice ${layer + 1}: drawn in ${(100 * drawn.counts[layer][k] / steps).toFixed(steps < 100 ? 0 : 1)} % of the steps instead of ${percent(theta[layer][k])}, ` +
      `${ui.number(Math.abs(100 * off), 2)} points off. The standard error is ${ui.number(100 * error, 2)} points.`;
  }

  restart();
});
