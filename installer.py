"""Make an environment and install the project in it, with uv where it can be had and otherwise with pip.

``tasks.py`` calls this. Both files need only the standard library, and that of Python 3.8 is enough: where the
machine's Python does not fit, uv looks for one that does, or fetches it.
"""

import ast
import os
import subprocess
import sys

SUPPORTED = ((3, 11), (3, 14))  # the first and the last minor version
NEEDED = "{}.{} to {}.{}".format(*SUPPORTED[0], *SUPPORTED[1])
FETCHED = range(11, 14)  # the minor versions that stand in where the machine's own does not fit: not the newest
BAD_USE, FAILED = 2, 1
REDIRECTIONS = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_DRY_RUN", "PIP_NO_DEPS")  # of pip, away from .venv

# pip's settings, and the variables that tell uv the same. What these say already goes before.
TRANSLATED = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "constraint": "UV_CONSTRAINT",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "client-cert": "SSL_CLIENT_CERT",
    "proxy": "ALL_PROXY",
    "timeout": "UV_HTTP_TIMEOUT",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "retries": "UV_HTTP_RETRIES",
}
# Those that uv need not know: they neither choose a package nor say where it comes from, or would lead away from .venv.
# With any other, pip installs.
WITHOUT_EFFECT = [
    "break-system-packages",
    "cache-dir",
    "compile",
    "config-file",
    "debug",
    "disable-pip-version-check",
    "dry-run",
    "exists-action",
    "log",
    "no-cache-dir",
    "no-color",
    "no-compile",
    "no-deps",
    "no-input",
    "no-python-version-warning",
    "no-warn-conflicts",
    "no-warn-script-location",
    "prefer-binary",
    "prefix",
    "progress-bar",
    "quiet",
    "require-virtualenv",
    "root",
    "root-user-action",
    "target",
    "use-pep517",
    "user",
    "verbose",
]

LARGE = (
    "on Linux, PyTorch then comes with all that an NVIDIA GPU needs, several gigabytes, unless .venv or pip's settings "
    "have another build"
)


class Stop(Exception):
    """End with one sentence for the user and an exit code."""

    def __init__(self, sentence, code):
        super().__init__(sentence)
        self.code = code


def is_supported(version):
    """Tell whether the project runs on a version of Python."""
    return SUPPORTED[0] <= tuple(version[:2]) <= SUPPORTED[1]


def check_python():
    """Stop unless the project runs on this Python."""
    if not is_supported(sys.version_info):
        raise Stop(
            f"This project needs Python {NEEDED}, but this is Python {own_version()}; run it with one of those, for "
            "example 'python3.12 tasks.py --here book'.",
            BAD_USE,
        )


def own_version():
    """Return the version of the Python that runs this, without its last part."""
    return "{}.{}".format(*sys.version_info[:2])


def suitable():
    """Return the minor versions of Python that .venv may have: that of this Python, if the project runs on it."""
    return [sys.version_info[1]] if is_supported(sys.version_info) else FETCHED


