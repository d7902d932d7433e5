"""Black boxes: the least value of any function of integers, real numbers and choices.

>>> from asng_edu import Choice, Integer, Real, Space, minimize

A :class:`Space` names the variables, :func:`minimize` and :func:`maximize` search it and return a :class:`Result`. The
numbers of a space are families of :mod:`asng_edu.distributions`, of one dimension each; :class:`Choice` and
:class:`Bool` stand for categories by name.
"""

from asng_edu.blackbox.result import Evaluation, Result
from asng_edu.blackbox.search import maximize, minimize
from asng_edu.blackbox.space import Space
from asng_edu.blackbox.variables import Bool, Choice

__all__ = ["Bool", "Choice", "Evaluation", "Result", "Space", "maximize", "minimize"]
