"""``asng-edu space``, ``cell``, ``search``, ``retrain`` and ``evaluate``, as a user runs them."""

import json
import math
import os
import random
import shlex
import signal
import subprocess
import sys
import time

import pytest

from asng_edu.cli import main

TINY = ["--images", "160", "--channels", "2", "--batch", "32", "--theta-batch", "32", "--lam-x", "1"]
TINY += ["--epochs", "3", "--warmup", "0.34", "--device", "cpu"]
ARTICLE_CELL = [[[0, "sep_conv_5x5"], [1, "identity"]]] * 5


def record(folder, kind="search"):
    """Return a record without what differs from run to run."""
    found = json.loads((folder / f"{kind}.json").read_text(encoding="utf-8"))
    for name in ("provenance", "resumed", "seconds"):
        found.pop(name, None)
    for line in found["history"]:
        line.pop("steps_per_second")
    return found


def refused(capsys, *words):
    assert main([str(word) for word in words]) == 2
    return capsys.readouterr().err


def test_space(capsys):
    assert main(["space", "--json"]) == 0
    size = (math.factorial(6) ** 2 * 5**10) ** 2  # inputs 2·3·4·5·6 for each slot, 10 operations; two cells
    expected = {"size": size, "decisions": 40, "options": 180, "n_theta": 140}
    assert json.loads(capsys.readouterr().out) == expected
    assert main(["space", "--nodes", "1"]) == 0
    assert "decisions  8" in capsys.readouterr().out
    assert "nodes must be" in refused(capsys, "space", "--nodes", "0")


def test_cell(tmp_path, capsys):
    file = tmp_path / "genotype.json"
    file.write_text(json.dumps({"normal": ARTICLE_CELL, "reduction": ARTICLE_CELL}), encoding="utf-8")
    assert main(["cell", str(file), "--cells", "3", "--channels", "4", "--json"]) == 0
    small = json.loads(capsys.readouterr().out)
    assert main(["cell", str(file), "--cells", "3", "--channels", "8", "--svg", str(tmp_path / "cell.svg")]) == 0
    shown = capsys.readouterr().out
    assert small["parameters"] > 0
    assert "normal cell, node 0, first operation: sep_conv_5x5" in shown
    assert (tmp_path / "cell.svg").read_text(encoding="utf-8").lstrip().startswith("<")
    file.write_text('{"normal": [[[9, "identity"], [0, "identity"]]]}', encoding="utf-8")
    assert "input" in refused(capsys, "cell", file)
    assert "cannot be read" in refused(capsys, "cell", tmp_path / "none.json")
    file.write_text(json.dumps({"normal": ARTICLE_CELL, "reduction": ARTICLE_CELL}), encoding="utf-8")
    assert "must be at most 1,000" in refused(capsys, "cell", file, "--cells", "1000000000")


def test_a_cell_is_read_from_a_pipe(capsys):
    if not os.path.exists("/dev/fd"):
        pytest.skip("a pipe has no name here")
    end, begin = os.pipe()
    os.write(begin, json.dumps({"normal": ARTICLE_CELL, "reduction": ARTICLE_CELL}).encode())
    os.close(begin)
    assert main(["cell", f"/dev/fd/{end}", "--json"]) == 0
    os.close(end)
    assert json.loads(capsys.readouterr().out)["cells"] == 20


def test_a_reader_of_the_output_who_leaves_is_no_error():
    words = f"{shlex.quote(sys.executable)} -m asng_edu space --json"
    left = subprocess.run(["sh", "-c", f"{words} | true; {words}"], capture_output=True, text=True, check=True)
    assert left.stderr == ""
    assert json.loads(left.stdout)["decisions"] == 40


