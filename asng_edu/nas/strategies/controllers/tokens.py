"""Architectures as sequences: one token for each decision, with embeddings and a softmax of its own.

A token's meaning depends on its place: the options of one decision are not those of another. So each decision has a row
of embeddings and a layer of logits for itself. (ENAS shares both among all operations of a cell, and chooses inputs by
attention over the nodes so far; a general space does not say which of its decisions are alike.)
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

Codes = NDArray[np.int64]


class Tokens(nn.Module):
    """Embeddings of options, and logits over them.

    Parameters
    ----------
    sizes : sequence of int
        K of each of the D decisions.
    embedding : int
        Length of an embedding.
    width : int
        Length of the vectors that logits are made of.
    """

    missing: Tensor
    places: Tensor

    def __init__(self, sizes: Sequence[int], embedding: int, width: int) -> None:
        super().__init__()
        self.sizes, most = tuple(sizes), max(sizes)
        self.embeddings = nn.Parameter(torch.empty(len(sizes) * most + 1, embedding))  # the last one is the start's
        self.weights = nn.Parameter(torch.empty(len(sizes), width, most))
        self.biases = nn.Parameter(torch.zeros(len(sizes), most))
        options = torch.arange(most)
        self.register_buffer("missing", options >= torch.tensor(sizes)[:, None], persistent=False)
        self.register_buffer("places", torch.arange(len(sizes)) * most, persistent=False)

    def embed(self, codes: Tensor, first: int = 0) -> Tensor:
        """Return the embeddings (n, d, embedding) of tokens (n, d), which belong to the decisions from ``first`` on."""
        return self.embeddings[codes + self.places[first : first + codes.shape[1]]]

    def start(self, n: int) -> Tensor:
        """Return what comes before the first token, (n, 1, embedding)."""
        return self.embeddings[-1].expand(n, 1, -1)

    def shifted(self, codes: Tensor) -> Tensor:
        """Return for each token the embedding of the one before it, (n, D, embedding)."""
        return torch.cat([self.start(len(codes)), self.embed(codes[:, :-1])], dim=1)

    def logits(self, hidden: Tensor, first: int = 0) -> Tensor:
        """Return the logits (n, d, K) of the decisions from ``first`` on, given vectors (n, d, width)."""
        here = slice(first, first + hidden.shape[1])
        return torch.einsum("ndw,dwk->ndk", hidden, self.weights[here]) + self.biases[here]

    def log_softmax(self, logits: Tensor, first: int = 0) -> Tensor:
        """Return log-probabilities (n, d, K); of options that a decision does not have, −∞."""
        missing = self.missing[first : first + logits.shape[1]]
        return logits.masked_fill(missing, -math.inf).log_softmax(dim=-1)


def pick(log_p: Tensor, codes: Tensor) -> Tensor:
    """Return ln p of the tokens (n, d), given those of all options (n, d, K)."""
    return log_p.gather(2, codes[..., None])[..., 0]


def seeded(module: nn.Module, scale: float, rng: np.random.Generator) -> nn.Module:
    """Return the module in float64 with all parameters drawn from U(−scale, scale); torch's generator is not asked."""
    module.double()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.from_numpy(rng.uniform(-scale, scale, tuple(parameter.shape))))
    return module
