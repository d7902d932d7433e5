/* "Run Fig. 4 yourself": a small sweep over δ⁰ in a worker, whose marks stand on the slider of δ⁰.
 *
 * state() gives D, K, λ, α, ε_x and the methods of the explorer; slider is its ASNG.fig4Slider.
 */
ASNG.fig4 = function fig4(parent, { slider, state }) {
  const { ui } = ASNG;
  const EXPONENTS = [-0.5, 0, 0.5, 1, 1.5, 2];
  const SETTINGS = ["lam", "alpha", "dim", "categories", "seed", "eps_x"];
  let own = [], task = null, failure = "";

  parent.append(ui.el("p", { class: "asng-hint" }, ...ui.math(
    "Six first steps, δ⁰ = n_θ^{−e} with e from −0.5 to 2, each tried from new random numbers with the methods and settings of this figure. " +
    "Your medians and quartiles appear as hollow marks on the slider; ✕ at its top: no trial was solved.")));
  const controls = ui.controls(parent);
  const trials = ui.select(controls, { label: "trials", choices: [[3, "3"], [5, "5"], [10, "10"], [30, "30"]] });
  const limit = ui.select(controls, { label: "updates at most", choices: [[10000, "10,000"], [30000, "30,000"], [100000, "100,000"]], value: 30000 });
  const bar = ui.buttons(parent);
  const run = ui.button(bar, { label: "Run the sweep", primary: true, onClick: start });
  const stop = ui.button(bar, { label: "Cancel", onClick: cancel });
  const progress = ui.el("progress", { max: 1, value: 0, "aria-label": "sweep", hidden: true });
  bar.append(progress);
  const trouble = ui.notice(parent);
  const summary = ui.summary(parent);
  stop.disabled = true;

  const nTheta = () => Math.max(2, state().dim * (state().categories - 1));
  const asNow = ({ method, run: settings }) => state().methods.includes(method) && SETTINGS.every((name) => settings[name] === state()[name]);

  function start() {
    const { methods, lam, alpha, dim, categories, seed, eps_x } = state();
    const list = EXPONENTS.flatMap((e) => methods.map((method) => ({
      method, delta0: nTheta() ** -e, eps_x, lam, alpha, dim, categories, give_up: limit.value,
    })));
    own = own.filter((row) => !asNow(row));
    working(true);
    failure = "";
    warn();
    const settings = Object.fromEntries(SETTINGS.map((name) => [name, state()[name]]));
    task = ASNG.runAside("sweep", [list, trials.value, seed], {
      progress: (fraction) => { progress.value = fraction; },
      part: (rows) => { own.push(...rows.map((row) => ({ ...row, run: settings }))); slider.own(own); },
      done: () => { working(false); say(); },
      failed: (message) => { working(false); failure = `The sweep failed: ${message}`; warn(); },
    }, { background: true });
  }

  function cancel() {
    if (task) task.cancel();
    working(false);
    say("Cancelled. ");
  }

  function warn() {
    trouble.say(failure || (slider.fits ? "" : "The book’s sweep is for D = 30, K = 5, λ = 2 and α = 1.5; yours is not."));
  }

  function working(yes) {
    run.disabled = yes;
    stop.disabled = !yes;
    progress.hidden = !yes;
    progress.value = 0;
  }

  function say(before = "") {
    const found = own.filter(asNow);
    const text = state().methods.map((method) => {
      const mine = found.filter((row) => row.method === method), solved = mine.filter((row) => row.successes === row.trials).length;
      return `${ui.METHODS[method].label} was solved in every trial at ${solved} of ${mine.length} settings of δ⁰`;
    }).join("; ");
    summary.say(found.length ? `${before}At ε_x = ${ui.number(state().eps_x)}: ${text}.` : before);
  }

  ui.onUnmount(parent, () => task?.cancel());
  return {
    redraw() {
      say();
      warn();
    },
  };
};
