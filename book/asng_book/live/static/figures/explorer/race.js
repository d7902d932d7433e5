/* The runs behind the explorer, computed aside. No drawing.
 *
 * `runs` are those of the setting that now is, as far as they have come; `ghosts` the last whole ones, each of which
 * stays until the new run of its method is whole as well.
 */
ASNG.Race = class Race {
  static POINTS = 400; // of a recorded run

  /** on = { changed(), failed(message) }: more of the runs is there, perhaps all. */
  constructor(on) {
    this.on = on;
    this.runs = {}; // by method
    this.ghosts = {};
    this.state = null;
    this.asides = [];
    this.fractions = [];
  }

  /** Compute what the state asks for; whatever was being computed is dropped. */
  start(state) {
    this.turnTo(state);
    const shares = Array.from({ length: Math.min(ASNG.runAside.most, state.methods.length) }, () => []); // one a worker
    Race.problems(state).forEach((problem, i) => shares[i % shares.length].push(problem));
    this.asides = shares.map((share, i) => ASNG.runAside("race", [share, state.seed, state.updates, Race.every(state)], {
      progress: (fraction) => { this.fractions[i] = fraction; },
      part: (stretches) => {
        for (const stretch of stretches) {
          const run = (this.runs[stretch.method] = ASNG.engine.joinStretch(this.runs[stretch.method], stretch));
          if (this.ended(run)) delete this.ghosts[stretch.method];
        }
        this.on.changed();
      },
      done: () => this.on.changed(),
      failed: (message) => this.on.failed(message),
    }));
  }

  /** Show whole runs of a state that are known already. */
  show(state, runs) {
    this.turnTo(state);
    this.runs = { ...runs };
    this.ghosts = {};
    this.on.changed();
  }

  turnTo(state) {
    this.cancel();
    for (const run of Object.values(this.runs)) if (this.ended(run)) this.ghosts[run.method] = run;
    this.runs = {};
    this.state = state;
    this.fractions = [];
  }

  /** What engine.race takes for a state, one problem a method. */
  static problems({ methods, delta0, eps_x, lam, alpha, dim, categories, guard }) {
    return methods.map((method) => ({ method, delta0, eps_x, lam, alpha, dim, categories, delta_max: guard ? null : Infinity }));
  }

  /** Updates between two points of a run. */
  static every(state) {
    return Math.ceil(state.updates / Race.POINTS);
  }

  cancel() {
    this.asides.forEach((aside) => aside.cancel());
    this.asides = [];
  }

  /** How far all that is computed is. */
  get fraction() {
    return this.fractions.reduce((sum, fraction) => sum + fraction, 0) / Math.max(1, this.asides.length);
  }

  /** The runs of the chosen methods, in order, as far as there is anything of them. */
  get list() {
    return this.state ? this.state.methods.map((method) => this.runs[method]).filter(Boolean) : [];
  }

  get ghostList() {
    return this.state ? this.state.methods.map((method) => this.ghosts[method]).filter(Boolean) : [];
  }

  /** Whether every run of the setting that now is has come to its end. */
  get whole() {
    return this.state !== null && this.list.length === this.state.methods.length && this.list.every((run) => this.ended(run));
  }

  /** The largest update that is drawn. */
  get reach() {
    return Math.max(0, ...[...this.list, ...this.ghostList].map((run) => run.done));
  }

  ended(run) {
    return ASNG.engine.ended(run);
  }

  /** The point of a run that is reached at an update. */
  static pointAt(run, update) {
    return update >= run.done ? run.length - 1 : Math.floor(update / run.every);
  }

  /** The update at a point of a run. */
  static updateAt(run, point) {
    return point >= run.length - 1 ? run.done : point * run.every;
  }

  outcome(run) {
    const updates = ASNG.ui.number(run.solved || run.done, 7);
    if (run.broken) return `stops after ${updates} updates: ${run.broken.replace(/\.$/, "")}`;
    if (run.solved !== null) return `draws a solution after ${updates} updates`;
    return `draws none within ${updates}`;
  }

  /** For tests and for whoever wants the numbers: what each method reached. */
  results() {
    return Object.fromEntries(this.list.map((run) => [run.method, {
      solved: run.solved, updates: run.done, broken: run.broken, loss: run.best[run.length - 1],
      delta: run.delta[run.length - 1], right: run.right[run.length - 1],
    }]));
  }
};
