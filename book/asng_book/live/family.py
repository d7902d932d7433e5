"""The live family tree of chapter *Where it went next*: methods by year, what each inherits and what it adds."""

from __future__ import annotations

from typing import Any, NamedTuple

from asng_book.live.figure import live

#: What methods of this family can have, by the letter that marks it in the tree.
INGREDIENTS = {
    "natural": "the natural gradient",
    "snr": "signal and noise measured",
    "categories": "categories",
    "gaussian": "a full Gaussian",
    "margin": "a margin",
    "weights": "shared weights",
}


class Method(NamedTuple):
    """One method of the family.

    Attributes
    ----------
    name : str
    year : int
        Of its first version.
    column : int
        0 for discrete variables, 1 for both kinds, 2 for real numbers.
    parents : tuple of str
    has : tuple of str
        Keys of :data:`INGREDIENTS`.
    adds : str
        A sentence: what was new.
    """

    name: str
    year: int
    column: int
    parents: tuple[str, ...]
    has: tuple[str, ...]
    adds: str


FAMILY = (
    Method("CMA-ES", 1996, 2, (), ("natural", "gaussian"),
           "A Gaussian whose whole covariance matrix learns; years later, a natural gradient was found in it."),
    Method("NES", 2008, 2, (), ("natural", "gaussian"),
           "Natural evolution strategies: a natural gradient from the start, and soon importance mixing."),
    Method("IGO", 2011, 1, ("CMA-ES", "NES"), ("natural",),
           "One method for any family of distributions; CMA-ES and PBIL are special cases."),
    Method("Sample reuse", 2018, 1, ("IGO",), ("natural",),
           "Samples of earlier iterations count again, weighted by how probable they are now."),
    Method("Dynamic structures", 2018, 0, ("IGO",), ("natural", "categories", "weights"),
           "A network’s weights and the distribution of its structure are learned in one training."),
    Method("ASNG", 2019, 0, ("Dynamic structures",), ("natural", "snr", "categories", "margin", "weights"),
           "The step size follows the signal-to-noise ratio of the natural gradient: the method of this book."),
    Method("AdvantageNAS", 2020, 0, ("Dynamic structures",), ("categories", "weights"),
           "Each decision gets its own credit, by a gradient through gates, on a single path."),
    Method("ASNG for LED", 2020, 0, ("ASNG",), ("natural", "snr", "categories"),
           "For low effective dimensionality (LED): damps what carries little signal in the natural gradient."),
    Method("CMA-ES with margin", 2022, 2, ("CMA-ES",), ("natural", "gaussian", "margin"),
           "Integers, by rounding; the probability of leaving a value is bounded from below."),
    Method("LRA-CMA-ES", 2023, 2, ("CMA-ES", "ASNG"), ("natural", "snr", "gaussian"),
           "Learning rates that keep a signal-to-noise ratio constant, for noise and many local optima."),
    Method("CatCMA", 2024, 1, ("CMA-ES", "ASNG"), ("natural", "snr", "categories", "gaussian", "margin"),
           "One joint distribution: a full Gaussian times categories, whose learning rate adapts as in ASNG."),
    Method("CMA-ES for LED", 2024, 2, ("CMA-ES", "ASNG for LED"), ("natural", "snr", "gaussian"),
           "For low effective dimensionality: finds by signal and noise which directions matter."),
    Method("CatCMA with margin", 2025, 1, ("CatCMA", "CMA-ES with margin"),
           ("natural", "snr", "categories", "gaussian", "margin"),
           "Integers join: numbers, integers and categories in one distribution."),
    Method("WA-ASNG", 2026, 0, ("ASNG",), ("natural", "snr", "categories"),
           "The weights of the samples adapt too, so as to strengthen the signal: for many samples at once."),
)  # fmt: skip


def family_tree() -> Any:
    """Return the live tree."""
    return live("family-tree", ingredients=list(INGREDIENTS.items()), methods=[one._asdict() for one in FAMILY])
