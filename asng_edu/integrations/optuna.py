"""ASNG, or any optimiser of this library, as the sampler of an Optuna study.

*How a study and a method fit together.* Each trial is one sample c ~ P_θ. It bears the generation in which it was
drawn, which is how many steps θ had taken by then; once λ trials of a generation have ended, the next trial to begin
takes a step with those of the lowest numbers. So θ learns only from samples that were drawn from it, as in Algorithm 1,
and trials that come too late for their generation count for the study but not for θ. With many processes raise λ.

*What is kept.* θ and all else that the method changes is written into the system attributes of the trial that took the
step, and the random numbers of a trial follow from the seed and its number. A sampler therefore holds nothing of its
own: any process continues with the study's storage alone, and a single process that is stopped between two trials and
started again, with the same seed, proposes what it would have proposed.

*What cannot be promised.* Several processes end their trials in an order that no seed decides, so their study cannot be
repeated bit for bit. Two that take the same step at once may have seen different trials end; then the step written by
the trial with the lower number holds, and the other one's samples are taken for samples of it. A trial that is killed
stays *running* in the storage: it keeps its number, teaches θ nothing, and another is drawn in its place.
"""

from __future__ import annotations

import hashlib
import json
import math
import zlib
from typing import Any

import numpy as np

from asng_edu._common import checks
from asng_edu.blackbox.methods import ByDistribution, Chosen, label, make
from asng_edu.blackbox.space import Space
from asng_edu.blackbox.variables import Bool, Choice, Variable
from asng_edu.distributions import Integer, Real
from asng_edu.optimizers._saving import plain
from asng_edu.optimizers.base import Optimizer

try:
    import optuna
except ModuleNotFoundError as error:
    raise ModuleNotFoundError("ASNGSampler needs optuna: pip install 'asng_edu[optuna]'.", name=error.name) from None
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.samplers import BaseSampler, RandomSampler
from optuna.search_space import IntersectionSearchSpace
from optuna.trial import FrozenTrial, TrialState

SAMPLE, STATE = "asng_edu:sample", "asng_edu:state"  # system attributes of a trial
ENDED = (TrialState.COMPLETE, TrialState.FAIL, TrialState.PRUNED)

logger = optuna.logging.get_logger(__name__)


