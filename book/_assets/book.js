/* The search looks words up in plain objects, where "constructor" is found too: not a word, and it ends the search. */
if (typeof Search !== "undefined" && Search.hasIndex()) {
  for (const table of [Search._index.terms, Search._index.titleterms]) {
    Object.setPrototypeOf(table, { __proto__: null, hasOwnProperty: Object.prototype.hasOwnProperty });
  }
}

/* Formulas that are wider than the page scroll inside themselves; here they become reachable by keyboard. */
(function () {
  "use strict";

  function mark() {
    for (const formula of document.querySelectorAll("div.math")) {
      if (formula.scrollWidth > formula.clientWidth) {
        formula.tabIndex = 0;
        formula.setAttribute("role", "group");
        formula.setAttribute("aria-label", "A wide formula; the arrow keys scroll it.");
      } else {
        for (const name of ["tabindex", "role", "aria-label"]) formula.removeAttribute(name);
      }
    }
  }

  addEventListener("load", function () {
    mark();
    addEventListener("resize", mark);
  });
})();
