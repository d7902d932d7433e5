/* The one bar with which every figure goes through time: Play, Step, and a slider; extends ASNG.ui.
 *
 *   const bar = ui.transport(element, { label: "shown up to update", at, last, go, rate: () => 50 });
 *   bar.refresh();                                          // after at() or last() has changed
 *   bar.stop();                                             // before something else moves
 *
 * at() is the position that is shown, last() the largest one, go(position) shows another, rate() is how many pass in a
 * second. At the end, Play and Step begin anew. For readers who want no motion, Play goes straight to the end.
 */
(function () {
  "use strict";
  const { ui } = globalThis.ASNG;

  function transport(parent, { label, at, last, go, rate, format }) {
    let exact = 0;
    const bar = ui.buttons(parent);
    const play = ui.button(bar, { label: "Play", primary: true, onClick: () => (animation.running ? animation.stop() : begin()) });
    ui.button(bar, { label: "Step", onClick: () => { animation.stop(); go(at() >= last() ? 0 : at() + 1); } });
    const scrub = ui.slider(bar, { label, min: 0, max: Math.max(1, last()), step: 1, value: at(), format,
      onInput: (position) => { animation.stop(); go(position); } });
    scrub.row.classList.add("asng-time");
    const animation = ui.animation(parent, tick, (running) => { play.textContent = running ? "Pause" : "Play"; });

    function begin() {
      if (ui.reducedMotion()) return go(last());
      exact = at() >= last() ? 0 : at();
      return animation.start();
    }

    function tick(seconds) {
      exact = Math.min(last(), exact + seconds * rate());
      if (Math.floor(exact) !== at()) go(Math.floor(exact));
      return exact < last();
    }

    return {
      scrub,
      stop: () => animation.stop(),
      refresh() {
        scrub.input.max = last();
        scrub.value = at();
      },
    };
  }

  ui.transport = transport;
})();
