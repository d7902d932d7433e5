/* The slider of δ⁰, whose track is Fig. 4: updates to a solution against δ⁰, on axes as wide as the slider.
 *
 *   const slider = ASNG.fig4Slider(parent, { rows, trials, state, range, format, onInput });
 *   slider.own(rows)           // the reader's sweep, over the book's
 *   slider.mark(δ⁰, results)   // one race: what each method needed
 *
 * rows: [{ method, eps_x, delta0, successes, trials, median_updates, q25, q75 }, …] of asng_edu.sweeps.sweep, or null.
 * trials: [{ method, eps_x, delta0, updates: […, null, …] }, …], null where a trial was not solved.
 * Lines and bands are medians and quartiles; ✕ at the top: no trial was solved. Hollow marks are the reader's. The dots are
 * the single trials of the δ⁰ under the mouse, or else of the one nearest to the thumb.
 */
ASNG.fig4Slider = function fig4Slider(parent, { rows, trials = null, state, range, format, onInput }) {
  const { ui } = ASNG;
  const THUMB = 9; // half of it, in pixels
  const PAD = { left: 46, right: 52, top: 22, bottom: 18 };
  const UPDATES = [500, 100000];
  const book = (rows || []).map((row) => ({ ...row, median_updates: row.median_updates || null }));
  const races = new Map(); // by everything but δ⁰: { δ⁰: updates by method }
  const frame = { width: 1, height: 1 };
  let swept = [], pointed = null; // the δ⁰ under the mouse, or null

  const control = ui.slider(parent, { label: "first step size δ⁰", log: true, min: range[0], max: range[1], value: state().delta0, format, onInput });
  const holder = ui.el("div");
  control.row.classList.add("asng-fig4");
  const what = ui.el("span", { class: "asng-hint" });
  control.row.querySelector("label").after(what);
  control.row.insertBefore(holder, control.input);
  control.input.style.width = `calc(100% - ${PAD.left + PAD.right - 2 * THUMB}px)`;
  control.input.style.marginLeft = `${PAD.left - THUMB}px`;
  const picture = ui.canvas(holder, { label: "Updates to a solution against δ⁰", height: 142, draw });
  picture.node.addEventListener("pointermove", (event) => point(event.offsetX));
  picture.node.addEventListener("pointerleave", () => point(null));
  ui.drag(picture, { label: "δ⁰", move: choose, scroll: "pan-y" });

  const same = (a, b) => Math.abs(Math.log(a / b)) < 1e-6;
  const setting = () => JSON.stringify({ ...state(), delta0: 0, methods: 0 });
  const asInBook = () => state().dim === 30 && state().categories === 5 && state().lam === 2 && state().alpha === 1.5;
  const ofBook = (method) => (asInBook() ? book.filter((row) => row.method === method && same(row.eps_x, state().eps_x)) : [])
    .sort((a, b) => a.delta0 - b.delta0);
  const ofReader = () => swept.filter(({ method, run }) => state().methods.includes(method)
    && Object.entries(run).every(([name, value]) => state()[name] === value));

  const share = (value, [low, high]) => Math.log(value / low) / Math.log(high / low);
  const placeX = (delta0) => PAD.left + share(delta0, range) * (frame.width - PAD.left - PAD.right);
  const placeY = (updates) => frame.height - PAD.bottom - share(updates, UPDATES) * (frame.height - PAD.top - PAD.bottom);

  function choose(x) {
    const at = Math.min(1, Math.max(0, (x - PAD.left) / (frame.width - PAD.left - PAD.right)));
    const positions = control.positions();
    const value = positions[Math.round(at * (positions.length - 1))];
    if (value !== control.value) onInput(value);
  }

  /** The mouse is at an x, or gone. */
  function point(x) {
    const before = pointed;
    pointed = x === null || !trials ? null : range[0] * (range[1] / range[0]) ** ((x - PAD.left) / (frame.width - PAD.left - PAD.right));
    if (pointed !== before) picture.redraw();
    if (pointed === null && before !== null) describe();
  }

  /** The trials of a method nearest to a δ⁰, none where the book has no curve near it. */
  function nearest(method, delta0) {
    const apart = (one) => Math.abs(Math.log(one.delta0 / delta0));
    const here = (asInBook() && trials ? trials : []).filter((one) => one.method === method && same(one.eps_x, state().eps_x));
    const found = here.reduce((best, one) => (best && apart(best) <= apart(one) ? best : one), null);
    return found && apart(found) < 0.6 ? found : null;
  }

  /* ---- The picture ---- */

  function draw(g, width, height, colours) {
    Object.assign(frame, { width, height });
    axes(g, colours);
    const labels = [], dots = [], at0 = pointed === null ? state().delta0 : pointed;
    for (const method of state().methods) {
      g.strokeStyle = g.fillStyle = colours[method];
      curve(g, method);
      hundred(g, method, nearest(method, at0));
      const at = onCurve(method), end = ofBook(method).findLast((row) => row.median_updates !== null);
      if (at) dots.push([at, colours[method]]);
      if (end) labels.push({ x: placeX(end.delta0), y: placeY(end.median_updates), text: ui.METHODS[method].label, colour: colours[method] });
    }
    reader(g, colours);
    thumb(g, colours);
    dots.forEach(([y, colour]) => dot(g, y, colour));
    g.font = `12px ${colours.font}`;
    ui.lineLabels(g, { left: PAD.left, top: 0, width: width - PAD.left, height: height - PAD.bottom }, labels, colours.ground);
    g.font = `11.5px ${colours.font}`;
    g.textBaseline = "alphabetic";
  }

  function axes(g, colours) {
    const { width, height } = frame, bottom = height - PAD.bottom;
    g.lineWidth = 1;
    g.font = `11.5px ${colours.font}`;
    g.textAlign = "center";
    g.textBaseline = "top";
    for (let e = -5; e <= 1; e++) {
      ui.rule(g, colours.grid, placeX(10 ** e), PAD.top, placeX(10 ** e), bottom);
      g.fillStyle = colours.muted;
      g.fillText(ui.number(10 ** e), placeX(10 ** e), bottom + 4);
    }
    g.textAlign = "right";
    g.textBaseline = "middle";
    for (const updates of [1000, 10000, 100000]) {
      ui.rule(g, colours.grid, PAD.left, placeY(updates), width - PAD.right, placeY(updates));
      g.fillStyle = colours.muted;
      g.fillText(`${updates / 1000}k`, PAD.left - 6, placeY(updates));
    }
  }

  /** The median as a line and the quartiles as a band; a cross at the top where no trial was solved. */
  function curve(g, method) {
    const sorted = ofBook(method), solved = sorted.filter((row) => row.median_updates !== null), shift = 5 * (state().methods.indexOf(method) - 1);
    ui.medians(g, solved, { placeX, placeY, dash: ui.METHODS[method].dash, shade: 0.14 });
    sorted.filter((row) => row.median_updates === null).forEach((row) => ui.cross(g, placeX(row.delta0) + shift, 10, 3, 1.8));
  }

  /** A dot for each trial that was solved, a column for each method. */
  function hundred(g, method, found) {
    if (!found) return;
    const x = placeX(found.delta0) + 9 * (state().methods.indexOf(method) - (state().methods.length - 1) / 2);
    g.globalAlpha = 0.4;
    found.updates.forEach((updates, i) => {
      if (updates === null) return;
      g.beginPath();
      g.arc(x + 5 * ((i * 0.618034) % 1) - 2.5, placeY(Math.max(UPDATES[0], updates)), 1.5, 0, 2 * Math.PI);
      g.fill();
    });
    g.globalAlpha = 1;
  }

  /** How high a curve stands above the thumb: between two settings in proportion, at the top where no trial was solved. */
  function onCurve(method) {
    const sorted = ofBook(method), { delta0 } = state(), next = sorted.findIndex((row) => row.delta0 >= delta0 * (1 - 1e-9));
    if (!sorted.length) return null;
    const after = sorted[next < 0 ? sorted.length - 1 : next], before = sorted[Math.max(0, (next < 0 ? sorted.length : next) - 1)];
    if (after.median_updates === null && before.median_updates === null) return 10;
    if (after.median_updates === null || before.median_updates === null) return placeY((after.median_updates || before.median_updates));
    if (delta0 < sorted[0].delta0 || next < 0) return placeY(next < 0 ? after.median_updates : sorted[0].median_updates);
    const t = after === before ? 0 : share(delta0, [before.delta0, after.delta0]);
    return placeY(before.median_updates * (after.median_updates / before.median_updates) ** t);
  }

  /** The reader's own races, and his sweep. */
  function reader(g, colours) {
    const done = races.get(setting()) || {};
    for (const [delta0, results] of Object.entries(done)) {
      for (const method of state().methods) {
        if (!results[method]) continue;
        g.strokeStyle = colours[method];
        g.lineWidth = 1.4;
        ui.marker(g, ui.METHODS[method].marker, placeX(Number(delta0)), placeY(Math.max(UPDATES[0], results[method])), 3, true);
      }
    }
    for (const row of ofReader()) sweepMark(g, row, 6 * (state().methods.indexOf(row.method) - 1), colours);
  }

  function sweepMark(g, row, shift, colours) {
    const x = placeX(row.delta0) + shift;
    g.strokeStyle = colours[row.method];
    g.lineWidth = 2;
    if (row.median_updates === null) return ui.cross(g, x, 10, 4.5, 1.8);
    ui.rule(g, colours[row.method], x, placeY(row.q25), x, placeY(row.q75));
    g.fillStyle = colours.ground;
    ui.marker(g, ui.METHODS[row.method].marker, x, placeY(row.median_updates), 5);
    return ui.marker(g, ui.METHODS[row.method].marker, x, placeY(row.median_updates), 5, true);
  }

  function thumb(g, colours) {
    g.lineWidth = 1.5;
    ui.rule(g, colours.text, placeX(state().delta0), 2, placeX(state().delta0), frame.height);
  }

  function dot(g, y, colour) {
    g.fillStyle = colour;
    ui.marker(g, "circle", placeX(state().delta0), y, 4.5);
  }

  function describe() {
    what.textContent = book.length && ofBook(state().methods[0]).length ? "median updates to a solution; band: quartiles, ✕: none, hollow: yours" : "updates to a solution";
    const { delta0, eps_x, methods } = state();
    const near = methods.flatMap((method) => {
      const row = ofBook(method).reduce((best, one) => (best && Math.abs(share(best.delta0, [delta0, 10 * delta0])) <= Math.abs(share(one.delta0, [delta0, 10 * delta0])) ? best : one), null);
      return row ? [`${ui.METHODS[method].label} ${row.median_updates ? `${ui.number(row.median_updates, 5)} updates` : "no solution"}`] : [];
    });
    const found = ofReader().length;
    const hundreds = methods.map((method) => [method, nearest(method, delta0)]).filter(([, one]) => one)
      .map(([method, { updates }]) => `${ui.METHODS[method].label} ${updates.filter((n) => n !== null).length} of ${updates.length}`);
    picture.describe(`Updates to a solution against δ⁰ at ε_x = ${ui.number(eps_x)}. ` +
      (near.length ? `Medians near this δ⁰: ${near.join(", ")}. ` : "The book’s curves are for other settings. ") +
      (hundreds.length ? `Trials solved there: ${hundreds.join(", ")}. ` : "") +
      (found ? `Your sweep has ${found} settings.` : "You have run no sweep with these settings."));
  }

  return {
    control,
    redraw() {
      picture.redraw();
      describe();
    },
    own(list) {
      swept = list;
      picture.redraw();
      describe();
    },
    mark(delta0, results) {
      const done = races.get(setting()) || {};
      races.set(setting(), done);
      done[delta0] = results;
      picture.redraw();
    },
    get fits() { return !book.length || asInBook(); },
  };
};