def test_a_search_leaves_a_record_a_drawing_and_a_checkpoint_and_is_retrained(tmp_path, capsys):
    out, trained = tmp_path / "run", tmp_path / "trained"
    assert main(["search", *TINY, "--out", str(out)]) == 0
    assert {path.name for path in out.iterdir()} >= {"search.json", "cell.svg", "checkpoint.pt"}
    found = record(out)
    keys = {"settings", "theta", "Delta", "genotype", "parameters", "history"}
    assert keys <= found.keys()
    assert "--channels 2" in json.loads((out / "search.json").read_text())["provenance"]["command"]
    assert main(["cell", str(out / "search.json")]) == 0
    assert f"{found['settings']['cells']} cells, 2 channels" in capsys.readouterr().out
    words = ["--images", "160", "--epochs", "1", "--batch", "32", "--device", "cpu"]
    assert main(["retrain", str(out), *words, "--out", str(trained)]) == 0
    capsys.readouterr()
    assert main(["evaluate", str(trained), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["test_error"] == record(trained, "retrain")["test_error"]
    assert "search" in refused(capsys, "evaluate", out)


def test_a_stopped_search_goes_on_without_its_settings_being_repeated(tmp_path, capsys):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert main(["search", *TINY, "--out", str(whole)]) == 0
    assert main(["search", *TINY, "--out", str(parts), "--stop-after", "0.001"]) == 0
    assert "go on with" in capsys.readouterr().err
    assert main(["search", "--out", str(parts), "--resume", "--stop-after", "0.001"]) == 0
    assert main(["search", "--out", str(parts), "--resume", "--device", "cpu"]) == 0
    assert record(whole) == record(parts)


def test_a_folder_that_holds_a_run_is_left_alone(tmp_path, capsys):
    out = tmp_path / "run"
    assert main(["search", *TINY, "--out", str(out), "--stop-after", "0.001"]) == 0
    before = (out / "search.json").read_bytes(), (out / "checkpoint.pt").read_bytes()
    assert "holds a run already" in refused(capsys, "search", *TINY, "--out", out)
    assert "epochs was 3, now 9" in refused(capsys, "search", "--epochs", "9", "--out", out, "--resume")
    assert before == ((out / "search.json").read_bytes(), (out / "checkpoint.pt").read_bytes())


def test_without_out_the_folder_is_named_and_dated(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["search", *TINY, "--stop-after", "0.001"]) == 0
    (folder,) = (tmp_path / "runs").iterdir()
    assert folder.name.startswith("search-2")
    assert folder.name in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--data", "mnist"], "must be one of cifar10, clutter, digits, folder:PATH, signals"),
        (["--data", "folder:nowhere"], "nowhere is missing"),
        (["--resume"], "--resume needs --out"),
        (["--rate", "-1"], "rate must be a finite number above 0"),
        (["--operations", "identity,teleport"], "must be one of identity"),
        (["--device", "abacus"], "device must be auto"),
        (["--images", "100", "--batch", "64"], "at most as large as its set of 50 images"),
        (["--checkpoint-every", "-1"], "checkpoint_every"),
        (["--stop-after", "-1"], "stop_after"),
        (["--cells", "2", "--kinds", "normal,reduction"], "at least 3"),
    ],
)
def test_a_bad_search_is_refused_before_anything_is_written(tmp_path, monkeypatch, capsys, words, sentence):
    monkeypatch.chdir(tmp_path)
    out = [] if "--resume" in words else ["--out", "run"]
    assert sentence in refused(capsys, "search", *words, *out)
    assert not (tmp_path / "run" / "search.json").exists()


def test_a_cell_is_counted_as_in_its_record(tmp_path, capsys):
    out = tmp_path / "run"
    assert main(["search", *TINY, "--out", str(out)]) == 0
    capsys.readouterr()
    assert main(["cell", str(out / "search.json"), "--json"]) == 0
    shown, found = json.loads(capsys.readouterr().out), record(out)
    assert (shown["parameters"], shown["multiply_adds"]) == (found["parameters"], found["multiply_adds"])


def test_a_retraining_goes_on_without_its_settings_being_repeated(tmp_path, capsys):
    searched, whole, parts = (tmp_path / name for name in ("searched", "whole", "parts"))
    assert main(["search", *TINY, "--out", str(searched), "--stop-after", "0.001"]) == 0
    words = ["retrain", str(searched), "--images", "160", "--epochs", "2", "--batch", "32", "--device", "cpu"]
    assert main([*words, "--out", str(whole)]) == 0
    assert "stopped at step 1 of 7" in capsys.readouterr().err
    assert main([*words, "--out", str(parts), "--stop-after", "0.001"]) == 0
    assert main(["retrain", "--resume", "--out", str(parts), "--stop-after", "0.001"]) == 0
    assert main(["retrain", str(searched), "--resume", "--out", str(parts)]) == 0
    assert record(whole, "retrain") == record(parts, "retrain")
    other = tmp_path / "other.json"
    other.write_text(json.dumps({"reduction": [[[1, "identity"], [1, "identity"]]] * 3}), encoding="utf-8")
    assert "another cell" in refused(capsys, "retrain", other, "--resume", "--out", parts)
    assert "retrain needs RECORD" in refused(capsys, "retrain", "--out", tmp_path / "none")


@pytest.mark.parametrize("settings", [{"nodes": 3, "temperature": 0.5}, [1], "fast"])
def test_a_record_of_another_version_is_refused(tmp_path, capsys, settings):
    out = tmp_path / "run"
    assert main(["search", *TINY, "--out", str(out), "--stop-after", "0.001"]) == 0
    found = json.loads((out / "search.json").read_text(encoding="utf-8"))
    (out / "search.json").write_text(json.dumps(found | {"settings": settings}), encoding="utf-8")
    capsys.readouterr()
    if isinstance(settings, dict):
        for command in ("cell", "retrain"):
            assert "of a search" in refused(capsys, command, out / "search.json")
    assert main(["search", "--out", str(out), "--resume"]) == 0  # the checkpoint knows the settings


