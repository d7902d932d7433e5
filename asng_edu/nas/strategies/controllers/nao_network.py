"""NAO's three networks: an encoder, a predictor of the score, and a decoder that writes the architecture back.

The encoder is an LSTM over the tokens of an architecture. Its outputs h_1 … h_D, each of Euclidean length 1, are what
is moved; the predictor sees their mean e, of length 1 again, and puts out f(e) between 0 and 1. The decoder is an LSTM
that starts from e, looks at h_1 … h_D by attention, and puts out the logits of one decision after another.

    loss     τ (f(e) − score)² + (1 − τ) mean_d[−ln p(c_d | c_1 … c_{d−1}, h)],    τ = 0.8
    move     h_d ← (h_d + λ ∂f/∂h_d), to length 1 again
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from asng_edu.nas.strategies.controllers.tokens import Codes, Tokens, pick


class Training(NamedTuple):
    """How the three are trained; the values are the published ones but for the number of epochs."""

    epochs: int
    batch: int = 100
    rate: float = 1e-3
    weight_decay: float = 1e-4
    clip: float = 5.0
    trade_off: float = 0.8  # τ


class NAONetwork(nn.Module):
    """Encoder, predictor and decoder.

    Parameters
    ----------
    sizes : sequence of int
        K of each of the D decisions.
    width : int
        Units of both LSTMs, and length of the embeddings, which they share.
    layers, units : int
        Hidden layers of the predictor, and their units.
    dropout : float
        Of the hidden layers.
    """

    def __init__(
        self, sizes: Sequence[int], *, width: int = 96, layers: int = 3, units: int = 200, dropout: float = 0.1
    ) -> None:
        super().__init__()
        self.tokens = Tokens(sizes, width, width)
        for weight in (self.tokens.embeddings, self.tokens.weights):
            nn.init.uniform_(weight, -(width**-0.5), width**-0.5)
        self.encoder = nn.LSTM(width, width, batch_first=True)
        self.decoder = nn.LSTM(width, width, batch_first=True)
        self.attention = nn.Linear(2 * width, width)
        inputs = [width] + [units] * layers
        hidden = [
            layer
            for one, other in itertools.pairwise(inputs)
            for layer in (nn.Linear(one, other), nn.ReLU(), nn.Dropout(dropout))
        ]
        self.predictor = nn.Sequential(*hidden, nn.Linear(inputs[-1], 1))

    def encode(self, codes: Tensor) -> Tensor:
        """Return h of codes (n, D): (n, D, width), vectors of length 1."""
        return functional.normalize(self.encoder(self.tokens.embed(codes))[0], dim=-1)

    def predict(self, h: Tensor) -> Tensor:
        """Return f(e), the predicted score, (n,)."""
        return self.predictor(_summary(h))[:, 0].sigmoid()  # type: ignore[no-any-return]

    def log_p(self, h: Tensor, codes: Tensor) -> Tensor:
        """Return ln p of each token of codes (n, D), the ones before it being given: (n, D)."""
        e = _summary(h)[None].contiguous()
        out, _ = self.decoder(self.tokens.shifted(codes), (e, e))
        return pick(self._look(out, h, 0), codes)

    def forward(self, codes: Tensor) -> tuple[Tensor, Tensor]:
        """Return the predicted scores of codes (n, D), and ln p of their tokens by the decoder: (n,) and (n, D)."""
        h = self.encode(codes)
        return self.predict(h), self.log_p(h, codes)

    @torch.no_grad()
    def decode(self, h: Tensor) -> Codes:
        """Return the codes of h (n, D, width), the most probable token at each place: (n, D)."""
        e = _summary(h)[None].contiguous()
        codes = torch.empty(h.shape[:2], dtype=torch.int64)
        read, state = self.tokens.start(len(h)), (e, e)
        for d in range(h.shape[1]):
            out, state = self.decoder(read, state)
            codes[:, d] = self._look(out, h, d)[:, 0].argmax(dim=1)
            read = self.tokens.embed(codes[:, d : d + 1], d)
        found: Codes = codes.numpy()
        return found

    def move(self, codes: Tensor, *steps: float) -> Tensor:
        """Return h of codes (n, D) after steps λ up the gradient of the predicted score: (steps · n, D, width).

        First come those of the first step.
        """
        h = self.encode(codes).detach().requires_grad_()
        (gradient,) = torch.autograd.grad(self.predict(h).sum(), h)
        moved = [functional.normalize(h + step * gradient, dim=-1) for step in steps]
        return torch.cat(moved).detach()

    def _look(self, out: Tensor, h: Tensor, first: int) -> Tensor:
        """Return log-probabilities of options from the decoder's outputs, by attention over h."""
        seen = (out @ h.transpose(1, 2)).softmax(dim=-1) @ h
        mixed = self.attention(torch.cat([seen, out], dim=-1)).tanh()
        return self.tokens.log_softmax(self.tokens.logits(mixed, first), first)


def _summary(h: Tensor) -> Tensor:
    """Return e, the mean of h_1 … h_D at length 1."""
    return functional.normalize(h.mean(dim=1), dim=-1)


def fit(
    sizes: Sequence[int],
    codes: Codes,
    scores: NDArray[np.float64],
    training: Training,
    seed: int,
    *,
    swap: Callable[[Codes, np.random.Generator], Codes] = lambda codes, rng: codes,
    **widths: int,
) -> NAONetwork:
    """Return the three networks, trained on codes (n, D) and their scores (n,) between 0 and 1.

    ``swap`` writes codes in another way that means the same; it is asked anew in each epoch. All that is random comes
    from the seed, and torch's global generator stays as it was.
    """
    rng = np.random.default_rng(seed)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        network = NAONetwork(sizes, **widths)
        adam = torch.optim.Adam(network.parameters(), lr=training.rate, weight_decay=training.weight_decay)
        targets = torch.from_numpy(np.asarray(scores, dtype=np.float32))
        for _ in range(training.epochs):
            written = torch.from_numpy(swap(codes, rng))
            for rows in torch.split(torch.from_numpy(rng.permutation(len(codes))), training.batch):
                predicted, log_p = network(written[rows])
                error, nll = (predicted - targets[rows]).square().mean(), -log_p.mean()
                loss = training.trade_off * error + (1.0 - training.trade_off) * nll
                adam.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(network.parameters(), training.clip)
                adam.step()
    return network.eval()
