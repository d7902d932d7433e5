"""Algorithm 1 of the article, each of its nine lines with the library's code that computes it.

The code is looked up when it is asked for: in the source of the function that is named here, by the comment (or, for
the two lines of the loop, by the statement) that marks it. A mark that is no longer there is an error, never a gap.

>>> from asng_book.pages import algorithm1
>>> for found in algorithm1.LINES[6].code():
...     print(found.code)
gamma = (1.0 - beta) ** 2 * gamma + beta * (2.0 - beta)  # Alg. 1, line 7
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any

from asng_book.pages.source import show


@dataclass(frozen=True)
class Found:
    """Lines of the library: the code, its function as "module:name", its file, and the number of its first line."""

    code: str
    function: str
    file: str
    line: int


@dataclass(frozen=True)
class Line:
    """One line of Algorithm 1.

    Attributes
    ----------
    number : int
        From 1 to 9.
    text : str
        The line, with _ and ^ before what is written low or high, in braces if it is longer than a character.
    says : str
        The same in words.
    equations : tuple of str
        Which of the article's equations it computes.
    places : tuple of (str, str)
        Where the library computes it: a function, as "module:name", and the mark of the code in it.
    """

    number: int
    text: str
    says: str
    equations: tuple[str, ...]
    places: tuple[tuple[str, str], ...]

    def code(self) -> list[Found]:
        """Return the library's code for this line.

        Raises
        ------
        ValueError
            If a function is not there, or the mark is not in it.
        """
        return [found for function, mark in self.places for found in find(function, mark)]


LINES = (
    Line(
        1,
        "Δ = 1, γ = 0, s = 0, t = 0",
        "Nothing has been learned about the steps yet.",
        (),
        (("asng_edu.optimizers.asng:ASNG._first_state", "# Alg. 1, line 1"),),
    ),
    Line(
        2,
        "repeat",
        "One turn of the loop is one update.",
        (),
        (("asng_edu.sweeps.trial:run_updates", "for n in range(uniforms.shape[0]):"),),
    ),
    Line(
        3,
        "δ_θ = δ_θ^0/Δ,  β = δ_θ/n_θ^{1/2}",
        "The length of this step, and how quickly s forgets: it remembers about 1/β steps.",
        (),
        (("asng_edu.optimizers.asng:trust_region", "# Alg. 1, line 3"),),
    ),
    Line(
        4,
        "compute G_x(x^t, θ^t) by (6), move to x^{t+1} by (8)",
        "Draw λ samples; the weights take a step of gradient descent, here with momentum and a falling rate.",
        ("(6)", "(8)"),
        (
            ("asng_edu.problems:selective_gradient", "# (6)"),
            ("asng_edu.sweeps.trial:momentum_step", "# (8)"),
            ("asng_edu.sweeps.trial:run_updates", "# Alg. 1, line 4"),
        ),
    ),
    Line(
        5,
        "compute G_θ(x^{t+1}, θ^t) by (7), move to θ^{t+1} by (9)",
        "Draw λ new samples; θ takes a step of Fisher length δ along their natural gradient.",
        ("(7)", "(9)", "(10)"),
        (
            ("asng_edu.optimizers.natural_gradient:natural_gradient", "# (7)"),
            ("asng_edu.optimizers.asng:ASNG._step", "# (10)"),
            ("asng_edu.optimizers.asng:natural_step", "# (9)"),
        ),
    ),
    Line(
        6,
        "s ← (1 − β) s + √(β(2 − β)) · F(θ^t)^{1/2} G_θ(x^{t+1}, θ^t) / ‖G_θ(x^{t+1}, θ^t)‖_{F(θᵗ)}",
        "Add the direction of this step to a fading memory of the earlier ones.",
        (),
        (("asng_edu.optimizers.asng:accumulate", "# Alg. 1, line 6"),),
    ),
    Line(
        7,
        "γ ← (1 − β)^2 γ + β(2 − β)",
        "What ‖s‖² would be on average if the steps were nothing but noise.",
        (),
        (("asng_edu.optimizers.asng:adapt", "# Alg. 1, line 7"),),
    ),
    Line(
        8,
        "Δ ← min(Δ_{max}, Δ exp(β(γ − ‖s‖^2/α)))",
        "Is ‖s‖² more than αγ? Then Δ falls and δ grows. Less? Then δ shrinks.",
        (),
        (("asng_edu.optimizers.asng:adapt", "# Alg. 1, line 8"),),
    ),
    Line(
        9,
        "until a stopping condition holds",
        "Here: a good enough sample has been drawn, or the updates are used up.",
        (),
        (("asng_edu.sweeps.trial:run_updates", "if solved:"),),
    ),
)


def find(function: str, mark: str) -> list[Found]:
    """Return the lines of a function's source that hold ``mark``; lines that follow one another come as one piece.

    Raises
    ------
    ValueError
        If there is no such function or no such line.
    """
    source = show(function, fold=False)
    lines = source.code.split("\n")
    marked = [i for i, line in enumerate(lines) if mark in line]
    if not marked:
        raise ValueError(f"the source of {function} has no line marked {mark!r}.")
    pieces: list[list[int]] = []
    for i in marked:
        if pieces and pieces[-1][-1] == i - 1:
            pieces[-1].append(i)
        else:
            pieces.append([i])
    return [
        Found("\n".join(lines[i].strip() for i in piece), function, source.file, source.line + piece[0])
        for piece in pieces
    ]


def data() -> list[dict[str, Any]]:
    """Return the nine lines with their code as plain lists and dictionaries, for the live figure."""
    return [
        {
            "number": line.number,
            "text": line.text,
            "says": line.says,
            "equations": list(line.equations),
            "code": [{"code": found.code, "place": _place(found)} for found in line.code()],
        }
        for line in LINES
    ]


@dataclass(frozen=True)
class Listing:
    """Algorithm 1 beside the code that runs it; a notebook shows it as a list."""

    lines: tuple[Line, ...] = LINES

    def __str__(self) -> str:
        return "\n".join(f"{line.number}: {line.text}" for line in self.lines)

    def _repr_html_(self) -> str:
        items = "".join(_item(line) for line in self.lines)
        return f'{_STYLE}<div class="asng-algorithm" role="list" aria-label="Algorithm 1">{items}</div>'


_STYLE = """<style>
.asng-algorithm>div{padding:.55em 0 .65em 2.2em;border-top:1px solid rgba(128,128,128,.35)}
.asng-algorithm .asng-line{margin:0 0 .1em -2.2em;padding-left:2.2em;text-indent:-2.2em;font-weight:600}
.asng-algorithm .asng-line>b{display:inline-block;width:2.2em;text-indent:0;opacity:.75}
.asng-algorithm p{margin:0 0 .35em}
.asng-algorithm .asng-place{font-size:.8em;opacity:.85;margin:.35em 0 0;overflow-wrap:anywhere}
.asng-algorithm pre{margin:0;padding:.35em .6em;font-size:.82em;overflow-x:auto;max-width:100%}
.asng-algorithm sub,.asng-algorithm sup{font-size:.75em;line-height:0}
</style>"""


def _item(line: Line) -> str:
    from pygments import highlight  # type: ignore[import-untyped]
    from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]
    from pygments.lexers import PythonLexer  # type: ignore[import-untyped]

    equations = f" Equation {', '.join(line.equations)}." if line.equations else ""
    code = "".join(
        f'<p class="asng-place">{html.escape(_place(found))}</p>'
        f'<pre class="highlight" tabindex="0">{highlight(found.code, PythonLexer(), HtmlFormatter(nowrap=True))}</pre>'
        for found in line.code()
    )
    text = f'<p class="asng-line"><b>{line.number}</b> {_high_and_low(line.text)}</p>'
    return f'<div role="listitem">{text}<p>{line.says}{equations}</p>{code}</div>'


def _place(found: Found) -> str:
    return f"{found.function.partition(':')[2]} in {found.file}, line {found.line}"


def _high_and_low(text: str) -> str:
    """Write _ and ^ as HTML."""
    tag = {"_": "sub", "^": "sup"}
    return re.sub(
        r"([_^])(?:\{([^}]*)\}|([^\s{]))",
        lambda m: f"<{tag[m[1]]}>{m[2] or m[3]}</{tag[m[1]]}>",
        html.escape(text),
    )
