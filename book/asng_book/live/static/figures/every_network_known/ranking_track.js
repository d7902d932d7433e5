/* A slider over the lengths of a training, whose track is what the supernet is worth after each: rank correlations with the truth.
 *
 *   const track = ASNG.rankingTrack(parent, { label, hint, onInput });
 *   track.set({ epochs: [0, 1, 5], format: (i) => "5 epochs", seed: 0, at: 2,
 *     curves: [{ name: "all", colour: "text", seeds: [[0.1, 0.5, 0.8], …], limit: 0.9 }] });
 *
 * `at` is a place among the epochs. The curve of the chosen seed is thick; `limit`, where there is one, is a dashed line.
 */
ASNG.rankingTrack = function rankingTrack(parent, { label, hint, onInput }) {
  const { ui } = ASNG;
  const HEIGHT = 132, PAD = { left: 34, right: 72, top: 8, bottom: 18 }, THUMB = 9; // half of the thumb, in pixels
  const LEAST = -0.2;
  const frame = { width: 1 };
  let now = null;

  const slider = ui.slider(parent, { label, min: 0, max: 1, step: 1, value: 0, format: (i) => (now ? now.format(i) : ""), onInput });
  const holder = ui.el("div");
  slider.row.classList.add("asng-fig4"); // a slider as wide as the axis above it
  slider.row.querySelector("label").after(ui.el("span", { class: "asng-hint" }, hint));
  slider.row.insertBefore(holder, slider.input);
  slider.input.style.width = `calc(100% - ${PAD.left + PAD.right - 2 * THUMB}px)`;
  slider.input.style.marginLeft = `${PAD.left - THUMB}px`;
  const picture = ui.canvas(holder, { height: HEIGHT, label, draw });
  ui.drag(picture, { label, move: choose, scroll: "pan-y" });

  const last = () => now.epochs.length - 1;
  const X = (i) => PAD.left + ((frame.width - PAD.left - PAD.right) * i) / Math.max(1, last());
  const Y = (value) => HEIGHT - PAD.bottom - ((HEIGHT - PAD.top - PAD.bottom) * (value - LEAST)) / (1 - LEAST);

  function choose(x) {
    const at = Math.round(((x - PAD.left) / (frame.width - PAD.left - PAD.right)) * last()), inside = Math.max(0, Math.min(last(), at));
    if (inside === slider.value) return;
    slider.value = inside;
    onInput(inside);
  }

  function draw(g, width, _, colours) {
    if (!now) return;
    frame.width = width;
    axes(g, colours);
    const labels = [], { at, seed } = now;
    for (const { name, colour, seeds, limit } of now.curves) {
      g.strokeStyle = g.fillStyle = colours[colour];
      seeds.forEach((values, i) => curve(g, values, i === seed));
      if (limit !== undefined) dashed(g, Y(limit));
      ui.marker(g, "circle", X(at), Y(seeds[seed][at]), 5);
      labels.push({ x: X(seeds[seed].length - 1), y: Y(seeds[seed].at(-1)), text: name, colour: colours[colour] });
    }
    g.font = `12px ${colours.font}`;
    ui.lineLabels(g, { left: PAD.left, top: 0, width: width - PAD.left, height: HEIGHT - PAD.bottom }, labels, colours.ground);
  }

  function axes(g, colours) {
    g.font = `11.5px ${colours.font}`;
    g.lineWidth = 1;
    g.textBaseline = "middle";
    g.textAlign = "right";
    for (const value of [0, 0.5, 1]) {
      ui.rule(g, colours.grid, PAD.left, Y(value), frame.width - PAD.right, Y(value));
      g.fillStyle = colours.muted;
      g.fillText(String(value), PAD.left - 8, Y(value));
    }
    g.textBaseline = "top";
    g.textAlign = "center";
    now.epochs.forEach((epoch, i) => g.fillText(String(epoch), X(i), HEIGHT - PAD.bottom + 4));
    ui.rule(g, colours.text, X(now.at), PAD.top, X(now.at), HEIGHT - PAD.bottom);
  }

  function curve(g, values, chosen) {
    g.globalAlpha = chosen ? 1 : 0.35;
    g.lineWidth = chosen ? 2.5 : 1;
    g.beginPath();
    values.forEach((value, i) => g.lineTo(X(i), Y(value)));
    g.stroke();
    g.globalAlpha = 1;
  }

  function dashed(g, y) {
    g.globalAlpha = 0.7;
    g.lineWidth = 1.2;
    g.setLineDash([5, 4]);
    g.beginPath();
    g.moveTo(PAD.left, y);
    g.lineTo(frame.width - PAD.right, y);
    g.stroke();
    g.setLineDash([]);
    g.globalAlpha = 1;
  }

  return {
    get value() { return slider.value; },
    set(wanted) {
      now = wanted;
      slider.input.max = last();
      slider.value = now.at;
      picture.redraw();
    },
    describe: (text) => picture.describe(text),
  };
};
