/* The reader against ASNG and others on a table: each picks networks, sees their validation errors, and is judged by the
 * true error of the one that it would name.
 *
 * Options, from asng_book.live.known_space: `space`; `networks`, of each code; `observed` and `errors` of each network, in
 * units of 1e-5; `budget`, `runs`, `seed`. data-summary has { trainings, you: { network, regret, rank } or null, methods: {
 * name: median regret at as many trainings }, beaten, runs } in JSON.
 */
ASNG.register("beat-asng", function (element, options) {
  "use strict";
  const { ui, cells, numbers, blackBox: B, known: K } = ASNG;
  const { space, networks, budget = 100, runs = 25, seed = 1 } = options, all = K.networks(space);
  const observed = K.inUnits(options.observed), errors = K.inUnits(options.errors), least = Math.min(...errors);
  const STYLES = { asng: ["asng", []], evolution: ["evolution", [2, 3]], climb: ["evolution", [9, 4]], random: ["muted", [7, 4]], sng: ["sng", [7, 4]], reinforce: ["text", [2, 3]] };
  const INPUTS = ["2 cells back", "1 cell back"]; // then the nodes, by their names
  const names = Object.keys(STYLES), networkOf = (code) => networks[all.index(code)], regret = (network) => 100 * (errors[network] - least);
  const dice = ASNG.engine.generator(seed, 9), found = {}; // by method: the regrets of its runs after each training
  let code = all.sizes.map(() => 0), mine = [], finished = false;

  element.append(ui.el("style", {}, `
    .asng-duel { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1.35fr); gap: 0.6rem 1.8rem; align-items: start; }
    @media (max-width: 640px) { .asng-duel { grid-template-columns: minmax(0, 1fr); } }
    .asng-choices { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0.25rem 0.6rem; align-items: center; }
    .asng-choices + svg { margin-top: 0.8rem; } .asng-choices .asng-control { display: contents; } .asng-choices select { width: 100%; }
    .asng-figure .asng-verdict { font-variant-numeric: tabular-nums; min-height: 2.8em; }
    .asng-tried { display: flex; flex-wrap: wrap; gap: 0.35rem; align-items: center; min-height: 2.2rem; }
    .asng-figure .asng-tried button { font-variant-numeric: tabular-nums; padding: 0.1rem 0.5rem; min-height: 1.8rem; }`));
  const grid = ui.el("div", { class: "asng-duel" }), left = ui.el("div"), right = ui.el("div");
  grid.append(left, right);
  element.append(grid);

  /* ---- The reader's desk ---- */

  const choices = ui.el("div", { class: "asng-choices" });
  left.append(ui.el("p", { class: "asng-title" }, "Your next network"), choices);
  const selects = space.decisions.map(({ node, slot, what, options: list }, i) => ui.select(choices, {
    label: `node ${node}, ${what} ${slot + 1}`,
    choices: list.map((name, k) => [k, what === "input" ? INPUTS[k] || name : cells.fullName(name)]),
    onInput: (k) => { code = code.map((old, j) => (j === i ? k : old)); update(); },
  }));
  const drawing = cells.drawing(left, { title: "Your next network", output: "last" });
  const row = ui.buttons(left);
  const train = ui.button(row, { label: "Train it", primary: true, onClick: () => { pick(networkOf(code)); update(); } });
  const ten = ui.button(row, { label: "Train 10 random ones", onClick: () => { for (let i = 0; i < 10; i++) pick(fresh()); update(); } });
  const verdict = ui.el("p", { class: "asng-verdict" });
  left.append(verdict);

  /* ---- The race ---- */

  const racers = ui.el("div", { class: "asng-racers" });
  right.append(racers);
  const checks = Object.fromEntries(names.map((name) => [name, ui.checkbox(racers, {
    label: B.NAMES[name], colour: STYLES[name][0], checked: name === "asng" || name === "random", onInput: update })]));
  names.forEach((name) => checks[name].row.append(ui.key(...STYLES[name])));
  const x = Array.from({ length: budget }, (_, i) => i + 1);
  right.append(ui.el("p", { class: "asng-hint" }, "↑ points of true error above the best network"));
  const middling = numbers.quantile(errors.map((_, network) => regret(network)), 0.5);
  const chart = ui.chart(right, { height: 270, label: "Regret against trainings", x: { min: 1, max: budget, format: (v) => ui.number(v) },
    y: { min: 0, max: top(), format: (v) => ui.number(v) },
    series: [...names.map((name) => ({ label: B.NAMES[name], colour: STYLES[name][0], dash: STYLES[name][1] })),
      { label: "quartile", colour: "asng", width: 0.01 }, { label: "quartile", colour: "asng", width: 0.01 }, { label: "you", colour: "accent", width: 3 }],
    bands: [[names.length + 2, names.length + 1, "asng"]],
    lines: () => [{ y: middling, text: "half of all networks are worse than this", align: "right", dash: [3, 3] }, { y: 0, text: "the best network", align: "right", dash: [3, 3] }] });
  right.append(ui.el("p", { class: "asng-hint" }, `networks trained → (thick: you; the others: medians of ${runs} runs; for ASNG also the quartiles)`));
  const bar = ui.buttons(right);
  const finish = ui.button(bar, { label: `Let the machines train ${budget}`, onClick: () => { finished = !finished; update(); } });
  ui.button(bar, { label: "Start over", onClick: () => { mine = []; finished = false; update(); } });
  const tried = ui.el("div", { class: "asng-tried" });
  right.append(ui.el("p", { class: "asng-title" }, "Your best, by validation error"), tried);
  grid.before(ui.tabs(element, [["desk", "Your networks", left], ["race", "The race", right]], { narrow: true }).node);
  const summary = ui.summary(element);

  /** Where the axis ends: what lies above is worse than most networks. */
  function top() {
    return numbers.quantile(errors.map((_, network) => regret(network)), 0.6);
  }

  /** A network that the reader has not trained, by a code that is drawn at random. */
  function fresh() {
    for (;;) {
      const drawn = networkOf(all.sizes.map((size) => Math.floor(size * dice.uniform())));
      if (!mine.includes(drawn)) return drawn;
    }
  }

  function pick(network) {
    if (mine.length < budget && !mine.includes(network)) mine.push(network);
  }

  /** The regrets of a method's runs, computed when they are first asked for. */
  function race(name) {
    found[name] = found[name] || Array.from({ length: runs }, (_, run) => {
      const met = B.meet(name, all.sizes, { networkOf, observed, budget, seed: 1000 * seed + run });
      return B.picks(met, observed, budget).map(regret);
    });
    return found[name];
  }

  const quantiles = (regrets, share, until) => x.map((_, i) => (i < until ? numbers.quantile(regrets.map((run) => run[i]), share) : null));

  function update() {
    const done = mine.length, until = finished ? budget : done, shown = names.filter((name) => checks[name].value);
    const network = networkOf(code), known = mine.includes(network), yours = B.picks(mine, observed).map(regret), named = B.picks(mine, observed)[done - 1];
    selects.forEach((select, i) => { select.value = code[i]; });
    drawing.draw(all.cell(network), { moving: !ui.reducedMotion() });
    train.disabled = known || done >= budget;
    ten.disabled = done >= budget;
    finish.textContent = finished ? "Only as far as me" : `Let the machines train ${budget}`;
    const band = checks.asng.value && until ? [0.25, 0.75].map((share) => quantiles(race("asng"), share, until)) : [[], []];
    const blank = x.map(() => null), line = (values) => (values.length ? values : blank);
    chart.set(x, [...names.map((name) => (shown.includes(name) && until ? quantiles(race(name), 0.5, until) : blank)),
      line(band[0]), line(band[1]), x.map((_, i) => (i < done ? yours[i] : null))]);
    verdict.textContent = known ? `Trained: its validation error is ${K.percent(observed[network])}${network === named ? ", your least so far" : ""}.`
      : "What is its validation error? Train it to see.";
    const best = [...mine].sort((a, b) => observed[a] - observed[b]).slice(0, 6);
    tried.replaceChildren(...(best.length ? best.map((one, i) => ui.el("span", {}, ui.el("button", { type: "button", "aria-label": `load number ${i + 1}`,
      onclick: () => { code = all.code(one); update(); } }, `${i + 1}`), ` ${K.percent(observed[one])}`)) : [ui.el("span", { class: "asng-hint" }, "none yet")]));
    judge(done, named, shown, until);
  }

  function judge(done, named, shown, until) {
    const points = (value) => `${value.toFixed(2)} points`, at = (name, n) => numbers.quantile(race(name).map((run) => run[n - 1]), 0.5);
    const rank = done ? K.rankOf(errors, errors[named]) : null, asng = checks.asng.value && done ? race("asng").map((run) => run[done - 1]) : null;
    const beaten = asng ? asng.filter((value) => value > regret(named) + 1e-9).length : null;
    const text = done
      ? `After ${done} ${done === 1 ? "training" : "trainings"} the network that you would name is ${points(regret(named))} above the best, rank ${rank} of ${ui.number(all.count, 6)}. ` +
        (asng ? `That is better than in ${beaten} of ASNG’s ${runs} runs at this point (median ${points(at("asng", done))}).` : "")
      : "Choose a network and train it. The others train one whenever you do.";
    const ends = finished && shown.length ? ` After ${budget}: ${shown.map((name) => `${B.NAMES[name]} ${at(name, budget).toFixed(2)}`).join(", ")}.` : "";
    summary.say(text + ends);
    chart.describe(`Regret against trainings. ${text}${ends}`);
    element.dataset.summary = JSON.stringify({ trainings: done, you: done ? { network: named, regret: regret(named), rank } : null,
      methods: until ? Object.fromEntries(shown.map((name) => [name, at(name, until)])) : {}, beaten, runs });
  }

  update();
});
