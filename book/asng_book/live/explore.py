"""The δ⁰ explorer under a reader's own problem."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from asng_book.live.explorer import CONTROLS
from asng_book.live.figure import NEEDS_KERNEL, without_widgets
from asng_book.live.sweep_rows import METHODS
from asng_edu._common import checks

if TYPE_CHECKING:
    from asng_edu.distributions.base import Distribution
    from asng_edu.optimizers.base import Optimizer

LOWEST, HIGHEST = CONTROLS["delta0"].low, CONTROLS["delta0"].high


def explore(
    distribution: Distribution,
    loss: Callable[[Any], Any],
    *,
    methods: Sequence[str] = METHODS,
    delta0: float = 0.1,
    lam: int = 2,
    alpha: float = 1.5,
    updates: int = 2000,
    target: float | None = None,
    seed: int = 0,
) -> Any:
    """Return the explorer for a loss of your own: ASNG, SNG and Adam from one δ⁰, with a slider for it.

    Each move of the slider runs the Python library and draws what the explorer of Fig. 4 draws: the least loss among
    the samples, δ, ‖s‖²/α with γ, and θ. All methods start from the same seed.

    Parameters
    ----------
    distribution : Distribution
        What the samples are drawn from, such as ``Categorical(5, dim=30)``.
    loss : function
        From samples, as ``ask`` returns them, to one number each; lower is better.
    methods : sequence of {"asng", "sng", "adam"}
        Which run at first.
    delta0 : float
        Where the slider starts, between 1e-5 and 20.
    lam : int
        λ, the number of samples an update.
    alpha : float
        α of ASNG.
    updates : int
        How many at most.
    target : float, optional
        A sample with this loss or less is a solution, and ends the run.
    seed : int

    Raises
    ------
    ValueError
        For an argument out of its range, and if the loss does not return a finite number for each sample. What the
        loss itself raises is not caught.

    Notes
    -----
    Taught in chapter *A step size that adapts*.

    Examples
    --------
    >>> from asng_edu import Bernoulli
    >>> explorer = explore(Bernoulli(20), lambda samples: (samples == 0).sum(axis=1), updates=200, target=0)
    """
    if isinstance(methods, str) or len(methods) == 0:
        raise ValueError(f"methods must be a list of one or more of {', '.join(METHODS)}, but is {methods!r}.")
    chosen = [checks.one_of("a method", method, METHODS) for method in methods]
    if not callable(loss):
        raise ValueError(f"loss must be a function of samples, but is {checks.short(loss)}.")
    if not LOWEST <= checks.real("delta0", delta0) <= HIGHEST:
        raise ValueError(f"delta0 must lie between {LOWEST:g} and {HIGHEST:g}, but is {delta0!r}.")
    checks.integer("updates", updates, 1)
    checks.integer("seed", seed, 0)
    if target is not None:
        checks.real("target", target)

    def start(method: str, delta0: float) -> Optimizer[Any]:
        from asng_edu import ASNG, SNG, Adam

        if method == "asng":
            return ASNG(distribution, delta0, lam=lam, alpha=alpha, seed=seed)
        constant = SNG if method == "sng" else Adam
        return constant(distribution, delta0, lam=lam, seed=seed)

    first = start("asng", delta0)  # so that what is wrong is said now, and not beside a slider
    samples = first.ask()
    first.tell(samples, loss(samples))
    try:
        from asng_book.live.panel import Panel, slider
        from asng_book.live.tracks import draw, following_loss, shades
    except ModuleNotFoundError as error:
        return without_widgets(error)
    return Panel(
        {"delta0": slider("delta0", delta0)},
        {method: method in chosen for method in METHODS},
        lambda method, delta0: following_loss(start(method, delta0), loss, updates, target),
        NEEDS_KERNEL,
        lambda found: draw(
            found, "Least loss of the samples", "Step size δ, the length of an update", shades(distribution, found)
        ),
    )
