/* Longer computations for the explorer: a recorded run, and a small sweep. Extends ASNG.engine; no DOM but the worker.
 *
 * Each job is a generator function that yields how far it is, { fraction, part }, and returns its result; so the same
 * code runs at once, in a worker, or in slices between frames where a worker cannot be had.
 */
ASNG.makeRuns = function makeRuns(engine) {
  "use strict";
  const PAUSE = 256; // updates between two yields

  /**
   * Run a trial and keep at most updates / every + 1 points of it: before the first update, and after each `every`
   * updates `best` (the least loss among their samples), the mean of `delta` (δ) and `ratio` (‖s‖²/α) over them,
   * and `gamma` and `theta` at their end. `solved` is the update that drew a solution, or null; `broken` says why the
   * run could not go on, or is null; `done` counts the updates.
   */
  function* record(options, seed, updates, every) {
    const setting = engine.makeSetting(options), { trial, step } = engine.startTrial(setting, seed);
    const points = Math.ceil(updates / every) + 1, width = trial.theta.length, { info } = trial;
    const column = () => new Float32Array(points).fill(NaN);
    const run = { method: setting.method, every, length: 1, best: column(), delta: column(), ratio: column(),
      gamma: column(), theta: new Float32Array(points * width), solved: null, broken: null, done: 0 };
    run.theta.set(trial.theta);
    let best = Infinity, delta = 0, ratio = 0, steps = 0;
    for (let n = 1; n <= updates && run.solved === null; n++) {
      try {
        if (step()) run.solved = n;
      } catch (error) {
        run.broken = error.message;
      }
      if (!Number.isFinite(info.loss)) run.broken = `the loss is no finite number any more after update ${n}: ε_x is too large.`;
      if (run.broken !== null) break;
      run.done = n;
      best = Math.min(best, info.best);
      if (info.updated) {
        delta += info.delta;
        ratio += info.s_norm2 / setting.alpha;
        steps += 1;
      }
      if (n % every === 0 || n === updates || run.solved !== null) {
        const at = run.length++;
        run.best[at] = best;
        run.delta[at] = steps ? delta / steps : run.delta[at - 1];
        run.ratio[at] = steps ? ratio / steps : run.ratio[at - 1];
        run.gamma[at] = info.gamma;
        run.theta.set(trial.theta, at * width);
        best = Infinity;
        delta = ratio = steps = 0;
      }
      if (n % PAUSE === 0) yield { fraction: n / updates };
    }
    return run;
  }

  /** Recorded runs of several methods on the same random numbers. Each finished one is yielded as a part. */
  function* race(list, seed, updates, every) {
    const runs = [];
    for (const options of list) {
      const inner = record(options, seed, updates, every);
      let state = inner.next();
      for (; !state.done; state = inner.next()) yield { fraction: (runs.length + state.value.fraction) / list.length };
      runs.push(state.value);
      yield { fraction: runs.length / list.length, part: state.value };
    }
    return runs;
  }

  /** The updates that each of several trials needs, null where they do not suffice; one part a setting. */
  function* sweep(list, trials, seed) {
    const rows = [];
    for (const options of list) {
      const setting = engine.makeSetting(options), needed = [];
      for (let trial = 0; trial < trials; trial++) {
        const { step } = engine.startTrial(setting, seed * 1000 + trial);
        let n = 0, solved = false;
        while (!solved && n < setting.max_updates && n < options.give_up) {
          n += 1;
          solved = step();
          if (n % PAUSE === 0) {
            yield { fraction: (rows.length + (trial + n / options.give_up) / trials) / list.length };
          }
        }
        needed.push(solved ? n : null);
      }
      const row = { method: setting.method, eps_x: setting.eps_x, delta0: setting.delta0, ...quartiles(needed) };
      rows.push(row);
      yield { fraction: rows.length / list.length, part: row };
    }
    return rows;
  }

  /** Successes and the quartiles of the successful trials' updates, as asng_edu.sweeps.sweep has them. */
  function quartiles(needed) {
    const found = needed.filter((n) => n !== null).sort((a, b) => a - b);
    function quantile(q) {
      if (!found.length) return null;
      const at = q * (found.length - 1), low = Math.floor(at);
      return found[low] + (at - low) * (found[Math.min(low + 1, found.length - 1)] - found[low]);
    }
    return { trials: needed.length, successes: found.length, median_updates: quantile(0.5), q25: quantile(0.25), q75: quantile(0.75) };
  }

  return { record, race, sweep, quartiles };
};

Object.assign(ASNG.engine, ASNG.makeRuns(ASNG.engine));

/** Finish a job now, and return its result. */
ASNG.runNow = function (job, ...args) {
  const steps = ASNG.engine[job](...args);
  let state = steps.next();
  while (!state.done) state = steps.next();
  return state.value;
};

/** Run a job in a worker: on = { progress(fraction), part(value), done(result), failed(message) }. Returns { cancel() }. */
ASNG.runAside = function (job, args, on) {
  function inside(engine) { // the worker's own code
    self.onmessage = ({ data }) => {
      const steps = engine[data.job](...data.args);
      let told = 0, state = steps.next();
      for (; !state.done; state = steps.next()) {
        if (!state.value.part && performance.now() - told < 60) continue;
        told = performance.now();
        postMessage({ progress: state.value.fraction, part: state.value.part });
      }
      postMessage({ result: state.value });
    };
  }
  const source = `"use strict";
    const engine = (${ASNG.makeEngine})();
    Object.assign(engine, (${ASNG.makeTrials})(engine));
    Object.assign(engine, (${ASNG.makeRuns})(engine));
    (${inside})(engine);`;
  let worker = null, url = null, cancelled = false;

  function told({ progress, part, result }) {
    if (cancelled) return;
    if (progress !== undefined && on.progress) on.progress(progress);
    if (part !== undefined && on.part) on.part(part);
    if (result !== undefined) {
      cancel();
      on.done(result);
    }
  }

  function cancel() {
    cancelled = true;
    if (worker) worker.terminate();
    if (url) URL.revokeObjectURL(url);
    worker = url = null;
  }

  /** Where there is no worker: a few milliseconds at a time. */
  function slices() {
    const steps = ASNG.engine[job](...args);
    function slice() {
      const start = performance.now();
      while (!cancelled && performance.now() - start < 12) {
        const state = steps.next();
        if (state.done) return told({ result: state.value });
        if (state.value.part) told({ part: state.value.part });
        if (performance.now() - start >= 10) told({ progress: state.value.fraction });
      }
      return cancelled || setTimeout(slice, 0);
    }
    setTimeout(slice, 0);
  }

  try {
    url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    worker = new Worker(url);
    worker.onmessage = ({ data }) => told(data);
    worker.onerror = (event) => {
      cancel();
      if (on.failed) on.failed(event.message);
    };
    worker.postMessage({ job, args });
  } catch {
    worker = null;
    slices();
  }
  return { cancel };
};
