"""What chapter "The CIFAR-10 cell search" says, its exercises, and the data it stands on."""

import importlib.util
import json
import math
from pathlib import Path

import numpy as np
import pytest

from asng_book.exercises.cell_search import EXERCISES, decided, histories, pictures_needed
from asng_book.pages import results
from asng_edu import ASNG
from asng_edu.nas import CellSpace, Genotype
from asng_edu.nas.training.settings import CIFAR10, SearchSettings

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def record():
    return results.read("cifar10_search.json")


@pytest.fixture(scope="module")
def figure_script():
    pytest.importorskip("torch")
    specification = importlib.util.spec_from_file_location("cell_search", ROOT / "figures" / "cell_search.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


# ---- the record


def test_the_record_is_what_it_says(record):
    settings, history = SearchSettings.from_json(record["settings"]), record["history"]
    assert record["finished"] == (record["step"] == record["steps"])
    assert [line["epoch"] for line in history] == list(range(1, len(history) + 1))
    per_epoch = record["steps"] // settings.epochs
    assert len(history) == record["step"] // per_epoch
    assert per_epoch == int((settings.images or 50_000) * settings.fraction) // settings.batch
    assert record["provenance"]["command"].startswith("asng-edu search ")
    assert (ROOT / "figures" / "data" / "cifar10_search.json").stat().st_size < 400_000


def test_every_epoch_agrees_with_its_theta(record):
    space = SearchSettings.from_json(record["settings"]).space
    family = space.categorical()
    for line in record["history"]:
        theta = np.array(line["theta"])
        rows = family.rows(theta)
        np.testing.assert_allclose([row.sum() for row in rows], 1, atol=1e-3)
        assert line["mean_max_theta"] == pytest.approx(np.mean([row.max() for row in rows]), abs=1e-4)
        assert line["entropy"] == pytest.approx(family.entropy(theta), rel=1e-3)
        for row, option in zip(rows, space.encode(Genotype.from_json(line["genotype"])), strict=True):
            assert row[option] >= row.max() - 1e-4


def test_a_copied_record_keeps_all_but_digits_of_theta(figure_script, record):
    long = record | {"history": [line | {"theta": [v + 1e-7 for v in line["theta"]]} for line in record["history"]]}
    assert json.loads(figure_script.compact(long, "search")) == record
    with pytest.raises(ValueError, match="kind is 'retrain'"):
        figure_script.compact(record | {"kind": "retrain"}, "search")


def read(name):
    return results.read(f"cifar10_{name}.json")


def test_the_other_seed_differs_by_the_seed_alone(record):
    other = read("search_other_seed")
    differ = [name for name, value in other["settings"].items() if value != record["settings"][name]]
    assert differ == ["seed"]
    assert other["provenance"]["commit"] == record["provenance"]["commit"]
    assert not other["finished"]


def test_the_two_retrainings_differ_by_the_cell_alone(record):
    found, random = read("retrain_found"), read("retrain_random")
    assert [name for name, value in found["settings"].items() if value != random["settings"][name]] == ["genotype"]
    assert found["genotype"] == record["genotype"]
    assert random["genotype"] == CIFAR10.space.random(np.random.default_rng(0)).to_json()
    size = pytest.importorskip("asng_edu.nas.supernet.size")
    for run in (found, random):
        assert run["finished"]
        assert run["test_error"] == round(run["test_error"] * run["test_images"]) / run["test_images"]
        counted = size.count(Genotype.from_json(run["genotype"]), CIFAR10.space, run["cells"], run["channels"])
        assert counted == (run["parameters"], run["multiply_adds"])
        most = run["settings"]["max_parameters"]
        assert run["parameters"] <= most
        wider = size.count(Genotype.from_json(run["genotype"]), CIFAR10.space, run["cells"], run["channels"] + 1)
        assert wider.parameters > most


def test_steps_were_timed_at_the_size_of_the_article():
    timed = results.read("cell_search_steps.json")
    assert all(seconds > 0 for name in ("search", "retrain") for seconds in timed[name]["cpu_seconds"])
    assert 3.5e6 < timed["retrain"]["parameters"] <= 4e6
    size = pytest.importorskip("asng_edu.nas.supernet.size")
    genotype = Genotype.from_json(timed["retrain"]["genotype"])
    counted = size.count(genotype, CIFAR10.space, 20, timed["retrain"]["channels"])
    assert counted == (timed["retrain"]["parameters"], timed["retrain"]["multiply_adds"])


# ---- Table 1


def test_table_1_has_its_nine_rows_and_their_sources():
    rows = results.table1()
    bibliography = (ROOT / "book" / "references.bib").read_text(encoding="utf-8")
    assert len(rows) == 9
    assert all(f"{{{row['key']}," in bibliography for row in rows)
    similar = {row["method"]: float(row["test_error"]) / 100 for row in rows if row["similar"] == "yes"}
    assert len(similar) == 5
    p = similar.pop("ASNG-NAS")
    for q in similar.values():  # no difference of two standard errors among them
        assert abs(p - q) < 2 * math.sqrt((p * (1 - p) + q * (1 - q)) / 10_000)


# ---- the control


@pytest.mark.parametrize("seed", range(3))
def test_in_noise_theta_commits_itself_and_only_delta_tells(seed):
    family = CellSpace().categorical()

    def run(delta0, steps):
        asng, rng = ASNG(family, delta0, rng=seed), np.random.default_rng([seed, 1])
        for _ in range(steps):
            asng.tell(asng.ask(), rng.standard_normal(2))
        return np.mean([row.max() for row in family.rows(asng.theta)]), asng.state.Delta

    uniform = np.mean([1 / decision.size for decision in CellSpace().decisions])
    (early, first), (late, last) = run(1.0, 150), run(1.0, 2000)
    assert early > 1.8 * uniform
    assert abs(late - early) < 0.1
    assert last > 5 * first
    assert run(0.1, 150)[0] < 1.4 * uniform


# ---- the exercises


def test_the_solutions_pass():
    def settled(codes):
        other = codes != codes[-1]
        later = np.arange(1, len(codes) + 1)[:, None]
        return np.where(other, later, 0).max(axis=0)

    assert EXERCISES["cell-search-1"].verdict(78_000) is None
    assert EXERCISES["cell-search-2"].verdict(settled) is None
    assert EXERCISES["cell-search-3"].verdict(444_000) is None


@pytest.mark.parametrize(
    ("name", "answer", "said"),
    [
        ("cell-search-1", 39_000, "too small"),
        ("cell-search-2", lambda codes: np.argmax(codes == codes[-1], axis=0), "of one decision it gives"),
        ("cell-search-2", lambda codes: 0, "returns shape ()"),
        ("cell-search-3", 10_000, "too small"),
    ],
)
def test_wrong_answers_are_told_what_is_wrong(name, answer, said):
    assert said in EXERCISES[name].verdict(answer)


def test_a_decision_is_settled_from_there_on_and_not_before():
    for seed in range(5):
        codes = histories(seed, 12, 20)
        for column, epoch in zip(codes.T, decided(codes), strict=True):
            assert (column[epoch:] == column[-1]).all()
            assert epoch == 0 or column[epoch - 1] != column[-1]


def test_so_many_pictures_make_two_standard_errors():
    n = pictures_needed(0.0283, 0.0276)
    variance = (0.0283 * 0.9717 + 0.0276 * 0.9724) / n
    assert 2 * math.sqrt(variance) == pytest.approx(0.0283 - 0.0276)
