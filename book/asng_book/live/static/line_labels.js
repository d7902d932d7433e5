/* Labels that stand at their lines and never on one another; extends ASNG.ui.
 *
 *   ui.lineLabels(g, frame, [{ x, y, text, colour }], ground, [{ left, right, top, bottom }]);
 *
 * x and y are in pixels: the point that a label belongs to. Each takes the first free place of those around its point,
 * within the frame { left, top, width, height } and outside the boxes that are taken; one that finds none is left out. The
 * first in the list choose first.
 */
(function () {
  "use strict";
  const GAP = 8, LINE = 13;

  /** The places round a point for a text of some width, as boxes with the edge that the text is set from. */
  function places({ x, y }, width) {
    const box = (left, middle) => ({ left, right: left + width, top: middle - LINE / 2, bottom: middle + LINE / 2 });
    const after = x + GAP, before = x - GAP - width, centred = x - width / 2;
    const around = [box(after, y), box(centred, y - 15), box(before, y), box(centred, y + 15), box(after, y - 13), box(after, y + 13),
      box(before, y - 13), box(before, y + 13)];
    const further = [28, 42, 56].flatMap((away) => [box(after, y - away), box(after, y + away), box(before, y - away), box(before, y + away)]);
    return [...around, ...further];
  }

  const meet = (a, b) => a.left < b.right + 3 && b.left < a.right + 3 && a.top < b.bottom + 1 && b.top < a.bottom + 1;

  /** The boxes that the labels get, null where there is no room; `measure` gives the width of a text. */
  function layOut(labels, frame, measure, boxes = []) {
    const taken = [...boxes];
    return labels.map((label) => {
      const inside = (box) => box.left >= frame.left && box.right <= frame.left + frame.width && box.top >= frame.top && box.bottom <= frame.top + frame.height;
      const found = places(label, measure(label.text)).find((box) => inside(box) && !taken.some((other) => meet(box, other))) || null;
      if (found) taken.push(found);
      return found;
    });
  }

  function lineLabels(g, frame, labels, ground, taken = []) {
    g.save();
    g.textAlign = "left";
    g.textBaseline = "middle";
    g.lineJoin = "round";
    g.lineWidth = 4;
    g.strokeStyle = ground;
    const boxes = layOut(labels, frame, (text) => g.measureText(text).width, taken);
    labels.forEach(({ text, colour }, i) => {
      if (!boxes[i]) return;
      const y = (boxes[i].top + boxes[i].bottom) / 2;
      g.strokeText(text, boxes[i].left, y);
      g.fillStyle = colour;
      g.fillText(text, boxes[i].left, y);
    });
    g.restore();
  }

  Object.assign(globalThis.ASNG.ui, { lineLabels, layOutLabels: layOut });
})();
