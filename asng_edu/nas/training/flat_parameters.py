"""All parameters of a network, and all their gradients, as views of two flat tensors; SGD with momentum over them.

A supernet has hundreds of small tensors. One update of two long ones costs a fraction of hundreds of short ones, and
over several processes the gradients are summed in one exchange.

It also settles a question that the supernet raises: what happens to the weights of operations that were not sampled?
Here their gradient is *zero*, so that weight decay and momentum go on moving them. So it was when the authors ran their
search, from the first step on in which a weight took part; today's optimisers, by default, leave such weights where
they are.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from asng_edu._common import checks

ALIGNMENT = 256  # bytes; a GPU's allocator does so too. cuDNN stopped with "misaligned address" on tensors that did not


def lay_out(tensors: Sequence[Tensor]) -> tuple[Tensor, list[Tensor]]:
    """Return a flat tensor of zeros with room for all of these, and for each a view of it of its shape and strides.

    Each view begins at a multiple of 256 bytes of the flat tensor; the zeros in between are nobody's.

    Raises
    ------
    ValueError
        If there are none, or they are of several types or on several devices.
    """
    kinds = {(tensor.dtype, tensor.device) for tensor in tensors}
    if len(kinds) != 1:
        raise ValueError(f"what is laid end to end must be of one type on one device, but is of {len(kinds)}.")
    starts, length, aligned = [], 0, max(1, ALIGNMENT // tensors[0].element_size())
    for tensor in tensors:
        starts.append(length)
        length += -(-tensor.numel() // aligned) * aligned
    flat = tensors[0].new_zeros(length)
    return flat, [flat.as_strided(t.shape, t.stride(), start) for t, start in zip(tensors, starts, strict=True)]


class FlatParameters:
    """The parameters of a module laid end to end.

    The parameters become views of ``values`` and their gradients views of ``gradients``, each in the order of its
    own memory, so that a channels-last weight stays one. ``backward`` adds to ``gradients`` in place. Between the
    parameters are some zeros, which stay zero: see :func:`lay_out`.

    Parameters
    ----------
    module : torch.nn.Module
        Its parameters must be of one type and on one device. Move it there, and to its memory format, before.

    Attributes
    ----------
    module : torch.nn.Module
    values, gradients : tensors of one and the same shape (length,)

    Raises
    ------
    ValueError
        If the module has no parameters, or parameters of several types or devices.

    Notes
    -----
    ``module.zero_grad()`` would cut the gradients loose, since it sets them to None; use :meth:`zero`.

    Examples
    --------
    >>> module = torch.nn.Linear(3, 2)
    >>> flat = FlatParameters(module)
    >>> module(torch.ones(1, 3)).sum().backward()
    >>> flat.gradients.sum()
    tensor(8.)
    >>> flat.zero()
    >>> module.weight.grad
    tensor([[0., 0., 0.],
            [0., 0., 0.]])
    """

    def __init__(self, module: nn.Module) -> None:
        self.module = module
        parameters = list(module.parameters())
        self.values, values = lay_out(parameters)
        self.gradients, gradients = lay_out(parameters)
        for parameter, value, gradient in zip(parameters, values, gradients, strict=True):
            parameter.data = value.copy_(parameter.detach())
            parameter.grad = gradient

    def __reduce__(self) -> tuple[Any, ...]:
        # A copy lays out a copy of the module, whose parameters then have a memory of their own, with no gradients.
        return FlatParameters, (copy.deepcopy(self.module),)

    def zero(self) -> None:
        """Set all gradients to zero."""
        self.gradients.zero_()


class MomentumSGD:
    """Stochastic gradient descent with momentum μ and weight decay ρ, eqs. (6) and (8).

        v ← μ v + g + ρ w
        w ← w − ε v

    where g is first shortened to the length ``clip`` if it is longer.

    Parameters
    ----------
    flat : FlatParameters
    momentum : float
        μ, from 0 to below 1.
    weight_decay : float
        ρ, at least 0.
    clip : float, optional
        The greatest Euclidean length of g over all parameters; without it g stays as it is.

    Raises
    ------
    ValueError
        For a number outside its range.
    """

    def __init__(
        self, flat: FlatParameters, *, momentum: float = 0.9, weight_decay: float = 0.0, clip: float | None = None
    ) -> None:
        self.momentum = checks.real("momentum", momentum)
        self.weight_decay = checks.real("weight_decay", weight_decay)
        if not 0 <= self.momentum < 1:
            raise ValueError(f"momentum must lie from 0 to below 1, but is {checks.short(momentum)}.")
        if not 0 <= self.weight_decay < float("inf"):
            raise ValueError(f"weight_decay must be finite and at least 0, but is {checks.short(weight_decay)}.")
        self.clip = None if clip is None else checks.positive("clip", clip)
        self.flat = flat
        self.velocity = torch.zeros_like(flat.values)

    @torch.no_grad()
    def step(self, rate: float, norm: Tensor | None = None) -> None:
        """Take one step of learning rate ε = ``rate`` along the gradients, and set these to zero.

        ``norm`` is their length, if it is known already.
        """
        g = self.flat.gradients
        if self.clip is not None:
            norm = g.norm() if norm is None else norm
            g.mul_((self.clip / (norm + 1e-6)).clamp(max=1.0))
        g.add_(self.flat.values, alpha=self.weight_decay)
        self.velocity.mul_(self.momentum).add_(g)
        self.flat.values.sub_(self.velocity, alpha=rate)
        self.flat.zero()
