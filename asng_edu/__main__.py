"""``asng-edu``, and ``python -m asng_edu``: Ctrl-C is heard from the first moment on, while the library is loading."""

from __future__ import annotations

import contextlib
import sys


def main() -> int:
    """Run the command line; see :mod:`asng_edu.cli`."""
    try:
        from asng_edu.cli import main as run

        return run()
    except KeyboardInterrupt:
        with contextlib.suppress(OSError):
            print("\nStopped.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