class ASNGSampler(BaseSampler):
    """A sampler for Optuna's studies of one objective.

    Parameters
    ----------
    space : Space, optional
        What is sampled together, from the first trial on. By default the parameters that all completed trials have in
        common, with the same bounds; then the first trial, and any parameter that only some trials ask for, is sampled
        uniformly and by itself. When what they have in common changes, the method starts anew.
    method : str or class
        As for :func:`asng_edu.minimize`, but for ``"catcma"``.
    seed : int, optional
        From 0 up. By default one is drawn.
    margin : {"asng", "catcma", "none"} or float
        Least probability of an option, see :meth:`asng_edu.Space.distribution`.
    warn_independent_sampling : bool
        Whether to say, once for each, which parameters are sampled by themselves.

    Raises
    ------
    ValueError
        For an argument that does not fit, and in a study for several objectives.

    Notes
    -----
    A trial that fails or is pruned counts as worse than all others of its generation; one that never ends, as after a
    kill, is left aside. Trials that were enqueued, or drawn by another sampler, teach θ nothing, for they are no
    samples of it. Parameters with a ``step`` are integers to the method.

    Examples
    --------
    >>> import optuna
    >>> optuna.logging.set_verbosity(optuna.logging.ERROR)
    >>> def objective(trial):
    ...     units = trial.suggest_int("units", 1, 64)
    ...     return (units - 40) ** 2 + (trial.suggest_categorical("activation", ["relu", "tanh"]) != "tanh")
    >>> study = optuna.create_study(sampler=ASNGSampler(seed=0))
    >>> study.optimize(objective, n_trials=200)
    >>> study.best_value
    0.0
    """

    def __init__(
        self,
        space: Space | None = None,
        *,
        method: Chosen = "asng",
        seed: int | None = None,
        margin: str | float = "asng",
        warn_independent_sampling: bool = True,
    ) -> None:
        if space is not None:
            checks.instance("space", space, Space, "a Space or None")
        checks.boolean("warn_independent_sampling", warn_independent_sampling)
        self._space, self._method, self._margin = space, method, margin
        self._warn = warn_independent_sampling
        self._said: set[str] = set()
        given = np.random.default_rng().integers(2**32) if seed is None else checks.integer("seed", seed, 0, 2**128 - 1)
        self._seed = int(given)
        self._common = IntersectionSearchSpace()
        self._begin(space or Space(any=Bool()))  # what is wrong with the method is said now

    def reseed_rng(self) -> None:
        """Do nothing: the random numbers of a trial follow from its number, so no two trials share them."""

    def infer_relative_search_space(self, study: optuna.Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """Return the parameters that are sampled together."""
        if len(study.directions) > 1:
            raise ValueError(f"ASNGSampler has one objective, but the study has {len(study.directions)}.")
        if self._space is not None:
            return {name: _to_optuna(variable) for name, variable in self._space.variables.items()}
        found: dict[str, BaseDistribution] = self._common.calculate(study)
        return {name: one for name, one in found.items() if not one.single()}  # Optuna itself fills in single values

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Return the values of these parameters, after a step of θ if a generation is complete."""
        if not search_space:
            return {}
        space = Space({name: _from_optuna(one) for name, one in search_space.items()})
        optimizer = self._begin(space)
        key = self._key(space)
        trials = study.get_trials(deepcopy=False)
        generation = _restore(optimizer, key, trials)
        batch = [t for t in trials if t.state in ENDED and _drawn(t, key, generation) is not None][: optimizer.lam]
        attributes: dict[str, Any] = {}
        if len(batch) == optimizer.lam:
            sign = -1.0 if study.direction == optuna.study.StudyDirection.MAXIMIZE else 1.0
            rows = [_drawn(one, key, generation) for one in batch]
            samples = tuple(np.array(part) for part in zip(*rows, strict=True))
            optimizer.tell(samples, [_loss(one, sign) for one in batch], nan="worst")
            generation += 1
            attributes[STATE] = {"key": key, "generation": generation, "state": plain(optimizer.state_dict())}
        samples = optimizer.ask(np.random.default_rng([self._seed, trial.number]), size=1)
        attributes[SAMPLE] = {"key": key, "generation": generation, "sample": [plain(part[0]) for part in samples]}
        for name, value in attributes.items():
            study._storage.set_trial_system_attr(trial._trial_id, name, value)  # as Optuna's own samplers do
        (point,) = space.decode(samples)
        return {name: _value(search_space[name], found) for name, found in point.items()}

    def sample_independent(
        self, study: optuna.Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """Return a value of a parameter that is sampled by itself, uniformly."""
        first = self._space is None and not study.get_trials(deepcopy=False, states=[TrialState.COMPLETE])
        if self._warn and not first and param_name not in self._said:
            self._said.add(param_name)
            logger.warning(
                "the parameter %s is sampled uniformly and by itself: it is not among those that are sampled together.",
                param_name,
            )
        source = np.random.SeedSequence([self._seed, trial.number, zlib.crc32(param_name.encode())])
        sampler = RandomSampler(seed=int(source.generate_state(1)[0]))
        return sampler.sample_independent(study, trial, param_name, param_distribution)

    def _begin(self, space: Space) -> Optimizer[Any]:
        """Return the optimiser at its beginning, without random numbers of its own."""
        proposer = make(self._method, space, 0, self._margin)
        if not isinstance(proposer, ByDistribution):
            raise ValueError(
                "method must be an optimiser of this library, but is 'catcma': Optuna has a sampler of it."
            )
        proposer.optimizer.rng = None
        return proposer.optimizer

    def _key(self, space: Space) -> str:
        """Return by what trials of this space and method are known."""
        text = json.dumps([space.to_json(), label(self._method), self._margin])
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def _restore(optimizer: Optimizer[Any], key: str, trials: list[FrozenTrial]) -> int:
    """Bring the optimiser to the last step that a trial has written down, and return how many there were."""
    saved = [one.system_attrs[STATE] for one in trials if STATE in one.system_attrs]
    mine = [one for one in saved if one["key"] == key]
    if not mine:
        return 0
    last = max(mine, key=lambda one: int(one["generation"]))  # of equals the first
    optimizer.load_state_dict(last["state"])
    return int(last["generation"])


def _drawn(trial: FrozenTrial, key: str, generation: int) -> list[Any] | None:
    """Return the sample that a trial is, if it was drawn in this generation."""
    found: dict[str, Any] = trial.system_attrs.get(SAMPLE, {})
    mine = found.get("key") == key and found.get("generation") == generation
    return found["sample"] if mine else None


def _loss(trial: FrozenTrial, sign: float) -> float:
    """Return the loss of a trial that has ended, NaN if it has none."""
    value = trial.value if trial.state == TrialState.COMPLETE else None
    return sign * value if value is not None and math.isfinite(value) else math.nan


def _to_optuna(variable: Variable) -> BaseDistribution:
    if isinstance(variable, Choice):
        return CategoricalDistribution(variable.options)
    kind = IntDistribution if isinstance(variable, Integer) else FloatDistribution
    return kind(variable.low.item(), variable.high.item(), log=variable.log)


def _from_optuna(distribution: BaseDistribution) -> Variable:
    """Return what a parameter is to the method: options by their numbers, and so are steps."""
    if isinstance(distribution, CategoricalDistribution):
        return Choice(*range(len(distribution.choices)))
    low, high, step = distribution.low, distribution.high, distribution.step
    if isinstance(distribution, IntDistribution) and step == 1:
        return Integer(low, high, log=distribution.log)
    return Real(low, high, log=distribution.log) if step is None else Integer(0, round((high - low) / step))


def _value(distribution: BaseDistribution, found: Any) -> Any:
    """Return a parameter's value from the one that its variable has: the inverse of :func:`_from_optuna`."""
    if isinstance(distribution, CategoricalDistribution):
        return distribution.choices[found]
    if distribution.step is None or (isinstance(distribution, IntDistribution) and distribution.step == 1):
        return found
    return min(distribution.low + found * distribution.step, distribution.high)
