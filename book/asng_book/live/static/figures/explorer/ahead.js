/* The races that the explorer will be asked for next: at the positions of the slider of δ⁰ round the one that is shown,
 * whole, computed while nothing else is. No drawing.
 */
ASNG.Ahead = class Ahead {
  static REACH = 20; // positions on either side
  static ABREAST = 3; // of them at a time

  /** changed(count): so many positions are known now. */
  constructor(positions, changed) {
    this.positions = positions;
    this.changed = changed;
    this.known = new Map(); // by δ⁰: runs by method
    this.asides = new Map();
    this.setting = this.last = null;
  }

  /** The whole runs of a state, or undefined. */
  find(state) {
    this.turnTo(state);
    return this.known.get(state.delta0);
  }

  keep(state, runs) {
    this.turnTo(state);
    this.known.set(state.delta0, { ...runs });
    this.changed(this.known.size);
  }

  /** Compute on round a state, first what lies where the slider goes. */
  foresee(state) {
    this.turnTo(state);
    if (this.last !== null && state.delta0 !== this.last) this.heading = Math.sign(state.delta0 - this.last);
    this.last = state.delta0;
    const from = this.place(state.delta0);
    const effort = (delta0) => {
      const apart = this.place(delta0) - from;
      return Math.abs(apart) * (apart * (this.heading || 0) < 0 ? 3 : 1);
    };
    for (const delta0 of this.known.keys()) {
      if (Math.abs(this.place(delta0) - from) > 1.5 * Ahead.REACH) this.known.delete(delta0);
    }
    const next = this.positions.slice(Math.max(0, from - Ahead.REACH), from + Ahead.REACH + 1)
      .filter((delta0) => !this.known.has(delta0) && !this.asides.has(delta0)).sort((a, b) => effort(a) - effort(b));
    for (const delta0 of next.slice(0, Ahead.ABREAST - this.asides.size)) this.compute({ ...state, delta0 });
  }

  compute(state) {
    const { Race, engine } = ASNG, runs = {};
    this.asides.set(state.delta0, ASNG.runAside("race", [Race.problems(state), state.seed, state.updates, Race.every(state)], {
      part: (stretches) => {
        for (const stretch of stretches) runs[stretch.method] = engine.joinStretch(runs[stretch.method], stretch);
      },
      done: () => {
        this.asides.delete(state.delta0);
        this.keep(state, runs);
        this.foresee({ ...state, delta0: this.last });
      },
      failed: (text) => console.error(text), // the explorer computes each position when it is asked for
    }, { background: true }));
  }

  /** The number of the position that is nearest to a δ⁰. */
  place(delta0) {
    const found = this.positions.findIndex((position) => position >= delta0);
    return found < 0 ? this.positions.length - 1 : found;
  }

  /** Forget what belongs to other settings than those of a state. */
  turnTo({ delta0: _, ...setting }) {
    const text = JSON.stringify(setting);
    if (text === this.setting) return;
    this.cancel();
    this.known.clear();
    this.changed(0);
    this.setting = text;
  }

  cancel() {
    this.asides.forEach((aside) => aside.cancel());
    this.asides.clear();
  }
};
