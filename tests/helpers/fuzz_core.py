"""A right call of everything public in the core and the sweeps: of each a test then spoils one argument at a time."""

import math
from pathlib import Path

import numpy as np

from asng_edu import (
    ASNG,
    SNG,
    WAASNG,
    Adam,
    Bernoulli,
    Bool,
    Categorical,
    Choice,
    Evaluation,
    Evolution,
    Gaussian,
    Info,
    Integer,
    Product,
    RandomSearch,
    Real,
    Reinforce,
    Result,
    Space,
    maximize,
    minimize,
)
from asng_edu.blackbox import methods, record, variables
from asng_edu.distributions import bernoulli, bounded, categorical, gaussian, margins
from asng_edu.optimizers import adam, asng, natural_gradient, weight_adaptive
from asng_edu.optimizers.registry import Method
from asng_edu.problems import SelectiveSquaredError, Tabular, leading_ones, onemax, read_table
from asng_edu.problems import selective_squared_error as selective
from asng_edu.sweeps import files, grid, sweep, table_runs, trial


def call(function, *arguments, **named):
    """Return a call as data."""
    return function, arguments, named


def array(*entries, of=float):
    return np.array(entries, dtype=of)


FAMILIES = (
    Categorical([3, 2]),
    Bernoulli(2),
    Gaussian(2),
    Integer([1, 1], [9, 5]),
    Real([0.0, 1.0], [1.0, 9.0]),
    Product(Categorical(3), Integer(1, 9, log=True)),
)
FINITE = (Categorical([3, 2]), Bernoulli(2), Product(Categorical(3), Bernoulli(1)))


def calls_of_a_family(family):
    theta = family.initial_theta()
    samples = family.sample(theta, 0, 3)
    v = family.statistics(samples)[0] - theta
    yield from (call(getattr(family, name), theta) for name in ("check_theta", "fisher", "mode", "entropy", "project"))
    yield from (call(getattr(family, name), samples) for name in ("check_samples", "statistics", "decode"))
    yield from (call(getattr(family, name), theta, samples) for name in ("log_likelihood", "natural_gradient"))
    yield from (call(getattr(family, name), theta, v) for name in ("fisher_sqrt", "fisher_norm"))
    yield from (
        call(family.initial_theta),
        call(family.minimal, v),
        call(family.kl, theta, theta),
        call(family.sample, theta, 1, 3),
    )
    yield from (call(getattr(family, name), theta) for name in ("rows", "split", "moments") if hasattr(family, name))


def calls_of_an_optimizer(optimizer):
    samples = optimizer.ask(np.random.default_rng(3), 4)
    losses = array(1.0, 2.0, 0.5, 3.0)
    optimizer.tell(samples, losses)
    optimizer.rng = np.random.default_rng(2)
    yield call(optimizer.ask, np.random.default_rng(1), size=3)
    yield call(optimizer.ask)
    yield call(optimizer.tell, samples, losses, nan="worst")
    yield call(optimizer.tell, samples, losses)
    yield from (call(getattr(optimizer, name)) for name in ("mode", "should_stop", "state_dict"))
    yield call(optimizer.load_state_dict, optimizer.state_dict())


