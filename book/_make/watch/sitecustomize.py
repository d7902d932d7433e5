"""Note which files of the project a process reads: the modules that it runs and the data that it opens.

Python imports a module of this name when it starts, before anything else. A build puts this folder in front of the
others for the kernels of the pages, so that every Python that a page starts writes into the same report.
"""

import importlib.machinery
import importlib.util
import os
import sys

# Whoever imports nbformat, as glue does, imports jsonschema with it, and that this package if it is there: a parser of
# web addresses, made anew each time, which takes longer than all else together. No notebook has an address to check.
sys.modules.setdefault("rfc3987_syntax", None)

IGNORED = {"_build", ".venv", ".git", "notebooks", "__pycache__"}  # folders that hold nothing a page is made of


def watch(root, report):
    """Append to the file ``report`` the path, below ``root``, of each file that this process reads from now on."""
    root = os.path.join(os.path.realpath(root), "")
    file = os.open(report, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    seen = set()

    def note(event, arguments):
        if event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
            path = os.fsdecode(arguments[0])
        elif event == "exec":  # a module begins with this, whether it was compiled before or not
            path = getattr(arguments[0], "co_filename", "<unknown>")
        else:
            return
        path = os.path.abspath(path)
        if path in seen or path.endswith(">") or (path.endswith(".py") and stamping()):
            return
        seen.add(path)
        name = os.path.realpath(path)
        if name.startswith(root):
            name = name.removeprefix(root).replace(os.sep, "/")
            if IGNORED.isdisjoint(name.split("/")):
                os.write(file, os.fsencode(f"{name}\n"))

    sys.addaudithook(note)


def stamping():
    """Tell whether asng_edu reads its sources to stamp its compiled formulas, which changes no result."""
    frame = sys._getframe(2)
    while frame:
        if frame.f_code.co_name == "_fingerprint" and frame.f_code.co_filename.endswith("compiled.py"):
            return True
        frame = frame.f_back
    return False


def run_the_other():
    """Run the module of this name that Python would have found without this folder, as some systems have one."""
    here = os.path.dirname(os.path.abspath(__file__))
    rest = [path for path in sys.path if os.path.abspath(path) != here]
    found = importlib.machinery.PathFinder.find_spec(__name__, rest)
    if found and found.loader:
        found.loader.exec_module(importlib.util.module_from_spec(found))


if "ASNG_BOOK_READS" in os.environ:
    watch(os.environ["ASNG_BOOK_ROOT"], os.environ["ASNG_BOOK_READS"])
    run_the_other()
