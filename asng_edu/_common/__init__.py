"""What every part of the library uses: checks of arguments, compilation, files; and its logger."""

import logging

logger = logging.getLogger("asng_edu")
logger.addHandler(logging.NullHandler())
