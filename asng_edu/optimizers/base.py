"""Ask and tell: what all optimisers share, from drawing samples to saving the state."""

from __future__ import annotations

import copy
import math
import threading
from abc import ABC, abstractmethod
from dataclasses import asdict
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from asng_edu._common import checks, logger
from asng_edu.distributions.base import Distribution, Floats
from asng_edu.optimizers._saving import PATIENCE, Progress, batch, plain, saved_generator
from asng_edu.optimizers.natural_gradient import NEGLIGIBLE, SMALLEST, UTILITIES, Estimate, estimate, is_informative
from asng_edu.optimizers.state import Info, State, Told

RandomSource = np.random.Generator | int | None


S = TypeVar("S", bound=State)

Quantities = dict[str, float]  # the fields of Info that the method itself computes


class Optimizer(ABC, Generic[S]):
    """An optimiser of θ that is asked for samples and told their losses.

    ``tell`` either completes or leaves ``state`` as it was. The state is a plain dataclass to look at. Several threads
    may ask and tell: they wait for one another, and no update is lost.
    """

    state: S
    penalty: Floats | None = None  # (n_stats,): ε r; None in what was pickled before there were penalties
    utilities: ClassVar[tuple[str, ...]] = UTILITIES
    fewest: ClassVar[int] = 2  # samples that one ``tell`` can learn from

    def __init__(
        self,
        distribution: Distribution,
        *,
        lam: int,
        utility: str,
        theta: ArrayLike | None,
        rng: RandomSource,
        seed: int | None,
        penalty: ArrayLike | None = None,
    ) -> None:
        checks.instance("distribution", distribution, Distribution, "one, such as Categorical(5, dim=30)")
        if rng is not None and seed is not None:
            raise ValueError("rng and seed both say where to draw from: give one of them.")
        self.distribution = distribution
        self._most = max(2, checks.LARGEST // distribution.n_stats)
        self.lam = checks.integer("lam (λ)", lam, self.fewest, self._most)
        self.utility = checks.one_of("utility", utility, self.utilities)
        self.rng = None
        if rng is not None or seed is not None:
            self.rng = checks.generator("rng", rng) if seed is None else checks.generator("seed", seed)
        start = distribution.initial_theta() if theta is None else distribution.check_theta(theta)
        self.penalty = None if penalty is None else _check_penalty(distribution, penalty)
        self.state = self._first_state(distribution.project(start))
        self._progress = Progress()
        self._lock = threading.RLock()

    def __repr__(self) -> str:
        settings = self._all_settings().items()
        given = ", ".join([repr(self.distribution), *(f"{name}={checks.short(value)}" for name, value in settings)])
        return f"<{type(self).__name__}({given}) after {self.state.t} updates>"

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_lock"}

    def __setstate__(self, contents: dict[str, Any]) -> None:
        vars(self).update(contents, _progress=copy.copy(contents["_progress"]))
        self._lock = threading.RLock()

    @property
    def theta(self) -> Floats:
        """θ, shape (n_stats,)."""
        return self.state.theta

    @property
    def best(self) -> Any:
        """The candidate with the least loss so far, as :meth:`Distribution.decode` gives it; None before any.

        With noisy losses that is the luckiest one, and :meth:`mode` the better answer.
        """
        return None if self._progress.best is None else self.distribution.decode(batch(self._progress.best))[0]

    @property
    def best_loss(self) -> float:
        """The least loss so far; infinite before any."""
        return math.inf if self._progress.best_loss is None else self._progress.best_loss

    def mode(self) -> Any:
        """Return the most probable sample of P_θ."""
        return self.distribution.mode(self.theta)

    def should_stop(self) -> bool:
        """Return whether the answer has come to rest: the mode was the same in 20 n_θ updates (200 at least).

        That is a hint, not a proof: a weak signal may need longer. A mode of real numbers hardly ever rests.
        """
        return self._progress.unchanged >= PATIENCE

    def ask(self, rng: RandomSource = None, size: int | None = None) -> Any:
        """Draw samples c_i ~ P_θ.

        Parameters
        ----------
        rng : numpy.random.Generator or int, optional
            Where to draw from. The one given last, here or to the constructor, is kept and saved with the state. A
            seed is accepted only where there is no generator yet: given each time, it would draw the same again.
        size : int, optional
            How many; λ by default.

        Returns
        -------
        array with one sample a row, or for a product a tuple of such arrays

        Raises
        ------
        ValueError
            Without any generator, or for what is neither that nor a first seed.
        """
        size = self.lam if size is None else checks.integer("size", size, 1, self._most)
        with self._lock:
            if rng is not None:
                given = checks.generator("rng", rng)
                if self.rng is not None and given is not rng:
                    raise ValueError(
                        f"rng must be a numpy Generator by now, but is {checks.short(rng)}: a seed given again would "
                        "draw the same samples again."
                    )
                self.rng = given
            if self.rng is None:
                raise ValueError("ask needs rng, a numpy Generator or a seed, given here or to the constructor.")
            return self._draw(self.rng, size)

    def tell(self, samples: Any, losses: Any, *, nan: str = "raise") -> Info:
        """Take one step from samples and their losses (lower is better).

        Parameters
        ----------
        samples : as ``ask`` returns them
            At least two.
        losses : array of shape (λ,)
            One finite number for each sample: an array, a list, or a tensor of PyTorch on any device.
        nan : {"raise", "worst"}
            What a loss of NaN or plus infinity means, as of an evaluation that failed: an error, or something worse
            than all others of the batch, by as much as those lie apart. If all have failed, no step is taken.

        Raises
        ------
        ValueError
            If samples or losses are not as above, or their natural gradient is not finite.
        ArithmeticError
            If the step would leave the numbers. In both cases the state stays as it was.
        """
        checks.one_of("nan", nan, ("raise", "worst"))
        stats = self.distribution.statistics(samples)
        given = checks.shaped_array("losses", losses, (len(stats),))
        losses = checks.finite_array("losses", given if nan == "raise" else _failed_as_worst(given), given.shape)
        if len(losses) < self.fewest:
            raise ValueError("tell needs at least 2 samples, for with their mean subtracted one loss says nothing.")
        with self._lock:
            state = type(self.state)(**{name: _own(value) for name, value in vars(self.state).items()})
            info = self._learn(state, Told(samples, stats, losses, ~np.isfinite(given)))
            if not np.isfinite(state.theta).all():
                raise ArithmeticError(f"theta would not be finite after update {state.t}, so it was not moved.")
            state.t += 1
            self._progress.take(self.distribution, samples, given)
            self.state = state
            if state.t % max(self.distribution.n_theta, 10) == 0:
                self._progress.look(self.mode())
        return info

    def state_dict(self) -> dict[str, Any]:
        """Return a copy of all that is needed to go on exactly as this optimiser would, the generator included."""
        with self._lock:
            return {
                "optimizer": type(self).__name__,
                "distribution": repr(self.distribution),
                "settings": self._all_settings(),
                "state": asdict(self.state),
                "progress": asdict(self._progress),
                "rng": None if self.rng is None else copy.deepcopy(self.rng.bit_generator.state),
            }

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        """Go on from what :meth:`state_dict` returned.

        Raises
        ------
        ValueError
            If it is not of an optimiser made with the same arguments, or is incomplete. The state stays as it was.
        """
        try:
            read = self._read(saved)
        except RecursionError:
            raise ValueError("a state dict is not nested so deeply.") from None
        with self._lock:
            self.state, self._progress, self.rng = read

    def _read(self, saved: dict[str, Any]) -> tuple[S, Progress, np.random.Generator | None]:
        expected = self.state_dict()
        if not isinstance(saved, dict) or saved.keys() != expected.keys():
            raise ValueError(f"a state dict has the keys {', '.join(expected)}, and nothing else.")
        for key in ("optimizer", "distribution", "settings"):
            if plain(saved[key]) != expected[key]:
                raise ValueError(f"this state has another {key}: {checks.short(saved[key])}, not {expected[key]!r}.")
        for key in ("state", "progress"):
            if not isinstance(saved[key], dict) or saved[key].keys() != expected[key].keys():
                raise ValueError(f"the {key} must have the parts {', '.join(expected[key])}.")
        state = copy.deepcopy(self.state)
        for name, current in expected["state"].items():
            setattr(state, name, self._read_field(name, saved["state"][name], current))
        self._check_state(state)
        rng = None if saved["rng"] is None else saved_generator(saved["rng"])
        return state, Progress.read(self.distribution, saved["progress"]), rng

    @abstractmethod
    def _first_state(self, theta: Floats) -> S: ...

    def _settings(self) -> dict[str, Any]:
        """Return what the constructor was given beside the arguments that all methods have."""
        return {}

    def _all_settings(self) -> dict[str, Any]:
        """Return all that the constructor was given, in a form that JSON can hold; without a penalty none is named."""
        penalty = {} if self.penalty is None else {"penalty": self.penalty.tolist()}
        return {"lam": self.lam, "utility": self.utility, **self._settings(), **penalty}

    def _draw(self, rng: np.random.Generator, size: int) -> Any:
        """Return new samples."""
        return self.distribution.sample(self.theta, rng, size)  # c ~ P_θ

    def _learn(self, state: S, told: Told) -> Info:
        """Change ``state`` by what was told, and report it: one step along the estimate of the natural gradient."""
        utility, G, white, norm = self._estimate(state, told)
        if self._says_something(told, utility, norm):
            quantities = self._step(state, G, white, norm)
            state.theta = self.distribution.project(state.theta)
        else:
            logger.debug("update %d of %s was skipped: the samples point nowhere.", state.t, type(self).__name__)
            norm = 0.0
            quantities = self._skip(state)
        return Info(t=state.t, updated=quantities["epsilon"] > 0.0, utility=utility, G=G, G_norm=norm, **quantities)

    def _estimate(self, state: S, told: Told) -> Estimate:
        """Return the natural gradient estimate, eq. (7)."""
        return estimate(self.distribution, state.theta, told.stats, told.losses, self.utility, self.penalty)

    def _says_something(self, told: Told, utility: Floats, norm: float) -> bool:
        """Return whether to step along G. With equal losses only a penalty has a say, and after failures nothing."""
        if self.penalty is None:
            return is_informative(told.losses, utility, norm)
        largest = max(np.abs(utility).max(), np.abs(self.penalty).max())
        return not told.failed.all() and norm > max(NEGLIGIBLE * largest, SMALLEST)

    def _step(self, state: S, G: Floats, white: Floats, norm: float) -> Quantities:
        """Change ``state`` by one step along G; white = F^{1/2}G and norm = ‖G‖_F, above 0. By default none."""
        return self._skip(state)

    def _read_field(self, name: str, value: Any, current: Any) -> Any:
        """Return what was saved of a part of the state, or raise a ValueError if it is not such as the current one."""
        if isinstance(current, np.ndarray):
            return checks.finite_array(name, value, current.shape).copy()
        return checks.integer(name, value, 0) if isinstance(current, int) else checks.real(name, value)

    def _check_state(self, state: S) -> None:
        """Raise a ValueError if no optimiser of this kind can be in ``state``."""
        self.distribution.check_theta(state.theta)

    def _skip(self, state: S) -> Quantities:
        """Report a step that was not taken."""
        return {"delta": 0.0, "epsilon": 0.0}


def _own(value: Any) -> Any:
    """Return a part of a state that may be written to without changing the one given."""
    return value.copy() if isinstance(value, (np.ndarray, list)) else value


def _check_penalty(distribution: Distribution, penalty: ArrayLike) -> Floats | None:
    """Return a penalty if it is one of this family; all zeros are none."""
    prices: Floats = checks.finite_array("penalty", penalty, (distribution.n_stats,)).copy()
    distribution.inverse_fisher(distribution.initial_theta(), prices)  # a sentence now if it has no closed form
    return prices if prices.any() else None


def _failed_as_worst(losses: Floats) -> Floats:
    """Return losses with a finite number, above all others, in place of NaN and infinity."""
    failed = np.isnan(losses) | (losses == math.inf)
    if not failed.any():
        return losses
    if failed.all():
        return np.zeros_like(losses)
    worst, best = losses[~failed].max(), losses[~failed].min()
    with np.errstate(over="ignore", invalid="ignore"):
        beyond = worst + ((worst - best) or max(1.0, abs(worst)))
    return np.where(failed, min(beyond, np.finfo(np.float64).max), losses)
