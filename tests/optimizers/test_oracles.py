"""The library against two other programs: Algorithm 1 written down line by line, and the ASNG inside ``cmaes``."""

import math

import cmaes._catcmawm
import numpy as np
import pytest
from cmaes import CatCMAwM

from asng_edu import ASNG, Categorical, SelectiveSquaredError
from asng_edu.sweeps.trial import Trial, make_setting, new_trial, run_updates

# ------------------------------------------------------------------------------------------------ Algorithm 1


class Literal:
    """Algorithm 1 for categorical variables in dense matrices, each dimension in its first K − 1 probabilities.

    The root of F is the one of the authors, the projection theirs too: raise to the margin, take the excess off what
    lies above it, divide by the sum.
    """

    def __init__(self, categories, delta0, alpha, margin):
        self.categories, self.delta0, self.alpha, self.margin = categories, delta0, alpha, margin
        self.theta = [np.full(k, 1.0 / k) for k in categories]
        self.n_theta = sum(k - 1 for k in categories)
        self.s = np.zeros(self.n_theta)  # line 1
        self.gamma, self.Delta = 0.0, 1.0  # line 1

    def root(self):
        """Return F^{1/2} as a block matrix."""
        matrix, start = np.zeros((self.n_theta, self.n_theta)), 0
        for p in self.theta:
            k = len(p) - 1
            block = np.diag(1.0 / np.sqrt(p[:-1])) + np.outer(np.sqrt(p[:-1]), np.ones(k)) / (p[-1] + np.sqrt(p[-1]))
            matrix[start : start + k, start : start + k] = block
            start += k
        return matrix

    def update(self, samples, losses):
        delta = min(self.delta0 / self.Delta, math.sqrt(self.n_theta))  # line 3, with the guard
        beta = delta / math.sqrt(self.n_theta)  # line 3
        f = -np.asarray(losses)
        G = []
        for i, p in enumerate(self.theta):
            G.append(sum((f[n] - f.mean()) * (np.eye(len(p))[c[i]] - p) for n, c in enumerate(samples)) / len(f))  # (7)
        A, g = self.root(), np.concatenate([row[:-1] for row in G])
        norm = math.sqrt(g @ A.T @ A @ g)
        if len(set(losses)) == 1 or norm < 1e-12 * np.abs(f - f.mean()).max():
            return
        epsilon = delta / norm  # (10)
        moved = [p + epsilon * row for p, row in zip(self.theta, G, strict=True)]  # (9), line 5
        self.theta = [self.project(p, least) for p, least in zip(moved, self.margin, strict=True)]
        self.s = (1 - beta) * self.s + math.sqrt(beta * (2 - beta)) * (A @ g) / norm  # line 6
        self.gamma = (1 - beta) ** 2 * self.gamma + beta * (2 - beta)  # line 7
        self.Delta = self.Delta * math.exp(beta * (self.gamma - self.s @ self.s / self.alpha))  # line 8

    def project(self, p, least):
        p = np.maximum(p, least)
        p = p - (p.sum() - 1.0) * (p - least) / (p - least).sum()
        return p / p.sum()


@pytest.mark.parametrize("lam", [2, 5])
@pytest.mark.parametrize("delta0", [1.0, 0.1, 1e-3])
@pytest.mark.parametrize("margin", ["asng", "catcma", 0.02])
def test_asng_is_algorithm_1(delta0, lam, margin):
    categories = [4, 2, 5, 3]
    family = Categorical(categories, margin=margin, pole="last")
    asng = ASNG(family, delta0, alpha=1.3, lam=lam, rng=41)
    literal = Literal(categories, delta0, 1.3, family.smallest)
    noise = np.random.default_rng(42)
    ours, plain = ([[], [], [], []] for _ in range(2))
    for _ in range(600):
        samples = asng.ask()
        losses = samples @ [1.0, -2.0, 0.5, 3.0] + 0.1 * np.round(noise.normal(size=lam))
        asng.tell(samples, losses)
        literal.update(samples, losses)
        state = asng.state
        for kept, value in zip(
            ours, (asng.theta.copy(), family.minimal(state.s), state.gamma, state.Delta), strict=True
        ):
            kept.append(value)
        theta = np.concatenate(literal.theta)
        for kept, value in zip(plain, (theta, literal.s.copy(), literal.gamma, literal.Delta), strict=True):
            kept.append(value)
    for one, other, rtol, atol in zip(ours, plain, (1e-8, 1e-6, 1e-10, 1e-7), (1e-10, 1e-8, 0, 0), strict=True):
        np.testing.assert_allclose(one, other, rtol=rtol, atol=atol)


