r"""NAO: architectures moved along the gradient of a predicted score (Luo, Tian, Qin, Chen and Liu, NeurIPS 2018).

arXiv 1808.07233. A pool of architectures is evaluated, and their losses scaled to scores from 0, the worst, to 1. An
encoder, a predictor and a decoder are trained on them (:mod:`asng_edu.nas.strategies.controllers.nao_network` has their
equations). Then the best of the pool move: their encoder outputs go λ times the gradient of the predicted score, λ = 1,
2, … at most 50, and are decoded, until there are enough codes that nobody has tried. These are evaluated, and take the
places of the worst.

Constants of the paper and its public code: 600 first architectures, of which in each round the best 100 move and 300
new ones come; LSTMs of width 96, a predictor of 3 layers of 200 with dropout 0.1, τ = 0.8, Adam with 1e-3, weight decay
1e-4, gradients clipped at 5, batches of 100, 1,000 epochs. Here the size of the pool is a setting; a sixth of it moves
and half of it is replaced, as there. Pool, widths and epochs are smaller by default, for spaces of thousands of
networks and searches of hundreds; the published values are ``pool=600``, ``width=96``, ``predictor_units=200`` and
``nao_epochs=1000``. As there, the two slots of a node change places at random in training, for they mean the same; in
a space that is not of cells nothing does.

What differs, and what is left out:

* Encoder and decoder share their embeddings.
* The networks are trained anew in each round; the public code goes on with those of the round before.
* Where the moves do not lead to enough new codes, as happens in a small space, random ones fill the round; there it
  stays short.
* NAONet is chosen by training the best few once more and for longer; here the best that was evaluated is given.

On a supernet this is the paper's variant with shared weights (NAO-WS) in its simplest form: uniform paths train the
weights, and then all rounds are evaluated on all of D_θ, with the same weights. In the paper the weights go on
learning, along the architectures of the pool, while the rounds replace them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asng_edu._common import checks
from asng_edu._common.options import check_options, option
from asng_edu.nas._common.seeds import seed_for
from asng_edu.nas.evaluators.base import Codes, Evaluator, check_evaluator, worst_if_not_finite
from asng_edu.nas.spaces.base import Space
from asng_edu.nas.strategies.ask_tell import theta_metrics
from asng_edu.nas.strategies.base import MOST_SAMPLES, STRATEGIES, Learned, NotFinite, Strategy, StrategySettings
from asng_edu.optimizers._saving import saved_generator

LARGEST_STEP = 50  # λ


@STRATEGIES.register("nao")
@dataclass(frozen=True, kw_only=True)
class NAOSettings(StrategySettings):
    """The settings of NAO. The published values stand in its module."""

    candidates: int = option(200, "architectures that are compared at the end", least=1, most=MOST_SAMPLES)
    lam: int = option(4, "of them, compared in one step", least=1, most=MOST_SAMPLES)
    pool: int = option(100, "architectures that the predictor learns from", least=6, most=MOST_SAMPLES)
    nao_epochs: int = option(100, "passes over them in each round", least=1, most=100_000)
    width: int = option(32, "units of encoder and decoder", least=1, most=4096)
    predictor_units: int = option(64, "units of a layer of the predictor", least=1, most=4096)

    def __post_init__(self) -> None:
        check_options(self)

    def make(self, space: Space[Any], seed: int) -> NAO:
        return NAO(space, self, seed)


class NAO(Strategy):
    """NAO at work.

    Attributes
    ----------
    tried : list of (loss, code)
        All that was evaluated, in this order; a failed evaluation has the loss infinity.
    pool : list of int
        Which of them the predictor learns from.
    waiting : list of codes
        What is still to be evaluated of this round.
    """

    learns_while_training = False

    def __init__(self, space: Space[Any], settings: NAOSettings, seed: int) -> None:
        self.space, self.settings = checks.instance("space", space, Space, "a space, such as CellSpace()"), settings
        self.final_steps = -(-settings.candidates // settings.lam)
        self.tried: list[tuple[float, list[int]]] = []
        self.pool: list[int] = []
        self.waiting: list[list[int]] = []
        self._family = space.categorical()
        self._swaps = swaps(space)
        self._rng = np.random.default_rng(seed_for("candidates", seed))
        self._paths = np.random.default_rng(seed_for("paths", seed))

    def propose(self, n: int) -> Sequence[Any]:
        return list(self.space.random_codes(self._paths, n))

    def learn(self, evaluator: Evaluator) -> Learned:
        check_evaluator(evaluator)
        pool, waiting = (self.pool, self.waiting) if self.waiting else self._next_round()
        picked = self._rng.permutation(len(waiting))[: self.settings.lam]
        codes = np.array([waiting[place] for place in picked])
        losses = worst_if_not_finite(evaluator.losses(codes))
        if np.isinf(losses).all():
            raise NotFinite("no loss is finite.")
        first = len(self.tried)
        self.tried += list(zip(losses.tolist(), codes.tolist(), strict=True))
        self.pool = pool + [first + place for place in np.flatnonzero(np.isfinite(losses)).tolist()]
        self.waiting = [code for place, code in enumerate(waiting) if place not in picked]
        return Learned(list(codes), losses.tolist())

    def _next_round(self) -> tuple[list[int], list[list[int]]]:
        """Return those of the pool that stay, best first, and what is to be evaluated next."""
        size = self.settings.pool
        if not self.pool:
            return [], self._untried(size, [])
        ranked = sorted(self.pool, key=lambda place: self.tried[place][0])
        wanted = size // 2
        new = self._moved(ranked, wanted)
        return ranked[: size - wanted], new + self._untried(wanted - len(new), new)

    def _moved(self, ranked: list[int], wanted: int) -> list[list[int]]:
        """Return new codes that the best of the pool have led to, at most so many as are wanted."""
        import torch

        from asng_edu.nas.strategies.controllers.nao_network import Training, fit

        codes = np.array([self.tried[place][1] for place in ranked])
        losses = np.array([self.tried[place][0] for place in ranked])
        spread = losses[-1] - losses[0]
        scores = (losses[-1] - losses) / spread if spread else np.ones(len(losses))
        network = fit(
            self._family.categories.tolist(),
            codes,
            scores,
            Training(self.settings.nao_epochs),
            int(self._rng.integers(2**62)),
            swap=self._swap,
            width=self.settings.width,
            units=self.settings.predictor_units,
        )
        best = torch.from_numpy(codes[: self.settings.pool // 6])
        moved = network.decode(network.move(best, *range(1, LARGEST_STEP + 1)))
        return self._new(moved, wanted)

    def _untried(self, n: int, others: list[list[int]]) -> list[list[int]]:
        """Return n random codes, new ones as long as they are easily found."""
        if not n:
            return []
        found = self._new(self.space.random_codes(self._rng, 20 * n), n, others)
        again: list[list[int]] = self.space.random_codes(self._rng, n).tolist()
        return found + again[len(found) :]

    def _new(self, codes: Codes, n: int, others: Sequence[list[int]] = ()) -> list[list[int]]:
        """Return the first n of the codes that neither were tried nor are among the others, each once."""
        known = {tuple(code) for code in [*(code for _, code in self.tried), *others]}
        new = dict.fromkeys(code for code in map(tuple, codes.tolist()) if code not in known)
        return [list(code) for code in new][:n]

    def _swap(self, codes: Codes, rng: np.random.Generator) -> Codes:
        """Return codes in which each pair of slots that mean the same is swapped with probability ½."""
        codes = codes.copy()
        for one, other in self._swaps:
            rows = np.flatnonzero(rng.random(len(codes)) < 0.5)[:, None]
            codes[rows, [*one, *other]] = codes[rows, [*other, *one]]
        return codes

    def result(self) -> Any:
        if not self.tried:
            return self.space.decode(self._family.mode(self._family.initial_theta()))
        return self.space.decode(np.array(min(self.tried)[1]))

    def state_dict(self) -> dict[str, Any]:
        return {
            "tried": [list(entry) for entry in self.tried],
            "pool": list(self.pool),
            "waiting": [list(code) for code in self.waiting],
            "rng": self._rng.bit_generator.state,
            "paths": self._paths.bit_generator.state,
        }

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        checks.instance("the state of a strategy", saved, dict, "a dictionary")
        try:
            lists = [checks.instance(name, saved[name], list, "a list") for name in ("tried", "pool", "waiting")]
            tried = [self._read_tried(entry) for entry in lists[0]]
            pool = [checks.integer("a place in the pool", place, 0, len(tried) - 1) for place in lists[1]]
            waiting = [self.space.check_code(code).tolist() for code in lists[2]]
            rng, paths = saved_generator(saved["rng"]), saved_generator(saved["paths"])
        except KeyError as error:
            raise ValueError(f"the state of the strategy is incomplete: it lacks {error}.") from None
        self.tried, self.pool, self.waiting, self._rng, self._paths = tried, pool, waiting, rng, paths

    def _read_tried(self, entry: Any) -> tuple[float, list[int]]:
        if not isinstance(entry, list | tuple) or len(entry) != 2:
            raise ValueError(f"tried must be pairs of a loss and a code, but one is {checks.short(entry)}.")
        return checks.real("loss", entry[0]), self.space.check_code(entry[1]).tolist()

    @property
    def _theta(self) -> NDArray[np.float64]:
        """The share of each option in the pool."""
        if not self.pool:
            return self._family.initial_theta()
        codes = [self.tried[place][1] for place in self.pool]
        return np.asarray(self._family.statistics(codes).mean(axis=0))

    def epoch_metrics(self) -> dict[str, Any]:
        return theta_metrics(self._family, self._theta)

    def record(self) -> dict[str, Any]:
        candidates = [{"loss": loss, "code": code} for loss, code in self.tried]
        return {"theta": self._theta.tolist(), "Delta": None, "candidates": candidates}


def swaps(space: Space[Any]) -> list[tuple[list[int], list[int]]]:
    """Return pairs of places in a code whose entries can change places without changing the architecture's meaning.

    Those are the first two slots of each node of a cell, if both decide between the same options.

    Examples
    --------
    >>> from asng_edu.nas import CellSpace
    >>> swaps(CellSpace(nodes=2, kinds=("normal",)))
    [([0, 1], [2, 3]), ([4, 5], [6, 7])]
    """
    checks.instance("space", space, Space, "a space, such as CellSpace()")
    nodes: dict[Any, tuple[list[int], list[int]]] = {}
    options = [decision.options for decision in space.decisions]
    for place, decision in enumerate(space.decisions):
        slot = getattr(decision, "slot", None)
        if slot in (0, 1):
            nodes.setdefault((decision.kind, decision.node), ([], []))[slot].append(place)  # type: ignore[attr-defined]
    return [(one, other) for one, other in nodes.values() if [options[p] for p in one] == [options[p] for p in other]]
