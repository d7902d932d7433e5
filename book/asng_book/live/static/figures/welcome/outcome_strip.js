/* A slider of δ⁰ that moves on a strip: a band for each method, coloured wherever it solves the race from that δ⁰.
 *
 *   const strip = ASNG.outcomeStrip(parent, { value, outcomes: () => ({ asng: […], sng: […] }), onInput });
 *   strip.redraw();                                          // after more outcomes are known
 */
(function () {
  "use strict";
  const { ui, WelcomeRaces } = ASNG;
  const BAND = 22, GAP = 4, TOP = 4, THUMB = 20, TICKS = 18;
  const { METHODS, POSITIONS, RANGE } = WelcomeRaces, LAST = POSITIONS.length - 1;
  const FOOT = TOP + METHODS.length * (BAND + GAP);

  ASNG.outcomeStrip = function outcomeStrip(parent, { value, outcomes, onInput }) {
    const slider = ui.slider(parent, { label: "first step size δ⁰", ...RANGE, log: true, value, onInput, format: (v) => ui.number(v, 2) });
    const holder = ui.el("div", { class: "asng-strip" });
    slider.row.append(holder);
    const picture = ui.canvas(holder, { height: FOOT + TICKS, draw });
    holder.append(slider.input);

    /** Where the middle of the thumb is at a position, which may lie between two. */
    const across = (at, width) => THUMB / 2 + ((width - THUMB) * at) / LAST;

    function draw(g, width, _, colours) {
      METHODS.forEach((method, row) => {
        const known = outcomes()[method], y = TOP + row * (BAND + GAP);
        for (let from = 0, to = 0; from <= LAST; from = to) {
          const kind = kindOf(known[from]);
          while (to <= LAST && kindOf(known[to]) === kind) to++;
          const left = from === 0 ? 0 : across(from - 0.5, width), right = to > LAST ? width : across(to - 0.5, width);
          g.globalAlpha = kind === "unknown" ? 0.35 : 1;
          g.fillStyle = kind === "solved" ? colours[method] : colours.grid;
          g.fillRect(left, y, right - left, BAND);
          g.globalAlpha = 1;
          g.fillStyle = kind === "solved" ? colours.ground : colours.text;
          const what = kind === "failed" ? " fails" : width < 500 ? "" : " succeeds"; // where there is room for it
          if (kind !== "unknown") write(g, ui.METHODS[method].label + what, left, right, y, colours);
        }
      });
      scale(g, width, colours);
      picture.describe(METHODS.map((method) => tell(method, outcomes()[method])).join(" "));
    }

    function write(g, text, left, right, y, colours) {
      g.font = `600 12px ${colours.font}`;
      g.textAlign = "left";
      g.textBaseline = "middle";
      if (g.measureText(text).width + 16 < right - left) g.fillText(text, left + 8, y + BAND / 2 + 1);
    }

    function scale(g, width, colours) {
      g.fillStyle = g.strokeStyle = colours.muted;
      g.font = `12px ${colours.font}`;
      g.textBaseline = "alphabetic";
      for (let power = Math.log10(RANGE.min); power <= Math.log10(RANGE.max); power++) {
        const x = across((LAST * (power - Math.log10(RANGE.min))) / Math.log10(RANGE.max / RANGE.min), width);
        ui.rule(g, colours.muted, x, FOOT, x, FOOT + 3);
        g.textAlign = x < 20 ? "left" : x > width - 20 ? "right" : "center";
        g.fillText(ui.number(10 ** power), x < 20 ? 0 : x > width - 20 ? width : x, FOOT + TICKS - 3);
      }
    }

    slider.redraw = picture.redraw;
    return slider;
  };

  const kindOf = (outcome) => (outcome === undefined ? "unknown" : outcome === null ? "failed" : "solved");

  function tell(method, known) {
    const solved = POSITIONS.filter((_, i) => kindOf(known[i]) === "solved"), { label } = ui.METHODS[method];
    if (known.includes(undefined)) return `${label}: not all positions are computed yet.`;
    if (!solved.length) return `${label} succeeds nowhere.`;
    return `${label} succeeds at ${solved.length} of ${POSITIONS.length} positions, from ${ui.number(solved[0])} to ` +
      `${ui.number(solved[solved.length - 1])}.`;
  }
})();
