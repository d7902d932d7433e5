/* The mathematics of the figures in chapter "How far is far?", as far as engine.js does not have it; no DOM.
 * A test compares it with Python. θ is one row of probabilities (a Float64Array or an array), f the values of its
 * categories, higher is better. Equation numbers are the chapter's.
 */
ASNG.naturalGradient = (function () {
  "use strict";
  const engine = ASNG.engine;
  const dot = (a, b) => a.reduce((sum, value, k) => sum + value * b[k], 0);
  const scaled = (a, factor) => a.map((value) => value * factor);
  const plus = (a, b, factor = 1) => Float64Array.from(a, (value, k) => value + factor * b[k]);

  /* ---- One Bernoulli in three coordinates x ---- */

  /** F in the coordinate p. */
  function coinFisher(p) {
    const root = new Float64Array(1);
    engine.bernoulliFisherSqrt([p], [1], root);
    return root[0] * root[0];
  }

  /** Each coordinate: x of p, p of x, and dp/dx at p. */
  const COSTUMES = {
    p: { fromP: (p) => p, toP: (x) => x, slope: () => 1 },
    logit: { fromP: (p) => Math.log(p / (1 - p)), toP: (x) => 1 / (1 + Math.exp(-x)), slope: (p) => p * (1 - p) },
    angle: { fromP: (p) => 2 * Math.asin(Math.sqrt(p)), toP: (x) => Math.sin(x / 2) ** 2, slope: (p) => Math.sqrt(p * (1 - p)) },
  };

  /** p after 0, 1, …, `steps` steps that raise J = p in one coordinate; outside 0 … 1 there is no coin, and it stops. */
  function coinPath(costume, natural, p0, epsilon, steps) {
    const { fromP, toP, slope } = COSTUMES[costume];
    const path = [p0];
    let x = fromP(p0), p = p0;
    while (path.length <= steps) {
      if (p > 0 && p < 1) {
        const gradient = slope(p); // dJ/dx = dp/dx
        const fisher = slope(p) ** 2 * coinFisher(p); // F transforms with the square of the slope
        x += epsilon * (natural ? gradient / fisher : gradient);
        p = Math.min(1, Math.max(0, toP(x)));
      }
      path.push(p);
    }
    return path;
  }

  /** The p of n + 1 coins from 0 to 1, each as far from the next in Fisher distance: sin²(φ/2), φ from 0 to π. */
  function evenCoins(n) {
    return Array.from({ length: n + 1 }, (_, i) => COSTUMES.angle.toP((Math.PI * i) / n));
  }

  /* ---- Steps on the simplex of three categories ---- */

  const FLOOR = 0.004; // the least probability that a walk leaves to a category

  /**
   * Uphill for J = Σ θ_k f_k: straight up in the plane of the triangle, or E[f(c)(T(c) − θ)], eq. (5). A category that
   * lies at the floor and would sink below it stays where it is, and the rest goes uphill without it.
   */
  function uphill(kind, theta, f) {
    const free = Array.from(theta, () => true);
    for (;;) {
      const weight = free.map((is, k) => (is ? (kind === "plain" ? 1 : theta[k]) : 0));
      const mean = dot(weight, f) / dot(weight, [1, 1, 1]);
      const direction = Float64Array.from(weight, (w, k) => w * (f[k] - mean));
      const sinks = direction.findIndex((d, k) => d < 0 && theta[k] <= FLOOR);
      if (sinks < 0) return direction;
      free[sinks] = false;
    }
  }

  /** How many times `direction` must be added to θ for KL(θ ‖ new) = κ, or for a probability to reach `floor`. */
  function klReach(theta, direction, kappa, floor) {
    let low = 0, high = Infinity;
    direction.forEach((d, k) => { if (d < 0) high = Math.min(high, (theta[k] - floor) / -d); });
    if (high === Infinity) return 0; // no direction
    if (engine.kl(theta, plus(theta, direction, high)) <= kappa) return high;
    for (let i = 0; i < 60; i++) {
      const middle = (low + high) / 2;
      if (engine.kl(theta, plus(theta, direction, middle)) < kappa) low = middle;
      else high = middle; // also where a probability is 0 and KL infinite or no number
    }
    return low;
  }

  const klStep = (theta, direction, kappa, floor = 0) => plus(theta, direction, klReach(theta, direction, kappa, floor));

  /** θ of steps of KL length κ uphill, at most `most`, until J reaches `goal`; no probability falls below the floor. */
  function walk(kind, theta, f, kappa, most, goal) {
    const path = [Float64Array.from(theta)];
    while (path.length <= most && dot(path[path.length - 1], f) < goal) {
      const last = path[path.length - 1];
      path.push(klStep(last, uphill(kind, last, f), kappa, FLOOR));
    }
    return path;
  }

  /** n unit vectors that touch the sphere of √θ at θ, evenly round it; √θ times one is a step v with ‖v‖_F = 1. */
  function tangents(theta, n) {
    const p = roots(theta), first = plus([1, -1, 0], p, p[1] - p[0]); // (1, −1, 0) without its part along p
    const a = scaled(first, 1 / Math.hypot(...first));
    const b = [p[1] * a[2] - p[2] * a[1], p[2] * a[0] - p[0] * a[2], p[0] * a[1] - p[1] * a[0]];
    return Array.from({ length: n }, (_, i) => {
      const turn = (2 * Math.PI * i) / n;
      return plus(scaled(a, Math.cos(turn)), b, Math.sin(turn));
    });
  }

  const toStep = (theta, tangent) => Float64Array.from(theta, (value, k) => Math.sqrt(value) * tangent[k]);

  /** n points with KL(θ ‖ point) = κ, exactly. */
  const klContour = (theta, kappa, n) => tangents(theta, n).map((t) => klStep(theta, toStep(theta, t), kappa));

  /** n points with ½ vᵀFv = κ: what F says of it; they may lie outside. */
  const ellipse = (theta, kappa, n) => tangents(theta, n).map((t) => plus(theta, toStep(theta, t), Math.sqrt(2 * kappa)));

  /** Points of the triangle's inside on a regular lattice, `n` intervals to a side. */
  function lattice(n) {
    const points = [];
    for (let i = 1; i < n; i++) for (let j = 1; i + j < n; j++) points.push([i / n, j / n, (n - i - j) / n]);
    return points;
  }

  /* ---- The sphere of √θ ---- */

  const roots = (theta) => Float64Array.from(theta, Math.sqrt);

  /** θ^(1 − t/2): the flat triangle at t = 0, the sphere at t = 1. */
  const bend = (theta, t) => Float64Array.from(theta, (value) => Math.max(value, 0) ** (1 - t / 2));

  /** The great circle from θ to another, n + 1 points. */
  function greatCircle(theta, other, n) {
    const [p, q] = [roots(theta), roots(other)];
    const angle = engine.fisherDistance(theta, other) / 2;
    return Array.from({ length: n + 1 }, (_, i) => {
      if (angle < 1e-9) return Float64Array.from(theta);
      const point = plus(scaled(p, Math.sin(((n - i) / n) * angle)), q, Math.sin((i / n) * angle));
      return Float64Array.from(point, (x) => (x / Math.sin(angle)) ** 2);
    });
  }

  /** n points at Fisher distance `radius` from θ; null where the circle has left the triangle. */
  function fisherCircle(theta, radius, n) {
    const p = roots(theta);
    return tangents(theta, n).map((tangent) => {
      const point = plus(scaled(p, Math.cos(radius / 2)), tangent, Math.sin(radius / 2));
      return point.every((x) => x >= 0) ? point.map((x) => x * x) : null;
    });
  }

  /** T − θ for the sample k. */
  const sampleStep = (theta, k) => Float64Array.from(theta, (value, j) => (j === k ? 1 : 0) - value);

  /** A step v made at θ, carried along the great circle to the pole (a unit vector): what Algorithm 1, line 6, adds up. */
  function carried(theta, v, pole) {
    const out = new Float64Array(theta.length);
    engine.categoricalFisherSqrt(theta, [0, theta.length], pole, v, out);
    return out;
  }

  /** The angle in degrees between two steps, [θ, v] and [θ, v], once both are carried to the pole. */
  function carriedAngle(first, second, pole) {
    const [a, b] = [carried(...first, pole), carried(...second, pole)];
    const cosine = dot(a, b) / (Math.hypot(...a) * Math.hypot(...b));
    return (180 / Math.PI) * Math.acos(Math.min(1, Math.max(-1, cosine)));
  }

  return { COSTUMES, FLOOR, coinFisher, coinPath, evenCoins, uphill, klStep, walk, klContour, ellipse, lattice, roots, bend,
    greatCircle, fisherCircle, sampleStep, carried, carriedAngle, dot };
})();
