/* The mathematics of the live figures: asng_edu's formulas again, in the same order of operations, with no DOM.
 *
 * A test runs this file and the Python library on one stream of random numbers and compares every trajectory.
 * Names are those of the Python functions in camel case; the fields of a setting keep their Python names. θ, T, G, s
 * are Float64Arrays with the rows of all dimensions end to end: row i is theta[offsets[i]] … theta[offsets[i + 1] - 1].
 * Arrays of samples c (Int32Array) and uniforms u are row-major, one sample a row.
 *
 * All of it is one function, so that its source text can start a Web Worker on a page opened from a file.
 */
globalThis.ASNG = globalThis.ASNG || {};

ASNG.makeEngine = function makeEngine() {
  "use strict";
  const METHODS = ["asng", "sng", "adam"];
  const MOMENTUM = 0.9;
  const NEGLIGIBLE = 1e-12; // a G shorter than this, relative to its utilities, is the rounding error of a zero
  const SMALLEST = 1e-300; // nor can one be divided by a length below this
  const BETA1 = 0.9, BETA2 = 0.999, TINY = 1e-8;

  /* ---- Categorical variables (asng_edu.distributions.categorical) and Bernoulli ones ---- */

  /** Offsets of the rows for categories [K_1, …, K_D]. */
  function makeOffsets(categories) {
    const offsets = new Int32Array(categories.length + 1);
    categories.forEach((k, i) => { offsets[i + 1] = offsets[i] + k; });
    return offsets;
  }

  /** θ_ik = 1/K_i. */
  function uniformTheta(offsets) {
    const theta = new Float64Array(offsets[offsets.length - 1]);
    for (let i = 0; i + 1 < offsets.length; i++) theta.fill(1 / (offsets[i + 1] - offsets[i]), offsets[i], offsets[i + 1]);
    return theta;
  }

  /** The pole at the centre of the simplex: √θ of the uniform θ. */
  function centrePole(offsets) {
    return uniformTheta(offsets).map(Math.sqrt);
  }

  /** The least probability that the projection leaves to a category, for each row: "asng", "catcma", "none", a number. */
  function smallestProbability(margin, categories) {
    const dim = categories.length;
    const limit = 1 / Math.max(...categories);
    if (typeof margin === "number" && margin >= 0 && margin < limit) return new Float64Array(dim).fill(margin);
    if (!["asng", "catcma", "none"].includes(margin)) {
      throw new Error(`margin must be one of asng, catcma, none or a number from 0 to below 1/K = ${limit}, but is ${margin}.`);
    }
    return Float64Array.from(categories, (k) => {
      const asng = 1 / (dim * (k - 1));
      const catcma = (1 - Math.pow(0.73, 1 / dim)) / (k - 1);
      if (margin === "none") return 0;
      return margin === "asng" && asng < 1 / k ? asng : catcma;
    });
  }

  /** Draw c ~ P_θ by inversion: c counts the cumulative probabilities not above u. `at` is where u starts. */
  function categoricalSample(theta, offsets, u, c, size, at = 0) {
    const dim = offsets.length - 1;
    for (let n = 0; n < size; n++) {
      for (let i = 0; i < dim; i++) {
        const first = offsets[i], last = offsets[i + 1] - 1, drawn = u[at + n * dim + i]; // the last cumulative one is 1
        let k = first, cumulative = theta[first];
        while (k < last && drawn >= cumulative) cumulative += theta[++k];
        c[n * dim + i] = k - first;
      }
    }
  }

  /** T(c): one-hot vectors end to end, one sample a row. */
  function categoricalStatistics(c, offsets, size, stats, first = 0) {
    const dim = offsets.length - 1, width = offsets[dim];
    stats.fill(0, 0, size * width);
    for (let n = 0; n < size; n++) {
      for (let i = 0; i < dim; i++) stats[n * width + offsets[i] + c[(first + n) * dim + i]] = 1;
    }
  }

  /** Write A(θ)v with AᵀA = F(θ): v/√θ, tangent to the sphere at p = √θ, carried along the great circle to the pole q. */
  function categoricalFisherSqrt(theta, offsets, pole, v, out) {
    for (let i = 0; i + 1 < offsets.length; i++) {
      const first = offsets[i], end = offsets[i + 1];
      let along = 0, cosine = 0;
      for (let k = first; k < end; k++) {
        const root = Math.sqrt(theta[k]);
        out[k] = v[k] !== 0 ? v[k] / root : 0; // a category that has died out takes no part
        along += pole[k] * out[k];
        cosine += pole[k] * root;
      }
      const turn = along / (1 + cosine);
      for (let k = first; k < end; k++) out[k] -= turn * (Math.sqrt(theta[k]) + pole[k]); // w − (q·w)/(1 + q·p)·(p + q)
    }
  }

  /**
   * Raise each probability to its row's margin, then shrink what lies above it, so that the row sums to 1. Only the
   * first `count` of `rows` are looked at; by default all.
   */
  function categoricalProject(theta, offsets, margin, rows = null, count = offsets.length - 1) {
    for (let n = 0; n < count; n++) {
      const i = rows ? rows[n] : n, first = offsets[i], end = offsets[i + 1], least = margin[i];
      let free = 0; // probability above the margin, before the row is rescaled
      for (let k = first; k < end; k++) {
        theta[k] = Math.max(theta[k] - least, 0);
        free += theta[k];
      }
      const shrink = (1 - least * (end - first)) / free;
      for (let k = first; k < end; k++) {
        theta[k] = free > 0 ? least + shrink * theta[k] : 1 / (end - first); // a row wholly at the margin: uniform
      }
    }
  }

  /** ‖v‖_F for categorical θ whose v sums to 0 in each row: F is then diag(1/θ). */
  function fisherNorm(theta, v) {
    let total = 0;
    for (let k = 0; k < theta.length; k++) if (v[k] !== 0) total += (v[k] * v[k]) / theta[k];
    return Math.sqrt(total);
  }

  /** F^{1/2}v of Bernoulli variables; F = diag(1/(θ(1−θ))). */
  function bernoulliFisherSqrt(theta, v, out) {
    for (let i = 0; i < theta.length; i++) out[i] = v[i] / Math.sqrt(theta[i] * (1 - theta[i]));
  }

  /** KL(P_θ ‖ P_other) in nats. */
  function kl(theta, other) {
    let total = 0;
    for (let k = 0; k < theta.length; k++) if (theta[k] > 0) total += theta[k] * Math.log(theta[k] / other[k]);
    return total;
  }

  /** Fisher distance of two rows: 2 arccos Σ√(pq), a great circle on the sphere of √θ, in units of ‖·‖_F. */
  function fisherDistance(p, q) {
    let cosine = 0;
    for (let k = 0; k < p.length; k++) cosine += Math.sqrt(p[k] * q[k]);
    return 2 * Math.acos(Math.min(1, cosine));
  }

  /* ---- The estimate of the natural gradient (asng_edu.optimizers.natural_gradient) ---- */

  /** u_i = mean(loss) − loss_i, counted from the first loss. */
  function meanUtility(losses, utility) {
    let mean = 0;
    for (let i = 0; i < losses.length; i++) mean += losses[i] - losses[0];
    mean /= losses.length;
    for (let i = 0; i < losses.length; i++) utility[i] = mean - (losses[i] - losses[0]);
  }

  /** The best ⌈λ/4⌉ samples get +1/⌈λ/4⌉, as many worst ones the opposite, the rest 0; equal losses share. */
  function rankUtility(losses, utility) {
    const lam = losses.length, mu = Math.floor((lam + 3) / 4);
    const order = Array.from(losses.keys()).sort((a, b) => losses[a] - losses[b]);
    for (let first = 0, end = 0; first < lam; first = end) {
      let total = 0;
      while (end < lam && losses[order[end]] === losses[order[first]]) {
        if (end < mu) total += 1 / mu;
        if (end >= lam - mu) total -= 1 / mu;
        end++;
      }
      for (let rank = first; rank < end; rank++) utility[order[rank]] = total / (end - first);
    }
  }

  /** G = (1/λ) Σ u_i (T(c_i) − θ); stats holds T(c_i) in its rows. */
  function naturalGradient(stats, theta, utility, out) {
    const lam = utility.length, width = theta.length;
    out.fill(0);
    for (let i = 0; i < lam; i++) {
      const weight = utility[i] / lam;
      for (let k = 0; k < width; k++) out[k] += weight * (stats[i * width + k] - theta[k]); // (7)
    }
  }

  function euclideanNorm(v) {
    let total = 0;
    for (let k = 0; k < v.length; k++) total += v[k] * v[k];
    if (total > 1e-290 && total < Infinity) return Math.sqrt(total);
    let largest = 0; // the squares have left the range of doubles, though their root may be within it
    for (let k = 0; k < v.length; k++) largest = Math.max(largest, Math.abs(v[k]));
    if (!(largest > 0 && largest < Infinity)) return Math.sqrt(total);
    total = 0;
    for (let k = 0; k < v.length; k++) total += (v[k] / largest) * (v[k] / largest);
    return largest * Math.sqrt(total);
  }

  /** Whether the samples point anywhere: not when all losses are equal, nor when G vanishes. */
  function isInformative(losses, utility, norm) {
    let equal = true, largest = 0;
    for (let i = 0; i < losses.length; i++) {
      equal = equal && losses[i] === losses[0];
      largest = Math.max(largest, Math.abs(utility[i]));
    }
    return !equal && norm > Math.max(NEGLIGIBLE * largest, SMALLEST);
  }

  /* ---- ASNG, SNG, Adam (asng_edu.optimizers.asng, .adam) ---- */

  /** [δ, β] with the guard δ ≤ delta_max; √n_θ there keeps β ≤ 1. */
  function trustRegion(delta0, Delta, delta_max, n_theta) {
    const delta = Math.min(delta0 / Delta, delta_max); // Alg. 1, line 3, with the guard
    return [delta, delta / Math.sqrt(n_theta)]; // Alg. 1, line 3
  }

  function naturalStep(theta, G, epsilon) {
    for (let k = 0; k < theta.length; k++) theta[k] += epsilon * G[k]; // (9); Alg. 1, line 5
  }

  /** Update s in place and return ‖s‖². */
  function accumulate(s, white, norm, beta) {
    const gain = Math.sqrt(beta * (2 - beta)) / norm;
    let squared = 0;
    for (let k = 0; k < s.length; k++) {
      s[k] = (1 - beta) * s[k] + gain * white[k]; // Alg. 1, line 6
      squared += s[k] * s[k];
    }
    return squared;
  }

  /** [γ, Δ] after the step. */
  function adapt(gamma, Delta, s_norm2, beta, alpha, Delta_max = Infinity) {
    gamma = (1 - beta) * (1 - beta) * gamma + beta * (2 - beta); // Alg. 1, line 7
    Delta = Math.min(Delta_max, Delta * Math.exp(beta * (gamma - s_norm2 / alpha))); // Alg. 1, line 8
    return [gamma, Delta];
  }

  /** The signal-to-noise ratio that ‖s‖² speaks of; compare (11). */
  function signalToNoise(s_norm2, gamma, beta) {
    if (beta >= 1) return NaN;
    const m2 = Math.min(Math.max((beta * (s_norm2 - gamma)) / (2 * (1 - beta)), 0), 1);
    return m2 < 1 ? m2 / (1 - m2) : Infinity;
  }

  /** One Adam step along G/‖G‖_F; `updates` is 1 for the first. */
  function adamStep(theta, m, v, updates, G, norm, rate) {
    const step = rate / (1 - Math.pow(BETA1, updates)), correction = 1 / (1 - Math.pow(BETA2, updates)), scale = 1 / norm;
    for (let k = 0; k < theta.length; k++) {
      const g = G[k] * scale;
      m[k] = BETA1 * m[k] + (1 - BETA1) * g;
      v[k] = BETA2 * v[k] + (1 - BETA2) * g * g;
      theta[k] += (step * m[k]) / (Math.sqrt(correction * v[k]) + TINY);
    }
  }

  /* ---- Random numbers for free running ---- */

  /**
   * A seeded generator: sfc32 (Doty-Humphrey) with 53-bit uniforms in [0, 1), and normals by Marsaglia's polar method.
   * Numbers are made by the array, for a function that returns one double after another would allocate each of them.
   */
  function generator(seed, stream = 0) {
    const state = Int32Array.of(seed, stream, 0x9e3779b9, 1);
    const words = new Int32Array(256), pool = new Float64Array(128), one = new Float64Array(1);
    let used = pool.length, spare = false;
    const kept = new Float64Array(1); // the second normal of a pair

    function fillWords(count) {
      let [a, b, c, counter] = state;
      for (let i = 0; i < count; i++) {
        const t = (a + b + counter) | 0;
        counter = (counter + 1) | 0;
        a = b ^ (b >>> 9);
        b = (c + (c << 3)) | 0;
        c = (((c << 21) | (c >>> 11)) + t) | 0;
        words[i] = t;
      }
      state[0] = a; state[1] = b; state[2] = c; state[3] = counter;
    }
    fillWords(20); // let the seed reach every bit

    function fillUniform(array) {
      for (let first = 0; first < array.length; first += 128) {
        const count = Math.min(128, array.length - first);
        fillWords(2 * count);
        for (let i = 0; i < count; i++) { // (27 bits, 26 bits) / 2^53
          array[first + i] = ((words[2 * i] >>> 5) * 67108864 + (words[2 * i + 1] >>> 6)) / 9007199254740992;
        }
      }
      return array;
    }

    function fillNormal(array) {
      for (let i = 0; i < array.length; i++) {
        if (spare) {
          array[i] = kept[0];
          spare = false;
          continue;
        }
        let x = 0, y = 0, r = 0;
        do {
          if (used === pool.length) {
            fillUniform(pool);
            used = 0;
          }
          x = 2 * pool[used] - 1;
          y = 2 * pool[used + 1] - 1;
          used += 2;
          r = x * x + y * y;
        } while (r >= 1 || r === 0);
        const scale = Math.sqrt((-2 * Math.log(r)) / r);
        array[i] = x * scale;
        kept[0] = y * scale;
        spare = true;
      }
      return array;
    }
    return { fillUniform, fillNormal, uniform: () => fillUniform(one)[0], normal: () => fillNormal(one)[0] };
  }

  return {
    METHODS, MOMENTUM, makeOffsets, uniformTheta, centrePole, smallestProbability, categoricalSample,
    categoricalStatistics, categoricalFisherSqrt, categoricalProject, fisherNorm, bernoulliFisherSqrt, kl,
    fisherDistance, meanUtility, rankUtility, naturalGradient, euclideanNorm, isInformative, trustRegion, naturalStep,
    accumulate, adapt, signalToNoise, adamStep, generator,
  };
};

ASNG.engine = ASNG.makeEngine();
