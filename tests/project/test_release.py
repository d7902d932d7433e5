"""The workflow, the changelog, and what a release offers."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from datetime import date
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
WORKFLOW = ROOT / ".github" / "workflows" / "checks.yml"
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def lint(path):
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(path)]
    return subprocess.run(command, capture_output=True, text=True)


def test_the_only_workflow_is_the_one_that_is_checked():
    assert list((ROOT / ".github").rglob("*.y*ml")) == [WORKFLOW]
    linted = lint(WORKFLOW)
    assert linted.returncode == 0, linted.stdout


@pytest.mark.parametrize(("right", "wrong"), [("runs-on:", "run-on:"), ("needs: [everything", "need: [everything")])
def test_a_mistake_in_the_workflow_is_found(tmp_path, right, wrong):
    text = WORKFLOW.read_text(encoding="utf-8")
    assert right in text
    (tmp_path / "wrong.yml").write_text(text.replace(right, wrong))
    assert lint(tmp_path / "wrong.yml").returncode == 1


def test_the_workflow_runs_commands_and_jobs_that_exist():
    jobs = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"]
    assert {name for job in jobs.values() for name in job.get("needs", [])} <= set(jobs)
    commands = [step["run"].split() for job in jobs.values() for step in job["steps"] if "run" in step]
    scripts = [command[0] for command in commands if command[0].startswith(".")]
    assert scripts == [".ci/run"]  # which calls .ci/release
    assert all(os.access(ROOT / script, os.X_OK) for script in scripts)
    assert ["python3", "tasks.py", "test", "--pythons"] in commands


@pytest.fixture
def built(tmp_path):
    """Write what `tasks.py book` and `tasks.py export` leave, in small, beside the script and the changelog."""
    for name in ("pyproject.toml", "CHANGELOG.md", ".ci/release"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    for name in ("html/index.html", "html/notebooks/intro.ipynb", "export/asng_edu.pdf", "export/asng_edu.epub"):
        (tmp_path / "_build" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "_build" / name).write_text(name)
    return tmp_path


def release(root):
    return subprocess.run(["bash", str(root / ".ci" / "release")], capture_output=True, text=True)


def test_a_release_offers_the_pages_the_pdf_the_epub_and_the_notebooks(built):
    made = release(built)
    assert made.returncode == 0, made.stderr
    place = built / "_build" / "release"
    names = {path.name.removeprefix(f"asng_edu-{VERSION}") for path in place.iterdir()}
    assert names == {"-html.zip", "-notebooks.zip", ".pdf", ".epub", "notes.md", "version"}
    with zipfile.ZipFile(place / f"asng_edu-{VERSION}-html.zip") as pages:
        assert "html/index.html" in pages.namelist()
    with zipfile.ZipFile(place / f"asng_edu-{VERSION}-notebooks.zip") as notebooks:
        assert "notebooks/intro.ipynb" in notebooks.namelist()
    assert (place / "version").read_text() == f"{VERSION}\n"
    notes = (place / "notes.md").read_text(encoding="utf-8")
    assert "### Added" in notes
    assert "\n## " not in notes


@pytest.mark.parametrize("missing", ["_build/export/asng_edu.pdf", "_build/html/notebooks", "CHANGELOG.md"])
def test_a_release_without_all_of_it_is_none(built, missing):
    place = built / missing
    shutil.rmtree(place) if place.is_dir() else place.unlink()
    assert release(built).returncode != 0


def test_a_version_that_the_changelog_does_not_know_is_not_released(built):
    project = built / "pyproject.toml"
    project.write_text(project.read_text(encoding="utf-8").replace(f'version = "{VERSION}"', 'version = "9.9.9"'))
    assert release(built).returncode != 0


def test_the_changelog_is_kept():
    headings = re.findall(r"^(#+) (.*)$", CHANGELOG, flags=re.MULTILINE)
    assert headings[:2] == [("#", "Changelog"), ("##", "[Unreleased]")]
    versions = [text for level, text in headings if level == "##"][1:]
    dates = [re.fullmatch(r"\[\d+\.\d+\.\d+\] - (\d{4}-\d\d-\d\d)", version)[1] for version in versions]
    assert dates == sorted(dates, reverse=True)
    assert all(map(date.fromisoformat, dates))
    assert versions[0].startswith(f"[{VERSION}]")
    for section in re.split(r"^## ", CHANGELOG, flags=re.MULTILINE)[1:]:
        kinds = re.findall(r"^### (.*)$", section, flags=re.MULTILINE)
        assert set(kinds) <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
        assert len(kinds) == len(set(kinds))
