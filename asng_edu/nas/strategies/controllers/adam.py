"""Adam over a module's parameters, laid end to end so that its state is three vectors."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from asng_edu._common import checks
from asng_edu.nas.strategies.base import NotFinite
from asng_edu.nas.training.flat_parameters import FlatParameters

BETA1, BETA2, TINY = 0.9, 0.999, 1e-8


class ModuleAdam:
    """Adam (Kingma and Ba 2015, Algorithm 1) on a module of float64 parameters.

    Parameters
    ----------
    module : torch.nn.Module
    rate : float
        The learning rate.

    Attributes
    ----------
    module : torch.nn.Module
        The one given; of a copy, its own.
    """

    def __init__(self, module: nn.Module, rate: float) -> None:
        self.flat, self.rate, self.steps = FlatParameters(module), rate, 0
        self.m, self.v = torch.zeros_like(self.flat.values), torch.zeros_like(self.flat.values)

    def __getstate__(self) -> dict[str, Any]:
        return {"module": self.module, **{name: value for name, value in vars(self).items() if name != "flat"}}

    def __setstate__(self, contents: dict[str, Any]) -> None:
        own = copy.deepcopy(contents)  # a shallow copy comes with what is still the original's
        self.flat = FlatParameters(own.pop("module"))
        vars(self).update(own)

    @property
    def module(self) -> Any:
        return self.flat.module

    def step(self, loss: Tensor) -> None:
        """Take a step down the gradient of a loss.

        Raises
        ------
        NotFinite
            If the gradient is not finite; then nothing has changed.
        """
        self.flat.zero()
        loss.backward()  # type: ignore[no-untyped-call]
        g = self.flat.gradients
        if not bool(torch.isfinite(g).all()):
            raise NotFinite("the gradient of the controller is not finite.")
        self.steps += 1
        self.m.lerp_(g, 1.0 - BETA1)
        self.v.lerp_(g * g, 1.0 - BETA2)
        length = (self.v / (1.0 - BETA2**self.steps)).sqrt_().add_(TINY)
        self.flat.values.addcdiv_(self.m, length, value=-self.rate / (1.0 - BETA1**self.steps))

    def state_dict(self) -> dict[str, Any]:
        """Return a copy of the weights and the moments, arrays of shape (length,), and the number of steps."""
        vectors = {"weights": self.flat.values, "m": self.m, "v": self.v}
        return {name: vector.numpy().copy() for name, vector in vectors.items()} | {"steps": self.steps}

    def read(self, saved: Any) -> dict[str, Any]:
        """Return what :meth:`state_dict` saved, checked, for :meth:`load`."""
        checks.instance("the state of the controller", saved, dict, "a dictionary")
        shape = tuple(self.flat.values.shape)
        found: dict[str, Any] = {
            name: checks.finite_array(name, saved.get(name), shape) for name in ("weights", "m", "v")
        }
        if (found["v"] < 0).any():
            raise ValueError("v must not be negative.")
        return found | {"steps": checks.integer("steps", saved.get("steps"), 0)}

    def load(self, found: dict[str, Any]) -> None:
        """Go on from what :meth:`read` returned."""
        for vector, name in ((self.flat.values, "weights"), (self.m, "m"), (self.v, "v")):
            vector.copy_(torch.from_numpy(np.ascontiguousarray(found[name])))
        self.steps = found["steps"]
