"""The exercises in the built book: complete, marked in the page without a network, listed, and kept in the browser."""

import json
import re
from collections import Counter
from functools import cache

import pytest
from bs4 import BeautifulSoup
from chapters import BOOK, CHAPTERS, exercises_of

from asng_book.exercises import Choice, Number, exercises

KEY = "asng-edu-solved"
MARKED = [name for name, each in exercises().items() if isinstance(each.verdict, Number | Choice)]


@cache
def soup(page):
    return BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")


def kinds(page):
    """Return the kinds of the exercises of a built page by name."""
    boxes = soup(page).select("div.exercise")
    return {box["id"]: box.select_one(".admonition-title .exercise-kind").get_text() for box in boxes}


def forms(page):
    """Return the data of the forms of a built page by name."""
    data = [json.loads(place["data-exercise"]) for place in soup(page).select("[data-exercise]")]
    return {each.pop("name"): each for each in data}


# ---- the chapters' text


def test_there_are_at_least_forty_exercises_with_solutions():
    found = {name: each for chapter in CHAPTERS for name, each in exercises_of(chapter).items()}
    assert len(found) >= 40
    assert [name for name, each in found.items() if not each.solution] == []
    assert set(exercises()) <= set(found)


@pytest.mark.parametrize("name", [name for name in MARKED if isinstance(exercises()[name].verdict, Choice)])
def test_the_letters_of_a_choice_agree(name):
    choice = exercises()[name].verdict
    text = next(found[name].text for found in map(exercises_of, CHAPTERS) if name in found)
    assert re.findall(r"^- \((\w)\) ", text, re.MULTILINE) == list(choice.replies)
    assert choice.compute() in choice.replies
    assert len(set(choice.replies.values())) == len(choice.replies) >= 3


@pytest.mark.parametrize(
    ("items", "letters", "said"),
    [
        (["(a) one", "(b) two"], "ab", None),
        (["(a) one", "(b) two"], "abc", "one-1 has the answers (a), (b), but its verdict has replies to a, b, c"),
        (["(a) one", "(c) two"], "ab", "has the answers (a), (c)"),
        (["one", "two"], "ab", "has the answers none"),
    ],
)
def test_a_build_with_other_letters_fails(monkeypatch, items, letters, said):
    nodes = pytest.importorskip("docutils.nodes")
    pytest.importorskip("sphinx_exercise")
    monkeypatch.syspath_prepend(BOOK / "_ext")
    from exercise_forms import ExtensionError, mark_options

    paragraphs = [nodes.list_item("", nodes.paragraph("", text)) for text in items]
    exercise = nodes.admonition("", nodes.bullet_list("", *paragraphs), label="one-1")
    if said is None:
        mark_options("page", exercise, letters)
        assert exercise[0]["classes"] == ["exercise-options"]
    else:
        with pytest.raises(ExtensionError, match=re.escape(said)):
            mark_options("page", exercise, letters)


# ---- the built pages


@pytest.mark.book
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_has_all_kinds(html, chapter):
    found = kinds(html / f"{chapter}.html")
    assert list(found) == list(exercises_of(chapter))
    assert set(found.values()) == {"a number", "a choice", "code", "a proof"}


@pytest.mark.book
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_data_of_a_page_are_what_the_library_computes(html, chapter):
    found = forms(html / f"{chapter}.html")
    assert list(found) == [name for name in exercises_of(chapter) if name in MARKED]
    for name, data in found.items():
        verdict, hints = exercises()[name].verdict, exercises()[name].hints
        assert data["answer"] == verdict.compute()
        assert data["hints"] == list(hints)
        if isinstance(verdict, Number):
            assert (data["kind"], data["tolerance"]) == ("number", verdict.tolerance)
        else:
            assert (data["kind"], data["replies"]) == ("choice", verdict.replies)
    shown = soup(html / f"{chapter}.html").select("div.cell_input")
    checked = set(re.findall(r'check\("([\w-]+)"', "".join(cell.get_text() for cell in shown)))
    assert checked == {name for name in exercises_of(chapter) if name in exercises()} - set(found)


