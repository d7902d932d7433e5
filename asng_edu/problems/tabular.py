"""A table in which the score of every network is known: what a search finds can be held against the truth.

:func:`asng_edu.problems.read_table` makes one of a CSV file.
"""

from __future__ import annotations

import csv
import itertools
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asng_edu._common import checks
from asng_edu.distributions import Categorical
from asng_edu.distributions.base import Floats

Integers = NDArray[np.int64]

MOST = 2**24  # codes of a table
BUILT_IN = Path(__file__).parent / "data" / "signals.csv"


class Tabular:
    """A problem over categorical decisions whose answer is known for each of the ∏K codes.

    Parameters
    ----------
    sizes : sequence of int
        K of each decision, at least 2.
    scores : array
        One number for each code, either in an array of shape ``sizes`` or flat, the last decision running fastest.
        With ``networks``, one for each network.
    maximize : bool
        Whether a larger score is better. :meth:`losses` then returns −score.
    observed : array, optional
        What a search may see in place of the score, such as a validation error where the score is the test error;
        of the same shape. By default the score itself.
    networks : array of int, optional
        For each code, which network it is, counted from 0: codes that describe the same network have the same number.
        By default every code is a network of its own.
    names : sequence of str, optional
        What the decisions are called.
    options : sequence of sequences of str, optional
        What the K options of each decision are called.
    notes : sequence of str
        How the table was read, in sentences.

    Attributes
    ----------
    best : array of int, shape (D,)
        The code with the best score; of several, the first.
    optimum : float
        Its score.

    Raises
    ------
    ValueError
        If the sizes leave nothing to choose, or scores, networks or names do not fit them.

    Examples
    --------
    >>> table = Tabular([2, 3], [[0.5, 0.2, 0.9], [0.4, 0.1, 0.3]])
    >>> table.best, table.optimum
    (array([1, 1]), 0.1)
    >>> table.losses([[0, 1], [1, 2]]), table.rank([1, 2])
    (array([0.2, 0.3]), 3)
    """

    def __init__(
        self,
        sizes: Sequence[int],
        scores: ArrayLike,
        *,
        maximize: bool = False,
        observed: ArrayLike | None = None,
        networks: ArrayLike | None = None,
        names: Sequence[str] | None = None,
        options: Sequence[Sequence[str]] | None = None,
        notes: Sequence[str] = (),
    ) -> None:
        self.sizes = tuple(checks.integer("each of the sizes (K)", k, 2) for k in checks.entries("sizes", sizes))
        if not self.sizes:
            raise ValueError("sizes must name at least one decision, but is empty.")
        self.size = checks.integer("the number of codes, the product of the sizes,", math.prod(self.sizes), 2, MOST)
        self.maximize = checks.boolean("maximize", maximize)
        self._networks = None if networks is None else self._check_networks(networks)
        self.n_networks = self.size if self._networks is None else int(self._networks.max()) + 1
        self._sign = -1.0 if maximize else 1.0
        self._losses = self._sign * self._check_scores("scores", scores)
        self._observed = self._losses if observed is None else self._sign * self._check_scores("observed", observed)
        self._sorted = np.sort(self._losses)
        self._limits = np.array(self.sizes, dtype=np.int64)
        self._radix = np.array([math.prod(self.sizes[i + 1 :]) for i in range(len(self.sizes))], dtype=np.int64)
        self.names, self.options = self._check_words(names, options)
        self.notes = checks.entries("notes", notes)
        self.optimum = float(self._sign * self._sorted[0])
        first = int(self._losses.argmin()) if self._networks is None else int(self._losses[self._networks].argmin())
        self.best: Integers = self.codes([first])[0]

    def __repr__(self) -> str:
        better = "larger" if self.maximize else "smaller"
        return (
            f"<Tabular of {self.n_networks:,} networks in {' × '.join(map(str, self.sizes))} codes, {better} is better>"
        )

    def categorical(self, **options: Any) -> Categorical:
        """Return the family over this table's codes; ``options`` are those of :class:`asng_edu.Categorical`."""
        return Categorical(self.sizes, **options)

    def index(self, codes: ArrayLike) -> Integers:
        """Return the place of each code, shape (n,), in a flat array over all of them: Σ_i c_i ∏_{j>i} K_j."""
        return np.asarray(checks.whole_array("codes", codes, len(self.sizes), self._limits) @ self._radix)

    def codes(self, index: ArrayLike) -> Integers:
        """Return the codes, shape (n, D), at these places: the inverse of :meth:`index`."""
        given = checks.as_array("index", index).reshape(-1, 1)
        places = checks.whole_array("index", given, 1, np.array([self.size]))
        return places // self._radix % self._limits

    def network(self, codes: ArrayLike) -> Integers:
        """Return which network each code is, shape (n,)."""
        index = self.index(codes)
        return index if self._networks is None else self._networks[index]

    def losses(self, codes: ArrayLike) -> Floats:
        """Return the true loss of each code, shape (n,): the score, or −score where a larger one is better."""
        return self._losses[self.network(codes)]

    def observed(self, codes: ArrayLike) -> Floats:
        """Return the loss that a search may see of each code, shape (n,)."""
        return self._observed[self.network(codes)]

    def scores(self, codes: ArrayLike) -> Floats:
        """Return the score of each code, shape (n,), as the table has it."""
        return self._sign * self.losses(codes)

    def ranks(self, codes: ArrayLike) -> Integers:
        """Return for each code how many networks have a better score, plus 1, shape (n,)."""
        return np.searchsorted(self._sorted, self.losses(codes)) + 1

    def rank(self, code: ArrayLike) -> int:
        """Return the rank of one code, shape (D,), among all networks: 1 is the best; equal ones share theirs."""
        return int(self.ranks(checks.as_array("code", code)[None])[0])

    def decode(self, code: ArrayLike) -> dict[str, str]:
        """Return the option that a code, shape (D,), takes in each decision."""
        places = self.codes(self.index(checks.as_array("code", code)[None]))[0]
        return {name: options[k] for name, options, k in zip(self.names, self.options, places, strict=True)}

    def lookup(self, options: Mapping[str, str]) -> float:
        """Return what a search may see of the network with these options, as a score: the inverse of :meth:`decode`.

        It is what :func:`asng_edu.minimize`, or ``maximize``, may be given as a function of the space that a table is.
        """
        given = checks.instance("options", options, Mapping, "an option for each decision")
        if given.keys() != set(self.names):
            raise ValueError(
                f"options must be of the decisions {', '.join(self.names)}, but are {checks.short(given)}."
            )
        for name, words in zip(self.names, self.options, strict=True):
            checks.one_of(name, given[name], words)
        code = [words.index(given[name]) for name, words in zip(self.names, self.options, strict=True)]
        return float(self._sign * self.observed([code])[0])

    def _check_scores(self, name: str, values: ArrayLike) -> Floats:
        given = checks.as_array(name, values)
        shape = self.sizes if given.ndim > 1 and self._networks is None else (self.n_networks,)
        return checks.finite_array(name, given, shape).ravel()

    def _check_networks(self, networks: ArrayLike) -> Integers:
        given = checks.as_array("networks", networks)
        if given.shape not in ((self.size,), self.sizes):
            raise ValueError(
                f"networks must have a number for each of {self.size:,} codes, but has shape {given.shape}."
            )
        found = checks.whole_array("networks", given.reshape(-1, 1), 1, np.array([self.size]))[:, 0]
        if len(np.unique(found)) <= found.max():
            raise ValueError("networks must be counted from 0 without a gap.")
        return found

    def _check_words(self, names: Any, options: Any) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
        """Return the names of the decisions and of their options; by default numbers."""
        names = [str(i) for i in range(len(self.sizes))] if names is None else checks.entries("names", names)
        options = [map(str, range(k)) for k in self.sizes] if options is None else checks.entries("options", options)
        options = [checks.entries("the options of a decision", one) for one in options]
        for word in itertools.chain(names, *options):
            checks.instance("each name of a decision or an option", word, str, "a text")
        if len(names) != len(self.sizes) or tuple(map(len, options)) != self.sizes:
            raise ValueError(
                f"names and options must be those of decisions with {', '.join(map(str, self.sizes))} options, "
                f"but are {checks.short(list(names))} and {checks.short(options)}."
            )
        spoken = [("names", names), *((f"the options of {name}", o) for name, o in zip(names, options, strict=True))]
        for which, words in spoken:
            if len(set(words)) < len(words):
                raise ValueError(f"{which} must differ from one another, but are {checks.short(list(words))}.")
        return tuple(names), tuple(options)


