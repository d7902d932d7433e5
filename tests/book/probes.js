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

  const got = new Set();
  let first = null, again = false;

  /**
   * Number the controls that a reader can see, return them, and note from now on which of them get the focus. A group
   * of radio buttons is one stop of the Tab key, so that its members share a number. Links are no controls here: the
   * key passes them over, but for the first one, to which it comes back from the end of the page.
   */
  function watchControls() {
    const kinds = "input:not([type=hidden]), select, textarea, button, summary, [role=slider], [role=button]";
    const groups = new Map(), controls = [];
    for (const control of all(kinds)) {
      const { width } = control.getBoundingClientRect();
      if (control.disabled || !width || !control.checkVisibility({ visibilityProperty: true })) continue;
      const group = control.type === "radio" && control.name ? control.name : control;
      if (!groups.has(group)) groups.set(group, controls.push(short(control)) - 1);
      control.dataset.number = groups.get(group);
    }
    all("a[href]:not([data-number])").slice(1).forEach((link) => { link.tabIndex = -1; });
    document.addEventListener("focusin", ({ target }) => {
      again ||= target === first;
      first ||= target;
      if (target.dataset.number !== undefined) got.add(Number(target.dataset.number));
    });
    return controls;
  }

  /** The numbers of the controls that had the focus, and whether it has come back to where it was first. */
  function reached() {
    return [[...got], again];
  }

  return { rawTex, unsetFormulas, tooWide, unnamedPictures, watchControls, reached };
})();
