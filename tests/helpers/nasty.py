"""What a reader could hand to a function by mistake, and what may come of it."""

import copy
import math
import random
import resource
import signal
import time
import warnings
from contextlib import contextmanager
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch

from asng_edu import Bernoulli, Categorical, Gaussian

SECONDS = 2.0  # that a call may take, once its formulas are compiled for the arrays that it was given
HANGS = 30.0
GIGABYTE = 2**20  # in the kilobytes that ru_maxrss counts


class Unspeakable:
    """Something that cannot even be written down."""

    def __repr__(self):
        raise RuntimeError("no words")


def deep(levels=3000):
    """Return lists in lists in lists."""
    nested = []
    for _ in range(levels):
        nested = [nested]
    return nested


def endless():
    """Return a list that holds itself."""
    itself = []
    itself.append(itself)
    return itself


#: One of each kind, made anew for every call.
VALUES = [
    *(lambda number=number: number for number in (-1, 0, 3, 2**31, 2**62, 2**64, 10**5000, -(10**5000), True)),
    *(lambda number=number: number for number in (1.5, -0.0, 5e-324, 1e308, math.nan, math.inf, -math.inf, 1 + 2j)),
    *(lambda text=text: text for text in ("", "2", "nan", "mean", "\0", "\ud800", "x" * 10_000, b"x", ..., None)),
    lambda: Decimal("NaN"),
    lambda: Fraction(1, 3),
    lambda: np.float32(0.5),
    lambda: np.int8(-3),
    lambda: np.uint64(2**64 - 1),
    object,
    Unspeakable,
    lambda: lambda: 1,
    lambda: int,
    lambda: Path("."),
    lambda: math,
    list,
    tuple,
    dict,
    set,
    lambda: {1, 2},
    lambda: [[]],
    lambda: [1, [2, 3]],
    deep,
    endless,
    lambda: {"a": deep()},
    lambda: range(3),
    lambda: iter([1, 2]),
    lambda: (n for n in (1, 2)),
    lambda: [None],
    lambda: ["a", "b"],
    lambda: {"name": 5},
    lambda: np.random.default_rng(0),
    lambda: np.random.SeedSequence(0),
    lambda: np.array([]),
    lambda: np.zeros((0, 2)),
    lambda: np.zeros((2, 0)),
    lambda: np.ones(200),
    lambda: np.ones((1,) * 9),
    lambda: np.array(1.0),
    lambda: np.array("2"),
    lambda: np.array(["1", "2"], object),
    lambda: np.array([None, endless()], object),
    lambda: np.array([1 + 2j]),
    lambda: np.array(["2020-01-01"], "datetime64[D]"),
    lambda: np.zeros(2, [("a", int)]),
    lambda: np.ma.masked_array([1.0, 2.0], [True, False]),
    lambda: np.array([2**64 - 1], np.uint64),
    lambda: torch.ones(2, dtype=torch.bfloat16),
    lambda: torch.ones(2, device="meta"),
    lambda: torch.ones(2, requires_grad=True),
    lambda: torch.ones(2).to_sparse(),
    lambda: torch.zeros(0),
    lambda: torch.tensor(math.nan),
    lambda: torch.ones(2, dtype=torch.cfloat),
    lambda: Bernoulli(2).sample(np.array([0.5, 0.5]), 0, 3),
    lambda: Gaussian(1).sample(np.array([0.0, 1.0]), 0, 2),
    lambda: Categorical(3, dim=2).sample(np.full(6, 1 / 3), 0, 2),
    lambda: Categorical(2),
    lambda: Gaussian(2),
]

#: What becomes of an array that was right.
ARRAYS = [
    lambda a: a[..., :-1],
    lambda a: a[:0],
    lambda a: a[None],
    lambda a: a.T,
    lambda a: a[::-1],
    lambda a: np.repeat(a, 3, 0),
    lambda a: a.tolist(),
    lambda a: a.ravel().tolist(),
    lambda a: a.astype(str),
    lambda a: a.astype(object),
    lambda a: a.astype(complex),
    lambda a: a.astype(np.float16),
    lambda a: a.astype(np.float32),
    lambda a: a.astype(np.int8),
    lambda a: a.astype(bool),
    lambda a: a.astype(">f8"),
    lambda a: a * np.nan,
    lambda a: a / 0.0,
    lambda a: a * -1.0,
    lambda a: a * 1e300,
    lambda a: a * 0,
    lambda a: a + 1000.0,
    lambda a: np.ma.masked_array(a, True),
    lambda a: np.ma.masked_array(a, False),
    np.asfortranarray,
    lambda a: torch.tensor(a.tolist()),
    lambda a: torch.tensor(a.tolist(), dtype=torch.bfloat16),
    lambda a: torch.tensor(a.tolist(), dtype=torch.float64, requires_grad=True),
    lambda a: torch.tensor(a.tolist(), device="meta"),
    lambda a: [torch.tensor(row) for row in a.tolist()],
]

