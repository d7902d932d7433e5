/* The runs behind the explorer: the first updates of each method at once, the rest in a worker. No drawing. */
ASNG.Race = class Race {
  static AT_ONCE = 2000; // updates, at the setting of Fig. 4
  static FRAME = 80; // milliseconds for them; where it takes longer, fewer are computed at once
  static POINTS = 400; // of a recorded run

  /** on = { drawn(), progress(fraction or null), finished(), failed(message) }. */
  constructor(on) {
    this.on = on;
    this.runs = {}; // by method: what engine.record returned, so far
    this.state = null;
    this.aside = this.wait = null;
    this.pace = 1; // the share of AT_ONCE that this machine computes in a frame
  }

  /** Compute what the state asks for. `on.drawn` is called before this returns, and after each longer run. */
  start(state) {
    this.cancel();
    this.state = state;
    this.every = Math.ceil(state.updates / Race.POINTS);
    const work = ((state.lam + 4) * state.dim * state.categories) / 900; // 1 at the setting of Fig. 4
    const now = Math.min(state.updates, Math.max(50, Math.round((this.pace * Race.AT_ONCE) / Math.max(1, work))));
    const list = state.methods.map((method) => this.problem(method));
    this.runs = {};
    const begun = performance.now();
    for (const one of list) this.runs[one.method] = ASNG.runNow("record", one, state.seed, now, this.every);
    this.pace = Math.min(1, Math.max(0.05, (this.pace * Race.FRAME) / (performance.now() - begun + 1)));
    this.on.drawn();
    const open = list.filter(({ method }) => !this.ended(this.runs[method]));
    this.on.progress(open.length ? 0 : null);
    if (open.length) this.wait = setTimeout(() => this.finish(open), 60); // not for each position of a moving slider
    else this.on.finished();
  }

  problem(method) {
    const { delta0, eps_x, lam, alpha, dim, categories, guard } = this.state;
    return { method, delta0, eps_x, lam, alpha, dim, categories, delta_max: guard ? null : Infinity };
  }

  finish(list) {
    this.aside = ASNG.runAside("race", [list, this.state.seed, this.state.updates, this.every], {
      progress: (fraction) => this.on.progress(fraction),
      part: (run) => { this.runs[run.method] = run; this.on.drawn(); },
      done: () => { this.on.progress(null); this.on.finished(); },
      failed: (message) => { this.on.progress(null); this.on.failed(message); },
    });
  }

  cancel() {
    clearTimeout(this.wait);
    if (this.aside) this.aside.cancel();
    this.aside = null;
  }

  /** The runs of the chosen methods, in order. */
  get list() {
    return this.state ? this.state.methods.map((method) => this.runs[method]).filter(Boolean) : [];
  }

  /** The last point of the longest run. */
  get last() {
    return Math.max(0, ...this.list.map((run) => run.length - 1));
  }

  ended(run) {
    return run.solved !== null || run.broken !== null || run.done >= this.state.updates;
  }

  /** The update at a point of a run. */
  time(run, point) {
    return point >= run.length - 1 ? run.done : point * run.every;
  }

  /** The largest update that is reached at a point. */
  timeOf(point) {
    return Math.max(0, ...this.list.map((run) => this.time(run, point)));
  }

  outcome(run) {
    const updates = ASNG.ui.number(run.solved || run.done, 7);
    if (run.broken) return `stops after ${updates} updates: ${run.broken.replace(/\.$/, "")}`;
    if (run.solved !== null) return `draws a solution after ${updates} updates`;
    return this.ended(run) ? `draws none within ${updates}` : "is still running";
  }

  /** For tests and for whoever wants the numbers: what each method reached. */
  results() {
    return Object.fromEntries(this.list.map((run) => [run.method, {
      solved: run.solved, updates: run.done, broken: run.broken,
      loss: run.best[run.length - 1], delta: run.delta[run.length - 1],
    }]));
  }
};
