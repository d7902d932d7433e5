/* Two coins, each claimed to be a little different from what it is. They are tossed until the claim is exposed, and a
 * ruler whose ticks are equally far apart says why the same 0.01 shows so much sooner in one of them.
 *
 * Options: `p`, the probabilities of the two coins; `change`, how much higher the claims are.
 */
ASNG.register("kl-ruler", function (element, options) {
  "use strict";
  const { ui, coinEvidence: evidence } = ASNG;
  const LOOKS = [{ colour: "muted", dash: [] }, { colour: "text", dash: [] }];
  const FIRST = 150, SPEED = 0.9; // tosses before anyone has touched it; how the pace grows, a second
  const ROW = 44, PLOT = 150, FOOT = 24, LEFT = 46, RULER = 86;
  let seed = options.seed || 1, coins = [], reach = 1, span = 1; // the axis spans what has been tossed, and grows up to its reach

  const picture = ui.canvas(element, { height: 2 * ROW + PLOT + FOOT, label: "evidence against the claims", draw });
  const ruler = ui.canvas(ui.panel(element, "A ruler for coins: neighbouring ticks are equally hard to tell apart"),
    { height: RULER, label: "the ruler", draw: drawRuler });
  const bar = ui.buttons(element);
  const go = ui.button(bar, { label: "Toss", primary: true, onClick: () => (animation.running ? animation.stop() : tossOn()) });
  ui.button(bar, { label: "Begin again", onClick: () => { seed += 1; begin(); } });
  const controls = ui.controls(element);
  const start = options.p || [0.5, 0.98];
  const places = ["first coin, p", "second coin, p"].map((label, i) => ui.slider(controls, { label, min: 0.02, max: 0.98, step: 0.01, value: start[i], onInput: begin }));
  const change = ui.slider(controls, { label: "claimed p is higher by", values: [0.005, 0.01, 0.015], value: options.change || 0.01, onInput: begin });
  const summary = ui.summary(element);
  const animation = ui.animation(element, tick, (running) => { go.textContent = running ? "Pause" : "Toss"; });

  const name = ({ p, q }) => `${ui.number(p)} → ${ui.number(q)}`;

  /** The first of some multiples of a power of ten that is no less than a number. */
  function roundUp(number, multiples) {
    const power = 10 ** Math.floor(Math.log10(number));
    return multiples.map((m) => m * power).find((most) => most >= number);
  }

  function begin() {
    animation.stop();
    const claims = places.map(({ value: p }) => [p, p + change.value]);
    const wanted = 2 * Math.max(...claims.map(([p, q]) => evidence.expectedTosses(p, q)));
    reach = roundUp(wanted, [1, 2, 3, 4, 5, 6, 8, 10]);
    coins = claims.map(([p, q], i) => evidence.newCoin(p, q, 2 * seed + i, Math.max(1, Math.round(reach / 6000))));
    coins.forEach((coin) => evidence.toss(coin, FIRST));
    show();
  }

  const open = () => coins.filter((coin) => coin.exposed === null && coin.tosses < reach);

  function tossOn() {
    if (!open().length) begin();
    if (!ui.reducedMotion()) return animation.start();
    open().forEach((coin) => evidence.toss(coin, reach - coin.tosses));
    return show();
  }

  function tick(seconds) {
    for (const coin of open()) evidence.toss(coin, Math.min(reach - coin.tosses, Math.ceil(seconds * (60 + SPEED * coin.tosses))));
    show();
    return open().length > 0;
  }

  function show() {
    span = Math.min(reach, roundUp(1.02 * Math.max(...coins.map(({ tosses }) => tosses)), [2, 5, 10]));
    picture.redraw();
    ruler.redraw();
    const text = coins.map((coin) => `${name(coin)}: ${state(coin)}${expected(coin)}`).join("; ");
    summary.say(`Tosses until the odds against the claim are ${evidence.ODDS} to 1. ${text}.`);
    picture.describe(`Evidence against tosses. ${text}.`);
    ruler.describe(`On the ruler ${coins.map((coin) => `the change ${name(coin)} is ${ui.number(distance(coin), 2)} long`).join(", ")}.`);
    element.dataset.summary = JSON.stringify(coins.map(({ p, q, tosses, exposed, evidence: found }) => ({ p, q, tosses, exposed, evidence: found })));
  }

  const state = ({ tosses, exposed }) => (exposed === null ? `not yet after ${ui.number(tosses, 7)}` : `exposed after ${ui.number(exposed, 7)}`);
  const expected = ({ p, q, exposed }) => (exposed === null ? "" : `, ${ui.number(Math.round(evidence.expectedTosses(p, q)), 7)} expected`);
  const angle = (p) => 2 * Math.asin(Math.sqrt(p));
  const distance = ({ p, q }) => angle(q) - angle(p);

  /* ---- Tosses and evidence ---- */

  function draw(g, width, height, colours) {
    coins.forEach((coin, i) => drawTosses(g, coin, LOOKS[i], i * ROW, width, colours));
    g.font = `12px ${colours.font}`;
    g.fillStyle = colours.muted;
    g.textAlign = "right";
    g.fillText("● heads  ○ tails", width, 14);
    const top = 2 * ROW + 8, low = 2 * ROW + PLOT, most = 1.25 * evidence.BAR, least = -evidence.BAR;
    const X = (n) => LEFT + ((width - LEFT - 6) * n) / span;
    const Y = (value) => low - ((low - top) * (Math.max(least, Math.min(most, value)) - least)) / (most - least);
    g.font = `12px ${colours.font}`;
    g.fillStyle = colours.muted;
    g.lineWidth = 1;
    g.textAlign = "right";
    for (const [value, text] of [[evidence.BAR, "20 : 1"], [0, "1 : 1"], [-evidence.BAR, "1 : 20"]]) {
      ui.rule(g, colours.grid, LEFT, Y(value), width, Y(value));
      g.fillText(text, LEFT - 6, Y(value) + 4);
    }
    for (const share of width < 560 ? [0, 0.5, 1] : [0, 0.25, 0.5, 0.75, 1]) {
      g.textAlign = share === 1 ? "right" : share ? "center" : "left";
      g.fillText(ui.number(share * span, 7) + (share === 1 ? " tosses" : ""), share === 1 ? width : X(share * span), height - 6);
    }
    g.textAlign = "left";
    g.fillText("odds against the claim", LEFT + 4, Y(-evidence.BAR) - 6);
    g.setLineDash([2, 3]);
    ui.rule(g, colours.text, LEFT, Y(evidence.BAR), width, Y(evidence.BAR));
    g.setLineDash([]);
    coins.forEach((coin, i) => drawEvidence(g, coin, LOOKS[i], X, Y, colours));
    const near = Math.abs(X(coins[0].tosses) - X(coins[1].tosses)) < 100; // one name would be written on the other
    coins.filter(({ exposed }, i) => exposed !== null && !(near && i)).forEach((coin) => {
      g.fillStyle = colours[LOOKS[coins.indexOf(coin)].colour];
      g.font = `600 12px ${colours.font}`;
      g.textAlign = X(coin.tosses) + 90 > width ? "right" : "left";
      g.fillText(name(coin), X(coin.tosses), Y(evidence.BAR) - 9);
    });
  }

  /** A coin's last tosses, heads filled and tails hollow, and how many there were. */
  function drawTosses(g, coin, look, y, width, colours) {
    g.fillStyle = g.strokeStyle = colours[look.colour];
    g.textAlign = "left";
    g.font = `600 13px ${colours.font}`;
    g.fillText(name(coin), 0, y + 14);
    const after = g.measureText(name(coin)).width + 10;
    g.font = `13px ${colours.font}`;
    g.fillText(state(coin), after, y + 14);
    g.lineWidth = 1.5;
    const step = Math.min(14, (width - 10) / 24);
    coin.recent.forEach((head, i) => ui.marker(g, "circle", 7 + step * i, y + 28, 0.36 * step, !head));
  }

  /** What has been seen and, once the coin is exposed, what was to be expected. */
  function drawEvidence(g, coin, look, X, Y, colours) {
    const { p, q, points, every, tosses, evidence: last, exposed } = coin;
    g.save();
    g.globalAlpha = 0.45;
    g.lineWidth = 1;
    if (exposed !== null) ui.rule(g, colours[look.colour], X(0), Y(0), X(evidence.expectedTosses(p, q)), Y(evidence.BAR));
    g.globalAlpha = 1;
    g.strokeStyle = g.fillStyle = colours[look.colour];
    g.lineWidth = 1.8;
    g.lineJoin = "round";
    g.setLineDash(look.dash);
    g.beginPath();
    points.forEach((value, i) => g.lineTo(X(i * every), Y(value)));
    g.lineTo(X(tosses), Y(last));
    g.stroke();
    g.restore();
    g.fillStyle = colours[look.colour];
    ui.marker(g, "circle", X(tosses), Y(exposed === null ? last : evidence.BAR), exposed === null ? 3 : 5);
  }

  /* ---- The ruler ---- */

  function drawRuler(g, width, _, colours) {
    const pad = 14, X = (p) => pad + (width - 2 * pad) * p, y = 46;
    g.lineWidth = 1;
    ui.rule(g, colours.muted, X(0), y, X(1), y);
    for (let i = 0; i <= 60; i++) {
      const x = X(Math.sin((i * Math.PI) / 120) ** 2);
      ui.rule(g, colours.muted, x, y, x, y - (i % 10 ? 7 : 12));
    }
    g.font = `12px ${colours.font}`;
    g.fillStyle = colours.muted;
    g.textAlign = "center";
    for (const p of [0, 0.25, 0.5, 0.75, 1]) g.fillText(ui.number(p), X(p), y + 30);
    coins.forEach((coin, i) => {
      g.fillStyle = colours[LOOKS[i].colour];
      g.fillRect(X(coin.p), y + 1, Math.max(3, X(coin.q) - X(coin.p)), 11);
      const text = `${ui.number(distance(coin) / (Math.PI / 60), 2)} ticks`, half = g.measureText(text).width / 2;
      g.fillText(text, Math.max(half, Math.min(width - half, (X(coin.p) + X(coin.q)) / 2)), y - 18 - 15 * i);
    });
  }

  begin();
});