@pytest.mark.book
def test_the_index_lists_every_exercise(html):
    page = soup(html / "exercises.html")
    everything = {name: kind for chapter in CHAPTERS for name, kind in kinds(html / f"{chapter}.html").items()}
    entries = page.select("ul.exercise-index > li")
    listed = {entry.a["href"].partition("#")[2]: entry.select_one(".exercise-kind").get_text() for entry in entries}
    assert listed == everything
    assert all(entry.find("a", string="solution") for entry in entries)
    assert {mark["data-mark"] for mark in page.select("[data-mark]")} == set(MARKED)
    said = page.select_one("article p").find_next(string=re.compile(r"^\d+ exercises")).get_text()
    assert sorted(map(int, re.findall(r"\d+", said))) == sorted([len(listed), *Counter(listed.values()).values()])


# ---- in the browser


def box(page, name):
    return page.locator(f"#{name}")


def stored(page):
    return page.evaluate(f"JSON.parse(localStorage.getItem('{KEY}'))")


def right_and_wrong(name):
    """Return a right answer and a wrong one, with what is said to each."""
    verdict = exercises()[name].verdict
    right = verdict.compute()
    if isinstance(verdict, Number):
        return (repr(right), "Right."), (repr(right * 2 + 1), "too large.")
    wrong = next(letter for letter in verdict.replies if letter != right)
    return (right, f"Right. {verdict.because()}"), (wrong, f"Not yet: {verdict.replies[wrong]}")


def answer(page, name, given):
    field = box(page, name).get_by_role("textbox")
    if field.count():
        field.fill(given)
    else:
        box(page, name).locator(f'input[value="{given}"]').check()
    box(page, name).get_by_role("button", name="Check").click()


@pytest.mark.book
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_exercises_are_marked_and_remembered(offline, html, chapter):
    window = offline(390, "dark")
    page = window.open(html / f"{chapter}.html")
    names = [name for name in exercises_of(chapter) if name in MARKED]
    for count, name in enumerate(names, 1):
        place, (right, praise), (wrong, correction) = box(page, name), *right_and_wrong(name)
        solved, said = place.locator(".exercise-solved"), place.get_by_role("status")
        answer(page, name, wrong)
        assert correction in said.inner_text(), name
        assert solved.is_hidden(), name
        hints = exercises()[name].hints
        for shown in range(1, 4):
            place.get_by_role("button", name=re.compile("hint", re.IGNORECASE)).click()
            assert place.locator(".exercise-hints li").all_inner_texts() == list(hints[:shown])
        answer(page, name, right)
        assert said.inner_text() == praise
        solved.wait_for()
        assert stored(page) == names[:count]
    page.wait_for_timeout(300)  # Chromium hands its storage to another process, which the page after a reload reads
    page.reload()
    for name in names:
        box(page, name).locator(".exercise-solved").wait_for(state="visible")
    assert page.locator(".exercise-progress").inner_text().startswith(f"{len(names)} of ")
    assert window.errors == []
    assert window.elsewhere() == []


@pytest.mark.book
def test_an_exercise_is_done_by_keyboard(offline, html):
    page = offline().open(html / "why_one_shot.html")
    page.locator("#why-one-shot-1").get_by_role("textbox").focus()
    page.keyboard.type("6! × 5^6")
    page.keyboard.press("Enter")
    assert page.locator("#why-one-shot-1").get_by_role("status").inner_text() == "Right."
    radio = page.locator("#why-one-shot-4 input").first
    radio.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")  # Check
    assert page.locator("#why-one-shot-4").get_by_role("status").inner_text().startswith("Right. ")
    page.keyboard.press("Tab")
    for _ in range(4):
        page.keyboard.press("Enter")  # Hint keeps the focus, also when there are no more
    assert page.locator("#why-one-shot-4 .exercise-hints li").count() == 3
    assert stored(page) == ["why-one-shot-1", "why-one-shot-4"]