@pytest.mark.parametrize(
    "options",
    [
        ["--strategy", "adam", "--delta0", "0.05"],
        ["--strategy", "random", "--candidates", "3", "--lam", "2"],
        ["--strategy", "evolution", "--candidates", "6", "--lam", "2", "--population", "2"],
        ["--strategy", "reinforce", "--no-adam", "--logit-rate", "0.5"],
        ["--strategy", "enas", "--units", "8"],
        ["--strategy", "nasnet", "--units", "8", "--ppo-epochs", "2"],
        ["--strategy", "nao", "--candidates", "12", "--pool", "8", "--nao-epochs", "2", "--width", "8"],
        ["--strategy", "darts", "--gate-rate", "0.1"],
        ["--strategy", "smash", "--candidates", "3", "--changes", "1", "--chain-steps", "1", "--hyper-width", "4"],
        ["--space", "layers", "--layers", "2", "--operations", "identity,conv_3x3"],
        ["--space", "bits", "--layers", "3", "--layer-units", "2", "--activations", "identity,relu"],
        ["--slots", "3", "--nodes", "2", "--no-chain"],
    ],
)
def test_every_strategy_and_space_can_be_chosen_and_what_they_find_be_trained(tmp_path, capsys, options):
    out, trained = tmp_path / "run", tmp_path / "trained"
    assert main(["search", *TINY, *options, "--out", str(out)]) == 0
    found = json.loads((out / "search.json").read_text(encoding="utf-8"))
    assert found["one_shot_loss"] > 0
    assert (out / "cell.svg").read_text(encoding="utf-8").startswith("<?xml")
    assert main(["cell", str(out / "search.json")]) == 0
    few = ["--images", "160", "--epochs", "1", "--batch", "32", "--device", "cpu"]
    assert main(["retrain", str(out), "--inherit", str(out), *few, "--out", str(trained)]) == 0
    assert main(["evaluate", str(trained), "--device", "cpu"]) == 0
    assert capsys.readouterr().out.count("test error") == 2


def test_an_option_of_another_strategy_is_refused_in_a_sentence(capsys):
    assert "there is no setting 'alpha'" in refused(capsys, "search", *TINY, "--strategy", "sng", "--alpha", "2")
    assert "strategy must be one of adam, asng, darts" in refused(capsys, "search", *TINY, "--strategy", "magic")
    assert "space must be one of bits, cells, layers" in refused(capsys, "space", "--space", "magic")


def test_help_lists_the_options_of_each_strategy_and_space(capsys):
    with pytest.raises(SystemExit):
        main(["search", "--help"])
    shown = capsys.readouterr().out
    for what in (
        "--space bits:",
        "--space cells:",
        "--space layers:",
        "--strategy asng:",
        "--strategy random:",
        "--candidates N",
    ):
        assert what in shown
    assert "and, as above, --gate-rate (default: 0.001), --gate-decay (default: 0)" in shown  # of proxyless


def test_help_tells_the_defaults_that_hold_for_each_kind(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    with pytest.raises(SystemExit):
        main(["search", "--help"])
    text = capsys.readouterr().out.partition("positional arguments")[0]
    groups = dict(part.split(":\n", 1) for part in text.split("\n\n--strategy ")[1:])
    # What a preset's strategy and another one both have is taken over from the preset.
    assert "--lam N" in groups["adam"]
    assert "(clutter: 4; digits: 4; cifar10: 2)" in groups["adam"]
    assert "--units N" in groups["enas"]
    assert "its learning rate, of Adam (default: 0.0035)" in groups["enas"]
    shared = groups["nasnet"].partition("\n\n")[0]
    assert "--lam," in shared
    assert "--units (default: 100)" in shared
    assert "--controller-rate (default: 0.00035)" in shared


def test_a_search_of_the_first_version_is_not_gone_on_with(tmp_path, capsys):
    old = {"kind": "search", "settings": {"method": "asng", "nodes": 3}, "finished": False}
    (tmp_path / "search.json").write_text(json.dumps(old), encoding="utf-8")
    assert "begun by version 0.1" in refused(capsys, "search", "--resume", "--out", tmp_path)


@pytest.mark.slow
def test_twenty_kills_change_nothing(tmp_path):
    """Killed twenty times at random, by SIGKILL, SIGTERM and Ctrl-C, the search ends as if it had never been."""
    longer = [*TINY, "--epochs", "40", "--warmup", "0.1"]
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert main(["search", *longer, "--out", str(whole)]) == 0
    command = [sys.executable, "-m", "asng_edu.cli", "search", *longer, "--out", str(killed), "--resume"]
    rng = random.Random(0)
    kills = 0
    while kills < 20:
        process = subprocess.Popen([*command, "--checkpoint-every", "0"], stderr=subprocess.DEVNULL)
        checkpoint = killed / "checkpoint.pt"
        before = checkpoint.stat().st_mtime_ns if checkpoint.exists() else 0
        while process.poll() is None and not (checkpoint.exists() and checkpoint.stat().st_mtime_ns > before):
            time.sleep(0.01)
        time.sleep(rng.uniform(0.0, 0.1))
        if process.poll() is not None:
            break
        process.send_signal(rng.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGINT]))
        process.wait(60)
        kills += 1
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    assert kills == 20, f"the search was over after {kills} kills"
    assert record(whole) == record(killed)
