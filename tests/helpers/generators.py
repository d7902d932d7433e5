"""Families and parameters to test with: a fixed registry of every kind, and random ones for Hypothesis."""

import itertools
import json
import re

import numpy as np
from hypothesis import strategies as st

from asng_edu import ASNG, SNG, Adam, Bernoulli, Categorical, Gaussian, Integer, Product, Real
from asng_edu.nas import CellSpace
from asng_edu.nas.spaces.cell_space import ARTICLE_OPERATIONS

FAMILIES = {
    "bernoulli": Bernoulli(3),
    "one coin": Bernoulli(1),
    "categorical": Categorical(4, dim=3),
    "ragged": Categorical([2, 5, 3]),
    "one die": Categorical(6),
    "last pole": Categorical([3, 2, 4], pole="last", margin="catcma"),
    "no margin": Categorical([3, 4], margin="none"),
    "gaussian": Gaussian(2, mean=[1.0, -2.0], sigma=[0.5, 2.0]),
    "integer": Integer([0, -3], [7, 5]),
    "log integer": Integer(1, 300, log=True),
    "real": Real([0.0, -3.0], [0.8, 5.0]),
    "log real": Real(1.0, 300.0, log=True),
    "product": Product(Categorical([3, 2]), Bernoulli(2), Integer(1, 8), Gaussian(1)),
    "nested": Product(Product(Bernoulli(1), Categorical(3)), Gaussian(1)),
}

ALGORITHMS = {
    "asng": lambda family, **options: ASNG(family, 1.0, **options),
    "sng": lambda family, **options: SNG(family, 0.2, **options),
    "unnormalised": lambda family, **options: SNG(family, epsilon=0.1, **options),
    "adam": lambda family, **options: Adam(family, 0.02, **options),
}


def parts_of(family):
    """Return the families that a product is made of, innermost ones only; of any other family, itself."""
    return [p for part in family.parts for p in parts_of(part)] if isinstance(family, Product) else [family]


def random_theta(family, rng, least=1e-3):
    """Draw θ from all over the family's parameters, discrete probabilities at least ``least``."""
    pieces = []
    for part in parts_of(family):
        if isinstance(part, Bernoulli):
            pieces.append(rng.uniform(least, 1.0 - least, part.dim))
        elif isinstance(part, Categorical):
            for k in part.categories:
                row = rng.dirichlet(np.full(k, rng.choice([0.3, 1.0, 10.0])))
                pieces.append(least + (1.0 - k * least) * row)
        else:
            mu, sigma = rng.normal(0.0, 3.0, part.dim), np.exp(rng.uniform(-1.5, 1.5, part.dim))
            pieces += [mu, mu**2 + sigma**2]
    return np.concatenate(pieces)


def tangent_basis(family):
    """Return the matrix (n_stats, n_theta) that gives a step back the coordinates that ``minimal`` leaves out."""
    blocks = []
    for part in parts_of(family):
        if isinstance(part, Categorical):
            blocks += [np.vstack([np.eye(k - 1), -np.ones(k - 1)]) for k in part.categories]
        else:
            blocks.append(np.eye(part.n_stats))
    matrix = np.zeros((family.n_stats, family.n_theta))
    row = column = 0
    for block in blocks:
        matrix[row : row + block.shape[0], column : column + block.shape[1]] = block
        row, column = row + block.shape[0], column + block.shape[1]
    return matrix


def all_samples(family):
    """Return every sample of a discrete family, as ``sample`` would."""
    if isinstance(family, Product):
        lists = [list(all_samples(part)) for part in family.parts]
        rows = list(itertools.product(*lists))
        return tuple(np.array(column) for column in zip(*rows, strict=True))
    sizes = [2] * family.dim if isinstance(family, Bernoulli) else family.categories
    return np.array(list(itertools.product(*map(range, sizes))))


def size_of(samples):
    return size_of(samples[0]) if isinstance(samples, tuple) else len(samples)


def take(samples, rows):
    """Return some rows of samples, in their order."""
    return tuple(take(part, rows) for part in samples) if isinstance(samples, tuple) else samples[rows]


seeds = st.integers(0, 2**32 - 1)
margins = st.sampled_from(["asng", "catcma", "none", 0.01])
bernoullis = st.builds(Bernoulli, st.integers(1, 6), margin=margins)
categoricals = st.builds(
    Categorical,
    st.lists(st.integers(2, 7), min_size=1, max_size=6),
    margin=margins,
    pole=st.sampled_from(["centre", "last"]),
)
gaussians = st.builds(Gaussian, st.integers(1, 4))
integers = st.integers(1, 3).flatmap(
    lambda dim: st.builds(
        lambda low, width: Integer(low, np.add(low, width)),
        st.lists(st.integers(-50, 50), min_size=dim, max_size=dim),
        st.lists(st.integers(1, 40), min_size=dim, max_size=dim),
    )
)
reals = st.integers(1, 3).flatmap(
    lambda dim: st.builds(
        lambda low, width, log: Real(low, np.add(low, width), log=log),
        st.lists(st.floats(1e-3, 50.0), min_size=dim, max_size=dim),
        st.lists(st.floats(1e-2, 100.0), min_size=dim, max_size=dim),
        st.booleans(),
    )
)
simple = st.one_of(bernoullis, categoricals, gaussians, integers, reals)
products = st.lists(simple, min_size=1, max_size=3).map(lambda parts: Product(*parts))
families = st.one_of(simple, products, products.map(lambda p: Product(p, Categorical(3))))

small_discrete = st.one_of(
    st.builds(Bernoulli, st.integers(1, 4)),
    st.builds(
        Categorical, st.lists(st.integers(2, 4), min_size=1, max_size=3), pole=st.sampled_from(["centre", "last"])
    ),
)
discrete = st.one_of(small_discrete, st.builds(Product, small_discrete, st.builds(Bernoulli, st.integers(1, 2))))


def as_text(state_dict):
    """Return a state dict as JSON, every bit of its numbers in it."""
    return json.dumps(state_dict, default=lambda array: array.tolist())


def short(value):
    """Return a name for a test's parameter, the same in every process: no addresses."""
    return getattr(value, "__name__", re.sub(r" at 0x[0-9a-f]+", "", repr(value))[:40])


NAMES = [*ARTICLE_OPERATIONS, "conv_1x1", "conv_3x3", "mine", "another-one"]


@st.composite
def spaces(draw, most_nodes=7):
    nodes, inputs = draw(st.integers(1, most_nodes)), draw(st.integers(1, 3))
    slots = draw(st.sets(st.tuples(st.integers(0, nodes - 1), st.integers(0, 1)), max_size=5))
    return CellSpace(
        nodes=nodes,
        operations=tuple(draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=6, unique=True))),
        kinds=draw(st.sampled_from([("normal",), ("reduction",), ("normal", "reduction"), ("reduction", "normal")])),
        inputs=inputs,
        fixed=tuple((node, slot, draw(st.integers(0, inputs + node - 1))) for node, slot in slots),
        output=draw(st.sampled_from(["unused", "last"])),
        share_inputs=draw(st.booleans()),
    )