@pytest.mark.book
def test_nonsense_and_nothing_are_refused_in_a_sentence(offline, html):
    page = offline().open(html / "why_one_shot.html")
    answer(page, "why-one-shot-1", "many")
    assert "a number is asked for" in page.locator("#why-one-shot-1").get_by_role("status").inner_text()
    box(page, "why-one-shot-4").get_by_role("button", name="Check").click()
    assert "choose one of the answers" in page.locator("#why-one-shot-4").get_by_role("status").inner_text()
    assert stored(page) is None


@pytest.mark.book
def test_what_is_solved_shows_on_the_index_and_is_forgotten_there(offline, html):
    window = offline()
    chapter = window.open(html / "why_one_shot.html")
    answer(chapter, "why-one-shot-6", "1 - √(1/8)")
    page = window.open(html / "exercises.html")
    marks = page.locator("[data-mark] .exercise-solved:visible")
    assert page.locator(":has(> [data-mark]):has(.exercise-solved:visible)").inner_text().endswith("✓ solved")
    assert marks.count() == 1
    progress = page.locator(".exercise-progress")
    assert progress.inner_text().startswith(f"1 of {len(MARKED)} numbers and choices solved")
    progress.get_by_role("button", name="Erase").click()
    assert (marks.count(), stored(page)) == (0, [])
    chapter.wait_for_function("document.querySelectorAll('.exercise-solved:not([hidden])').length === 0")
    progress.get_by_role("button", name="Undo").click()
    assert stored(page) == ["why-one-shot-6"]
    progress.get_by_role("button", name="Erase").click()
    page.reload()
    assert (marks.count(), progress.get_by_role("button").count()) == (0, 0)


@pytest.mark.book
@pytest.mark.parametrize("broken", ["throws", "nonsense"])
def test_without_storage_the_page_still_marks(offline, html, broken):
    window = offline()
    window.context.add_init_script(
        f"""for (const name of ["getItem", "setItem"]) {{
          const of = Storage.prototype[name];
          Storage.prototype[name] = function (key, ...rest) {{
            if (key === "{KEY}") throw new Error("not allowed");
            return of.call(this, key, ...rest);
          }};
        }}"""
        if broken == "throws"
        else f"localStorage.setItem('{KEY}', '{{not JSON')"
    )
    page = window.open(html / "why_one_shot.html")
    answer(page, "why-one-shot-1", "11250000")
    box(page, "why-one-shot-1").locator(".exercise-solved").wait_for()
    assert page.locator(".exercise-progress").inner_text().startswith("1 of ")
    assert window.errors == []


@pytest.mark.book
def test_a_double_click_erases_and_does_not_undo(offline, html):
    page = offline().open(html / "why_one_shot.html")
    answer(page, "why-one-shot-1", "11250000")
    page.locator(".exercise-progress").get_by_role("button", name="Erase").dblclick()
    assert stored(page) == []
    page.locator(".exercise-progress").get_by_role("button", name="Undo").click()
    assert stored(page) == ["why-one-shot-1"]


@pytest.mark.book
def test_a_full_storage_forgets_nothing_on_the_page(offline, html):
    page = offline().open(html / "why_one_shot.html")
    answer(page, "why-one-shot-1", "11250000")
    page.evaluate("() => { Storage.prototype.setItem = () => { throw new Error('QuotaExceededError'); }; }")
    for name, given in (("why-one-shot-4", right_and_wrong("why-one-shot-4")[0][0]), ("why-one-shot-6", "1 - √(1/8)")):
        answer(page, name, given)
    assert page.locator(".exercise-progress").inner_text().startswith("3 of ")


@pytest.mark.book
def test_a_link_to_a_solution_unfolds_it(offline, html):
    page = offline().open(html / "exercises.html")
    page.get_by_role("link", name="solution", exact=True).first.click()
    page.wait_for_url(re.compile("#.*solution"))
    target = page.evaluate("location.hash.slice(1)")
    page.wait_for_function("name => !document.getElementById(name).matches('.toggle-hidden')", arg=target)
