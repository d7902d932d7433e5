/* Evidence against a claim about a coin, toss by toss; no DOM. A test compares it with Python.
 *
 * A coin shows heads with probability p and is claimed to show them with q. Each toss adds ln(p(c)/q(c)) to the evidence,
 * which is KL(p‖q) on average. At ln 20 the odds against the claim are 20 to 1.
 */
ASNG.coinEvidence = (function () {
  "use strict";
  const ODDS = 20, BAR = Math.log(ODDS);

  const kl = (p, q) => ASNG.engine.kl([p, 1 - p], [q, 1 - q]);

  /** Tosses after which the evidence is expected to reach the bar. */
  const expectedTosses = (p, q) => BAR / kl(p, q);

  /** A coin that has not been tossed; `points` has the evidence at each `every` tosses, `exposed` the toss that reached the bar. */
  function newCoin(p, q, seed, every) {
    return { p, q, heads: Math.log(p / q), tails: Math.log((1 - p) / (1 - q)), random: ASNG.engine.generator(seed),
      tosses: 0, evidence: 0, exposed: null, every, points: [0], recent: [] };
  }

  /** Toss a coin, `count` times or until it is exposed. */
  function toss(coin, count) {
    for (let n = 0; n < count && coin.exposed === null; n++) {
      const head = coin.random.uniform() < coin.p;
      coin.tosses += 1;
      coin.evidence += head ? coin.heads : coin.tails;
      coin.recent.push(head);
      if (coin.recent.length > 24) coin.recent.shift();
      if (coin.tosses % coin.every === 0) coin.points.push(coin.evidence);
      if (coin.evidence >= BAR) coin.exposed = coin.tosses;
    }
  }

  return { ODDS, BAR, kl, expectedTosses, newCoin, toss };
})();
