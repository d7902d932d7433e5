"""The engine of the live figures and the library compute the same, on one stream of random numbers."""

import itertools

import numpy as np
import pytest
from figure_script import MATHEMATICS, Script

from asng_edu import SNG, Adam, Categorical, SelectiveSquaredError
from asng_edu.optimizers.asng import ASNG, signal_to_noise
from asng_edu.sweeps import trial

UPDATES = 400
DELTA0 = {"asng": 1.0, "sng": 0.3, "adam": 0.02}

# λ, utility, D, K, ε_x: the article's size and others, down to one dimension and two categories
SHAPES = [
    (2, "mean", 30, 5, 0.05),
    (6, "rank", 30, 5, 0.0005),
    (6, "mean", 10, 3, 0.05),
    (2, "rank", 4, 2, 0.01),
    (3, "mean", 1, 4, 0.05),
]
CASES = list(itertools.product(trial.METHODS, SHAPES))
NAMES = [f"{method}-{lam}-{utility}-{dim}x{categories}" for method, (lam, utility, dim, categories, _) in CASES]

JAVASCRIPT = """
const setting = E.makeSetting(options), run = E.newTrial(setting, x);
const flat = (list) => Float64Array.from(list.flat(3));
const u = flat(uniforms), z = flat(normals), { lam, dim } = setting, tracks = [];
for (let n = 0; n < uniforms.length; n++) {
  const solved = E.runUpdates(setting, run, u.subarray(n * 2 * lam * dim), z.subarray(n * 2 * dim), 1);
  const { loss, norm, delta, epsilon, beta } = run.info;
  tracks.push({ theta: [...run.theta], x: [...run.x], s: [...run.s], m: [...run.m], v: [...run.v],
    adaptation: [...run.adaptation], solved: Number(solved), loss, norm, delta, epsilon, beta });
}
return tracks;
"""


def stream(lam, dim, categories, updates=UPDATES):
    rng = np.random.default_rng(5)
    x = rng.standard_normal((dim, categories))
    return x, rng.random((updates, 2 * lam, dim)), rng.standard_normal((updates, 2, dim))


def in_javascript(method, shape):
    lam, utility, dim, categories, eps_x = shape
    x, uniforms, normals = stream(lam, dim, categories)
    options = {
        "method": method, "delta0": DELTA0[method], "eps_x": eps_x, "dim": dim, "categories": categories,
        "lam": lam, "utility": utility, "max_updates": UPDATES,
    }  # fmt: skip
    tracks = Script(*MATHEMATICS)(
        JAVASCRIPT, options=options, x=x.ravel().tolist(), uniforms=uniforms.tolist(), normals=normals.tolist()
    )
    return {name: np.array([track[name] for track in tracks], dtype=float) for name in tracks[0]}


@pytest.fixture(scope="module", params=CASES, ids=NAMES)
def case(request):
    return *request.param, in_javascript(*request.param)


def assert_equal(found, expected):
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], np.array(values), rtol=1e-9, atol=1e-9, err_msg=name)


def test_the_compiled_loop_and_the_script_agree(case):
    method, (lam, utility, dim, categories, eps_x), found = case
    x, uniforms, normals = stream(lam, dim, categories)
    setting = trial.make_setting(
        method, delta0=DELTA0[method], eps_x=eps_x, dim=dim, categories=categories, lam=lam, utility=utility,
        max_updates=UPDATES,
    )  # fmt: skip
    run = trial.new_trial(setting, x)
    expected = {name: [] for name in ("theta", "x", "s", "m", "v", "adaptation", "solved")}
    for n in range(UPDATES):
        solved = trial.run_updates(setting, run, uniforms[n : n + 1], normals[n : n + 1])
        for name in expected:
            expected[name].append(solved if name == "solved" else getattr(run, name).ravel().copy())
    assert_equal(found, expected)
    assert np.ptp(found["theta"]) > 0.1  # something happened


class Replay(np.random.Generator):
    """A generator that gives stored uniforms, so that ``ask`` draws what the script drew."""

    def __init__(self, uniforms):
        super().__init__(np.random.PCG64(0))
        self.stored = iter(uniforms.reshape(-1, uniforms.shape[-1]))

    def random(self, size):
        return np.array([next(self.stored) for _ in range(size[0])])


