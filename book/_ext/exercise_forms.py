"""Mark exercises in the page, and list them all.

An exercise whose verdict is a number or a choice gets a place at the end of its box, with the data from which
exercises.js draws a form. They are computed here and stand nowhere in the source. The directive ``exercise-index``
lists the exercises of all pages.
"""

import html
import json
import re

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective
from sphinx_exercise.nodes import exercise_enumerable_node, exercise_subtitle, solution_node

from asng_book.exercises import Choice, Number, exercises

KINDS = {"number": "a number", "choice": "a choice", "code": "code", "proof": "a proof"}
CHECK = re.compile(r'^check\("', re.MULTILINE)  # in a cell that asks for an answer
ASKS = "In the notebook of this chapter, this cell says whether your answer is right."
MANY = {"number": "numbers", "choice": "choices", "code": "of code", "proof": "proofs"}


class exercise_index(nodes.General, nodes.Element):  # noqa: N801 - as docutils names its nodes
    """Stands where the list of all exercises will be."""


class ExerciseIndex(SphinxDirective):
    """The directive ``exercise-index``."""

    def run(self):
        """Leave a place for the list, which needs every page to be read, and is made anew in every build."""
        self.env.note_reread()
        return [exercise_index()]


def form_data(name, exercise):
    """Return what the page needs to mark an exercise, or None if it can't be marked there."""
    verdict = exercise and exercise.verdict
    if isinstance(verdict, Number):
        marking = {"kind": "number", "answer": float(verdict.compute()), "tolerance": verdict.tolerance}
    elif isinstance(verdict, Choice):
        marking = {"kind": "choice", "answer": verdict.compute(), "replies": dict(verdict.replies)}
    else:
        return None
    return {"name": name, **marking, "hints": list(exercise.hints)}


def solutions(document):
    """Return the solutions of a page by the exercises' names."""
    return {node["target_label"]: node for node in document.findall(solution_node)}


def kind_of(name, solution):
    """Return the kind of an exercise: by its verdict, or, if it has none, by whether its solution has code in it."""
    exercise = exercises().get(name)
    if exercise:
        return {Number: "number", Choice: "choice"}.get(type(exercise.verdict), "code")
    return "code" if solution and any(solution.findall(nodes.literal_block)) else "proof"


def mark_options(page, node, replies):
    """Find the lettered list of a choice, and see that its letters are those that have replies."""
    for found in node.findall(nodes.bullet_list):
        letters = [item.astext().strip()[:3] for item in found]
        if letters[0] == "(a)":
            if letters != [f"({letter})" for letter in replies]:
                break
            found["classes"].append("exercise-options")
            return
    else:
        letters = []
    raise ExtensionError(
        f"{page}.md: the exercise {node['label']} has the answers {', '.join(letters) or 'none'}, "
        f"but its verdict has replies to {', '.join(replies)}."
    )


def ask(document):
    """Put a sentence in place of what a cell says about an answer that nobody has given yet."""
    for cell in document.findall(nodes.container):
        if cell.get("nb_element") == "cell_code" and cell.children and CHECK.search(cell[0].astext()):
            cell[1:] = [nodes.paragraph("", ASKS, classes=["exercise-asks"])]


def compute(app, document):
    """Compute the answers when a page is read: they are kept with it, and not computed again when it is written."""
    solved_by = solutions(document)
    for node in document.findall(exercise_enumerable_node):
        name = node["label"]
        node["kind"] = kind_of(name, solved_by.get(name))
        node["form"] = form_data(name, exercises().get(name))


def complete(app, document, page):
    """Say of each exercise of a page its kind, add the places of the forms, and fill the index."""
    ask(document)
    for section in document.findall(nodes.section):
        if section["ids"] in (["exercise-content"], ["solution-content"]):  # the same in every box; a name is unique
            section["ids"] = []
    for node in document.findall(exercise_enumerable_node):
        badge = nodes.inline("", KINDS[node["kind"]], classes=["exercise-kind"])
        node[0] += [nodes.Text(" "), badge]
        data = node["form"]
        if data:
            if data["kind"] == "choice":
                mark_options(page, node, data["replies"])
            text = html.escape(json.dumps(data, ensure_ascii=False))
            node += nodes.raw("", f'<div class="exercise-form" data-exercise="{text}"></div>', format="html")
    for node in document.findall(exercise_index):
        node.replace_self(index(app, page))


def chapters(env, page):
    """Yield a page and all below it in the order of the table of contents."""
    yield page
    for child in env.toctree_includes.get(page, ()):
        yield from chapters(env, child)


def index(app, here):
    """Return the list of all exercises: how many of each kind, then a section for each chapter that has some."""
    counts, sections = dict.fromkeys(KINDS, 0), []
    for page in chapters(app.env, app.config.root_doc):
        document = app.env.get_doctree(page)
        found, solved_by = list(document.findall(exercise_enumerable_node)), solutions(document)
        if not found:
            continue
        title = nodes.title("", "", link(app, here, page, "", app.env.titles[page].astext()))
        entries = nodes.bullet_list("", classes=["exercise-index"])
        for node in found:
            counts[node["kind"]] += 1
            entries += entry(app, here, page, node, solved_by.get(node["label"]))
        sections.append(nodes.section("", title, entries, ids=[f"exercises-of-{page}"]))
    each = ", ".join(f"{count} {MANY[kind]}" for kind, count in counts.items())
    total = f"{sum(counts.values())} exercises: {each}."
    progress = nodes.raw("", '<p class="exercise-progress" data-progress></p>', format="html")
    return [nodes.paragraph("", total), progress, *sections]


def entry(app, here, page, node, solution):
    """Return the line of one exercise: number and title, kind, the way to its solution, a place for a mark."""
    number = app.env.toc_fignumbers[page]["exercise"][node["ids"][0]][-1]
    title = "".join(part.astext() for part in node.findall(exercise_subtitle))
    line = nodes.paragraph("", "", link(app, here, page, node["label"], f"{number}. {title}"))
    line += nodes.inline("", KINDS[node["kind"]], classes=["exercise-kind"])
    if solution is not None:
        line += link(app, here, page, solution["ids"][0], "solution")
    if node["kind"] in ("number", "choice"):
        line += nodes.raw("", f'<span data-mark="{node["label"]}"></span>', format="html")
    return nodes.list_item("", line)


def link(app, here, page, anchor, text):
    """Return a link to a place of the book."""
    target = app.builder.get_relative_uri(here, page) + (anchor and f"#{anchor}")
    return nodes.reference("", text, refuri=target, internal=True)


def setup(app):
    """Connect the directive and the functions to the build."""
    app.add_node(exercise_index)
    app.add_directive("exercise-index", ExerciseIndex)
    app.connect("doctree-read", compute)
    app.connect("doctree-resolved", complete)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
