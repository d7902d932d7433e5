/* One method in the welcome figure: its map of θ, how many choices a sample gets right, and its loss as a sparkline.
 *
 *   const contender = ASNG.contender(parent, { method, what: "adapts its step" });
 *   contender.show({ run, point, ghost, outcome });          // a run up to one of its points; ghost: it is of another δ⁰
 */
(function () {
  "use strict";
  const { ui, engine, WelcomeRaces } = ASNG;
  const { dim, categories, updates } = WelcomeRaces.SETTING;
  const SHADES = 48, SPARK = { height: 26, low: 0.004, high: 12 };

  ASNG.contender = function contender(parent, { method, what }) {
    const node = ui.el("div", { class: "asng-contender" });
    node.style.setProperty("--asng-mark", `var(--asng-${method})`);
    const score = ui.el("b"), outcome = ui.el("span", { class: "asng-hint asng-outcome" }), spark = ui.el("div", { class: "asng-spark" });
    node.append(ui.el("p", { class: "asng-name" }, ui.el("b", {}, ui.METHODS[method].label), ` ${what}`),
      ui.el("p", { class: "asng-score" }, score, ` of ${dim} right`), outcome, ui.el("span", { class: "asng-hint asng-loss" }, "loss"), spark);
    parent.append(node);
    const line = ui.canvas(spark, { height: SPARK.height, label: "loss", draw: drawLine });
    const map = ui.canvas(node, { height: (width) => categories * Math.min(17, Math.max(12, (width / dim) * 0.8)), label: "θ", draw: drawMap });
    let shown = { theta: new Float64Array(dim * categories).fill(1 / categories), run: null, point: 0, ghost: false };
    map.node.addEventListener("pointermove", (event) => {
      const box = map.node.getBoundingClientRect();
      const i = Math.floor((dim * (event.clientX - box.left)) / box.width), k = Math.floor((categories * (event.clientY - box.top)) / box.height);
      const value = shown.theta[i * categories + k];
      map.node.title = value === undefined ? "" : `choice ${i + 1}, option ${k}: probability ${ui.number(value, 2)}`;
    });

    /** The top row, where the right options are, in the method's colour, all others in grey. */
    function drawMap(g, width, height, colours) {
      const right = shades(colours, colours[method]), wrong = shades(colours, colours.text);
      const w = width / dim, h = height / categories;
      g.globalAlpha = shown.ghost ? 0.5 : 1;
      shown.theta.forEach((value, n) => {
        const k = n % categories, x = Math.round(Math.floor(n / categories) * w);
        g.fillStyle = (k === 0 ? right : wrong)[Math.round(SHADES * Math.min(1, Math.max(0, value)))];
        g.fillRect(x, Math.round(k * h), Math.round((Math.floor(n / categories) + 1) * w) - x - 1, Math.round((k + 1) * h) - Math.round(k * h) - 1);
      });
      g.globalAlpha = 1;
    }

    const shades = (colours, full) => Array.from({ length: SHADES + 1 }, (_, i) => ui.mix(colours.low, full, i / SHADES));

    function drawLine(g, width, height, colours) {
      const { run, point } = shown, X = (update) => 3 + ((width - 6) * update) / updates;
      const Y = (loss) => 3 + ((height - 6) * Math.log(SPARK.high / Math.max(SPARK.low, Math.min(SPARK.high, loss)))) / Math.log(SPARK.high / SPARK.low);
      g.setLineDash([2, 3]);
      g.lineWidth = 1;
      ui.rule(g, colours.muted, 0, Y(1 / categories), width, Y(1 / categories));
      g.setLineDash([]);
      if (!run || point < 1) return;
      const at = (i) => [X(i < run.length - 1 ? i * run.every : run.done), Y(run.best[i])];
      g.globalAlpha = shown.ghost ? 0.5 : 1;
      g.strokeStyle = g.fillStyle = colours[method];
      g.lineWidth = 1.6;
      g.lineJoin = "round";
      g.beginPath();
      for (let i = 1; i <= point; i++) g.lineTo(...at(i));
      g.stroke();
      if (run.solved !== null && point >= run.length - 1) ui.marker(g, "circle", ...at(point), 3);
      g.globalAlpha = 1;
    }

    return {
      /** Without a run: nothing is known yet, and all options of a choice are equally probable. */
      show({ run = null, point = 0, ghost = false, says = "" }) {
        const theta = run ? engine.thetaAt(run, point) : new Float64Array(dim * categories).fill(1 / categories);
        const right = run ? run.right[point] : dim / categories;
        shown = { theta, run, point, ghost };
        score.textContent = right.toFixed(1);
        node.classList.toggle("asng-ghost", ghost);
        outcome.textContent = says;
        map.describe(`θ of ${ui.METHODS[method].label}: a sample is expected to get ${right.toFixed(1)} of ${dim} choices right.`);
        line.describe(run ? `Loss of ${ui.METHODS[method].label}, in the end ${ui.number(run.best[point], 2)}.` : "Loss");
        map.redraw();
        line.redraw();
      },
    };
  };
})();
