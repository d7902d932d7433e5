"""The controller of NASNet and ENAS: an LSTM that writes an architecture, one decision a token.

Its policy is p(c) = Π_d p(c_d | c_1 … c_{d−1}). The LSTM reads the embedding of one choice and puts out the logits of
the next decision. Of codes that are known, all log-probabilities come from one pass.

The two objectives, each to be *descended*, of rewards R and a baseline b:

    REINFORCE (Williams 1992)    −mean[(R − b) ln p(c)]
    PPO (Schulman et al. 2017)   −mean[min(r (R − b), clip(r, 1 − ε, 1 + ε)(R − b))],    r = p(c)/p_old(c)

At p = p_old the ratio r is 1 and its gradient is that of ln p, so the two have the same gradient.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from asng_edu.nas.strategies.controllers.tokens import Codes, Tokens, pick


class Controller(nn.Module):
    """An LSTM over the decisions of a space.

    Parameters
    ----------
    sizes : sequence of int
        K of each of the D decisions.
    hidden, embedding : int
        Units of the LSTM, and length of an embedding.
    bounds : sequence of float, optional
        For each decision the bound B of its logits, B·tanh(logit); by default there is none.
    """

    bounds: Tensor | None

    def __init__(
        self, sizes: Sequence[int], *, hidden: int, embedding: int, bounds: Sequence[float] | None = None
    ) -> None:
        super().__init__()
        self.tokens = Tokens(sizes, embedding, hidden)
        self.lstm = nn.LSTM(embedding, hidden, batch_first=True)
        given = None if bounds is None else torch.tensor(bounds, dtype=torch.float64)[:, None]
        self.register_buffer("bounds", given, persistent=False)

    def forward(self, codes: Tensor) -> tuple[Tensor, Tensor]:
        """Return ln p of codes (n, D), and the entropy of the policy along each: two tensors (n,).

        The entropy is the sum of those of the D softmaxes that the code has passed: all options of each count, not the
        drawn one alone. Its mean over codes drawn from the policy is an unbiased estimate of the policy's entropy.
        """
        hidden, _ = self.lstm(self.tokens.shifted(codes))
        log_p = self._log_p(hidden, 0)
        entropy = -(log_p.exp() * log_p.masked_fill(self.tokens.missing, 0.0)).sum(dim=2)
        return pick(log_p, codes).sum(dim=1), entropy.sum(dim=1)

    @torch.inference_mode()
    def write(self, n: int, rng: np.random.Generator | None) -> Codes:
        """Return n codes drawn from the policy, (n, D); without a generator, the most probable token at each place."""
        sizes = self.tokens.sizes
        codes = torch.empty((n, len(sizes)), dtype=torch.int64)
        uniforms = None if rng is None else torch.from_numpy(rng.random((n, len(sizes))))
        read, state = self.tokens.start(n), None
        for d, size in enumerate(sizes):
            hidden, state = self.lstm(read, state)
            log_p = self._log_p(hidden, d)[:, 0, :size]
            if uniforms is None:
                codes[:, d] = log_p.argmax(dim=1)
            else:
                reached = uniforms[:, d, None] >= log_p.exp().cumsum(dim=1)[:, :-1]
                codes[:, d] = reached.sum(dim=1)  # c_d ~ p(· | c_1 … c_{d−1})
            read = self.tokens.embed(codes[:, d : d + 1], d)
        found: Codes = codes.numpy()
        return found

    def _log_p(self, hidden: Tensor, first: int) -> Tensor:
        logits = self.tokens.logits(hidden, first)
        if self.bounds is not None:
            logits = self.bounds[first : first + logits.shape[1]] * logits.tanh()
        return self.tokens.log_softmax(logits, first)


def reinforce_loss(log_p: Tensor, advantages: Tensor) -> Tensor:
    """Return −mean[(R − b) ln p]."""
    return -(advantages * log_p).mean()


def ppo_loss(log_p: Tensor, old: Tensor, advantages: Tensor, clip: float) -> Tensor:
    """Return −mean[min(r (R − b), clip(r, 1 − ε, 1 + ε)(R − b))]; ``old`` is ln p when the codes were drawn."""
    ratio = (log_p - old).exp()
    return -torch.minimum(ratio * advantages, ratio.clamp(1.0 - clip, 1.0 + clip) * advantages).mean()
