"""Time of one ask and tell (ASNG, Categorical(5, dim=30), λ = 2), compiled and as plain Python.

    python3 tasks.py bench ask_tell [--json FILE] [--rounds N]

Each way runs in a process of its own; the table gives the median over its rounds, and how long the first ask and tell
took, imports and compilation included.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys

from asng_edu.jobs.provenance import provenance

MEASURE = """
import json, sys, time
if sys.argv[1] == "plain":
    sys.modules["numba"] = None
start = time.perf_counter()
from asng_edu import ASNG, Categorical
asng = ASNG(Categorical(5, dim=30), seed=0)
def run(updates):
    for _ in range(updates):
        samples = asng.ask()
        asng.tell(samples, samples.sum(axis=1))
run(1)
first, rounds = time.perf_counter() - start, []
for _ in range(int(sys.argv[2])):
    start = time.perf_counter()
    run(200)
    rounds.append(1e6 * (time.perf_counter() - start) / 200)
print(json.dumps({"first": first, "rounds": rounds}))
"""
WAYS = {"plain": "NumPy alone", "compiled": "with Numba"}


def main() -> None:
    """Measure, print the table, and write the measurements if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", metavar="FILE", help="write the measurements here as well")
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    found = {}
    print(f"{'':12} {'first (s)':>10} {'µs/update':>10}")
    for way, name in WAYS.items():
        command = [sys.executable, "-c", MEASURE, way, str(arguments.rounds)]
        done = subprocess.run(command, env=dict(os.environ), stdout=subprocess.PIPE, text=True, check=True)
        found[way] = {"name": name, **json.loads(done.stdout)}
        print(f"{name:12} {found[way]['first']:10.2f} {statistics.median(found[way]['rounds']):10.1f}")
    if arguments.json:
        record = {
            "provenance": provenance("python3 tasks.py bench ask_tell"),
            "unit": "microseconds per update",
            "ways": found,
        }
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(record, file, indent=2, ensure_ascii=False)


if __name__ == "__main__":
    main()
