"""Optimisers by name."""

import importlib
import inspect
import pkgutil
import re

import pytest

from asng_edu import Categorical, optimizers
from asng_edu.optimizers.base import Optimizer
from asng_edu.optimizers.registry import DEFAULTS, OPTIMIZERS, Method
from asng_edu.sweeps.trial import METHODS

FAMILY = Categorical(3, dim=4)


def test_every_optimiser_has_a_name():
    found = set()
    for info in pkgutil.iter_modules(optimizers.__path__, optimizers.__name__ + "."):
        kinds = vars(importlib.import_module(info.name)).values()
        found |= {kind for kind in kinds if inspect.isclass(kind) and issubclass(kind, Optimizer)}
    assert {kind for kind in found if not inspect.isabstract(kind)} == set(OPTIMIZERS.values())
    assert set(METHODS) <= set(OPTIMIZERS)
    assert set(DEFAULTS) <= set(OPTIMIZERS)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_name_alone_is_enough(name):
    optimizer = Method.parse(name).make(FAMILY, 1)
    assert type(optimizer) is OPTIMIZERS[name]
    assert optimizer.ask().shape == (optimizer.lam, 4)


def test_options():
    method = Method.parse("asng:alpha=2.5:lam=4:utility=rank")
    assert method.options == {"alpha": 2.5, "lam": 4, "utility": "rank"}
    optimizer = method.make(FAMILY, 1)
    assert (optimizer.alpha, optimizer.lam, optimizer.utility) == (2.5, 4, "rank")
    assert Method.parse("sng").make(FAMILY, 1).delta0 == DEFAULTS["sng"]["delta0"]
    assert Method.parse("sng:delta0=0.25").make(FAMILY, 1).delta0 == 0.25


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("sgd", "method must be one of adam, asng"),
        ("", "method must be one of"),
        ("asng:speed=3", "an option of asng must be one of delta0"),
        ("asng:seed=3", "an option of asng must be one of delta0"),
        ("asng:lam", "what follows asng must be OPTION=VALUE, but is 'lam'"),
        ("asng:lam=", "what follows asng must be OPTION=VALUE, but is 'lam='"),
        ("asng:lam=1", "lam (λ) must be a whole number of at least 2"),
        ("asng:lam=2.5", "lam (λ) must be a whole number"),
        ("asng:delta0=fast", "delta0 must be a number, but is 'fast'"),
        ("sng:delta0=true", "delta0 must be a number, but is True"),
        ("asng:lam=2:lam=3", "lam stands twice"),
    ],
)
def test_methods_that_are_none(text, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        Method.parse(text).make(FAMILY, 1)


def test_an_instance_is_no_text():
    with pytest.raises(ValueError, match="method must be the name of one"):
        Method.parse(None)
