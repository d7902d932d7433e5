/* Methods that learn from losses alone, on a table: asng_edu's ASNG, SNG, REINFORCE, evolution and random search on
 * Categorical again, with no DOM. A test runs them and the library on one stream of random numbers.
 *
 *   const method = ASNG.blackBox.start("asng", [4, 2, 4], uniform);      // uniform() from [0, 1)
 *   const codes = method.ask();                                         // λ codes, each an array
 *   method.tell(codes, losses);
 */
ASNG.blackBox = (function () {
  "use strict";
  const E = ASNG.engine;
  const RATE = 0.05, DECAY = 0.95; // of REINFORCE
  const TOURNAMENT = 5; // of evolution
  const BATCH = 10; // codes that random search draws at once
  const NAMES = { asng: "ASNG", evolution: "evolution", climb: "one change to the best", random: "random search", sng: "SNG", reinforce: "REINFORCE" };

  /** REINFORCE on logits ln θ, with Adam and a moving average of the losses as its baseline. */
  function reinforce(categories, uniform) {
    const dim = categories.length, lam = 2, offsets = E.makeOffsets(categories), width = offsets[dim];
    const margin = E.smallestProbability("asng", categories), theta = E.uniformTheta(offsets), zeros = () => new Float64Array(width);
    const m = zeros(), v = zeros(), G = zeros(), stats = new Float64Array(lam * width);
    let baseline = 0, updates = 0;
    function tell(codes, losses) {
      const mean = losses.reduce((sum, loss) => sum + loss, 0) / lam, b = updates ? baseline : mean;
      E.categoricalStatistics(Int32Array.from(codes.flat()), offsets, lam, stats);
      E.naturalGradient(stats, theta, losses.map((loss) => b - loss), G);
      baseline = DECAY * b + (1 - DECAY) * mean;
      updates += 1;
      const step = zeros();
      E.adamStep(step, m, v, updates, G, 1, RATE);
      for (let i = 0; i < dim; i++) { // θ ← softmax(ln θ + step)
        const places = Array.from({ length: categories[i] }, (_, k) => offsets[i] + k);
        const logits = places.map((k) => Math.log(theta[k]) + step[k]), most = Math.max(...logits);
        const powers = logits.map((z) => Math.exp(z - most)), total = powers.reduce((sum, p) => sum + p, 0);
        places.forEach((k, n) => { theta[k] = powers[n] / total; });
      }
      E.categoricalProject(theta, offsets, margin);
    }
    return { lam, theta, ask: () => E.drawCodes(theta, offsets, lam, uniform), tell };
  }

  /**
   * Evolution: the best of a few members has a child that differs in one decision, and "ageing" removes the oldest member,
   * "plus" the worst. With one member "plus" changes the best network so far.
   */
  function evolution(categories, uniform, population, selection) {
    const offsets = E.makeOffsets(categories), start = E.uniformTheta(offsets), below = (n) => Math.floor(n * uniform());
    let members = [];
    function ask() {
      if (members.length < population) return E.drawCodes(start, offsets, 1, uniform);
      const entrants = Array.from({ length: TOURNAMENT }, () => below(population));
      const winner = entrants.reduce((best, i) => (members[i].loss < members[best].loss ? i : best));
      const child = [...members[winner].code], decision = below(categories.length);
      child[decision] = (child[decision] + 1 + below(categories[decision] - 1)) % categories[decision];
      return [child];
    }
    function tell([code], [loss]) {
      const all = [...members, { code, loss }], places = [...all.keys()];
      if (selection === "plus") places.sort((a, b) => all[a].loss - all[b].loss || b - a).splice(population); // of equal ones the youngest
      members = places.sort((a, b) => a - b).slice(-population).map((place) => all[place]);
    }
    return { lam: 1, ask, tell };
  }

  function random(categories, uniform) {
    const offsets = E.makeOffsets(categories), theta = E.uniformTheta(offsets);
    return { lam: BATCH, ask: () => E.drawCodes(theta, offsets, BATCH, uniform), tell() {} };
  }

  function start(name, categories, uniform) {
    return { asng: () => E.startSearch(categories, uniform), sng: () => E.startSearch(categories, uniform, { method: "sng" }),
      reinforce: () => reinforce(categories, uniform), evolution: () => evolution(categories, uniform, 20, "ageing"),
      climb: () => evolution(categories, uniform, 1, "plus"),
      random: () => random(categories, uniform) }[name]();
  }

  /**
   * Let a method look at `observed(code)` until it has asked for `budget` different networks, or for nothing new in
   * `patience` evaluations. Returns the networks in the order in which it met them: each would have been trained once.
   */
  function meet(name, categories, { networkOf, observed, budget, seed, patience = 4000 }) {
    const method = start(name, categories, E.generator(seed, 3).uniform), met = new Set();
    let news = 0, evaluations = 0;
    while (met.size < budget && evaluations - news < patience) {
      const codes = method.ask(), networks = codes.map(networkOf), before = met.size;
      evaluations += codes.length;
      networks.forEach((network) => met.add(network));
      if (met.size > before) news = evaluations;
      method.tell(codes, networks.map((network) => observed[network]));
    }
    return [...met].slice(0, budget); // the last batch may hold more
  }

  /** After each training: the network with the least observed error so far. The last one stands up to `budget`. */
  function picks(met, observed, budget = met.length) {
    const found = [];
    met.forEach((network, i) => {
      const best = found[i - 1];
      found.push(best === undefined || observed[network] < observed[best] ? network : best);
    });
    while (met.length && found.length < budget) found.push(found[found.length - 1]);
    return found;
  }

  return { NAMES, start, meet, picks };
})();
