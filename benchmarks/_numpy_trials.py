"""The trial of Fig. 4 in plain NumPy, as one would first write it: what the compiled loop is measured against.

With ``batch=None`` the arrays are those of one trial; with ``batch=100`` a hundred trials share NumPy's overhead.
"""

from __future__ import annotations

import numpy as np


def run(updates: int, batch: int | None, *, delta0: float, eps_x: float, dim: int = 30, categories: int = 5,
        lam: int = 2, alpha: float = 1.5, horizon: int = 100_000, seed: int = 0) -> np.ndarray:  # fmt: skip
    """Run ASNG on the selective squared error for a number of updates and return θ.

    batch : None for one trial with arrays (D, K); a number B for B trials with arrays (B, D, K).
    """
    rng = np.random.default_rng(seed)
    lead = () if batch is None else (batch,)
    D, K = dim, categories
    n_theta = D * (K - 1)
    margin = 1 / n_theta
    x = rng.standard_normal((*lead, D, K))
    velocity = np.zeros_like(x)
    theta = np.full((*lead, D, K), 1 / K)
    s = np.zeros_like(theta)
    gamma, Delta = np.zeros(lead), np.ones(lead)
    eye = np.eye(K)
    price = np.arange(K) / K
    centre = np.sqrt(1 / K)

    def draw() -> np.ndarray:
        u = rng.random((lam, *lead, D, 1))
        return eye[(u >= theta.cumsum(axis=-1)[..., :-1]).sum(axis=-1)]

    def solved(one_hot: np.ndarray) -> np.ndarray:
        return ((one_hot * (x**2 + price)).sum(axis=(-2, -1)) < 1 / K).any(axis=0)

    for t in range(updates):
        one_hot = draw()
        z = rng.standard_normal((*lead, D, 1)) / K
        solved(one_hot)
        gradient = (one_hot * 2 * (x - z)).mean(axis=0)
        velocity = 0.9 * velocity + gradient
        x = x - 0.5 * eps_x * (1 + np.cos(np.pi * t / horizon)) * velocity

        one_hot = draw()
        z = rng.standard_normal((*lead, D, 1)) / K
        solved(one_hot)
        losses = (one_hot * ((x - z) ** 2 + price)).sum(axis=(-2, -1))
        utility = losses.mean(axis=0) - losses
        G = (utility[..., None, None] * (one_hot - theta)).mean(axis=0)
        root = np.sqrt(theta)
        white = G / root
        turn = centre * white.sum(axis=-1, keepdims=True) / (1 + centre * root.sum(axis=-1, keepdims=True))
        white = white - turn * (root + centre)
        norm = np.sqrt((white**2).sum(axis=(-2, -1)))
        moves = norm > 0
        if batch is None and not moves:
            continue
        norm = np.where(moves, norm, 1.0) if batch else norm
        delta = np.minimum(delta0 / Delta, np.sqrt(n_theta))
        beta = delta / np.sqrt(n_theta)
        wide = beta[..., None, None]
        theta_new = theta + (delta / norm)[..., None, None] * G
        s_new = (1 - wide) * s + np.sqrt(wide * (2 - wide)) * white / norm[..., None, None]
        gamma_new = (1 - beta) ** 2 * gamma + beta * (2 - beta)
        Delta_new = Delta * np.exp(beta * (gamma_new - (s_new**2).sum(axis=(-2, -1)) / alpha))
        above = np.maximum(theta_new - margin, 0)
        theta_new = margin + above * (1 - K * margin) / above.sum(axis=-1, keepdims=True)
        if batch is None:
            theta, s, gamma, Delta = theta_new, s_new, gamma_new, Delta_new
            continue
        keep = moves[:, None, None]
        theta, s = np.where(keep, theta_new, theta), np.where(keep, s_new, s)
        gamma, Delta = np.where(moves, gamma_new, gamma), np.where(moves, Delta_new, Delta)
    return theta
