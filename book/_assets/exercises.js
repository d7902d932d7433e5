/* Draws the forms that exercise_forms.py has left room for, and keeps in this browser what the reader has solved. */
(function () {
  "use strict";

  const KEY = "asng-edu-solved";
  const listeners = [];
  let solved = new Set(); // stands in where the browser keeps nothing
  let kept = true; // whether the browser took what it was last given

  function read() {
    if (!kept) return solved;
    try {
      const names = JSON.parse(localStorage.getItem(KEY));
      if (Array.isArray(names)) solved = new Set(names);
    } catch {
      // No storage, or something else in it: what was solved since the page was opened still counts.
    }
    return solved;
  }

  function change(edit) {
    edit(read());
    try {
      localStorage.setItem(KEY, JSON.stringify([...solved]));
      kept = true;
    } catch {
      kept = false; // No storage, or a full one: what it still has is older than what is known here.
    }
    tellAll();
  }

  function tellAll() {
    for (const listener of listeners) listener(solved);
  }

  /** Return an element with some properties, attributes (those with a hyphen, and role) and children. */
  function make(tag, properties, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (name === "role" || name.includes("-")) element.setAttribute(name, value);
      else element[name] = value;
    }
    element.append(...children);
    return element;
  }

  /** Put a mark at the end of an element, which shows if an exercise is solved. */
  function mark(place, name) {
    const shown = make("span", { className: "exercise-solved", hidden: true }, "✓ solved");
    place.append(" ", shown);
    listeners.push((names) => (shown.hidden = !names.has(name)));
  }

  /** Put a radio button before each lettered item of an exercise's list, and return them. */
  function drawOptions(box, name, formId) {
    const list = box.querySelector("ul.exercise-options");
    const radios = [...list.children].map(function (item) {
      const paragraph = item.querySelector("p") || item;
      const letter = paragraph.textContent.trim()[1];
      const radio = make("input", { type: "radio", name, value: letter });
      radio.setAttribute("form", formId);
      item.replaceChildren(make("label", {}, radio, make("span", {}, ...paragraph.childNodes)));
      return radio;
    });
    const fieldset = make("fieldset", { className: "exercise-choice" }, make("legend", {}, "One of these is right"));
    list.replaceWith(fieldset);
    fieldset.append(list);
    return radios;
  }

  function drawHints(hints) {
    const list = make("ol", { className: "exercise-hints", "aria-live": "polite" });
    const button = make("button", { type: "button" }, "Hint");
    button.addEventListener("click", function () {
      const shown = list.children.length;
      if (shown === hints.length) return;
      list.append(make("li", {}, hints[shown]));
      const left = hints.length - shown - 1;
      button.textContent = left ? `Next hint (${left} left)` : "No more hints";
      if (!left) button.setAttribute("aria-disabled", "true"); // and not disabled, which would lose the focus
    });
    return { button, list };
  }

  function draw(place) {
    const exercise = JSON.parse(place.dataset.exercise), { name } = exercise;
    const box = place.closest(".exercise"), title = box.querySelector(".admonition-title");
    const form = make("form", { id: `form-${name}`, noValidate: true, "aria-label": title.innerText });
    const status = make("p", { className: "exercise-reply", role: "status" });
    const { button, list } = drawHints(exercise.hints);
    let given;
    if (exercise.kind === "choice") {
      const radios = drawOptions(box, name, form.id);
      given = () => (radios.find((radio) => radio.checked) || { value: null }).value;
    } else {
      const input = make("input", { type: "text", autocomplete: "off", spellcheck: false });
      form.append(make("label", {}, "Your answer ", input));
      given = () => input.value;
    }
    form.append(make("button", { type: "submit" }, "Check"), button);
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      const { right, text } = ASNG_ANSWERS.reply(exercise, given());
      status.textContent = text;
      status.classList.toggle("is-right", right);
      if (right) change((names) => names.add(name));
    });
    mark(title, name);
    place.append(form, status, list);
    return name;
  }

  /** Say how many of some exercises are solved, beside a button that forgets these, and then brings them back. */
  function drawProgress(place, where, names) {
    const words = make("span", {}), button = make("button", { type: "button" });
    let forgotten = [];
    button.addEventListener("click", function (event) {
      if (event.detail > 1) return; // the second half of a double click must not undo the first
      const back = forgotten;
      forgotten = back.length ? [] : names.filter((name) => read().has(name));
      change(function (set) {
        for (const name of forgotten) set.delete(name);
        for (const name of back) set.add(name);
      });
    });
    listeners.push(function (set) {
      const count = names.filter((name) => set.has(name)).length;
      if (count) forgotten = [];
      words.textContent = `${count} of ${names.length} numbers and choices solved${where}.`;
      button.textContent = forgotten.length ? "Undo" : "Erase";
      button.hidden = !count && !forgotten.length;
    });
    place.append(words, " ", button);
  }

  /** Unfold the solution that the address names. */
  function unfold() {
    const target = document.getElementById(location.hash.slice(1));
    if (!target?.matches(".solution.toggle-hidden")) return;
    target.querySelector(".toggle-button").click();
    target.scrollIntoView();
  }

  const names = [...document.querySelectorAll("[data-exercise]")].map(draw);
  if (names.length) {
    const place = make("p", { className: "exercise-progress" });
    document.querySelector("[data-exercise]").closest(".exercise").parentElement.querySelector("h2").after(place);
    drawProgress(place, "", names);
  }
  for (const place of document.querySelectorAll("[data-progress]")) {
    const marked = [...document.querySelectorAll("[data-mark]")];
    for (const entry of marked) mark(entry, entry.dataset.mark);
    drawProgress(place, " in this browser", marked.map((entry) => entry.dataset.mark));
  }

  function refresh() {
    read();
    tellAll();
  }
  refresh();
  addEventListener("storage", refresh); // from another window
  addEventListener("pageshow", refresh); // back from another page
  addEventListener("load", unfold);
  addEventListener("hashchange", unfold);
})();