def core():
    theta, offsets, stats = np.full(6, 1 / 3), array(0, 3, 6, of=int), np.eye(6)[[0, 4]]
    n, u, losses = np.ones(6), np.full((2, 2), 0.5), array(1.0, 2.0)
    yield from [
        call(Categorical, [3, 2], margin="catcma", pole="last"),
        call(Categorical, 3, dim=4, margin=0.1),
        call(Bernoulli, 3, margin="none"),
        call(Gaussian, 2, mean=array(0.0, 1.0), sigma=array(1.0, 2.0), sigma_min=0.1),
        call(Gaussian, 1, mean=0.5, sigma=2.0),
        call(Integer, [1, 2], [5, 6], sigma_min=0.3),
        call(Integer, 1, 9, log=True),
        call(Real, [0.5, 2.0], array(1.0, 3.0), log=True, resolution=0.01),
        call(bounded.bounds, [1, 2], 3, "iu", "whole numbers"),
        call(Product, Categorical(3), Gaussian(1)),
        call(margins.smallest_probability, "asng", array(3, 2, of=int)),
        call(categorical.categorical_cumulate, theta, offsets, array(1, of=int), np.zeros((2, 2))),
        call(categorical.categorical_sample, np.full((2, 2), 0.5), u, np.zeros((2, 2), int)),
        call(categorical.categorical_statistics, np.zeros((2, 2), int), offsets, np.zeros((2, 6))),
        call(categorical.categorical_fisher_sqrt, theta, offsets, np.sqrt(theta), n, np.zeros(6)),
        call(categorical.categorical_project, theta, offsets, array(0.1, 0.1)),
        call(bernoulli.bernoulli_fisher_sqrt, u[0], u[0], np.zeros(2)),
        call(gaussian.gaussian_fisher_sqrt, theta, n, np.zeros(6)),
        call(
            ASNG,
            Categorical([3, 2]),
            1.0,
            lam=4,
            alpha=2.0,
            utility="rank",
            theta=array(0.2, 0.3, 0.5, 0.4, 0.6),
            rng=1,
            delta_max=2.0,
            Delta_max=math.inf,
        ),
        call(SNG, Categorical([3, 2]), delta0=0.1, seed=1, penalty=array(0.0, 0.1, 0.2, 0.0, 0.3)),
        call(SNG, Gaussian(1), epsilon=0.1, lam=3, rng=1),
        call(Adam, Bernoulli(2), 0.1, lam=2, seed=3),
        call(RandomSearch, Categorical([3, 2]), lam=3, theta=None, rng=None, seed=1),
        call(Reinforce, Categorical([3, 2]), 0.1, lam=3, adam=False, decay=0.9, theta=None, rng=None, seed=1),
        call(Evolution, Bernoulli(2), population=3, tournament=2, selection="plus", lam=2, theta=None, seed=1),
        call(Info, 0, True, losses, theta, 1.0, 1.0, 1.0),
        call(asng.trust_region, 1.0, 1.0, 2.0, 4),
        call(asng.accumulate, n, n, 1.0, 0.1),
        call(asng.adapt, 0.1, 1.0, 1.0, 0.1, 1.5, 9.0),
        call(asng.natural_step, theta, n, 0.1),
        call(asng.signal_to_noise, 1.2, 0.9, 0.1),
        call(adam.adam_step, theta, n, n.copy(), 1, n, 1.0, 0.1),
        call(natural_gradient.mean_utility, losses, np.zeros(2)),
        call(natural_gradient.rank_utility, losses, np.zeros(2)),
        call(natural_gradient.natural_gradient, stats, theta, losses, np.zeros(6)),
        call(natural_gradient.euclidean_norm, n),
        call(natural_gradient.is_informative, losses, losses, 1.0),
        call(natural_gradient.estimate, Categorical(3, dim=2), theta, stats, losses, "mean", n),
        call(natural_gradient.weighted_estimate, Categorical(3, dim=2), theta, stats, losses, n),
        call(natural_gradient.expected_share, "mean", 2),
        call(WAASNG, Bernoulli(2), 0.5, lam=4, alpha=2.0, steps=3, theta=array(0.2, 0.3), rng=None, seed=1),
        call(weight_adaptive.first_weights, 5),
        call(weight_adaptive.replay, losses, np.eye(4).reshape(2, 2, 4), np.ones(4), 0.3),
        call(weight_adaptive.climb, losses, np.eye(4).reshape(2, 2, 4), np.ones(4), 0.3, 4),
    ]
    for family in FAMILIES:
        yield from calls_of_a_family(family)
    for family in FINITE:
        start = family.initial_theta()
        yield call(family.shift_logits, start, np.ones_like(start))
        yield call(family.inverse_fisher, start, np.ones_like(start))
        yield call(family.mutate, family.sample(start, 0, 3), array(0, 1, 1, of=int), np.random.default_rng(1))
        for make in (Evolution, Reinforce):
            yield from calls_of_an_optimizer(make(family))
    for family in FAMILIES:
        yield from calls_of_an_optimizer(WAASNG(family, lam=4))
    for make in (ASNG, SNG, Adam, RandomSearch):
        for family in FAMILIES:
            yield from calls_of_an_optimizer(make(family, **({} if make is RandomSearch else {"delta0": 0.1})))


def problems_and_sweeps():
    problem = SelectiveSquaredError(2, 3)
    x, c, z = np.ones((2, 3)), array([0, 1], [2, 1], of=int), array(0.1, 0.2)
    setting = trial.make_setting("asng", delta0=1.0, eps_x=0.1, dim=2, categories=3, max_updates=50)
    small = grid.Grid(methods=("asng", "sng"), trials=2, dim=2, categories=3, max_updates=50)
    yield from [
        call(onemax, c),
        call(leading_ones, c),
        call(SelectiveSquaredError, 3, 4, noise=0.1),
        call(selective.selective_loss, x, c[0], z),
        call(selective.selective_solved, x, c[0]),
        call(selective.selective_gradient, x, c, z, np.zeros((2, 3))),
        call(problem.initial_x, 1),
        call(problem.draw, 1),
        call(problem.loss, x, c, z),
        call(problem.gradient, x, c, z),
        call(problem.expected_loss, x, c),
        call(problem.solved, x, c),
        call(trial.cosine, 0.1, 3, 10),
        call(trial.momentum_step, x[0], np.zeros(3), x[1].copy(), 0.1),
        call(trial.differing_rows, c, np.zeros(2, int)),
        call(trial.run_updates, setting, trial.new_trial(setting, x), np.full((5, 4, 2), 0.5), np.ones((5, 2, 2))),
        call(
            trial.make_setting,
            "sng",
            delta0=1.0,
            eps_x=0.1,
            dim=2,
            categories=3,
            lam=3,
            alpha=2.0,
            margin=0.1,
            utility="rank",
            max_updates=5,
        ),
        call(trial.new_trial, setting, x),
        call(trial.streams, np.random.SeedSequence(1)),
        call(trial.run_trial, setting, np.random.SeedSequence(1)),
        call(grid.Grid, ("asng",), (0.1,), [1.0, 2.0], 3, 2, 3, 50, 2, 1.5, "asng", "mean", 1),
        call(small.settings),
        call(small.make, "asng", 0.1, 1.0),
        call(small.trial_seed, 1),
        call(grid.exponents_to_delta0, [0.5, 1], 3, 4),
        call(sweep.run, small, None, workers=1, resume=False, progress=False, command="a"),
        call(sweep.run, small, "new.csv", workers=1, command="a"),
        call(sweep.run, trials=1, dim=2, categories=2, max_updates=20),
        call(sweep.summarise, small, [3, None] * 4),
        call(files.trial_line, small, 1, 7),
        call(files.read_rows, "sweep.csv"),
        call(files.SweepFiles, "other.csv"),
    ]
    yield from tables()
    yield from black_boxes()


