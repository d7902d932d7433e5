/* The mathematics of chapter "The search space", with no DOM: asng_edu.nas.spaces.cell_space, .size and .repeats again.
 *
 * A space is { nodes, operations, kinds }, a genotype { normal: [[[input, operation], [input, operation]], …], … } as in
 * JSON, and c a list with the number of the option taken for each decision, in the order of the Python library.
 */
ASNG.searchSpace = (function () {
  "use strict";
  const INPUTS = 2, SLOTS = ["first", "second"];
  const ARTICLE = {
    nodes: 5, operations: ["identity", "sep_conv_3x3", "sep_conv_5x5", "avg_pool_3x3", "max_pool_3x3"], kinds: ["normal", "reduction"],
  };

  /* ---- Decisions, codes, numbers (asng_edu.nas.spaces.cell_space) ---- */

  /** One categorical variable each: { kind, node, slot, what, size }; what has one option is none. */
  function decisions({ nodes, operations, kinds }) {
    const found = [];
    for (const kind of kinds) {
      for (let node = 0; node < nodes; node++) {
        for (const slot of [0, 1]) {
          found.push({ kind, node, slot, what: "input", size: INPUTS + node });
          if (operations.length > 1) found.push({ kind, node, slot, what: "operation", size: operations.length });
        }
      }
    }
    return found;
  }

  const product = (numbers) => numbers.reduce((total, n) => total * BigInt(n), 1n);

  /** How many genotypes there are, exactly; ΣK and n_θ. */
  function figures(space) {
    const sizes = decisions(space).map((d) => d.size), options = sizes.reduce((total, n) => total + n, 0);
    return { size: product(sizes), decisions: sizes.length, options, n_theta: options - sizes.length };
  }

  function encode(space, genotype) {
    return decisions(space).map(({ kind, node, slot, what }) => {
      const [input, operation] = genotype[kind][node][slot];
      return what === "input" ? input : space.operations.indexOf(operation);
    });
  }

  function decode(space, c) {
    const genotype = Object.fromEntries(space.kinds.map((kind) => [kind,
      Array.from({ length: space.nodes }, () => [[0, space.operations[0]], [0, space.operations[0]]])]));
    decisions(space).forEach(({ kind, node, slot, what }, i) => {
      genotype[kind][node][slot][what === "input" ? 0 : 1] = what === "input" ? c[i] : space.operations[c[i]];
    });
    return genotype;
  }

  /** The number of a code among all, from 0, as if the decisions were its digits; the first counts most. */
  function index(space, c) {
    return decisions(space).reduce((total, { size }, i) => total * BigInt(size) + BigInt(c[i]), 0n);
  }

  /** A code, each equally likely; `random` is one of ASNG.engine.generator. */
  const random = (space, random) => decisions(space).map(({ size }) => Math.floor(size * random.uniform()));

  /* ---- Genotypes as text ---- */

  /** The genotype that a text holds; an error says in a sentence why it holds none of this space. */
  function read(space, text) {
    let value;
    try {
      value = JSON.parse(text);
    } catch {
      throw new Error(text.trim() ? "This is not JSON: perhaps a bracket or a quotation mark is missing." : "There is no text to read.");
    }
    if (value && typeof value === "object" && "genotype" in value) value = value.genotype; // the record of a search
    if (value === null || typeof value !== "object" || Array.isArray(value)) {
      throw new Error(`A genotype is an object with the cells ${space.kinds.join(" and ")}, but this is ${short(value)}.`);
    }
    const strange = Object.keys(value).find((kind) => !space.kinds.includes(kind));
    if (strange !== undefined) throw new Error(`The cells are called ${space.kinds.join(" and ")}, but one here is “${strange}”.`);
    return Object.fromEntries(space.kinds.map((kind) => [kind, readCell(space, kind, value[kind])]));
  }

  function readCell({ nodes, operations }, kind, cell) {
    if (cell === undefined) throw new Error(`The ${kind} cell is missing.`);
    if (!Array.isArray(cell) || cell.length !== nodes) {
      throw new Error(`The ${kind} cell must be a list of ${nodes} nodes, but is ${Array.isArray(cell) ? `one of ${cell.length}` : short(cell)}.`);
    }
    return cell.map((node, i) => {
      const where = `node ${i} of the ${kind} cell`;
      if (!Array.isArray(node) || node.length !== 2) throw new Error(`In ${where} there must be two slots, but there is ${short(node)}.`);
      return node.map((slot, s) => {
        if (!Array.isArray(slot) || slot.length !== 2) throw new Error(`The ${SLOTS[s]} slot of ${where} must be [input, "operation"], but is ${short(slot)}.`);
        const [input, operation] = slot;
        if (!Number.isInteger(input) || input < 0 || input > INPUTS + i - 1) {
          throw new Error(`The ${SLOTS[s]} input of ${where} must be a whole number from 0 to ${INPUTS + i - 1}, but is ${short(input)}.`);
        }
        if (!operations.includes(operation)) {
          throw new Error(`The ${SLOTS[s]} operation of ${where} must be one of ${operations.join(", ")}, but is ${short(operation)}.`);
        }
        return [input, operation];
      });
    });
  }

  function short(value) {
    const text = JSON.stringify(value);
    return text === undefined ? "nothing" : text.length > 40 ? `${text.slice(0, 40)}…` : text;
  }

  /* ---- The size of the stacked network (asng_edu.nas.supernet.network, .size) ---- */

  /** Weights, and numbers of BN, of one operation with c channels, by the costs that Python states (see cell_drawing.js). */
  function cost(operation, c, stride) {
    const { costs } = ASNG.operations.known[operation] || {};
    if (!costs) throw new Error(`The cost of the operation ${operation} is not known here.`);
    const [squares, multiples, norms] = costs[stride - 1];
    return { weights: squares * c * c + multiples * c, norm: norms * c };
  }

  /** { parameters, multiply_adds } with BN of scale and shift, no auxiliary head. */
  function count(space, genotype, { cells = 20, channels = 36, classes = 10, image = [3, 32, 32] } = {}) {
    const kinds = Array.from({ length: cells }, (_, i) => (space.kinds.length === 1 ? space.kinds[0]
      : i === Math.floor(cells / 3) || i === Math.floor((2 * cells) / 3) ? "reduction" : "normal"));
    let [, height, width] = image, parameters = 0, multiply_adds = 0, c = channels;
    const add = (weights, norm, pixels) => {
      parameters += weights + norm;
      multiply_adds += weights * pixels; // a weight of a convolution works once at each pixel of the output
    };
    add(9 * image[0] * 3 * c, 6 * c, height * width); // the stem: 3×3, to 3C channels
    let before = [3 * c, 3 * c];
    for (const kind of kinds) {
      const cell = genotype[kind], reduces = kind === "reduction";
      if (reduces) c *= 2;
      before.forEach((channelsBefore) => add(channelsBefore * c, 2 * c, height * width)); // 1×1, or factorised reduction
      const half = [Math.ceil(height / 2), Math.ceil(width / 2)];
      if (reduces) [height, width] = half;
      for (const node of cell) {
        const [one, other] = node;
        const different = one[0] === other[0] && one[1] === other[1] ? [one] : node; // twice the same is one module
        for (const [input, operation] of different) {
          const { weights, norm } = cost(operation, c, reduces && input < INPUTS ? 2 : 1);
          add(weights, norm, height * width);
        }
      }
      add(ASNG.cells.looseEnds(cell).length * c * c, 2 * c, height * width); // the mix
      before = [before[1], c];
    }
    parameters += c * classes + classes;
    multiply_adds += c * classes;
    return { parameters, multiply_adds };
  }

  /* ---- Which codes are the same network (asng_edu.nas.spaces.isomorphism) ---- */

  function* orders(items) {
    if (items.length < 2) yield items;
    for (const [i, item] of items.entries()) {
      if (items.length > 1) for (const rest of orders([...items.slice(0, i), ...items.slice(i + 1)])) yield [item, ...rest];
    }
  }

  /** All cells that differ from this one in the numbers of nodes and the order of slots only, itself among them. */
  function sameCells(cell) {
    const found = new Map();
    for (const order of orders([...cell.keys()])) { // order[k] is the node that gets the number k
      const number = [];
      order.forEach((node, k) => { number[node] = k; });
      const place = (input) => (input < INPUTS ? input : INPUTS + number[input - INPUTS]);
      const renamed = order.map((node) => cell[node].map(([input, operation]) => [place(input), operation]));
      if (renamed.some((node, k) => node.some(([input]) => input >= INPUTS + k))) continue; // would read a later node
      let versions = [[]];
      for (const [one, other] of renamed) {
        const ways = one[0] === other[0] && one[1] === other[1] ? [[one, other]] : [[one, other], [other, one]];
        versions = versions.flatMap((start) => ways.map((way) => [...start, way]));
      }
      versions.forEach((version) => found.set(JSON.stringify(version), version));
    }
    return [...found.values()];
  }

  /* ---- The distribution over a space ---- */

  /** A θ with rows of unequal probabilities: the larger `sharp`, the more unequal. One row for each decision. */
  function randomTheta(space, random, sharp) {
    return decisions(space).map(({ size }) => {
      const weights = Array.from({ length: size }, () => Math.exp(sharp * random.normal()));
      const total = weights.reduce((sum, w) => sum + w, 0);
      return weights.map((w) => w / total);
    });
  }

  /** The most probable option of each row; the first one of equals. */
  const mode = (theta) => theta.map((row) => row.indexOf(Math.max(...row)));

  const probability = (theta, c) => theta.reduce((total, row, i) => total * row[c[i]], 1);

  /**
   * The most probable code when it does not matter which slot of a node is the first, and its probability then:
   * p₁(a)p₂(b) + p₁(b)p₂(a) for slots that differ, a and b being pairs of an input and an operation. Of spaces in which
   * every decision is one, so that the four rows of a node follow one another.
   */
  function modeInAnyOrder(theta) {
    const c = [];
    let probability = 1;
    for (let at = 0; at < theta.length; at += 4) {
      const [in1, op1, in2, op2] = theta.slice(at, at + 4), K = op1.length;
      const pair = (inputs, operations, k) => inputs[Math.floor(k / K)] * operations[k % K];
      let best = -1, found = null;
      for (let a = 0; a < in1.length * K; a++) {
        for (let b = a; b < in1.length * K; b++) {
          const ab = pair(in1, op1, a) * pair(in2, op2, b), ba = a === b ? 0 : pair(in1, op1, b) * pair(in2, op2, a);
          if (ab + ba > best) [best, found] = [ab + ba, ab >= ba ? [a, b] : [b, a]];
        }
      }
      found.forEach((k) => c.push(Math.floor(k / K), k % K));
      probability *= best;
    }
    return { c, probability };
  }

  /** The probability of a code or any other that swaps slots. */
  function probabilityInAnyOrder(theta, c) {
    let total = 1;
    for (let at = 0; at < theta.length; at += 4) {
      const [a, b, d, e] = c.slice(at, at + 4), [in1, op1, in2, op2] = theta.slice(at, at + 4);
      total *= in1[a] * op1[b] * in2[d] * op2[e] + (a === d && b === e ? 0 : in1[d] * op1[e] * in2[a] * op2[b]);
    }
    return total;
  }

  /** How many genotypes there are if the order of the slots does not matter: n(n + 1)/2 for n pairs of input and operation. */
  function sizeInAnyOrder({ nodes, operations, kinds }) {
    const pairs = Array.from({ length: nodes }, (_, node) => (INPUTS + node) * operations.length);
    return product(pairs.map((n) => (n * (n + 1)) / 2)) ** BigInt(kinds.length);
  }

  return { ARTICLE, INPUTS, SLOTS, decisions, figures, encode, decode, index, random, read, count, sameCells, randomTheta, mode,
    probability, modeInAnyOrder, probabilityInAnyOrder, sizeInAnyOrder };
})();
