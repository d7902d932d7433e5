/* Algorithm 1 on a small problem, update by update: what every variable was, and each line with its numbers. No DOM.
 *
 * A position counts lines: 0 is line 1, then every update has the eight lines from 2 to 9.
 */
ASNG.algorithm1 = (function () {
  "use strict";
  const engine = ASNG.engine, LINES = 8; // of an update
  const SET_BY = { t: 2, delta: 3, beta: 3, theta: 5, s: 6, s2: 6, gamma: 7, Delta: 8 };

  /** The variables of a trial, copied. */
  function snapshot({ theta, s, adaptation, counts }) {
    return { theta: theta.slice(), s: s.slice(), s2: engine.euclideanNorm(s) ** 2, gamma: adaptation[0], Delta: adaptation[1], t: counts[0] };
  }

  /** So many updates of a trial: { begin, updates: [{ before, after, delta, beta, epsilon, norm, losses, samples, moved, … }] }. */
  function record(options, seed, count) {
    const setting = engine.makeSetting({ method: "asng", ...options }), run = engine.startTrial(setting, seed), { dim } = setting;
    const begin = snapshot(run.trial), updates = [];
    for (let n = 0; n < count; n++) {
      const before = snapshot(run.trial), x = run.trial.x.slice(), solved = run.step(), { info, work } = run.trial;
      const samples = Array.from({ length: 4 }, (_, i) => Array.from(work.c.slice(i * dim, (i + 1) * dim)));
      const moved = Math.sqrt(run.trial.x.reduce((total, value, k) => total + (value - x[k]) ** 2, 0));
      let dot = 0;
      for (let k = 0; k < before.s.length; k++) dot += (before.s[k] * work.white[k]) / (info.norm || 1);
      updates.push({ before, after: snapshot(run.trial), ...info, losses: Array.from(work.losses), samples, moved, solved,
        cosine: before.s2 > 0 ? dot / Math.sqrt(before.s2) : 0 });
    }
    return { setting, begin, updates, last: count * LINES };
  }

  /** The line and the update that a position stands for; update −1 is that of line 1. */
  function at(position) {
    return position === 0 ? { line: 1, update: -1 } : { line: 2 + ((position - 1) % LINES), update: Math.floor((position - 1) / LINES) };
  }

  /** What a variable is after a position, and whether its line set it. */
  function value(run, position, name) {
    const { line, update } = at(position), set = SET_BY[name];
    if (update < 0) return { now: { ...run.begin, delta: run.setting.delta0, beta: NaN }[name], fresh: !["theta", "delta", "beta"].includes(name) };
    const one = run.updates[update], skipped = !one.updated && set >= 5 && set <= 8, known = line >= set;
    const now = set === 3 ? (known ? one[name] : update ? run.updates[update - 1][name] : run.setting.delta0) : (known ? one.after : one.before)[name];
    return { now, fresh: line === set && !skipped };
  }

  /** A line with its numbers in their places; the results between asterisks, so that they can be set apart. */
  function substituted(run, line, update, n) {
    const { setting } = run, one = run.updates[update];
    if (line === 1 || !one) return ""; // line 1 is numbers as it stands
    const { before, after, delta, beta, losses, updated, epsilon, norm } = one, root = Math.sqrt(beta * (2 - beta));
    const held = setting.delta0 / before.Delta > delta * (1 + 1e-9) ? " (held by the guard)" : "";
    const stays = "no step: the samples do not differ";
    return [
      `t = *${before.t}*`,
      `δ = ${n(setting.delta0)}/${n(before.Delta)} = *${n(delta)}*${held},  β = ${n(delta)}/√${setting.n_theta} = *${n(beta)}*`,
      `x moves by *${n(one.moved)}* down the loss`,
      updated ? `losses ${n(losses[0])} and ${n(losses[1])},  ε = ${n(delta)}/${n(norm)} = *${n(epsilon)}*` : stays,
      updated ? `s ← ${n(1 - beta)} s + ${n(root)} e,  ‖s‖^2: ${n(before.s2)} → *${n(after.s2)}*` : stays,
      updated ? `γ ← ${n(1 - beta)}^2 · ${n(before.gamma)} + ${n(beta * (2 - beta))} = *${n(after.gamma)}*` : stays,
      updated ? `Δ ← ${n(before.Delta)} · exp(${n(beta)} (${n(after.gamma)} − ${n(after.s2)}/${setting.alpha})) = *${n(after.Delta)}*` : stays,
      one.solved ? "*solved*: a search would stop here" : "go on",
    ][line - 2];
  }

  /** The same in a sentence. */
  function inWords(run, position, n) {
    const { line, update } = at(position), { setting } = run;
    if (line === 1) return "Line 1: nothing is known about the steps. Δ = 1, so the first one will have the length δ⁰.";
    const { before, after, delta, beta, losses, samples, updated, cosine, solved, epsilon, moved } = run.updates[update];
    const drive = after.s2 / setting.alpha, grows = drive > after.gamma, better = losses[0] < losses[1] ? "first" : "second";
    const skipped = "the two samples pointed nowhere (equal losses or equal samples), so this update leaves it alone";
    const sample = (c) => `(${c.map((k) => k + 1).join(", ")})`;
    return `Line ${line}: ` + [
      `update ${before.t} begins.`,
      `this step will have the length ${n(delta)}, and s remembers about ${n(1 / beta, 2)} steps.`,
      `the samples ${sample(samples[0])} and ${sample(samples[1])} give G_x, and x moves by ${n(moved)}.`,
      updated ? `of the samples ${sample(samples[2])} and ${sample(samples[3])} the ${better} is better. θ moves towards it by the Fisher length ${n(delta)}, with ε = ${n(epsilon)}.` : `θ: ${skipped}.`,
      updated ? `this step and s ${before.s2 === 0 ? "(still 0)" : `had the cosine ${n(cosine, 2)}`}, so ‖s‖² goes from ${n(before.s2)} to ${n(after.s2)}.` : `s: ${skipped}.`,
      updated ? `had the steps been mere noise, ‖s‖² would be ${n(after.gamma)} on average.` : `γ: ${skipped}.`,
      updated ? `‖s‖²/α = ${n(drive)} is ${grows ? "above" : "below"} γ = ${n(after.gamma)}: Δ ${grows ? "falls and δ grows" : "grows and δ shrinks"}.` : `Δ: ${skipped}.`,
      solved ? "a good enough sample has been drawn. A search would stop here; you may go on." : "no sample was good enough yet: back to line 2.",
    ][line - 2];
  }

  return { record, at, value, substituted, inWords };
})();
