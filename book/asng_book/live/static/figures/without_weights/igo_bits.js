/* A function of bits, and two searches on the same random numbers: one sees f, the other an increasing function of it.
 *
 * Options: `text`, `utility`, `lam`, where the controls start. data-summary has { t, theta, apart, best, least } in JSON: of each
 * search the probability of a 1 in every bit and the least f met; how far the two are apart; the least f there is.
 */
ASNG.register("igo-bits", function (element, options) {
  "use strict";
  const { ui, engine, formula } = ASNG;
  const N = 10, HEIGHT = 120;
  const EXAMPLES = [["n - ones", "OneMax"], ["n - lead", "LeadingOnes"], ["ones + (n + 2) * (ones = n) * -1", "a trap: all ones, or none"],
    ["abs(ones - 5) + abs(x1 - x10)", "five ones, and equal ends"]];
  const CHANGES = [["exp(f)", Math.exp], ["f³", (f) => f ** 3], ["log(1 + f − least f)", null], ["f itself", (f) => f]];
  let values = null, least = 0, seed = options.seed || 1, random = null, searches = [], t = 0;

  /* ---- Controls ---- */

  const bar = ui.buttons(element);
  const play = ui.button(bar, { label: "Play", primary: true, onClick: () => (animation.running ? animation.stop() : animation.start()) });
  play.hidden = ui.reducedMotion(); // the other buttons do the same, update by update
  const doing = (label, action) => ui.button(bar, { label, onClick: () => { animation.stop(); action(); show(); } });
  doing("One update", () => updates(1));
  doing("50 updates", () => updates(50));
  doing("Start again", () => { seed += 1; begin(); });
  const controls = ui.controls(element);
  ui.select(controls, { label: "f", choices: EXAMPLES, onInput: (text) => { typed.value = text; read(); } });
  const id = ui.newId(), typed = ui.el("input", { type: "text", id, spellcheck: "false", autocomplete: "off", maxlength: 200, oninput: read });
  typed.value = options.text || EXAMPLES[0][0];
  typed.style.cssText = "font:inherit;color:inherit;background:var(--asng-ground);border:1px solid var(--asng-grid);border-radius:6px;padding:0.25rem 0.5rem;min-height:2rem;width:100%";
  const field = ui.el("div", { class: "asng-control asng-wide" }, ui.el("label", { for: id }, "or type it: a function of the bits x1 to x10, to be made small"), typed);
  controls.append(field);
  const change = ui.select(controls, { label: "g(f) =", choices: CHANGES.map(([name]) => [name, name]), onInput: again });
  const utility = ui.select(controls, { label: "utility", choices: [["rank", "ranks"], ["mean", "f minus its mean"]], value: options.utility || "rank", onInput: again });
  const lam = ui.slider(controls, { label: "samples of an update, λ", values: [2, 4, 6, 10, 20], value: options.lam || 6, onInput: again });
  const notice = ui.notice(element);

  /* ---- Pictures ---- */

  const places = ui.panels(element);
  const pictures = [0, 1].map((i) => ui.canvas(ui.panel(places, i ? "A search that sees g(f)" : "A search that sees f itself"),
    { height: HEIGHT, label: "θ", draw: (...all) => draw(i, ...all) }));
  const summary = ui.summary(element);
  const animation = ui.paced(element, {
    perSecond: () => 15,
    advance: (due) => {
      updates(due);
      show();
    },
  }, (running) => { play.textContent = running ? "Pause" : "Play"; });

  /* ---- The searches ---- */

  /** Take what is typed, or say what is wrong with it and keep what there was. */
  function read() {
    try {
      const found = formula.table(typed.value, N);
      [values, least] = [found, found.reduce((a, b) => Math.min(a, b))];
      notice.say("");
      typed.removeAttribute("aria-invalid");
    } catch (error) {
      notice.say(error.message);
      typed.setAttribute("aria-invalid", "true");
      return;
    }
    again();
  }

  function begin() {
    const setting = engine.searchSetting(new Array(N).fill(2), { utility: utility.value, lam: lam.value });
    const other = CHANGES.find(([name]) => name === change.value)[1] || ((f) => Math.log1p(f - least));
    searches = [(f) => f, other].map((sees) => ({ sees, setting, trial: engine.newTrial(setting, []), best: Infinity }));
    random = engine.generator(seed);
    t = 0;
  }

  function again() {
    animation.stop();
    begin();
    show();
  }

  function updates(count) {
    const size = lam.value;
    for (let i = 0; i < count; i++, t++) {
      const u = random.fillUniform(new Float64Array(size * N));
      for (const search of searches) {
        const c = new Int32Array(size * N), { setting, trial } = search;
        engine.categoricalSample(trial.theta, setting.offsets, u, c, size); // the same random numbers for both
        const found = Array.from({ length: size }, (_, k) => values[formula.codeOf(Array.from(c.subarray(k * N, (k + 1) * N)))]);
        const losses = Float64Array.from(found, search.sees);
        search.best = Math.min(search.best, ...found);
        if (losses.every(Number.isFinite)) engine.thetaStep(setting, trial, c, losses);
      }
    }
  }

  /* ---- What the reader sees ---- */

  const ofOne = (search) => Array.from({ length: N }, (_, i) => search.trial.theta[2 * i + 1]);

  function show() {
    pictures.forEach((picture) => picture.redraw());
    const theta = searches.map(ofOne), apart = Math.max(...theta[0].map((p, i) => Math.abs(p - theta[1][i])));
    const best = searches.map((search) => (search.best === Infinity ? null : search.best));
    summary.say(t === 0 ? `In both searches every bit has probability ½. The smallest value of f is ${ui.number(least)}.`
      : `After ${t} updates the smallest f found is ${ui.number(best[0])} by the first search and ${ui.number(best[1])} by the second; the smallest there is, ${ui.number(least)}. `
        + (apart === 0 ? "The two θ are equal to the last bit." : apart < 1e-9 ? "The two θ are equal but for rounding." : `The two θ differ by up to ${ui.number(apart, 2)}; a line across a bar shows where the other search stands.`));
    pictures.forEach((picture, i) => picture.describe(`Probability of a 1 in each bit: ${theta[i].map((p) => p.toFixed(2)).join(", ")}.`));
    element.dataset.summary = JSON.stringify({ t, theta, apart, best, least });
  }

  function draw(i, g, width, height, colours) {
    const wide = width / N, y0 = height - 22, top = 16, Y = (p) => y0 - p * (y0 - top);
    g.textAlign = "center";
    g.setLineDash([2, 4]);
    ui.rule(g, colours.muted, 0, Y(0.5), width, Y(0.5));
    g.setLineDash([]);
    const others = ofOne(searches[1 - i]);
    g.lineWidth = 2.5;
    ofOne(searches[i]).forEach((p, k) => {
      g.fillStyle = colours.asng;
      g.globalAlpha = 0.7;
      g.fillRect(k * wide + 3, Y(p), wide - 6, y0 - Y(p));
      g.globalAlpha = 1;
      if (p !== others[k]) ui.rule(g, colours.accent, k * wide + 1, Y(others[k]), (k + 1) * wide - 1, Y(others[k])); // where the other search stands
      g.fillStyle = colours.text;
      g.fillText(p.toFixed(2).replace(/^0/, ""), k * wide + wide / 2, Y(Math.max(p, others[k])) - 4);
      g.fillStyle = colours.muted;
      g.fillText(`x${k + 1}`, k * wide + wide / 2, height - 6);
    });
    ui.rule(g, colours.muted, 0, y0, width, y0);
  }

  read();
});