def test_the_classes_and_the_script_agree(case):
    method, (lam, utility, dim, categories, eps_x), found = case
    x, uniforms, normals = stream(lam, dim, categories)
    problem = SelectiveSquaredError(dim, categories)
    kind = {"asng": ASNG, "sng": SNG, "adam": Adam}[method]
    optimizer = kind(Categorical(categories, dim=dim), DELTA0[method], lam=lam, utility=utility, rng=Replay(uniforms))
    velocity = np.zeros_like(x)
    expected = {name: [] for name in ("theta", "x", "loss", "norm", "delta", "epsilon")}
    if method == "asng":
        expected |= {name: [] for name in ("s", "adaptation", "beta")}
    for n in range(UPDATES):
        c = optimizer.ask()
        gradient = problem.gradient(x, c, problem.noise * normals[n, 0])
        trial.momentum_step(x.ravel(), velocity.ravel(), gradient.ravel(), trial.cosine(eps_x, n, UPDATES))
        c = optimizer.ask()
        losses = problem.loss(x, c, problem.noise * normals[n, 1])
        info = optimizer.tell(c, losses)
        row = {
            "theta": optimizer.theta.copy(), "x": x.ravel().copy(), "loss": losses.mean(), "norm": info.G_norm,
            "delta": info.delta, "epsilon": info.epsilon, "beta": info.beta,
        }  # fmt: skip
        if method == "asng":
            row |= {"s": optimizer.state.s.copy(), "adaptation": [optimizer.state.gamma, optimizer.state.Delta]}
        for name in expected:
            expected[name].append(row[name])
    assert_equal(found, expected)


@pytest.fixture(scope="module")
def script():
    return Script(*MATHEMATICS)


@pytest.mark.parametrize("categories", [[5, 5], [2, 3, 7], [4]])
@pytest.mark.parametrize("margin", ["asng", "catcma", "none", 0.01])
def test_categoricals_of_any_width_agree(script, categories, margin):
    family = Categorical(categories, margin=margin)
    rng = np.random.default_rng(len(categories))
    theta = np.concatenate([rng.dirichlet(np.ones(k)) for k in categories])
    v = np.concatenate([row - row.mean() for row in family.rows(rng.standard_normal(len(theta)))])
    u = rng.random((4, len(categories)))
    found = script(
        """
        const offsets = E.makeOffsets(categories), c = new Int32Array(u.length), white = new Float64Array(theta.length);
        E.categoricalSample(theta, offsets, u, c, 4);
        const stats = new Float64Array(4 * theta.length);
        E.categoricalStatistics(c, offsets, 4, stats);
        E.categoricalFisherSqrt(theta, offsets, E.centrePole(offsets), v, white);
        const smallest = E.smallestProbability(margin, categories);
        const projected = Float64Array.from(theta, (p, k) => p + 0.1 * v[k]);
        E.categoricalProject(projected, offsets, smallest);
        return { c: [...c], stats: [...stats], white: [...white], norm: E.fisherNorm(theta, v), smallest: [...smallest],
          projected: [...projected], kl: E.kl(theta, E.uniformTheta(offsets)) };
        """,
        categories=categories, margin=margin, theta=theta.tolist(), v=v.tolist(), u=u.ravel().tolist(),
    )  # fmt: skip

    class Fixed(np.random.Generator):
        def random(self, size):
            return u.reshape(size)

    c = family.sample(theta, Fixed(np.random.PCG64()), 4)
    expected = {
        "c": c.ravel(), "stats": family.statistics(c).ravel(), "white": family.fisher_sqrt(theta, v),
        "norm": family.fisher_norm(theta, v), "smallest": family.smallest, "projected": family.project(theta + 0.1 * v),
        "kl": family.kl(theta, family.initial_theta()),
    }  # fmt: skip
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-12, atol=1e-12, err_msg=name)


def test_small_formulas_agree(script):
    found = script(
        """
        const out = new Float64Array(2);
        E.bernoulliFisherSqrt([0.2, 0.9], [0.1, -0.3], out);
        return { bernoulli: [...out], distance: E.fisherDistance([0.5, 0.5], [0.9, 0.1]),
          snr: E.signalToNoise(1.4, 0.9, 0.1), far: E.euclideanNorm([3e-200, 4e-200]) };
        """
    )
    np.testing.assert_allclose(found["bernoulli"], [0.25, -1.0])
    assert found["distance"] == pytest.approx(0.927, abs=5e-4)
    assert found["snr"] == pytest.approx(signal_to_noise(1.4, 0.9, 0.1))
    assert found["far"] == pytest.approx(5e-200)
