"""The δ⁰ explorer, and what its settings can be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asng_book.live.figure import live
from asng_book.live.sweep_rows import METHODS, read_sweep, read_trials
from asng_edu._common import checks


@dataclass(frozen=True)
class Control:
    """A slider: what it is called, from where to where it goes, by which step, and where it starts.

    Without ``step`` it moves in 200 equal ratios, or over ``values``. ``most`` is where it ends if that is below what
    a call accepts.
    """

    label: str
    low: float
    high: float
    default: float
    step: float | None = None
    values: tuple[int, ...] | None = None
    most: float | None = None


STEPS = 200  # of a slider that moves in ratios

# The sliders of both explorers, this one and python_explorer; static/figures/explorer has the same.
CONTROLS = {
    "delta0": Control("first step size δ⁰", 1e-5, 20.0, 1 / 120),
    "eps_x": Control("learning rate ε_x of x", 1e-5, 0.2, 0.0005),
    "lam": Control("samples λ", 2, 32, 2, values=(2, 3, 4, 6, 8, 12, 16, 24, 32)),
    "alpha": Control("target α of ‖s‖²/γ", 1.05, 4.0, 1.5, step=0.05),
    "dim": Control("dimensions D", 1, 60, 30, step=1),
    "categories": Control("categories K", 2, 10, 5, step=1),
    "seed": Control("seed", 1, 1_000_000, 1, step=1, most=100),
    "updates": Control(
        "updates at most", 100, 100_000, 10_000, values=(200, 400, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000)
    ),
}
RANGES = {name: (control.low, control.high) for name, control in CONTROLS.items()}
WHOLE = ("lam", "dim", "categories", "seed", "updates")


def Explorer(  # noqa: N802
    *,
    methods: Sequence[str] = METHODS,
    fig4: str | Path | Sequence[Mapping[str, Any]] | None = None,
    trials: str | Path | None = None,
    guard: bool = True,
    **settings: float,
) -> Any:
    """Return the δ⁰ explorer: ASNG, SNG and Adam on the problem of Fig. 4, from one δ⁰ and on the same random numbers.

    Parameters
    ----------
    methods : sequence of {"asng", "sng", "adam"}
        Which run at first.
    fig4 : path or rows, optional
        A sweep to compare with; see :func:`asng_book.live.sweep_rows.read_sweep`. Its curves are the track of the
        slider of δ⁰.
    trials : path, optional
        The trials behind that sweep; see :func:`asng_book.live.sweep_rows.read_trials`. Each is a dot, where the slider
        stands or the mouse is.
    guard : bool
        Whether δ stays at or below √n_θ; without it a tiny δ⁰ breaks Algorithm 1.
    **settings
        Where the sliders start: ``delta0``, ``eps_x``, ``lam``, ``alpha``, ``dim``, ``categories``, ``seed`` and
        ``updates``, each within :data:`RANGES`.

    Raises
    ------
    ValueError
        For an unknown method or setting, or a value outside its range.

    Notes
    -----
    Taught in chapter *The robustness sweep*.

    Examples
    --------
    >>> explorer = Explorer(delta0=1.0, eps_x=0.0005, methods=["asng", "sng"])
    """
    options: dict[str, Any] = {}
    if isinstance(methods, str) or len(methods) == 0:
        raise ValueError(f"methods must be a list of one or more of {', '.join(METHODS)}, but is {methods!r}.")
    options["methods"] = [checks.one_of("a method", method, METHODS) for method in methods]
    if not isinstance(guard, bool):
        raise ValueError(f"guard must be True or False, but is {guard!r}.")
    options["guard"] = guard
    for name, value in settings.items():
        checks.one_of("a setting", name, RANGES)
        low, high = RANGES[name]
        number = checks.integer(name, value, int(low)) if name in WHOLE else checks.real(name, value)
        if not low <= number <= high:
            raise ValueError(f"{name} must lie between {low:g} and {high:g}, but is {value!r}.")
        options[name] = number
    if fig4 is not None:
        options["fig4"] = read_sweep(fig4)
    if trials is not None:
        options["trials"] = read_trials(trials)
    return live("explorer", **options)
