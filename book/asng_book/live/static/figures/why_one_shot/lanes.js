/* Two searches of a toy on one budget, with no DOM; a test compares them with Python.
 *
 * A network c takes one of K options in each of D decisions. Its option k of decision i has a weight, a value of it that suits it,
 * and a price that no weight takes away. With a conflict ϰ above 0 that value also depends on the option taken in the decision before:
 * suits[i][k] + ϰ pull[i][k][c[i − 1]]. So networks want different things of one weight, and what they are worth when each is trained
 * alone, the sum of the prices, stays the same.
 *
 * The budget counts gradient steps of a network's weights. A position is two of them.
 */
ASNG.lanes = (function () {
  "use strict";
  const E = ASNG.engine;
  const RATE = 0.1, STEPS = 2; // of a position

  /** The toy: { D, K, count, code(network), truth, loss(x, c), step(x, c), zeros() }. */
  function makeToy({ suits, price, pull }, conflict) {
    const D = suits.length, K = suits[0].length, count = K ** D;
    const code = (network) => Array.from({ length: D }, (_, i) => Math.floor(network / K ** (D - 1 - i)) % K);
    const index = (c) => c.reduce((sum, k) => sum * K + k, 0);
    const wish = (c, i) => suits[i][c[i]] + (i ? conflict * pull[i][c[i]][c[i - 1]] : 0);
    const worth = (c) => c.reduce((sum, k, i) => sum + price[i][k], 0);
    return {
      D, K, count, code, index,
      zeros: () => new Float64Array(D * K),
      truth: Float64Array.from({ length: count }, (_, network) => worth(code(network))),
      loss: (x, c) => c.reduce((sum, k, i) => sum + (x[i * K + k] - wish(c, i)) ** 2, worth(c)),
      step(x, c) { c.forEach((k, i) => { x[i * K + k] -= RATE * 2 * (x[i * K + k] - wish(c, i)); }); }, // (6)
    };
  }

  /** The places of the choices in the first half of the decisions, and of those in the second, from the lowest price to the highest. */
  function byTruth({ price }) {
    const half = Math.floor(price.length / 2);
    const [rows, columns] = [price.slice(0, half), price.slice(half)].map((part) => {
      const sums = part.reduce((found, prices) => found.flatMap((sum) => prices.map((p) => sum + p)), [0]);
      const sorted = [...sums.keys()].sort((a, b) => sums[a] - sums[b]), places = new Array(sums.length);
      sorted.forEach((choice, place) => { places[choice] = place; });
      return places;
    });
    return { rows, columns };
  }

  /** What a lane has found so far: `believed` has what each network was last judged to lose, NaN where it has not been. */
  const newFinds = (toy) => ({ believed: new Float64Array(toy.count).fill(NaN), judged: 0, favourite: null });

  function judge(finds, network, loss) {
    if (Number.isNaN(finds.believed[network])) finds.judged += 1;
    finds.believed[network] = loss;
  }

  /** Networks in a random order, each trained from scratch for so many steps before it is judged, (W2). */
  function twoLevels(toy, training, uniform) {
    const left = Array.from({ length: toy.count }, (_, network) => network), finds = newFinds(toy);
    let network = null, c = null, x = null, done = 0;
    function step() {
      if (network === null && left.length) {
        [network] = left.splice(Math.floor(uniform() * left.length), 1);
        [c, x, done] = [toy.code(network), toy.zeros(), 0];
      }
      if (network === null) return; // all are judged
      toy.step(x, c);
      done += 1;
      if (done < training) return;
      judge(finds, network, toy.loss(x, c));
      if (finds.favourite === null || finds.believed[network] < finds.believed[finds.favourite]) finds.favourite = network;
      network = null;
    }
    return { finds, advance() { for (let i = 0; i < STEPS; i++) step(); } };
  }

  /** One set of weights for all networks, and ASNG: a step of the weights for two networks, then one of θ by the losses of two. */
  function oneShot(toy, uniform) {
    const search = E.startSearch(new Array(toy.D).fill(toy.K), uniform), x = toy.zeros(), finds = newFinds(toy);
    const mode = () => Array.from({ length: toy.D }, (_, i) => argmax(search.theta.subarray(i * toy.K, (i + 1) * toy.K)));
    function advance() {
      for (const c of search.ask()) toy.step(x, c);
      const codes = search.ask(), losses = codes.map((c) => toy.loss(x, c));
      codes.forEach((c, n) => judge(finds, toy.index(c), losses[n]));
      search.tell(codes, losses);
      finds.favourite = toy.index(mode());
    }
    return { finds, theta: search.theta, x, advance };
  }

  const argmax = (values) => values.reduce((best, value, k) => (value > values[best] ? k : best), 0);

  /** How many networks are better when each is trained alone, plus 1; null for none. */
  const rankOf = (toy, network) => (network === null ? null : 1 + toy.truth.reduce((sum, loss) => sum + (loss < toy.truth[network] ? 1 : 0), 0));

  /** Both lanes, to be advanced side by side. */
  function start(numbers, { training, conflict, seed }) {
    const toy = makeToy(numbers, conflict), draws = [1, 2].map((stream) => E.generator(seed, stream).uniform);
    const lanes = { two: twoLevels(toy, training, draws[0]), one: oneShot(toy, draws[1]) };
    return {
      toy, lanes, position: 0,
      advance() {
        lanes.two.advance();
        lanes.one.advance();
        this.position += 1;
      },
    };
  }

  /** The true rank of both favourites at every position of the budget, from 0 on. */
  function ranks(numbers, options, positions) {
    const race = start(numbers, options), found = { two: [null], one: [null] }, known = new Map();
    const rank = (network) => {
      if (!known.has(network)) known.set(network, rankOf(race.toy, network));
      return known.get(network);
    };
    for (let i = 0; i < positions; i++) {
      race.advance();
      for (const lane of ["two", "one"]) found[lane].push(rank(race.lanes[lane].finds.favourite));
    }
    return found;
  }

  return { STEPS, makeToy, byTruth, twoLevels, oneShot, rankOf, start, ranks };
})();