def tables():
    path = Path("table.csv")
    path.write_text(
        "set,op,width,acc,val\na,x,1,.3,.2\na,x,2,.4,.3\na,y,1,.2,.1\na,y,2,,.5\nb,x,1,9,9\n", encoding="utf-8"
    )
    scores = array([0.3, 0.1, 0.2], [0.4, 0.5, 0.6])
    table = Tabular([2, 3], scores, names=["a", "b"])
    plan = table_runs.Plan(("asng",), 20, 2, 1, 0.1)
    yield from [
        call(Tabular, [2, 3], scores, maximize=True, observed=scores.ravel(), names=["a", "b"], notes=["read"]),
        call(Tabular, [2, 2], scores[0], networks=array(0, 1, 1, 2, of=int), options=[["x", "y"], ["z", "w"]]),
        *(call(method, array([0, 1], [1, 2], of=int)) for method in (table.losses, table.observed, table.scores)),
        *(call(method, array([0, 1], [1, 2], of=int)) for method in (table.index, table.network, table.ranks)),
        call(table.codes, array(0, 5, of=int)),
        *(call(method, array(1, 2, of=int)) for method in (table.rank, table.decode)),
        call(table.categorical, margin="none"),
        call(table.lookup, {"a": "1", "b": "2"}),
        call(
            read_table,
            path,
            score="acc",
            maximize=True,
            observe=["val"],
            decisions=["op", "width"],
            where={"set": "a"},
            missing="worst",
            duplicates="mean",
        ),
        call(read_table, path, score=["acc", "val"], code="width", separator="", missing="worst", duplicates="mean"),
        call(Method, "sng", {"delta0": 0.1}, "sng:delta0=0.1"),
        call(Method.parse, "sng:delta0=0.1:lam=4"),
        call(Method.parse("sng").make, table.categorical(), 3),
        call(table_runs.Plan, ("asng", "random:lam=3"), 20, 2, 1, 0.1),
        call(plan.points),
        call(plan.run_seed, 3),
    ]


def black_boxes():
    space = Space(n=Integer(1, 9), x=Real(0.0, 1.0), c=Choice("a", "b"), b=Bool())
    point = space.sample(0)
    family = space.distribution()
    samples = family.sample(family.initial_theta(), 0, 3)
    result = minimize(loss, space, 6, seed=0, progress=False)
    settings = {"space": space, "budget": 4, "seed": 1, "workers": 1, "callback": None, "progress": False}
    yield from [
        call(Choice, "a", 2, None),
        call(Bool),
        call(Choice("a", "b").index, "a"),
        call(variables.to_json, Bool()),
        call(variables.settings_of, Real(0.0, 1.0)),
        call(variables.from_json, "x", {"type": "choice", "options": ["a", "b"]}),
        call(variables.check_variable, "x", Bool()),
        call(variables.value_of, Choice("a", "b"), 1),
        call(Space, {"x": Bool()}, y=Integer(1, 3)),
        call(Space.of, space),
        call(Space.of, {"x": Bool()}),
        call(Space.from_json, space.to_json()),
        call(space.to_json),
        call(space.distribution, margin="catcma"),
        call(space.sample, 3),
        call(space.check, point),
        call(space.encode, [point, point]),
        call(space.decode, samples),
        call(space.name, family.decode(samples)[0]),
        call(minimize, loss, method="sng:delta0=0.5", margin="none", resume="search.jsonl", **settings),
        call(maximize, loss, method=ASNG, **settings),
        call(Evaluation, point, 0.5, None),
        call(Result, space, "asng", 0, False, result.history, point, "budget"),
        call(result.plot, None),
        call(methods.make, "asng:lam=3", space, 1, "asng"),
        call(methods.label, "asng"),
        call(record.recorded, "other.jsonl", {"seed": 1}, any_seed=True),
    ]


def loss(params):
    return params["n"] + params["x"]
