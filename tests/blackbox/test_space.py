"""Named variables: what goes into a distribution comes out again, and what the method cannot carry is refused."""

import json

import numpy as np
import pytest
from functions_to_minimize import SPACE
from hypothesis import given
from hypothesis import strategies as st

from asng_edu import (
    ASNG,
    Bernoulli,
    Bool,
    Categorical,
    Choice,
    Gaussian,
    Integer,
    Product,
    Real,
    Space,
    Tabular,
)

seeds = st.integers(0, 2**32 - 1)
plain = st.one_of(st.text(max_size=4), st.integers(-9, 9), st.floats(-9, 9), st.booleans(), st.none())
choices = st.lists(plain, min_size=2, max_size=5, unique=True).map(lambda options: Choice(*options))
integers = st.builds(
    lambda low, width, log: Integer(low, low + width, log=log), st.integers(1, 60), st.integers(1, 500), st.booleans()
)
reals = st.builds(
    lambda low, width, log: Real(low, low + width, log=log), st.floats(1e-6, 9.0), st.floats(1e-2, 99.0), st.booleans()
)
variables = st.one_of(choices, integers, reals, st.builds(Bool))
spaces = st.dictionaries(st.text(min_size=1, max_size=6), variables, min_size=1, max_size=6).map(Space)


@given(spaces, seeds)
def test_decoded_points_are_the_named_candidates(space, seed):
    family = space.distribution()
    samples = family.sample(family.initial_theta(), seed, 3)
    named = [space.name(candidate) for candidate in family.decode(samples)]
    for one, other in zip(space.decode(samples), named, strict=True):
        assert list(one.items()) == list(other.items())
        assert list(map(type, one.values())) == list(map(type, other.values()))


@given(spaces, seeds)
def test_a_point_comes_back_from_its_sample(space, seed):
    family = space.distribution()
    points = space.decode(family.sample(family.initial_theta(), seed, 5))
    for point, again in zip(points, space.decode(space.encode(points)), strict=True):
        assert list(point) == list(again) == list(space.variables)
        for name, value in point.items():
            assert type(value) is type(again[name])
            assert again[name] == (pytest.approx(value, rel=1e-12) if isinstance(value, float) else value)
        assert space.check(point) == point


@given(spaces)
def test_a_space_comes_back_from_json(space):
    again = Space.from_json(json.loads(json.dumps(space.to_json())))
    assert again == space
    assert again.to_json() == space.to_json()
    assert repr(again) == repr(space)


@given(spaces, seeds)
def test_a_sample_survives_json(space, seed):
    point = space.sample(seed)
    assert json.loads(json.dumps(point)) == point


def test_a_space_is_its_repr():
    names = {kind.__name__: kind for kind in (Bool, Choice, Integer, Real, Space)}
    assert eval(repr(SPACE), names) == SPACE
    assert Space(units=Integer(8, 512)) != SPACE


def test_there_is_one_family_over_all():
    family = SPACE.distribution("catcma")
    assert isinstance(family, Product)
    assert family.dim == 5
    assert family.n_theta == 2 * 3 + (3 - 1) + (2 - 1)
    (categories,) = [part for part in family.parts if isinstance(part, Categorical)]
    assert categories == Categorical([3, 2], margin="catcma")  # which counts both


def test_one_norm_holds_over_all_variables():
    """ASNG's first step has the Fisher length δ in the whole space, not in each variable."""
    asng = ASNG(SPACE.distribution("none"), 0.01, seed=1)
    family, theta = asng.distribution, asng.theta
    info = asng.tell(asng.ask(), [0.0, 1.0])
    step = asng.theta - theta
    assert family.fisher_norm(theta, step) == pytest.approx(0.01, rel=1e-6)
    lengths = [
        part.fisher_norm(t, s) for part, t, s in zip(family.parts, family.split(theta), family.split(step), strict=True)
    ]
    assert np.linalg.norm(lengths) == pytest.approx(info.delta, rel=1e-6)
    assert min(lengths) < 0.01


def test_a_table_is_a_space_of_its_options():
    table = Tabular([2, 3], np.arange(6), names=["op", "width"], options=[["a", "b"], ["1", "2", "3"]])
    space = Space.of(table)
    assert space == Space(op=Choice("a", "b"), width=Choice("1", "2", "3"))
    assert table.lookup({"width": "3", "op": "b"}) == 5.0


@pytest.mark.parametrize("log", [False, True])
def test_integers_are_drawn_between_their_bounds_on_either_scale(log):
    family = Integer(2, 5, log=log)
    drawn = np.concatenate(family.decode(family.sample(family.initial_theta(), 0, 20_000)))
    assert set(drawn.tolist()) == {2, 3, 4, 5}
    assert np.concatenate(family.decode(family.encode(np.array([[2], [3], [4], [5]])))).tolist() == [2, 3, 4, 5]


