/* What becomes of δ at the two ends: steps that are pure noise, and steps that agree from a tiny δ⁰ on.
 *
 * Options: `noisy` and `tiny`, the first steps of the two. data-summary has { noise: [δ, law] at the end, broken, largest }.
 */
ASNG.register("two-ends", function (element, options) {
  "use strict";
  const { ui, stepSize } = ASNG;
  const N = 120, ALPHA = 1.5, STEPS = 6000, SNR = 0.3, POINTS = 300, BETA = 2 * Math.sqrt(N); // the last: δ at which β = 2
  const ABOVE = "above this line β > 2";
  const noise = stepSize.noise(N, STEPS, options.seed || 1);
  const times = [...new Set(Array.from({ length: POINTS }, (_, i) => Math.round(STEPS ** (i / (POINTS - 1)))))]; // even on the axis
  const steady = Array.from({ length: STEPS / 10 }, (_, i) => 10 * i + 1);
  const x = { log: true, range: () => [1, STEPS], splits: () => [1, 10, 100, 1000], format: (v) => ui.number(v, 7) };
  let law = [], noisy = null, guarded = null, printed = null;

  const pair = ui.panels(element), left = ui.panel(pair, "Steps of pure noise"), right = ui.panel(pair, "Steps that agree, from a tiny δ^0");
  const fall = ui.chart(left, { height: 210, label: "δ in pure noise", x, right: 44, y: { log: true, range: () => [0.002, 20] },
    series: [{ label: "δ", colour: "asng", width: 2.2 }, { label: "the law 1/t", colour: "aim", dash: [2, 4], width: 2 }],
    over: (g, frame) => names(g, frame, [[noisy.delta[STEPS - 1], STEPS, "δ", "asng"], [law[200], times[200], "1/t", "aim"]]) });
  const first = ui.slider(left, { label: "first step size δ^0", min: 0.05, max: 10, log: true, steps: 60, value: options.noisy || 1, format: (v) => ui.number(v, 2), onInput: update });
  const rise = ui.chart(right, { height: 210, label: "δ where steps agree", x: { range: () => [0, STEPS] }, right: 24, y: { log: true, range: () => [1e-5, 1000] },
    lines: () => [{ y: BETA, text: ABOVE, align: "right", dash: [3, 3] }],
    series: [{ label: "with the guard", colour: "asng", width: 2.2 }, { label: "as printed", colour: "text", dash: [7, 4], width: 1.6 }],
    over: burst });
  const tiny = ui.slider(right, { label: "tiny first step size δ^0", min: 3e-5, max: 0.1, log: true, steps: 60, value: options.tiny || 0.001, format: (v) => ui.number(v, 2), onInput: update });
  const summary = ui.summary(element);

  function update() {
    const walk = (snr, delta0, guard) => stepSize.walk({ n: N, snrs: new Float64Array(STEPS).fill(snr), alpha: ALPHA, delta0, noise, guard });
    noisy = walk(0, first.value, true);
    guarded = walk(SNR, tiny.value, true);
    printed = walk(SNR, tiny.value, false);
    law = times.map((t) => stepSize.noiseLaw({ n: N, alpha: ALPHA, delta0: first.value }, t - 1));
    const until = printed.broken === null ? STEPS : printed.broken;
    fall.set(times, [times.map((t) => noisy.delta[t - 1]), law]);
    rise.set(steady, [steady.map((t) => guarded.delta[t - 1]), steady.map((t) => (t <= until ? printed.delta[t - 1] : null))]);
    say(until);
  }

  function say(until) {
    const end = noisy.delta[STEPS - 1], lawful = stepSize.noiseLaw({ n: N, alpha: ALPHA, delta0: first.value }, STEPS - 1);
    const largest = Math.max(...guarded.delta);
    const noiseWords = `In pure noise δ falls from ${ui.number(first.value, 2)} to ${ui.number(end)} in ${ui.number(STEPS, 7)} steps; the law 1/t says ${ui.number(lawful)}.`;
    const burstWords = printed.broken === null ? `From δ⁰ = ${ui.number(tiny.value, 2)} the algorithm as printed does not break down here.`
      : `From δ⁰ = ${ui.number(tiny.value, 2)} the algorithm as printed breaks down after ${ui.number(until, 7)} steps; with the guard the largest δ is ${ui.number(largest)}.`;
    summary.say(`${noiseWords} ${burstWords}`);
    fall.describe(noiseWords);
    rise.describe(burstWords);
    element.dataset.summary = JSON.stringify({ noise: [end, lawful], broken: printed.broken, largest });
  }

  function names(g, frame, points) {
    ui.lineLabels(g, { ...frame, width: frame.width + 44 }, points.map(([y, at, text, colour]) =>
      ({ x: frame.x(at), y: frame.y(y), text, colour: frame.palette[colour] })), frame.palette.ground);
  }

  /** The names of the lines, and a cross where the one without the guard ends. */
  function burst(g, frame) {
    const middle = Math.round(0.3 * STEPS), rest = Math.round(0.72 * STEPS);
    const labels = [{ x: frame.x(rest), y: frame.y(guarded.delta[rest]) + 28, text: "with the guard", colour: frame.palette.asng }];
    if (printed.broken !== null) {
      const at = frame.x(printed.broken), top = Math.max(frame.top + 8, frame.y(Math.max(BETA, printed.delta[printed.broken - 1])) - 8);
      g.strokeStyle = frame.palette.text;
      ui.rule(g, frame.palette.text, at, frame.y(printed.delta[printed.broken - 1]), at, top);
      ui.cross(g, at, top, 5, 2.4);
      labels.push({ x: at, y: top, text: "as printed", colour: frame.palette.text });
    } else labels.push({ x: frame.x(middle), y: frame.y(printed.delta[middle - 1]), text: "as printed: the same", colour: frame.palette.text });
    const rule = frame.y(BETA), taken = { left: frame.left + frame.width - g.measureText(ABOVE).width - 6, right: frame.left + frame.width, top: rule - 16, bottom: rule };
    ui.lineLabels(g, frame, labels, frame.palette.ground, [taken]);
  }

  update();
});
