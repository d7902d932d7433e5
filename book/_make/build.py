"""Build the book: run the cells of those pages that need it, then let Jupyter Book set all pages.

    python book/_make/build.py [--verbose]

It ends with 1 if a cell fails, writes to stderr, or if Sphinx warns of anything. All that Jupyter Book says stands in
``_build/book.log``.
"""

import argparse
import contextlib
import io
import os
import re
import shutil
import signal
import sys
from pathlib import Path

import watch.sitecustomize  # noqa: F401 - first, for what it keeps out
from cells import ESCAPES, Runner, cores
from pages import Pages
from progress import Progress

ROOT = Path(__file__).resolve().parents[2]
STEP = re.compile(r"(reading sources|writing output)\.\.\. \[ *\d+%\] (\S+)")
COMMAND = ["build", "book", "--config", "_config.yml", "--path-output", ".", "-W", "-n", "--keep-going"]


def run_cells(pages):
    """Run the pages whose outputs are not current, and store those of each as soon as it is done.

    Returns
    -------
    list of str
        What went wrong, with page, line and cell.
    """
    stale, problems, every = pages.stale(), [], len(pages.notebooks)
    if not stale:
        print(f"None of the {every} pages with cells has to run: what they read is as it was.", flush=True)
        return []
    progress = Progress("Running cells", len(stale))
    runner = Runner(pages.root, pages.settings["timeout"])
    before = signal.signal(signal.SIGINT, runner.stop)
    print(f"{len(stale)} of the {every} pages with cells have to run, {min(cores(), len(stale))} at once.", flush=True)
    for ran in runner.run({page: pages.notebooks[page] for page in stale}, progress.start):
        if runner.stopped and ran.problem:
            continue  # it was killed
        if ran.problem:
            problems.append(ran.problem)
        else:
            pages.keep(ran.page, ran.executed, ran.seconds, ran.read)
        progress.finish(ran.page, f"{ran.page}, {'failed after ' * bool(ran.problem)}{ran.seconds:.0f} s")
    if runner.stopped:
        progress.end(f"Stopped. {progress.done} of {len(stale)} pages had run; their outputs are stored.")
        os._exit(130)  # the kernels have ended, and nothing else is worth waiting for
    signal.signal(signal.SIGINT, before)
    progress.end(f"Ran {len(stale)} pages in {progress.elapsed()}.")
    return problems


class Listener(io.TextIOBase):
    """Takes what Sphinx prints: writes it into the log, and hands on each line."""

    def __init__(self, log, hear):
        self.log, self.hear, self.rest = log, hear, ""

    def write(self, text):
        """Take some text."""
        *lines, self.rest = (self.rest + ESCAPES.sub("", text).replace("\r", "\n")).split("\n")
        for line in lines:
            print(line, file=self.log, flush=True)
            self.hear(line)
        return len(text)


def set_pages(pages, verbose=False):
    """Let Jupyter Book set the pages; return whether it had no warnings, and print those that it had.

    It reads the pages that have changed, or all of them where anything else has, or where the last build had warnings:
    a page that is not read cannot show its own. It writes all, for each page has titles and numbers of others.
    """
    known = pages.build / ".doctrees.key"  # what was read there without a warning
    again = not known.is_file() or known.read_text() != pages.around
    known.unlink(missing_ok=True)
    shutil.rmtree(pages.build / "html", ignore_errors=True)
    done = run_jupyter_book([*COMMAND, *["--all"] * again], pages.build / "book.log", pages.count, verbose)
    if done:
        known.write_text(pages.around)
    return done


def run_jupyter_book(command, log, count, verbose):
    """Run Jupyter Book and tell how far it is; return whether it had no warnings, and print those that it had."""
    from jupyter_book.cli.main import main as jupyter_book

    out, warnings = sys.stdout, []
    steps = {
        "reading sources": Progress("Reading pages", count, out),
        "writing output": Progress("Writing pages", count, out),
    }
    whole = steps["reading sources"]

    def hear(line):
        if verbose:
            print(line, file=out)
        elif step := STEP.match(line):
            steps[step[1]].start(step[2])
            steps[step[1]].finish(step[2])

    with log.open("w", encoding="utf-8") as file, contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.redirect_stdout(Listener(file, hear)))
        stack.enter_context(contextlib.redirect_stderr(Listener(file, warnings.append)))
        try:
            failed = jupyter_book(command, standalone_mode=False)
        except SystemExit as end:
            failed = end.code
        except Exception as error:
            failed = True
            warnings.append(f"{type(error).__name__}: {error}")
    whole.end("" if failed else f"Read and wrote {count} pages in {whole.elapsed()}.")
    if failed:
        print(*filter(str.strip, warnings), sep="\n", file=sys.stderr)
    return not failed


def main(arguments=None, root=ROOT):
    """Build the book and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--verbose", action="store_true", help="print all that Sphinx says")
    options = parser.parse_args(arguments)
    os.chdir(root)  # places in _config.yml are meant from here
    try:
        pages = Pages(root)
        problems = run_cells(pages)
        if problems:
            print(*problems, sep="\n", file=sys.stderr)
            return 1
        return 0 if set_pages(pages, options.verbose) else 1
    except KeyboardInterrupt:  # tasks.py has heard it too, and says so
        return 130


if __name__ == "__main__":
    sys.exit(main())
