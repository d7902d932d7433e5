"""Fig. 4: robustness against the initial learning rate, from figures/data/fig4.csv.

``python3 tasks.py figures fig4`` draws figures/fig4-light.svg and figures/fig4-dark.svg; with ``--recompute`` it runs
the sweep again first, which takes some minutes and goes on where it was stopped.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from asng_book.measured import plot_sweep
from asng_edu import cli
from asng_edu.sweeps import sweep

HERE = Path(__file__).resolve().parent
DATA = HERE / "data" / "fig4.csv"
EXPONENTS = ",".join(f"{step / 8:g}" for step in range(-4, 17))


def recompute() -> int:
    """Run the sweep into a file of its own, which replaces the old data once it is complete."""
    fresh = HERE / "data" / "fig4-new.csv"
    words = ["sweep", "--exponents", EXPONENTS, "--trials", "100", "--seed", "0"]
    code = cli.main([*words, "--workers", str(os.cpu_count()), "--resume", "--out", os.path.relpath(fresh)])
    if code == 0:
        for suffix in (".csv", ".trials.csv", ".json"):
            os.replace(fresh.with_suffix(suffix), DATA.with_suffix(suffix))
    return code


def main() -> int:
    """Draw, after computing again if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recompute", action="store_true", help="compute the data again")
    if parser.parse_args().recompute and (code := recompute()):
        return code
    plot_sweep.robustness(sweep.read_rows(DATA)).save(HERE / "fig4")
    print("drawn: figures/fig4-light.svg, figures/fig4-dark.svg")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
