"""installer.py: which Python, which installer, which PyTorch, and what it says when something is missing."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import pytest
from local_index import add_to_index, write_project, write_wheel

import installer

ROOT = Path(__file__).resolve().parents[2]
MINOR = sys.version_info[1]


@pytest.fixture
def settings(tmp_path, monkeypatch):
    """Forget the settings that pip and uv have here; return the file in which pip looks for its own."""
    for name in os.environ:
        if name.upper().startswith(("PIP_", "UV_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    file = tmp_path / "pip.conf"
    file.touch()
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)  # which hides the files of the user and of the machine
    monkeypatch.setenv("UV_NO_CONFIG", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    return file


@pytest.fixture
def index(tmp_path, settings, monkeypatch):
    """Give pip an index in a folder, and no other place: its proxy is where no server is."""
    place = tmp_path / "index"
    add_to_index(place, "torch", "2.0")
    add_to_index(place, "other", "1.5")
    monkeypatch.setenv("PIP_INDEX_URL", place.as_uri())
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_PROXY", "http://127.0.0.1:9")
    return place


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """Make one environment with pip, to copy: that is quicker than to make one for each test."""
    place = tmp_path_factory.mktemp("bare") / ".venv"
    installer.make_with_venv(place)
    return place


@pytest.fixture
def project(tmp_path, bare):
    """Write a small project with an empty environment, and one in which uv can be put."""
    root = tmp_path / "project"
    write_project(root, ["torch==2.0", "other==1.5"])
    for place in (root / ".venv", root / "_build" / "uv"):
        shutil.copytree(bare, place, symlinks=True)
    return root


def add_uv(index):
    """Add a stand-in to the index that runs the uv of this environment."""
    uv = pytest.importorskip("uv", reason="uv is not installed here").find_uv_bin()
    add_to_index(index, "uv", "1.0", f"import subprocess, sys\nsys.exit(subprocess.call([{uv!r}, *sys.argv[1:]]))")


def installed(venv):
    """Return the packages in an environment: the version of each, and what installed it."""
    code = (
        "from importlib.metadata import distributions as d\n"
        "for p in d(): print(p.name, p.version, (p.read_text('INSTALLER') or '').strip())"
    )
    listed = subprocess.run([str(installer.python_of(venv)), "-c", code], capture_output=True, text=True, check=True)
    return {name: tuple(rest) for name, *rest in map(str.split, listed.stdout.splitlines())}


# ---------------------------------------------------------------- the Python


@pytest.mark.parametrize("file", ["tasks.py", "installer.py"])
def test_any_python_that_uv_knows_can_read_the_file_and_has_all_that_it_imports(file):
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"), feature_version=(3, 8))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported
    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names | {"installer"}
    ruff = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]
    assert ruff["per-file-target-version"][file] == "py38", "`tasks.py check` would let newer syntax pass"


@pytest.mark.parametrize("version", [(2, 7), (3, 10), (3, 15), (4, 0)])
def test_an_unsupported_python_is_told_which_ones_are_supported(monkeypatch, version):
    monkeypatch.setattr(sys, "version_info", version)
    with pytest.raises(installer.Stop, match=r"needs Python 3\.11 to 3\.14.*but this is Python") as stopped:
        installer.check_python()
    assert stopped.value.code == 2
    assert list(installer.suitable()) == [11, 12, 13]


@pytest.mark.parametrize("minor", [11, 12, 13, 14])
def test_a_supported_python_is_accepted(monkeypatch, minor):
    monkeypatch.setattr(sys, "version_info", (3, minor))
    installer.check_python()
    assert installer.suitable() == [minor]


def test_where_python_does_not_fit_uv_makes_the_environment_with_another(index, project, monkeypatch, capfd):
    add_uv(index)
    for name in ("pip", "setuptools", "wheel"):  # what uv may put into a new environment
        add_to_index(index, name, "99")
    monkeypatch.setattr(installer, "is_supported", lambda version: False)
    monkeypatch.setattr(sys, "version_info", (3, 8, 0))
    place = project / "new"
    with pytest.raises(installer.Stop, match=r"No environment with Python 3\.98 or 3\.99 could be made") as ended:
        installer.make(project, place, [98, 99])
    assert ended.value.code == 2
    told = capfd.readouterr()
    assert "but this is Python 3.8; uv looks for one of those" in told.out
    assert told.err
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    tool = installer.make(project, place, [MINOR])
    assert installer.probe(place, "import sys; print(sys.version_info[1])") == str(MINOR)
    assert tool == installer.python_of(project / "_build" / "uv")


def test_where_uv_cannot_be_fetched_either_one_sentence_says_what_to_do(index, project):
    with pytest.raises(
        installer.Stop, match=r"install such a Python and run tasks.py with it, for example 'python3\.99 "
    ):
        installer.make(project, project / "new", [99])


def test_a_python_without_venv_is_told_what_to_install(tmp_path, monkeypatch, capsys):
    def refuse(command, **settings):
        return subprocess.CompletedProcess(command, 1, "", "ensurepip is not available")

    monkeypatch.setattr(subprocess, "run", refuse)
    with pytest.raises(installer.Stop, match="install the modules venv and pip"):
        installer.make(tmp_path, tmp_path / ".venv", [MINOR])
    assert "ensurepip is not available" in capsys.readouterr().err


def test_an_environment_without_pip_is_made_again(tmp_path):
    place = tmp_path / ".venv"
    left_over = place / "left-over"
    venv.create(place, with_pip=False)
    left_over.touch()
    installer.make(tmp_path, place, [MINOR])
    assert not left_over.exists()
    assert installer.probe(place, "import pip; print('here')") == "here"


def test_an_environment_stays_unless_it_is_unfinished(project, monkeypatch):
    made = []
    monkeypatch.setattr(installer, "make_with_venv", made.append)
    installer.make(project, project / ".venv", [MINOR])
    assert made == [], "a working environment was thrown away"
    installer.make(project, project / ".venv", [MINOR], anew=True)
    assert made == [project / ".venv"]


# ---------------------------------------------------------------- the installation


def test_uv_installs_from_folders_as_pips_settings_say(index, project, monkeypatch, capfd):
    add_uv(index)
    smaller = write_wheel(index.parent / "smaller", "torch", "2.0+cpu")
    monkeypatch.setenv("PIP_FIND_LINKS", str(smaller.parent))
    installer.install(project, project / ".venv", "book", [MINOR])
    there = installed(project / ".venv")
    assert there["torch"] == ("2.0+cpu", "uv")
    assert there["other"] == ("1.5", "uv")
    assert there["small"][0] == "1.0"
    assert not (project / ".venv" / "unfinished").exists()
    assert "PyTorch's own index, which has a build for machines without a GPU" in capfd.readouterr().out


def test_pip_installs_where_uv_cannot_be_fetched_and_says_what_that_means(index, project, monkeypatch, capfd):
    for name, value in {"PIP_USER": "1", "PIP_TARGET": str(index), "PIP_DRY_RUN": "1", "PIP_NO_DEPS": "1"}.items():
        monkeypatch.setenv(name, value)  # each would lead pip away from .venv
    installer.install(project, project / ".venv", "book", [MINOR])
    there = installed(project / ".venv")
    assert there["torch"] == ("2.0", "pip")
    assert there["small"][0] == "1.0"
    sentences = capfd.readouterr().out.splitlines()
    assert len(sentences) == 2
    assert sentences[1].startswith("uv could not be fetched (pip's own message is above), so pip installs")


def test_an_index_that_cannot_be_reached_ends_with_one_sentence(index, project, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")  # where no server is
    with pytest.raises(installer.Stop, match="If it found no server, check the network connection") as stopped:
        installer.install(project, project / ".venv", "book", [MINOR])
    assert stopped.value.code == 1
    assert not (project / ".venv" / "unfinished").exists(), "what is installed need not be installed again"


@pytest.mark.parametrize("how", [KeyboardInterrupt, SystemExit])
def test_an_interrupted_installation_is_begun_anew(tmp_path, monkeypatch, how):
    place, asked = tmp_path / ".venv", []

    def interrupt(root, tool):
        raise how

    monkeypatch.setattr(installer, "make", lambda root, venv, minors, anew: asked.append(anew))
    monkeypatch.setattr(installer, "why_not_uv", interrupt)
    place.mkdir()
    for _ in range(2):
        with pytest.raises(how):
            installer.install(tmp_path, place, "book", [MINOR])
    assert asked == [False, True]


# ---------------------------------------------------------------- which build of PyTorch


@pytest.mark.parametrize(
    ("there", "told", "codes", "asked", "ended"),
    [
        ("", None, [0], ["auto"], None),
        ("", None, [1, 0], ["auto", None], None),
        ("", None, [1, 1], ["auto", None], "uv could not install"),
        ("", "cu130", [1, 0], ["cu130", None], None),
        ("2.0+cpu", None, [0], ["cpu"], None),
        ("2.0+cpu", "cu130", [0], ["cu130"], None),
        ("2.0", None, [0], [None], None),
    ],
)
def test_a_build_that_is_there_or_asked_for_is_taken(tmp_path, monkeypatch, there, told, codes, asked, ended):
    builds, left = [], list(codes)

    def call(command, cwd, env):
        builds.append(env.get("UV_TORCH_BACKEND"))
        return left.pop(0)

    monkeypatch.delenv("UV_TORCH_BACKEND", raising=False)
    if told:
        monkeypatch.setenv("UV_TORCH_BACKEND", told)
    monkeypatch.setattr(installer, "probe", lambda venv, code: there)
    monkeypatch.setattr(installer, "pip_settings", lambda python: {})
    monkeypatch.setattr(subprocess, "call", call)
    reason = installer.install_with_uv(tmp_path, tmp_path / ".venv", "python", ["-e", "."])
    assert (builds, left) == (asked, [])
    assert bool(reason) == bool(ended)
    assert (reason or "").startswith(ended or "")


# ---------------------------------------------------------------- pip's settings


def test_uv_is_told_pips_settings(settings, monkeypatch):
    settings.write_text(
        "[global]\nindex-url = first\nextra-index-url =\n    one\n    two\ntrusted-host = here\ncert = of pip\n"
        "[install]\nindex-url = second\n[list]\nformat = json\n"
    )
    monkeypatch.setenv("PIP_CONFIG_FILE", str(settings))
    monkeypatch.setenv("PIP_FIND_LINKS", "a b")
    monkeypatch.setenv("PIP_DEFAULT_TIMEOUT", "7")
    monkeypatch.setenv("SSL_CERT_FILE", "of uv")
    found = installer.pip_settings(sys.executable)
    assert "format" not in found
    told = installer.uv_environment(found)
    assert told["UV_DEFAULT_INDEX"] == "second"
    assert told["UV_INDEX"].split() == ["one", "two"]
    assert told["UV_FIND_LINKS"] == "a,b"
    assert told["UV_INSECURE_HOST"] == "here"
    assert told["UV_HTTP_TIMEOUT"] == "7"
    assert told["SSL_CERT_FILE"] == "of uv", "what uv is told itself goes before"
    assert told["UV_INDEX_STRATEGY"] == "unsafe-best-match"


def test_a_setting_that_uv_does_not_have_leaves_the_installation_to_pip(settings, monkeypatch, tmp_path):
    monkeypatch.setattr(subprocess, "call", lambda *command, **settings: 0)
    for name in ("PIP_PROGRESS_BAR", "PIP_NO_COLOR", "PIP_CERT", "PIP_DISABLE_PIP_VERSION_CHECK"):
        monkeypatch.setenv(name, "1")
    assert installer.why_not_uv(tmp_path, sys.executable) is None
    monkeypatch.setenv("PIP_NO_BINARY", ":all:")
    assert "'no-binary'" in installer.why_not_uv(tmp_path, sys.executable)


def test_uv_knows_every_variable_that_it_is_told():
    uv = pytest.importorskip("uv", reason="uv is not installed here").find_uv_bin()
    page = subprocess.run([uv, "pip", "install", "--help"], capture_output=True, text=True, check=True).stdout
    named = {*installer.TRANSLATED.values(), "UV_INDEX_STRATEGY", "UV_TORCH_BACKEND"}
    not_options = {"SSL_CERT_FILE", "SSL_CLIENT_CERT", "ALL_PROXY", "UV_HTTP_TIMEOUT", "UV_HTTP_RETRIES"}
    assert named - set(re.findall(r"\b[A-Z_]{5,}\b", page)) == not_options


# ---------------------------------------------------------------- the pins on every Python


@pytest.mark.slow
@pytest.mark.parametrize("minor", range(installer.SUPPORTED[0][1], installer.SUPPORTED[1][1] + 1))
def test_every_pin_has_a_wheel_for_each_python(minor, tmp_path):
    pytest.importorskip("uv", reason="uv is not installed here")
    told = installer.uv_environment(installer.pip_settings(sys.executable))
    where = ["--dry-run", "--target", str(tmp_path), "--python-version", f"3.{minor}", "--only-binary", ":all:"]
    command = [sys.executable, "-m", "uv", "pip", "install", *where, "-r", "requirements/test.txt"]
    ran = subprocess.run(command, cwd=ROOT, env=told, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert " + torch==" in ran.stderr
