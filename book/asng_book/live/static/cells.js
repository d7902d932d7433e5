/* Cells as drawings: ASNG.cells.draw(svg, cell, options) draws a cell of a genotype into an <svg>, and when it is called
 * again for the same <svg>, moves from the drawing that is there to the new one.
 *
 *   const drawing = ASNG.cells.drawing(parent, { title: "Normal cell" });    // an <svg> as wide as its parent
 *   drawing.draw([[[0, "sep_conv_3x3"], [1, "identity"]], [[2, "max_pool_3x3"], [1, "identity"]]]);
 *   drawing.draw(another, { opacity: [[0.9, 0.4], [1, 0.7]] });                               // moves there
 *
 * A cell is that of asng_edu.nas: for each node two slots [input, operation]; input 0 is the cell before the previous,
 * 1 the previous cell, 2 + j node j. Data flows downwards, and a node stands as deep as the longest way to it. Its two
 * halves are its slots and name their operation, so that no name lies on a line. Colours follow the theme by CSS.
 *
 * Options of draw: `width`, in pixels (default: the parent's, at most 460); `title`, "Normal cell" say, begins the
 * description; `output`, "unused" (default) or "last"; `opacity[node][slot]`, from 0 to 1, of a slot and the line to it (a
 * probability, say; at 0 the slot is undecided and shows "?" and no line); `selected`, a node; `select(node)`, which makes the nodes buttons; `seconds` that it takes to move;
 * `moving: false` draws at once, as for readers who prefer no motion.
 */