TENSORS = [
    lambda t: t.reshape(-1)[:0],
    lambda t: t[None],
    lambda t: t.double(),
    lambda t: t.half(),
    lambda t: t.to("meta"),
    lambda t: t.to_sparse(),
    lambda t: t.numpy(),
    lambda t: t.tolist(),
    lambda t: t.long(),
    lambda t: t * math.nan,
    lambda t: t * -1.0,
    lambda t: t.bool(),
    lambda t: t.to(torch.cfloat),
    lambda t: t.transpose(0, -1),
    lambda t: torch.stack([t, t]).flatten(0, 1) if t.ndim else t.repeat(2),
    lambda t: t.float().requires_grad_(),
]


def spoilt(value, rng):
    """Return something else in place of a value that was right."""
    inside = rng.random() < 0.6
    if isinstance(value, np.ndarray) and inside:
        with np.errstate(all="ignore"):
            return read_only(rng.choice(ARRAYS)(value))
    if isinstance(value, torch.Tensor) and inside:
        return rng.choice(TENSORS)(value)
    if isinstance(value, dict) and value and inside:
        key = rng.choice(list(value))
        changed = {name: spoilt(entry, rng) if name == key else entry for name, entry in value.items()}
        return rng.choice([changed, {name: entry for name, entry in value.items() if name != key}, {**value, "x": 1}])
    if isinstance(value, list | tuple) and value and inside:
        place = rng.randrange(len(value))
        entries = [spoilt(entry, rng) if i == place else entry for i, entry in enumerate(value)]
        if hasattr(value, "_fields"):
            return type(value)(*entries)
        return type(value)(rng.choice([entries, entries, value[1:], [*value, *value]]))
    if isinstance(value, str) and inside:
        return rng.choice([value + "x", value.upper(), value.encode(), [value], value + "\t"])
    return rng.choice(VALUES)()


def read_only(value):
    """Return an array that nothing may write to."""
    if isinstance(value, np.ndarray):
        value.flags.writeable = False
    return value


class TooSlow(BaseException):
    """A call that goes on and on."""


@contextmanager
def limited(seconds):
    """Stop what takes longer."""

    def stop(*_):
        raise TooSlow(f"it takes longer than {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def complaint(call, seed, contents):
    """Call with one argument spoilt; return what is wrong with what comes of it, or None.

    ``call`` is a function or a bound method, its arguments and its named ones. ``contents`` returns what must not
    change in the object of a bound method whose call is refused.
    """
    started = time.perf_counter()
    wrong = _complaint(call, seed, contents)
    if time.perf_counter() - started > SECONDS:  # again, for it may have been the compiler
        started = time.perf_counter()
        wrong = _complaint(call, seed, contents)
        if (seconds := time.perf_counter() - started) > SECONDS:
            return f"it takes {seconds:.1f} s"
    return wrong


def _complaint(call, seed, contents):
    rng = random.Random(seed)
    function, arguments, named = copy.deepcopy(call)
    places = [*range(len(arguments)), *named]
    place = rng.choice(places) if places else None
    arity = place is None or rng.random() < 0.02
    if arity:
        arguments, named = rng.choice(
            [((*arguments, 1), named), (arguments[:-1], named), (arguments, named | {"no such name": 1})]
        )
    elif isinstance(place, int):
        arguments = (*arguments[:place], spoilt(arguments[place], rng), *arguments[place + 1 :])
    else:
        named = named | {place: spoilt(named[place], rng)}
    owner = getattr(function, "__self__", None)
    before = contents(owner)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wrong = None
    try:
        with limited(HANGS), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            function(*arguments, **named)
    except (ValueError, ArithmeticError) as error:
        wrong = badly_said(error) or ("changed by a refused call" if contents(owner) != before else None)
    except TypeError as error:
        wrong = None if arity else error
    except (Exception, TooSlow) as error:
        wrong = error
    if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory > GIGABYTE:
        wrong = "it takes more than a gigabyte of memory"
    return wrong


def badly_said(error):
    """Return what is wrong with a message, which should be one clear sentence."""
    text = str(error)
    if not text.endswith(".") or "\n" in text or not 15 < len(text) < 1000 or " at 0x" in text:
        return f"{type(error).__name__} without a clear sentence: {text[:300]!r}"
    return None
