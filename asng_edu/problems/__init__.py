"""Problems to optimise: the article's artificial function (section 3.1), and two pure categorical ones."""

from asng_edu.problems.binary import leading_ones, onemax
from asng_edu.problems.selective_squared_error import (
    SelectiveSquaredError,
    selective_gradient,
    selective_loss,
    selective_solved,
)

__all__ = [
    "SelectiveSquaredError",
    "leading_ones",
    "onemax",
    "selective_gradient",
    "selective_loss",
    "selective_solved",
]
