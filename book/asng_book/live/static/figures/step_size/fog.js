/* The mathematics of the walker in fog, at the head of chapter "The step size that adapts", as far as engine.js does not
 * have it; no DOM. A test compares it with Python.
 *
 * At each step somebody calls out a direction: that of the goal, if there is one, plus NOISE times a normal vector. The
 * walker takes a step of its own length along the call. β is fixed, so that s remembers about ten steps whatever their length.
 */
ASNG.fog = (function () {
  "use strict";
  const engine = ASNG.engine;
  const BETA = 0.1, ALPHA = 1.5, NOISE = 0.9;
  const SHORTEST = 0.05, LONGEST = 3;
  const WINDOW = 30; // steps over which ‖s‖² is averaged before anything is said of it
  const AGREE = 2.2, CONTRADICT = 0.4; // in pure noise such a mean nearly always lies between these

  function newWalk(seed, length) {
    return { place: Float64Array.of(0, 0), s: Float64Array.of(0, 0), gamma: 0, s2: 0, length, recent: [],
      prints: [{ x: 0, y: 0, angle: 0 }], random: engine.generator(seed) };
  }

  /** One step towards `goal` ([x, y], or null); its length adapts if it is automatic. */
  function step(walk, goal, automatic) {
    const { place, s } = walk, e = walk.random.fillNormal(new Float64Array(2)).map((v) => NOISE * v);
    const way = goal ? Float64Array.of(goal[0] - place[0], goal[1] - place[1]) : null, far = way ? engine.euclideanNorm(way) : 0;
    if (far > 0) engine.naturalStep(e, way, 1 / far);
    const loud = engine.euclideanNorm(e);
    e[0] /= loud;
    e[1] /= loud;
    engine.naturalStep(place, e, walk.length);
    walk.s2 = engine.accumulate(s, e, 1, BETA); // Alg. 1, line 6
    const [gamma, Delta] = engine.adapt(walk.gamma, 1, walk.s2, BETA, ALPHA); // lines 7 and 8: Δ grows by this factor
    walk.gamma = gamma;
    if (automatic) walk.length = Math.max(SHORTEST, Math.min(LONGEST, walk.length / Delta)); // line 3
    walk.recent.push(walk.s2);
    if (walk.recent.length > WINDOW) walk.recent.shift();
    walk.prints.push({ x: place[0], y: place[1], angle: Math.atan2(e[1], e[0]) });
  }

  /** The mean of ‖s‖² over the last steps. */
  const meanSquare = (walk) => walk.recent.reduce((sum, value) => sum + value, 0) / Math.max(1, walk.recent.length);

  /** What that mean says of the steps: "short", "long", or "noise". */
  function verdict(walk) {
    const mean = meanSquare(walk);
    return mean > AGREE ? "short" : mean < CONTRADICT ? "long" : "noise";
  }

  return { BETA, ALPHA, NOISE, SHORTEST, LONGEST, WINDOW, newWalk, step, meanSquare, verdict };
})();