def test_a_trial_is_algorithm_1_with_momentum_sgd():
    """Lines 2 to 8 of the article with x, its samples and noise drawn from the same numbers, in NumPy alone."""
    dim, k, lam, updates = 4, 3, 2, 300
    family = Categorical(k, dim=dim, pole="last")
    eps_x = 0.0005
    setting = make_setting("asng", delta0=0.5, eps_x=eps_x, dim=dim, categories=k, lam=lam, max_updates=1000)
    rng = np.random.default_rng(43)
    trial = new_trial(setting, 5.0 + rng.normal(size=(dim, k)))  # so far away that it is not solved meanwhile
    x, velocity = trial.x.copy(), np.zeros((dim, k))
    uniforms, normals = rng.random((updates, 2 * lam, dim)), rng.normal(size=(updates, 2, dim))
    assert not run_updates(setting._replace(pole=family.pole), trial, uniforms, normals)

    literal = Literal([k] * dim, 0.5, 1.5, family.smallest)
    for t in range(updates):
        c = [
            [int(np.sum(u >= np.cumsum(p)[:-1])) for u, p in zip(row, literal.theta, strict=True)]  # line 2
            for row in uniforms[t]
        ]
        z_x, z_theta = normals[t] / k
        gradient = np.zeros((dim, k))
        for sample in c[:lam]:
            for i in range(dim):
                gradient[i, sample[i]] += 2.0 * (x[i, sample[i]] - z_x[i]) / lam  # (6)
        velocity = 0.9 * velocity + gradient
        x = x - eps_x * (1.0 + math.cos(math.pi * t / 1000)) / 2.0 * velocity  # line 4
        losses = [sum((x[i, s[i]] - z_theta[i]) ** 2 + s[i] / k for i in range(dim)) for s in c[lam:]]
        literal.update(c[lam:], losses)
    np.testing.assert_allclose(trial.x, x, rtol=1e-8)
    np.testing.assert_allclose(trial.theta, np.concatenate(literal.theta), rtol=1e-8)
    np.testing.assert_allclose(family.minimal(trial.s), literal.s, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(trial.adaptation, [literal.gamma, literal.Delta], rtol=1e-8)
    assert isinstance(trial, Trial)
    assert trial.counts[0] == updates


# ------------------------------------------------------------------------------------------------ cmaes


@pytest.mark.parametrize("categories", [[3, 3, 3], [2, 5, 4, 3], [6]])
@pytest.mark.parametrize("population", [2, 6])
def test_asng_is_the_one_inside_cmaes(monkeypatch, categories, population):
    """CatCMAwM without continuous variables is ASNG with CMA-ES's positive weights and the CatCMA margin.

    Its θ step takes the δ of the update before, where Algorithm 1 takes that of line 3; here it is told the latter.
    Its weights stand in for our utility, and the 1e-8 that it adds to ‖G‖_F is taken out.
    """
    monkeypatch.setattr(cmaes._catcmawm, "_EPS", 0.0)
    theirs = CatCMAwM(c_space=categories, population_size=population)

    def weights(losses, utility):
        utility[:] = 0.0
        utility[np.argsort(losses)[: theirs._mu]] = population * theirs._weights[: theirs._mu]

    monkeypatch.setattr("asng_edu.optimizers.natural_gradient.mean_utility", weights)
    family = Categorical(categories, margin="catcma", pole="last")
    ours = ASNG(family, 1.0, lam=population, delta_max=math.inf, rng=44)
    noise = np.random.default_rng(45)
    for _ in range(300):
        samples = ours.ask()
        losses = (samples == 1).sum(axis=1) + noise.normal(size=population)
        theirs._delta = 1.0 / theirs._Delta
        padded = np.eye(max(categories), dtype=bool)[samples]
        theirs.tell([(CatCMAwM.Solution(c=c), loss) for c, loss in zip(padded, losses, strict=True)])
        ours.tell(samples, losses)
        q = np.concatenate([row[:k] for row, k in zip(theirs._q, categories, strict=True)])
        np.testing.assert_allclose(ours.theta, q, rtol=1e-7, atol=1e-10)
        np.testing.assert_allclose(family.minimal(ours.state.s), theirs._s, rtol=1e-6, atol=1e-8)
        assert ours.state.gamma == pytest.approx(theirs._gamma, rel=1e-9)
        assert ours.state.Delta == pytest.approx(theirs._Delta, rel=1e-7)


def test_the_catcma_margin_is_theirs():
    for categories in ([2], [3, 3], [2, 9, 4]):
        np.testing.assert_allclose(
            Categorical(categories, margin="catcma").smallest, CatCMAwM(c_space=categories)._qmin, rtol=1e-14
        )


# ------------------------------------------------------------------------------------------------ the problem


def test_the_selective_squared_error_written_out():
    rng = np.random.default_rng(46)
    problem = SelectiveSquaredError(3, 4)
    x, z, c = rng.normal(size=(3, 4)), rng.normal(size=3), [[0, 3, 1], [2, 2, 0]]
    expected = [sum((x[i, row[i]] - z[i]) ** 2 + row[i] / 4 for i in range(3)) for row in c]
    np.testing.assert_allclose(problem.loss(x, c, z), expected, rtol=1e-13)