@pytest.mark.parametrize("value", [1, 2, 7, 50, 299])
def test_neighbours_of_an_integer_stay_alive_on_a_logarithmic_scale(value):
    family = Integer(1, 300, log=True)
    start = np.log(value)
    theta = family.project(np.array([start, start**2 + 1e-12]))
    drawn = np.concatenate(family.decode(family.sample(theta, 0, 50_000)))
    assert 0.01 < np.mean(drawn != value) < 0.2


def test_the_bounds_of_a_real_number_are_drawn_too():
    family = Real(0.0, 1.0)
    theta = family.project(np.array([-3.0, 9.25]))  # whose mean is brought back to the bound
    drawn = np.concatenate(family.decode(family.sample(theta, 0, 1000)))
    assert np.mean(drawn == 0.0) == pytest.approx(0.5, abs=0.06)
    assert drawn.min() == 0.0


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Space(), "a Space needs at least one variable"),
        (lambda: Space(x=3), "x must be an Integer, a Real, a Choice or a Bool, but is 3"),
        (lambda: Space(x=Gaussian(1)), "x must be an Integer, a Real, a Choice or a Bool, but is Gaussian"),
        (lambda: Space(x=Bernoulli(1)), "x must be an Integer, a Real, a Choice or a Bool, but is Bernoulli"),
        (lambda: Space(x={"y": Bool()}), "x is a space within the space, but a space is flat"),
        (lambda: Space(x=Space(y=Bool())), "x is a space within the space, but a space is flat"),
        (lambda: Space(x=Choice("a", {"y": Bool()})), "options must be texts, finite numbers, True, False or None"),
        (lambda: Space(x=Integer([1, 2], [3, 4])), "x must be one variable, but has 2 dimensions"),
        (lambda: Space({"x": Bool()}, x=Bool()), "x is given twice"),
        (lambda: Space({3: Bool()}), "each name must be a text"),
        (lambda: Space([Bool()]), "variables must be a mapping of names"),
        (lambda: Choice("a"), "a Choice needs at least two options"),
        (lambda: Choice(), "a Choice needs at least two options"),
        (lambda: Choice("a", "a"), "the options of a Choice must differ"),
        (lambda: Choice(1, True), "the options of a Choice must differ"),
        (lambda: Choice(1.0, float("nan")), "options must be texts, finite numbers"),
        (lambda: Integer(5, 5), "low must lie below high"),
        (lambda: Integer(9, 1), "low must lie below high"),
        (lambda: Integer(0, 9, log=True), "low must be above 0 on a logarithmic scale"),
        (lambda: Integer(1.5, 9), "low and high must be whole numbers"),
        (lambda: Integer(1, 9, log="yes"), "log must be True or False"),
        (lambda: Real(1.0, 0.5), "low must lie below high"),
        (lambda: Real(0.0, np.inf), "low and high must be finite"),
        (lambda: Real(-1.0, 1.0, log=True), "low must be above 0 on a logarithmic scale"),
        (lambda: Real("a", "b"), "low and high must be finite numbers"),
        (lambda: Real(1e9, 1e9 + 1e-3), "low and high must not lie so close together so far from 0"),
        (lambda: Real(0.0, 1.0, resolution=0.5), "resolution must be at most ¼"),
        (lambda: Space.from_json({"x": {"type": "box"}}), "the type of x must be one of bool, choice, integer, real"),
        (lambda: Space.from_json({"x": {"type": "bool", "low": 1}}), "x must have the keys type"),
        (lambda: Space.of([1]), "space must be a Space, a Tabular, or a dictionary of variables"),
    ],
)
def test_a_bad_space_is_refused_in_a_sentence(make, sentence):
    with pytest.raises(ValueError, match=sentence) as found:
        make()
    assert str(found.value).endswith(".")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"units": 7}, "units must be a whole number of at least 8, but is 7"),
        ({"units": 513}, "units must be at most 512, but is 513"),
        ({"units": 8.5}, "units must be a whole number"),
        ({"dropout": 0.9}, r"dropout must lie between 0\.0 and 0\.8, but is 0\.9"),
        ({"dropout": "x"}, "dropout must be a number"),
        ({"activation": "gelu"}, "activation must be one of"),
        ({"skip": 1}, "skip must be one of"),
        ({"other": 1}, "a point must have the names units, activation, dropout, layers, skip"),
    ],
)
def test_a_bad_point_is_refused_in_a_sentence(change, sentence):
    with pytest.raises(ValueError, match=sentence):
        SPACE.encode([{**SPACE.sample(0), **change}])
    with pytest.raises(ValueError, match="at least one dictionary"):
        SPACE.encode([])
