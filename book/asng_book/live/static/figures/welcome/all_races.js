/* The races behind the welcome figure: ASNG against a constant step, at every position of the slider of δ⁰. No drawing.
 *
 * What a race comes to may be known before it is run: `outcomes` = { seed, asng: […], sng: […] } has, for each position,
 * the update that solved it, or null; `first` = { at, asng, sng } has the whole runs of one position, so that the figure
 * has something to show at once. figures/welcome.py computes them with this file.
 */
ASNG.WelcomeRaces = (function () {
  "use strict";
  const METHODS = ["asng", "sng"];
  const SETTING = { eps_x: 0.0005, dim: 30, categories: 5, lam: 2, updates: 20000 };
  const LOW = 1e-4, HIGH = 10, STEPS = 200; // of the slider
  const POINTS = 400; // of a recorded run
  const BATCH = 4; // positions that are computed abreast, on the same random numbers
  const EVERY = SETTING.updates / POINTS;

  const POSITIONS = Array.from({ length: STEPS + 1 }, (_, i) => Number((LOW * (HIGH / LOW) ** (i / STEPS)).toPrecision(4)));
  const problem = (delta0) => (method) => ({ ...SETTING, method, delta0 });

  /** The number of the position that is nearest to a δ⁰. */
  function place(delta0) {
    const at = Math.round((STEPS * Math.log(delta0 / LOW)) / Math.log(HIGH / LOW));
    return Math.max(0, Math.min(STEPS, at));
  }

  return class WelcomeRaces {
    static METHODS = METHODS;
    static SETTING = SETTING;
    static RANGE = { min: LOW, max: HIGH, steps: STEPS };
    static POSITIONS = POSITIONS;
    static EVERY = EVERY;
    static POINTS = POINTS;
    static place = place;

    /** on = { known(), failed(text) }: the outcome of more positions is known. */
    constructor({ outcomes, first }, on) {
      this.given = outcomes;
      this.first = first;
      this.on = on;
      this.jobs = [];
      this.ahead = null;
      this.begin(outcomes ? outcomes.seed : 1);
    }

    /** Forget all races, and take the random numbers of another seed. */
    begin(seed) {
      this.cancel();
      this.seed = seed;
      this.runs = new Map(); // by position: whole runs by method, with θ at their end alone
      const known = this.given && this.given.seed === seed ? this.given : null;
      if (known && this.first) {
        const revived = METHODS.map((method) => [method, { ...this.first[method], theta: Float32Array.from(this.first[method].theta) }]);
        this.runs.set(this.first.at, Object.fromEntries(revived));
      }
      this.outcomes = Object.fromEntries(METHODS.map((method) => [method, known ? [...known[method]] : new Array(STEPS + 1)]));
    }

    /** Compute the race of a position now, with θ on its way: part(runs by method, as far as they have come). */
    run(at, part) {
      this.drop();
      const runs = {};
      this.jobs = METHODS.map((method) => ASNG.runAside("race",
        [[method].map(problem(POSITIONS[at])), this.seed, SETTING.updates, EVERY, true], {
          part: (stretches) => {
            for (const stretch of stretches) runs[method] = ASNG.engine.joinStretch(runs[method], stretch);
            part(runs);
          },
          done: () => part(runs),
          failed: (text) => this.on.failed(text),
        }));
    }

    /** Whether the runs of both methods have come to their end. */
    static whole(runs) {
      return METHODS.every((method) => runs[method] && ASNG.engine.ended(runs[method]));
    }

    /** Compute the positions that are not known yet while nothing else is computed, first those round `at`. */
    foresee(at) {
      const next = POSITIONS.map((_, i) => i).filter((i) => !this.runs.has(i))
        .sort((a, b) => Math.abs(a - at) - Math.abs(b - at)).slice(0, BATCH);
      if (!next.length) return;
      const runs = [];
      this.ahead = ASNG.runAside("race",
        [next.flatMap((i) => METHODS.map(problem(POSITIONS[i]))), this.seed, SETTING.updates, EVERY, false], {
          part: (stretches) => {
            for (const stretch of stretches) runs[stretch.place] = ASNG.engine.joinStretch(runs[stretch.place], stretch);
          },
          done: () => {
            next.forEach((i, n) => this.keep(i, Object.fromEntries(METHODS.map((method, m) => [method, runs[n * METHODS.length + m]]))));
            this.on.known();
            this.foresee(this.near === undefined ? at : this.near);
          },
          failed: (text) => console.error(text), // each position is computed when it is asked for
        }, { background: true });
    }

    keep(at, runs) {
      this.runs.set(at, runs);
      for (const method of METHODS) this.outcomes[method][at] = runs[method].solved;
    }

    /** Stop what was asked for, but not what is computed ahead. */
    drop() {
      this.jobs.forEach((job) => job.cancel());
      this.jobs = [];
    }

    cancel() {
      this.drop();
      if (this.ahead) this.ahead.cancel();
      this.ahead = null;
    }
  };
})();
