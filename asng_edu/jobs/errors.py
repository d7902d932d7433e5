"""Why a long computation cannot go on."""


class RunError(ValueError):
    """A run that cannot be begun, or not resumed, as asked; the message says why."""


class Diverged(ValueError):
    """A task whose losses are no numbers any more; raised by the task, after so many steps in a row."""