(function () {
  "use strict";
  const ASNG = (globalThis.ASNG = globalThis.ASNG || {});
  const INPUTS = 2;
  const INPUT_NAMES = ["the cell before the previous", "the previous cell"];
  const BAR = 26, NODE = 52, GAP = 30; // heights: of inputs and output, of a node, least one between rows
  const SAMPLES = 64; // points of a line

  /* ---- The graph of a cell (asng_edu.nas.spaces.genotype) ---- */

  /** Each node's depth: how many nodes the longest way to its sum passes, itself too. */
  function depths(cell) {
    const found = [];
    for (const node of cell) found.push(1 + Math.max(...node.map(([source]) => (source < INPUTS ? 0 : found[source - INPUTS]))));
    return found;
  }

  /** The nodes that no other node reads. */
  function looseEnds(cell) {
    const read = new Set(cell.flatMap((node) => node.map(([source]) => source - INPUTS)));
    return [...cell.keys()].filter((node) => !read.has(node));
  }

  const outputs = (cell, output) => (output === "last" ? [cell.length - 1] : looseEnds(cell));

  const inputName = (source) => (source < INPUTS ? INPUT_NAMES[source] : `node ${source - INPUTS}`);

  /** An operation's name in one or two short words: "sep", "3×3". */
  function shortName(operation) {
    if (operation === "identity") return ["id"];
    const parts = operation.split("_"), last = parts[parts.length - 1];
    const size = /^\d+x\d+$/.test(last) ? [last.replace("x", "×")] : [];
    return [parts[0].slice(0, 5), ...size];
  }

  /** The same in full: "sep conv 3×3". */
  const fullName = (operation) => operation.replace(/_(\d+)x(\d+)$/, " $1×$2").replaceAll("_", " ");

  /** The cell in a sentence, for those who do not see it. */
  function describe(cell, { title = "Cell", output = "unused" } = {}) {
    const nodes = cell.map((node, i) => `node ${i} adds ${node.map(([source, name]) => `${name} of ${inputName(source)}`).join(" and ")}`);
    const ends = outputs(cell, output);
    return `${title}: ${nodes.join("; ")}. Its output is made of ${ends.length > 1 ? "nodes" : "node"} ${list(ends)}.`;
  }

  const list = (items) => (items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items[items.length - 1]}`);

  /**
   * The cell of a code: `space` is { nodes, operations, decisions: [{ node, slot, what }], fixed: [[node, slot, input]] }, the
   * last being the inputs that are not decided.
   */
  function decode(space, code) {
    const cell = Array.from({ length: space.nodes }, () => [[null, space.operations[0]], [null, space.operations[0]]]);
    space.fixed.forEach(([node, slot, source]) => { cell[node][slot][0] = source; });
    space.decisions.forEach(({ node, slot, what }, i) => {
      cell[node][slot][what === "input" ? 0 : 1] = what === "input" ? code[i] : space.operations[code[i]];
    });
    return cell;
  }

  /* ---- Where everything stands ---- */

  const height = (nodes) => 2 * BAR + nodes * NODE + (nodes + 1) * GAP;

  /**
   * Rows from the inputs down to the output. A line that passes a row has a place there like a node's, only narrower, so
   * that lines run between the nodes. Returns { width, height, node: width of a node, boxes: [x, y] of the inputs, the
   * nodes and the output (top centre), sides[node][slot]: −1 on the left or 1, lines[node][slot] and exits[node]: points }.
   */
  function layout(cell, { width, output = "unused" }) {
    const depth = depths(cell), rows = Math.max(...depth), last = INPUTS + cell.length; // the output's place
    const rowOf = (place) => (place < INPUTS ? 0 : place < last ? depth[place - INPUTS] : rows + 1);
    const wires = cell.flatMap((node, i) => node.map(([source], slot) => ({ from: source, to: INPUTS + i, slot, knots: [] })));
    outputs(cell, output).forEach((node) => wires.push({ from: INPUTS + node, to: last, slot: 0, knots: [] }));
    const passing = (row) => wires.filter((wire) => rowOf(wire.from) < row && row < rowOf(wire.to));
    const box = Math.min(78, ...depth.map((row) => {
      const nodes = depth.filter((d) => d === row).length;
      return (width - 9 * passing(row).length - 8 * (nodes - 1)) / nodes;
    }));
    const x = stand(cell, { width, box, depth, rows, wires, passing });

    // A node's halves stand as their lines come; which is the first means nothing to the network.
    const sides = cell.map((_, i) => {
      const [first, second] = [0, 1].map((slot) => wires.find((wire) => wire.to === INPUTS + i && wire.slot === slot));
      return latest(first, x) > latest(second, x) ? [1, -1] : [-1, 1];
    });
    const tall = height(cell.length), gap = (tall - 2 * BAR - rows * NODE) / (rows + 1);
    const top = (row) => (row === 0 ? 0 : row > rows ? tall - BAR : BAR + gap + (row - 1) * (NODE + gap));
    const bottom = (place) => top(rowOf(place)) + (place < INPUTS ? BAR : NODE);
    const port = (wire) => x[wire.to] + 0.25 * box * sides[wire.to - INPUTS][wire.slot];

    // Lines leave a box side by side, in the order in which they go on, and reach the output as they come.
    for (let place = 0; place < last; place++) {
      const next = (wire) => (wire.knots.length ? wire.knots[0] : wire.to === last ? x[last] : port(wire));
      fan(wires.filter((wire) => wire.from === place), "start", x[place], place < INPUTS ? width * 0.4 : box, next);
    }
    fan(wires.filter((wire) => wire.to === last), "end", x[last], width * 0.6, (wire) => latest(wire, x));

    const lines = cell.map(() => []), exits = cell.map((_, i) => // the place into which a line vanishes
      curve([[x[INPUTS + i], bottom(INPUTS + i)], [x[last], top(rows + 1)]]));
    for (const wire of wires) {
      const passed = wire.knots.flatMap((knot, i) => [0, NODE].map((down) => [knot, top(rowOf(wire.from) + 1 + i) + down]));
      const end = [wire.to === last ? wire.end : port(wire), top(rowOf(wire.to))];
      const points = curve([[wire.start, bottom(wire.from)], ...passed, end]);
      if (wire.to === last) exits[wire.from - INPUTS] = points;
      else lines[wire.to - INPUTS][wire.slot] = points;
    }
    return { width, height: tall, node: box, boxes: x.map((centre, place) => [centre, top(rowOf(place))]), sides, lines, exits };
  }

  /** Where a line comes from, as seen from its end. */
  const latest = (wire, x) => (wire.knots.length ? wire.knots[wire.knots.length - 1] : x[wire.from]);

  /** The x of every place, row by row; the x at which a line passes a row becomes one of its knots. */
  function stand(cell, { width, box, depth, rows, wires, passing }) {
    const x = [width * 0.27, width * 0.77];
    x[INPUTS + cell.length] = width / 2;
    for (let row = 1; row <= rows; row++) {
      const items = passing(row).map((wire) => ({ wide: 3, wanted: latest(wire, x), order: wire.to, put: (at) => wire.knots.push(at) }));
      cell.forEach((_, i) => {
        if (depth[i] !== row) return;
        const into = wires.filter((wire) => wire.to === INPUTS + i);
        const mean = into.reduce((sum, wire) => sum + latest(wire, x), 0) / into.length;
        items.push({ wide: box, wanted: (mean + width / 2) / 2, order: i, put: (at) => { x[INPUTS + i] = at; } });
      });
      spread(items, width, 8);
      items.forEach((item) => item.put(item.x));
    }
    return x;
  }

  /** Give lines their ends side by side round a centre, in the order of a key. */
  function fan(wires, end, centre, wide, key) {
    const step = Math.min(9, (wide - 16) / Math.max(1, wires.length));
    wires.sort((a, b) => key(a) - key(b)).forEach((wire, i) => { wire[end] = centre + (i - (wires.length - 1) / 2) * step; });
  }

  /** Give items their x: as near to the wanted one as can be, in that order, `gap` apart, all within the width. */
  function spread(items, width, gap) {
    items.sort((a, b) => a.wanted - b.wanted || a.order - b.order);
    const total = items.reduce((sum, item) => sum + item.wide, 0);
    const between = Math.min(gap, items.length > 1 ? Math.max(0, (width - total) / (items.length - 1)) : gap);
    for (let round = 0; round < 8; round++) { // push neighbours apart by equal parts, then back inside
      if (round === 0) items.forEach((item) => { item.x = item.wanted; });
      for (let i = 1; i < items.length; i++) {
        const [a, b] = [items[i - 1], items[i]], lack = (a.wide + b.wide) / 2 + between - (b.x - a.x);
        if (lack > 0) [a.x, b.x] = [a.x - lack / 2, b.x + lack / 2];
      }
    }
    let least = 0; // what is left over: from the left, then from the right
    for (const item of items) {
      item.x = Math.max(item.x, least + item.wide / 2);
      least = item.x + item.wide / 2 + between;
    }
    let most = width;
    for (const item of [...items].reverse()) {
      item.x = Math.min(item.x, most - item.wide / 2);
      most = item.x - item.wide / 2 - between;
    }
  }

  /** A smooth line down through the knots, as points at equal steps of y. */
  function curve(knots) {
    const y0 = knots[0][1], y1 = knots[knots.length - 1][1], found = [];
    for (let i = 0, k = 0; i < SAMPLES; i++) {
      const y = y0 + ((y1 - y0) * i) / (SAMPLES - 1);
      while (k + 2 < knots.length && y > knots[k + 1][1]) k++;
      const [[xa, ya], [xb, yb]] = [knots[k], knots[k + 1]];
      const t = Math.min(1, Math.max(0, (y - ya) / (yb - ya || 1)));
      found.push([xa + (xb - xa) * t * t * (3 - 2 * t), y]);
    }
    return found;
  }

  ASNG.cells = { INPUTS, SIZES: { BAR, NODE, GAP }, depths, looseEnds, outputs, inputName, shortName, fullName, describe, decode, layout, height, list };
})();
