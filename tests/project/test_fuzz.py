"""What does not fit, given to everything public: the answer is a value or a sentence, and nothing is left half done."""

import importlib
import inspect
import os
import pickle
import pkgutil
import random
from collections import defaultdict

import pytest
import torch
from fuzz_core import core, problems_and_sweeps
from fuzz_search import SWITCHES, search
from nasty import complaint

import asng_edu
from asng_edu import blackbox, distributions, nas, optimizers, problems, sweeps
from asng_edu.nas import evaluators, spaces, strategies
from asng_edu.nas.supernet.operations import OPERATIONS

torch.set_num_threads(1)
SEED = 11
# A protocol, a class to be filled in, what only makes up others, and what may start many processes.
WITHOUT_A_CALL = {
    "Callback",
    "Evaluator",
    "NotFinite",
    "SearchNetwork",
    "block_diagonal",
    "compare",
    "discrete_entropy",
    "discrete_kl",
    "option",
    "tabulate",
    "theta_metrics",
}
ROOMS = (blackbox, distributions, optimizers, problems, sweeps, spaces, evaluators, strategies)


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """All calls, and a folder for what they write."""
    before = os.getcwd()
    os.chdir(tmp_path_factory.mktemp("fuzz"))
    assert nas.SPACES  # which loads them
    assert nas.DATASETS
    nas.SPACES.register("switches")(type(SWITCHES))
    yield [*core(), *problems_and_sweeps(), *search()]
    nas.SPACES.remove("switches")
    OPERATIONS.pop("mine", None)
    os.chdir(before)


def contents(thing):
    """Return what a call that is refused must not change in the object that it belongs to."""
    return None if thing is None or isinstance(thing, type) else pickle.dumps(thing)


def name_of(function):
    owner = getattr(function, "__self__", None)
    if owner is not None:
        return f"{(owner if isinstance(owner, type) else type(owner)).__name__}.{function.__name__}"
    return function.__name__


@pytest.mark.parametrize("count", [300, pytest.param(20_000, marks=pytest.mark.slow)])
def test_the_answer_is_a_value_or_a_sentence(table, count):
    order = random.Random(SEED).sample(range(len(table)), len(table))
    found = defaultdict(list)
    for number in range(count):
        call = table[order[number % len(table)]]
        wrong = complaint(call, f"{SEED} {number}", contents)
        if wrong is not None:
            found[name_of(call[0])].append(wrong)
    assert not found


def public():
    """Return the names of all public functions, and of the classes that the packages name, unless they are abstract."""
    found = {name for package in (asng_edu, nas) for name in package.__all__ if callable(getattr(package, name))}
    for room in ROOMS:
        for _, name, _ in pkgutil.iter_modules(room.__path__):
            module = importlib.import_module(f"{room.__name__}.{name}")
            mine = [one for one in vars(module).values() if getattr(one, "__module__", "") == module.__name__]
            found |= {one.__name__ for one in mine if inspect.isfunction(one) and not name.startswith("_")}
    abstract = {name for name in found if inspect.isabstract(getattr(asng_edu, name, getattr(nas, name, None)))}
    return {name for name in found - abstract if not name.startswith(("_", "check_"))}


def test_nothing_public_is_left_out(table):
    called = {name_of(function).rpartition(".")[2] for function, _, _ in table}
    assert public() - called == WITHOUT_A_CALL
