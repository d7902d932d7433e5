"""What the article says of Table 1, put to the systems on the bench where nothing but the system differs."""

from __future__ import annotations

import functools

from asng_book import comparisons
from asng_book.claims.ledger import Finding
from asng_book.measured import compare
from asng_book.measured.compare import SIMILAR, Bench, Pair

NINE = ("nasnet", "nao", "proxyless", "smash", *SIMILAR)  # the rows of Table 1


@functools.cache
def bench() -> Bench:
    """Return the committed comparison."""
    return compare.read()


def pairs(*systems: str) -> list[Pair]:
    """Return the comparison of some systems, two by two."""
    return bench().pairs(systems)


def beats(better: str, worse: str, found: list[Pair]) -> bool:
    """Tell whether one system is told apart from another, and is the better one."""
    pair = next(pair for pair in found if {pair.first, pair.second} == {better, worse})
    return pair.apart and (pair.gap < 0) == (pair.first == better)


def cause_of_differences() -> Finding:
    """Section 3.2: with spaces alike, differences are the optimiser's. How many pairs differ where only it does."""
    found = pairs(*SIMILAR)
    apart = sum(pair.apart for pair in found)
    verdict = "holds" if apart == len(found) else "qualified" if apart else "fails"
    return Finding({"apart": apart, "pairs": len(found), "seeds": bench().seeds}, verdict)


def fastest() -> Finding:
    """Section 3.2: ASNG is the fastest of the five, with a similar error."""
    found = pairs(*SIMILAR)
    others = [name for name in SIMILAR if name != "asng"]
    seconds = {name: float(bench().of(name, "seconds").mean()) for name in SIMILAR}
    first = all(seconds["asng"] < seconds[name] for name in others)
    similar = not any(beats(name, "asng", found) for name in others)
    error = {name: bench().mean(name).value for name in SIMILAR}
    values = {
        "asng": seconds["asng"], "next": min(seconds[name] for name in others),
        "error": error["asng"], "least": min(error[name] for name in others),
    }  # fmt: skip
    return Finding(values, "holds" if first and similar else "qualified" if first or similar else "fails")


def dearer() -> Finding:
    """Section 3.2: NASNet and NAO do better, and take far longer."""
    found = pairs("nasnet", "nao", "asng")
    better = [beats(name, "asng", found) for name in ("nasnet", "nao")]
    of, mean = bench().of, bench().mean
    values = {name: mean(name).value for name in ("nasnet", "nao", "asng")}
    values["times"] = min(float(of(name, "seconds").mean()) for name in ("nasnet", "nao")) / float(
        of("asng", "seconds").mean()
    )
    return Finding(values, "holds" if all(better) else "qualified" if any(better) else "fails")


def trade_off() -> Finding:
    """Section 3.2: time trades off against error. The rank correlation of both over the nine systems."""
    seconds, errors = ([bench().mean(name, what).value for name in NINE] for what in ("seconds", "test_error"))
    rho = float(comparisons.spearman(seconds, errors))
    front = [
        name
        for name, s, e in zip(NINE, seconds, errors, strict=True)
        if not any(t <= s and f < e for t, f in zip(seconds, errors, strict=True))
    ]
    paid = set(sorted(NINE, key=lambda name: seconds[NINE.index(name)])[-2:]) <= set(front)
    verdict = "fails" if rho >= 0 or len(front) == 1 else "holds" if paid else "qualified"
    return Finding({"rho": rho, "front": len(front), "rows": len(NINE)}, verdict)