def load(seed: int = 0) -> Tabular:
    """Return the table that comes with the library: every network of a small space of cells.

    Each of its 1,092 networks was trained three times on the data set ``signals`` (``asng-edu tabulate``). The score is
    the mean test error; a search sees the validation error of one of the trainings.

    Parameters
    ----------
    seed : int
        Which: the one with this number modulo 3.

    See Also
    --------
    asng_edu.nas.KnownSpace.load : The same table with all that was measured.

    Examples
    --------
    >>> table = load()
    >>> table
    <Tabular of 1,092 networks in 4 × 2 × 4 × 4 × 3 × 4 codes, smaller is better>
    """
    with BUILT_IN.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    names = [name for name in rows[0] if name.startswith("node")]
    codes = [[tuple(map(int, code.split())) for code in row["codes"].split("|")] for row in rows]
    sizes = [1 + max(column) for column in zip(*itertools.chain(*codes), strict=True)]
    options = [[""] * size for size in sizes]
    networks = np.empty(sizes, dtype=np.int64)
    for network, (row, same) in enumerate(zip(rows, codes, strict=True)):
        networks[tuple(np.transpose(same))] = network
        for words, k, name in zip(options, same[0], names, strict=True):
            words[k] = row[name]
    errors = [[float(row[name]) for name in row if name.startswith("test_error")] for row in rows]
    seen = [[float(row[name]) for name in row if name.startswith("validation_error")] for row in rows]
    return Tabular(
        sizes,
        np.mean(errors, axis=1),
        observed=np.transpose(seen)[checks.integer("seed", seed, 0) % len(seen[0])],
        networks=networks.ravel(),
        names=names,
        options=options,
    )
