/* Questions that test_pages.py asks of an open page. Each returns what is wrong, as a list. */
window.probes = (function () {
  "use strict";
  const all = (selector) => [...document.querySelectorAll(selector)];
  const short = (element) => element.outerHTML.slice(0, 160);

  /** TeX that was not set: delimiters or commands in the text, outside code. */
  function rawTex() {
    const aside = "pre, code, script, style, textarea, mjx-container, .visually-hidden";
    const text = (node) => {
      if (node.nodeType === Node.TEXT_NODE) return node.data;
      if (node.nodeType !== Node.ELEMENT_NODE || node.matches(aside)) return " ";
      return [...node.childNodes].map(text).join("");
    };
    return text(document.body).match(/\\[()[\]]|\\[a-zA-Z]{2,}|\$[^$\n]+\$/g) || [];
  }

  /** Formulas that the build has not set, or set as an error. */
  function unsetFormulas() {
    const unset = all(".math").filter((formula) => !formula.querySelector("mjx-container"));
    return [...unset, ...all("mjx-merror")].map(short);
  }

  /** What is wider than the window and does not scroll inside itself. */
  function tooWide() {
    const clipped = (element) => {
      for (let p = element.parentElement; p && p !== document.body; p = p.parentElement)
        if (getComputedStyle(p).overflowX !== "visible") return true;
      return false;
    };
    const sticksOut = (element) => {
      const box = element.getBoundingClientRect();
      return box.width > 0 && box.right > innerWidth + 1 && !clipped(element);
    };
    const root = document.documentElement;
    if (root.scrollWidth <= root.clientWidth) return [];
    return ["the page scrolls sideways", ...all("body *").filter(sticksOut).slice(0, 5).map(short)];
  }

  /** Pictures without an alternative text, or with a file name for one. */
  function unnamedPictures() {
    const decided = "[aria-hidden=true], [role=img][aria-label]:not([aria-label=''])";
    return all("img, canvas, svg[role=img]").filter((picture) => {
      if (picture.tagName !== "IMG" && picture.parentElement.closest(decided)) return false;
      if (picture.getAttribute("aria-hidden") === "true") return false;
      const name = picture.getAttribute(picture.tagName === "IMG" ? "alt" : "aria-label") || "";
      return !name.trim() || /\.(png|svg|jpe?g|gif)$/i.test(name) || /^(_images|image)\b/i.test(name);
    }).map(short);
  }

  /**
   * Number the controls that a reader can see, and return them. A group of radio buttons is one stop of the Tab key,
   * so that its members share a number.
   */
  function numberControls() {
    const kinds = "input:not([type=hidden]), select, textarea, button, summary, [role=slider], [role=button]";
    const groups = new Map(), controls = [];
    for (const control of all(kinds)) {
      const { width } = control.getBoundingClientRect();
      if (control.disabled || !width || !control.checkVisibility({ visibilityProperty: true })) continue;
      const group = control.type === "radio" && control.name ? control.name : control;
      if (!groups.has(group)) groups.set(group, controls.push(short(control)) - 1);
      control.dataset.number = groups.get(group);
    }
    return controls;
  }

  /** The number of the control that has the focus; "end" where the focus has left the page. */
  function focused() {
    const element = document.activeElement;
    if (!element || element === document.body) return "end";
    return element.dataset.number === undefined ? "other" : Number(element.dataset.number);
  }

  return { rawTex, unsetFormulas, tooWide, unnamedPictures, numberControls, focused };
})();
