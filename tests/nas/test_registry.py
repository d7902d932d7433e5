"""Registries of names: what they hold, and what they refuse."""

import pytest

from asng_edu.nas import DATASETS, SPACES, STRATEGIES
from asng_edu.nas._common.registry import Registry


def test_what_the_library_registers():
    assert list(SPACES) == ["bits", "cells", "layers"]
    assert list(STRATEGIES) == [
        "adam", "asng", "darts", "darts2", "enas", "evolution", "nao", "nasnet",
        "proxyless", "random", "reinforce", "smash", "snas", "sng",
    ]  # fmt: skip
    assert list(DATASETS) == ["cifar10", "clutter", "digits", "folder", "signals"]
    for registry in (SPACES, STRATEGIES):
        assert all(kind.name == name for name, kind in registry.items())


def test_names_are_of_one_thing_each():
    shapes = Registry("shape", "asng_edu._common")

    @shapes.register("square")
    def area(side):
        return side**2

    first = area

    @shapes.register("square")  # as if a notebook's cell ran again
    def area(side):
        return side * side

    assert first is not area
    assert shapes["square"] is area
    with pytest.raises(ValueError, match="there is a shape 'square' already"):
        shapes.register("square")(len)
    for bad in ("", "a b", "-x", "a\n", None, 3):
        with pytest.raises(ValueError, match="letters, digits, _ and -"):
            shapes.register(bad)
    with pytest.raises(ValueError, match="shape must be one of square, but is 'circle'"):
        shapes.check("circle")
    shapes.remove("square")
    assert len(shapes) == 0