def python_of(venv):
    """Return the path of the Python inside an environment, whether or not it exists yet."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def install(root, venv, wanted, minors):
    """Install the project in ``root``, and requirements/``wanted``.txt, into ``venv``.

    The environment is made first, if need be, with a Python 3 of one of the ``minors``. One that an installation left
    unfinished, because it was killed, is made anew; what it had downloaded is in the caches of pip and uv.
    """
    print(f"Installing requirements/{wanted}.txt into {venv.name}; this happens once and takes minutes.", flush=True)
    unfinished = venv / "unfinished"
    tool = make(root, venv, minors, anew=unfinished.exists())
    unfinished.touch()
    arguments = ["-r", f"requirements/{wanted}.txt", "-e", "."]
    reason = why_not_uv(root, tool) or install_with_uv(root, venv, tool, arguments)
    if reason:
        print(f"{reason}, so pip installs, which takes several times as long; {LARGE}.", flush=True)
    failed = reason and pip(root, python_of(venv), *arguments)
    unfinished.unlink()
    if failed:
        raise Stop(
            f"pip could not install requirements/{wanted}.txt; its own message above says why. If it found no server, "
            "check the network connection. The same command continues from what is already there.",
            FAILED,
        )


# ---------------------------------------------------------------- the environment


def make(root, venv, minors, anew=False):
    """Make ``venv``, unless there is one with pip for one of the ``minors``; return a Python to run uv with."""
    found = probe(venv, "import sys, pip; print(*sys.version_info[:2])")
    there = found in [f"3 {minor}" for minor in minors] and not anew
    if sys.version_info[1] in minors:
        if not there:
            make_with_venv(venv)
        return python_of(venv)
    if not is_supported(sys.version_info):
        print(
            f"This project needs Python {NEEDED}, but this is Python {own_version()}; uv looks for one of those, and "
            "fetches one if there is none.",
            flush=True,
        )
    tool = python_with_uv(root)
    if tool is None or not (there or make_with_uv(root, venv, tool, minors)):
        versions = " or ".join(f"3.{minor}" for minor in minors)
        raise Stop(
            f"No environment with Python {versions} could be made (the message above says why): install such a Python "
            f"and run tasks.py with it, for example 'python3.{max(minors)} tasks.py book'.",
            BAD_USE,
        )
    return tool


def probe(venv, code):
    """Return what the Python inside an environment prints, or nothing if it cannot."""
    command = [str(python_of(venv)), "-c", code]
    try:
        ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):  # there is none, or it is damaged
        return ""
    return ran.stdout.strip()


def make_with_venv(venv):
    """Make an environment for the Python that runs this."""
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(venv)], capture_output=True, text=True)
    if made.returncode:
        print(made.stdout + made.stderr, file=sys.stderr)
        raise Stop(
            f"Python could not make {venv.name} (its own message is above): remove {venv.name} if there is something "
            "else of that name, install the modules venv and pip for this Python (on Debian and Ubuntu: 'sudo apt "
            "install python3-venv') and run the same command again.",
            BAD_USE,
        )


def make_with_uv(root, venv, tool, minors):
    """Make an environment with another Python, of this machine or fetched by uv; return whether there is one now."""
    python = f">=3.{min(minors)},<3.{max(minors) + 1}"
    command = [str(tool), "-m", "uv", "venv", "--quiet", "--clear", "--seed", "--python", python, str(venv)]
    return subprocess.call(command, cwd=str(root), env=uv_environment(pip_settings(tool))) == 0


def python_with_uv(root):
    """Return a Python with uv, or nothing if uv cannot be fetched; its place is outside .venv, which uv shall make."""
    home = root / "_build" / "uv"
    if not probe(home, "import pip; print('here')"):
        make_with_venv(home)
    return None if pip(root, python_of(home), "-r", "requirements/uv.txt") else python_of(home)


# ---------------------------------------------------------------- uv and pip


def pip(root, python, *arguments):
    """Install something with pip, which says what went wrong; return its exit code."""
    command = [str(python), "-m", "pip", "install", "--quiet", *arguments]
    return subprocess.call(command, cwd=str(root), env=pip_environment())


def pip_environment():
    """Return the environment variables for pip, without those that would lead it away from .venv."""
    kept = {name: value for name, value in os.environ.items() if name.upper() not in REDIRECTIONS}
    return {**kept, "PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def pip_settings(python):
    """Return the settings that pip has for installing, from its files and its environment variables."""
    command = [str(python), "-m", "pip", "config", "list"]
    listed = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=pip_environment())
    sections = {"global": {}, "install": {}, ":env:": {}}  # each goes before the ones to its left
    for line in listed.stdout.splitlines():
        key, _, value = line.partition("=")
        section, _, name = key.partition(".")
        sections.get(section, {})[name] = ast.literal_eval(value)
    return {name: value for section in sections.values() for name, value in section.items()}


def uv_environment(settings):
    """Return the environment variables for uv, with pip's settings; what uv is told itself goes before them."""
    told = {TRANSLATED[name]: value for name, value in settings.items() if name in TRANSLATED}
    if "UV_FIND_LINKS" in told:
        told["UV_FIND_LINKS"] = ",".join(told["UV_FIND_LINKS"].split())
    return {"UV_INDEX_STRATEGY": "unsafe-best-match", **told, **os.environ}  # all indexes count alike, as for pip


def why_not_uv(root, tool):
    """Fetch uv with pip; return why it cannot install, or nothing if it can."""
    unknown = [name for name in pip_settings(tool) if name not in TRANSLATED and name not in WITHOUT_EFFECT]
    if unknown:
        return f"uv has no counterpart of pip's setting '{unknown[0]}'"
    if pip(root, tool, "-r", "requirements/uv.txt"):
        return "uv could not be fetched (pip's own message is above)"
    return None


def install_with_uv(root, venv, tool, arguments):
    """Install with uv; return why that was not possible, or nothing."""
    command = [str(tool), "-m", "uv", "pip", "install", "--quiet", "--python", str(python_of(venv)), *arguments]
    environment = uv_environment(pip_settings(tool))
    there = probe(venv, "from importlib.metadata import version; print(version('torch'))")
    build = os.environ.get("UV_TORCH_BACKEND") or (there.partition("+")[2] if there else "auto")
    if build:
        if not subprocess.call(command, cwd=str(root), env={**environment, "UV_TORCH_BACKEND": build}):
            return None
        print(
            "PyTorch's own index, which has a build for machines without a GPU, could not be used (uv's own message is "
            f"above), so uv tries the usual one; {LARGE}.",
            flush=True,
        )
    environment.pop("UV_TORCH_BACKEND", None)
    if subprocess.call(command, cwd=str(root), env=environment):
        return "uv could not install (its own message is above)"
    return None
