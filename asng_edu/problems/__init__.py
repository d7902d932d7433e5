"""Problems to optimise: the article's artificial function (section 3.1), two pure categorical ones, and tables."""

from asng_edu.problems._csv import TableError
from asng_edu.problems.binary import leading_ones, onemax
from asng_edu.problems.selective_squared_error import (
    SelectiveSquaredError,
    selective_gradient,
    selective_loss,
    selective_solved,
)
from asng_edu.problems.table_file import read_table
from asng_edu.problems.tabular import Tabular

__all__ = [
    "SelectiveSquaredError",
    "TableError",
    "Tabular",
    "leading_ones",
    "onemax",
    "read_table",
    "selective_gradient",
    "selective_loss",
    "selective_solved",
]
