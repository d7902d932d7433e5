"""Exponential families in expectation parameters: the only code that knows what kind a variable is."""

from asng_edu.distributions.base import Distribution
from asng_edu.distributions.bernoulli import Bernoulli
from asng_edu.distributions.categorical import Categorical
from asng_edu.distributions.gaussian import Gaussian
from asng_edu.distributions.integer import Integer
from asng_edu.distributions.product import Product
from asng_edu.distributions.real import Real

__all__ = ["Bernoulli", "Categorical", "Distribution", "Gaussian", "Integer", "Product", "Real"]
