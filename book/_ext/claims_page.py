"""The page of claims, written from the ledger: ``{claims}`` lists the article's, ``{claims} book`` the others."""

import re
from collections import Counter

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

from asng_book.claims import ledger

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
BADGES = {"holds": "success", "qualified": "warning", "fails": "danger", "untested": "dark"}


def entry(claim, found):
    """Return an entry of the page in Markdown: what is said, what was measured, whether it holds, and where from."""
    verdict = f"{{bdg-{BADGES[claim.verdict]}}}`{ledger.VERDICTS[claim.verdict]}`"
    if claim.article:
        verdict += f" Article, section {claim.article}"
    says = f"({anchor(claim)})=\n**{claim.says}**"
    if set(found["values"] if found else ()) != set(claim.values):
        raise ExtensionError(f"{claim.id}: the record is of an older ledger; run 'asng-book claims --slow --record'.")
    measured = typeset(claim.measured.format(**found["values"])) if found else ""
    shown = f" Shown in {{doc}}`{claim.shown}`." if claim.shown else ""
    because = f"*{claim.because}*" if claim.because else ""
    return "\n\n".join(
        filter(None, [verdict, says, measured, because, f"<small>{source(claim, found)}{shown}</small>"])
    )


def typeset(text):
    """Return a text with the minus signs and the powers of ten of print: 9e-11 becomes 9 × 10⁻¹¹."""
    power = re.compile(r"(?<=\d)e([+-]?\d+)")
    text = power.sub(lambda match: " × 10" + str(int(match[1])).translate(RAISED), text)
    return re.sub(r"(?<![\w)])-(?=\d)", "−", text)


def anchor(claim):
    """Return the name under which other pages refer to an entry."""
    return f"claim-{claim.id}"


def source(claim, found):
    """Return what made the numbers: command, seed, tolerance, day and machine."""
    if claim.verdict == "untested":
        return ""
    parts = [f"`{claim.command}`"]
    if claim.seed is not None:
        parts.append(f"seed {claim.seed}")
    if not all(isinstance(value, str) for value in claim.values.values()):
        parts.append(f"tolerance {claim.tolerance:g}")
    if claim.data:
        parts.append(f"reads `{claim.data}` (below)")
    parts.append(f"{found['date']}, commit {found['commit']}")
    return "; ".join(parts) + "."


def summary(claims):
    """Return the count of each verdict, in a sentence."""
    counts = Counter(claim.verdict for claim in claims)
    words = {
        "holds": "hold",
        "qualified": "hold with a qualification",
        "fails": "do not hold",
        "untested": "are not tested",
    }
    parts = [f"{counts[verdict]} {many}" for verdict, many in words.items() if counts[verdict]]
    return f"Of {len(claims)} claims {', '.join(parts)}."


def measurements(claims):
    """Return a table of the data that checks read: each is expensive to make again."""
    rows = ["| data | made by | when | on |", "|---|---|---|---|"]
    for file in dict.fromkeys(claim.data for claim in claims if claim.data):
        about = ledger.made(next(claim for claim in claims if claim.data == file))
        rows.append(
            f"| `{file}` | `{about['command']}` | {about['date']}, commit {about['commit']} | {about['machine']} |"
        )
    return "\n".join(rows)


class Claims(SphinxDirective):
    """List claims of the ledger: ``article`` (the default), ``book``, or the ``data`` that they rest on."""

    optional_arguments = 1

    def run(self):
        which = self.arguments[0] if self.arguments else "article"
        claims = ledger.read()
        self.env.note_dependency(str(ledger.LEDGER))
        self.env.note_dependency(str(ledger.RECORD))
        if which == "data":
            return self.parse(measurements(claims))
        chosen = [claim for claim in claims if bool(claim.article) == (which == "article")]
        record = ledger.read_record()
        made = self.parse(summary(chosen)) if which == "article" else []
        for claim in chosen:
            made.append(
                nodes.container("", *self.parse(entry(claim, record.get(claim.id))), classes=["claim", claim.verdict])
            )
        return made

    def parse(self, text):
        """Return the nodes of a Markdown text."""
        parent = nodes.Element()
        self.state.nested_parse(StringList(text.splitlines(), source="figures/claims.yml"), 0, parent)
        return parent.children


def setup(app):
    """Add the directive."""
    app.add_directive("claims", Claims)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
