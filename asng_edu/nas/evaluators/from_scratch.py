"""Losses of networks that are each trained from scratch: dear, and free of the supernet's bias."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch

from asng_edu._common import checks
from asng_edu.nas.data.datasets import Data
from asng_edu.nas.evaluators.base import Codes, Losses, keys_of
from asng_edu.nas.spaces.base import Space
from asng_edu.nas.training.retrain import Retrain
from asng_edu.nas.training.retrain_settings import RetrainSettings


class FromScratch:
    """The loss on D_θ of each architecture's network, trained from scratch on D_x. Each is trained once.

    Parameters
    ----------
    space : Space
    data : Data
        Its test images are not touched.
    device : str or torch.device, optional
        By default a GPU if there is one, else the CPU.
    fraction : float
        Of the training images in D_x, where the data do not say.
    **training
        Settings of :class:`asng_edu.nas.RetrainSettings` by name, such as those of a preset.

    Attributes
    ----------
    trained : dict
        The loss of each code so far.

    Raises
    ------
    ValueError
        For settings out of range. From :meth:`losses`, if a training diverges.

    Examples
    --------
    >>> from asng_edu.nas import LayerSpace, load
    >>> space = LayerSpace(layers=1, operations=("identity", "conv_3x3"))
    >>> scratch = FromScratch(space, load("digits", images=40), device="cpu", channels=2, epochs=1, batch=10, cutout=0)
    >>> bool(scratch.losses([[1]])[0] > 0), len(scratch.trained)
    (True, 1)
    """

    def __init__(
        self,
        space: Space[Any],
        data: Data,
        *,
        device: str | torch.device | None = None,
        fraction: float = 0.5,
        **training: Any,
    ) -> None:
        self.space = checks.instance("space", space, Space, "a space, such as CellSpace()")
        checks.instance("data", data, Data, "Data, as load() returns them")
        seed = training.get("seed", 0)
        train, theta = data.halves(fraction, seed=seed)
        self.data = replace(data, train=train, theta=None, test=theta)
        self.trained: dict[tuple[int, ...], float] = {}
        self._device = device
        self._settings = RetrainSettings(space.random(0), space, **{"data": data.name, **training})

    def losses(self, codes: Codes) -> Losses:
        """Return the loss of each code, shape (n,)."""
        keys = keys_of(codes)
        for code in keys:
            if code not in self.trained:
                self.trained[code] = self._train(code)
        return np.array([self.trained[code] for code in keys])

    def _train(self, code: tuple[int, ...]) -> float:
        settings = replace(self._settings, genotype=self.space.decode(code))
        training = Retrain(settings, data=self.data, device=self._device)
        while not training.done:
            training.advance()
        assert training.test is not None
        return float(training.test["test_loss"])
