/* A small network of bits and its training, with no DOM: weights by gradients, bits by ASNG, in turn.
 *
 * Layer l computes h = W_l0 y_0 + … over the layer before it and the earlier sources whose bit is on, plus b_l, and of each
 * unit y = tanh(h) if its bit is 1, else h. Source 0 is the input. The bits come in the order of asng_edu.nas.BitSpace:
 * connections, layer by layer, then units. A test compares the gradients with PyTorch's.
 */
ASNG.bitNetwork = (function () {
  "use strict";
  const E = ASNG.engine;
  const BATCH = 20, MOMENTUM = 0.9, DRAWS = 8, NOISE = 0.12;

  /** What there is: layers and units, the connections that bits decide, and where each matrix starts among the weights. */
  function shape(layers, units, inputs = 2) {
    const widths = [inputs, ...new Array(layers).fill(units)], connections = [], wires = [];
    let size = 0;
    const take = (count) => { size += count; return size - count; };
    for (let layer = 1; layer <= layers; layer++) {
      for (let source = 0; source < layer; source++) {
        const bit = source < layer - 1 ? connections.push([layer, source]) - 1 : null; // the layer before is always read
        wires.push({ layer, source, bit, at: take(units * widths[source]) });
      }
    }
    const biases = Array.from({ length: layers }, () => take(units));
    return { layers, units, inputs, widths, connections, wires, biases, last: take(units + 1), size, bits: connections.length + layers * units };
  }

  const unitBit = (net, layer, unit) => net.connections.length + (layer - 1) * net.units + unit;
  const isOn = (wire, code) => wire.bit === null || code[wire.bit] === 1;

  /** Weights at the start: normal, of variance one over the width of what they read; biases 0. */
  function initial(net, random) {
    const w = new Float64Array(net.size);
    const fill = (at, count, fan) => { for (let i = 0; i < count; i++) w[at + i] = random.normal() / Math.sqrt(fan); };
    net.wires.forEach(({ at, source }) => fill(at, net.units * net.widths[source], net.widths[source]));
    fill(net.last, net.units, net.units);
    return w;
  }

  /** The outputs of all layers for one point, [y_0, …, y_L], and the logit. */
  function forward(net, w, code, point) {
    const outputs = [point];
    for (let layer = 1; layer <= net.layers; layer++) {
      const y = Array.from({ length: net.units }, (_, u) => w[net.biases[layer - 1] + u]);
      for (const wire of net.wires) {
        if (wire.layer !== layer || !isOn(wire, code)) continue;
        const from = outputs[wire.source];
        for (let u = 0, k = wire.at; u < net.units; u++) for (let i = 0; i < from.length; i++) y[u] += w[k++] * from[i];
      }
      outputs.push(y.map((h, u) => (code[unitBit(net, layer, u)] ? Math.tanh(h) : h)));
    }
    const logit = outputs[net.layers].reduce((sum, y, u) => sum + w[net.last + u] * y, w[net.last + net.units]);
    return { outputs, logit };
  }

  /** The loss of a logit for a label 0 or 1: −ln of the probability of the label. */
  const logistic = (logit, label) => Math.log1p(Math.exp(-Math.abs(logit))) + Math.max(label ? -logit : logit, 0);

  /** The mean loss of points { x, label }. */
  function meanLoss(net, w, code, points) {
    return points.reduce((sum, { x, label }) => sum + logistic(forward(net, w, code, x).logit, label), 0) / points.length;
  }

  /** Write the gradient of the mean loss by the weights; return the loss. */
  function gradient(net, w, code, points, out) {
    out.fill(0);
    let total = 0;
    for (const { x, label } of points) {
      const { outputs, logit } = forward(net, w, code, x);
      total += logistic(logit, label) / points.length;
      const slope = (1 / (1 + Math.exp(-logit)) - label) / points.length;
      const back = net.widths.map((width) => new Float64Array(width));
      out[net.last + net.units] += slope;
      outputs[net.layers].forEach((y, u) => {
        out[net.last + u] += slope * y;
        back[net.layers][u] += slope * w[net.last + u];
      });
      for (let layer = net.layers; layer > 0; layer--) {
        const dh = back[layer].map((d, u) => (code[unitBit(net, layer, u)] ? d * (1 - outputs[layer][u] ** 2) : d));
        dh.forEach((d, u) => { out[net.biases[layer - 1] + u] += d; });
        for (const wire of net.wires) {
          if (wire.layer !== layer || !isOn(wire, code)) continue;
          const from = outputs[wire.source];
          for (let u = 0, k = wire.at; u < net.units; u++) {
            for (let i = 0; i < from.length; i++, k++) {
              out[k] += dh[u] * from[i];
              back[wire.source][i] += dh[u] * w[k];
            }
          }
        }
      }
    }
    return total;
  }

  /* ---- Data: two classes in the plane ---- */

  const KINDS = {
    ring: (random, label) => {
      const r = label ? 1.05 + NOISE * random.normal() : 0.55 * Math.sqrt(random.uniform()), a = 2 * Math.PI * random.uniform();
      return [r * Math.cos(a), r * Math.sin(a)];
    },
    moons: (random, label) => {
      const a = Math.PI * random.uniform(), side = label ? 1 : -1;
      return [side * (0.75 * Math.cos(a) - 0.37) + NOISE * random.normal(), side * (0.75 * Math.sin(a) - 0.2) + NOISE * random.normal()];
    },
    straight: (random, label) => {
      const side = label ? 1 : -1;
      return [0.45 * side + 0.3 * random.normal(), 0.3 * side + 0.3 * random.normal()];
    },
  };

  function points(kind, count, random) {
    return Array.from({ length: count }, (_, n) => ({ x: KINDS[kind](random, n % 2), label: n % 2 }));
  }

  /* ---- Training ---- */

  /**
   * A training of one arm: "learned" bits, "random" ones drawn anew in each step, or all "on". Arms of one seed begin with the
   * same weights and see the same points. `pins[i]` is 0 or 1 where a bit is pinned, else null.
   */
  function start(arm, { kind, seed, steps, rate = 0.1, layers = 3, units = 4 }) {
    const net = shape(layers, units), sets = E.generator(seed, 1), order = E.generator(seed, 2), bits = E.generator(seed, 3);
    const data = { x: points(kind, 200, sets), theta: points(kind, 200, sets), test: points(kind, 300, sets) };
    const w = initial(net, E.generator(seed, 4)), velocity = new Float64Array(net.size), slope = new Float64Array(net.size);
    const pins = new Array(net.bits).fill(null), rows = new Array(net.bits).fill(2);
    const method = E.startSearch(rows, bits.uniform);
    let step = 0;
    const pinned = (code) => code.map((bit, i) => (pins[i] === null ? bit : pins[i]));
    const draw = () => pinned(arm === "on" ? rows.map(() => 1) : arm === "random" ? rows.map(() => Number(bits.uniform() < 0.5)) : method.ask(1)[0]);
    const batch = (set) => Array.from({ length: BATCH }, () => set[Math.floor(set.length * order.uniform())]);
    const one = (i) => method.theta[2 * i + 1]; // the probability of 1
    const mode = () => pinned(rows.map((_, i) => Number(arm === "on" || (arm === "learned" && one(i) > 0.5))));

    function advance() {
      gradient(net, w, draw(), batch(data.x), slope); // (6), along one path c ~ P_θ
      const now = 0.5 * rate * (1 + Math.cos((Math.PI * step) / steps));
      for (let k = 0; k < w.length; k++) {
        velocity[k] = MOMENTUM * velocity[k] + slope[k];
        w[k] -= now * velocity[k]; // (8)
      }
      const seen = batch(data.theta); // every arm takes it, so that all see the same points
      if (arm === "learned") {
        const codes = method.ask(2).map(pinned);
        method.tell(codes, codes.map((code) => meanLoss(net, w, code, seen))); // (7) and (9)
      }
      step += 1;
    }

    /** The probability of class 1: of the mode, and where bits are random the mean over some draws. */
    function predict(x, codes = known()) {
      return codes.reduce((sum, code) => sum + 1 / (1 + Math.exp(-forward(net, w, code, x).logit)), 0) / codes.length;
    }
    const lots = E.generator(seed, 5), fair = Array.from({ length: DRAWS }, () => rows.map(() => Number(lots.uniform() < 0.5)));
    const known = () => (arm === "random" ? fair.map(pinned) : [mode()]);
    function error() {
      const codes = known();
      return data.test.filter(({ x, label }) => predict(x, codes) > 0.5 !== (label === 1)).length / data.test.length;
    }
    return { arm, net, w, data, pins, method, one, mode, advance, predict, known, error, get step() { return step; } };
  }

  return { DRAWS, shape, unitBit, isOn, initial, forward, gradient, meanLoss, points, start };
})();
