"""Retraining: it learns, resumes to the bit, is tested once, and measures the same again."""

from __future__ import annotations

import copy
import dataclasses
import json
import math
import pickle

import numpy as np
import pytest
import torch
from torch.nn import functional

from asng_edu.jobs import errors
from asng_edu.nas.data.datasets import Data, Images
from asng_edu.nas.runs import checkpoint, records, runner
from asng_edu.nas.runs.distributed import Distributed
from asng_edu.nas.spaces.cell_space import CellSpace
from asng_edu.nas.spaces.genotype import Genotype
from asng_edu.nas.training.flat_parameters import ALIGNMENT
from asng_edu.nas.training.retrain import Retrain
from asng_edu.nas.training.retrain_settings import RETRAIN_PRESETS, RetrainSettings, from_record
from asng_edu.nas.training.settings import CIFAR10, CLUTTER
from asng_edu.nas.training.trained import evaluate, load_network

NODE = ((0, "sep_conv_3x3"), (1, "max_pool_3x3"))
GENOTYPE = Genotype(normal=(NODE, ((2, "identity"), (0, "avg_pool_3x3"))), reduction=(NODE, NODE))
SMALL_SPACE = CLUTTER.space
SMALL_GENOTYPE = SMALL_SPACE.random(np.random.default_rng(3))
# Everything that is random is on.
TINY = {
    "data": "stripes", "cells": 3, "channels": 4, "epochs": 3, "batch": 8, "rate": 0.05, "drop_path": 0.5, "cutout": 3
}  # fmt: skip


def stripes(count: int, seed: int) -> Images:
    """Images of noise with a light row (class 0), column (1) or neither (2)."""
    generator = torch.Generator().manual_seed(seed)
    pixels = torch.randint(0, 100, (count, 2, 8, 8), generator=generator)
    labels = torch.arange(count) % 3
    place = torch.randint(0, 8, (count,), generator=generator).tolist()
    for image, label, at in zip(pixels, labels.tolist(), place, strict=True):
        if label < 2:
            image.select(1 + label, at).add_(140)
    return Images(pixels.to(torch.uint8), labels)


def pixels(train: int = 30, theta: int = 0, test: int = 20, classes=("row", "column", "none")) -> Data:
    given = stripes(theta, 3) if theta else None
    return Data("stripes", classes, stripes(train, 1), stripes(test, 2), given, flip=True, crop=1)


def tiny(data: Data | None = None, **changes) -> Retrain:
    settings = RetrainSettings(**{"genotype": GENOTYPE, **TINY, **changes})
    return Retrain(settings, data=pixels() if data is None else data, device="cpu")


def run(task: Retrain, steps: int = 10**9) -> Retrain:
    while not task.done and task.step < steps:
        task.advance()
    return task


def without_times(history):
    return [{key: value for key, value in line.items() if key != "steps_per_second"} for line in history]


def assert_equal_state(one: Retrain, other: Retrain) -> None:
    for name, tensor in one.state()[0].items():
        assert torch.equal(tensor, other.state()[0][name]), name
    assert without_times(one.history) == without_times(other.history)
    assert one.test == other.test


def test_weights_and_statistics_lie_where_an_allocator_could_have_put_them():
    task = tiny(channels=5)  # scales and shifts of odd width, which moved what came after them
    tensors = [*task.network.parameters(), *task.network.buffers()]
    assert {tensor.storage_offset() * tensor.element_size() % ALIGNMENT for tensor in tensors} == {0}
    assert len({tensor.untyped_storage().data_ptr() for tensor in tensors}) == 3


def test_it_learns():
    calm = {"drop_path": 0.0, "cutout": 0, "rate": 0.1, "schedule": "one-cycle"}
    normal = Genotype(normal=GENOTYPE.normal)
    task = run(tiny(pixels(train=90, test=60), genotype=normal, cells=2, epochs=6, batch=10, **calm))
    losses = [line["train_loss"] for line in task.history]
    assert len(losses) == 6
    assert losses[-1] < losses[0] / 2
    record = task.record()
    assert record["test_error"] < 0.4  # by chance 0.67
    assert record["test_images"] == 60
    error = record["test_error"]
    assert record["standard_error"] == pytest.approx(math.sqrt(error * (1 - error) / 60))


def test_a_step_is_that_of_plain_torch():
    task, plain = (tiny(pixels(), drop_path=0.0, clip=0.5) for _ in range(2))
    network = plain.network
    for parameter in network.parameters():  # cut loose from the flat tensors
        parameter.data, parameter.grad = parameter.detach().clone(memory_format=torch.preserve_format), None
    sgd = torch.optim.SGD(network.parameters(), lr=0.05, momentum=0.9, weight_decay=3e-4)
    for step in range(task.epoch_steps):
        x, labels = task.train_batches.take(0, step)
        sgd.zero_grad()
        logits, auxiliary = network(x)
        loss = functional.cross_entropy(logits, labels) + 0.4 * functional.cross_entropy(auxiliary, labels)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 0.5)
        sgd.step()
        task.advance()
    for mine, other in zip(task.network.parameters(), network.parameters(), strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-4, atol=1e-6)
    for mine, other in zip(task.network.buffers(), network.buffers(), strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_it_goes_on_to_the_bit_from_the_middle_of_an_epoch(precision):
    whole = run(tiny(precision=precision))
    assert whole.epoch_steps == 3
    first = run(tiny(precision=precision), steps=5)
    stored = checkpoint.loads(checkpoint.dumps(*first.state()))
    second = tiny(precision=precision)
    second.load(*stored)
    assert second.step == 5
    assert_equal_state(run(second), whole)


def test_it_goes_on_to_the_bit_when_only_the_test_is_left():
    whole = run(tiny())
    first = run(tiny(), steps=9)
    assert first.test is None
    assert not first.done
    second = tiny()
    second.load(*checkpoint.loads(checkpoint.dumps(*first.state())))
    assert_equal_state(run(second), whole)


def test_another_seed_gives_another_network():
    one, other = tiny(seed=0), tiny(seed=1)
    assert not torch.equal(one.flat.values, other.flat.values)
    before = torch.random.get_rng_state()
    again = tiny(seed=0)
    assert torch.equal(one.flat.values, again.flat.values)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_the_state_of_another_network_is_refused():
    task = tiny()
    before = task.flat.values.clone()
    tensors, rest = run(tiny(), steps=2).state()
    wide = run(tiny(channels=6), steps=1).state()
    refused = "of another network, or of an earlier version of the library: its values do not fit"
    with pytest.raises(ValueError, match=refused):
        task.load(*wide)
    with pytest.raises(ValueError, match="'history' is missing"):
        task.load(tensors, {key: value for key, value in rest.items() if key != "history"})
    with pytest.raises(
        ValueError,
        match="the images of stripes are not those that the retrain began with: another training, checksum",
    ):
        task.load(*tiny(pixels(train=32)).state())
    assert task.step == 0
    assert torch.equal(task.flat.values, before)


def test_it_trains_on_all_images_and_never_on_those_of_the_test():
    data = pixels(train=20, theta=16)
    task = run(tiny(data))
    assert len(task.train_batches) == 36
    other = run(tiny(dataclasses.replace(data, test=stripes(11, 7))))
    assert torch.equal(task.flat.values, other.flat.values)
    assert without_times(task.history) == without_times(other.history)
    assert other.test["test_images"] == 11
    assert all("test" not in key for line in task.history for key in line)


def test_the_record():
    task = tiny()
    before = task.record()
    assert before["test_error"] is before["test_loss"] is before["standard_error"] is None
    record = run(task).record()
    own = [parameter for name, parameter in task.network.named_parameters() if not name.startswith("auxiliary")]
    assert record["parameters"] == sum(parameter.numel() for parameter in own)
    assert record["multiply_adds"] > record["parameters"]
    assert record["genotype"] == GENOTYPE.to_json()
    assert (record["cells"], record["channels"], task.device_name) == (3, 4, "cpu")
    assert [line["epoch"] for line in record["history"]] == [1, 2, 3]
    assert json.loads(json.dumps(record)) == records.plain(record)


def test_channels_are_as_many_as_the_parameters_allow():
    limit = 30_000
    task = tiny(channels=None, max_parameters=limit)
    assert task.channels > 4
    assert task.record()["parameters"] <= limit
    assert tiny(channels=task.channels + 1).record()["parameters"] > limit


def test_the_auxiliary_head_serves_training_only():
    with_head, without = tiny(), tiny(auxiliary=0.0)
    assert with_head.network.auxiliary is not None
    assert without.network.auxiliary is None
    x, _ = with_head.train_batches.take(0, 0)
    assert isinstance(with_head.network(x), tuple)
    assert isinstance(with_head.network.eval()(x), torch.Tensor)
    assert with_head.record()["parameters"] == without.record()["parameters"]


def test_a_network_without_two_reduction_cells_has_no_auxiliary_head():
    task = tiny(genotype=Genotype(normal=GENOTYPE.normal))
    assert task.network.auxiliary is None
    run(task)


def test_drop_path_rises_and_the_cosine_falls_epoch_by_epoch():
    task = tiny(epochs=4, drop_path=0.4, rate=0.1)
    seen = []
    while task.step < task.steps - 1:
        seen.append((task.rate, task.drop_path))
        task.advance()
    expected = [(0.05 * (1 + math.cos(math.pi * epoch / 4)), 0.1 * epoch) for epoch in range(4) for _ in range(3)]
    assert seen == [pytest.approx(pair) for pair in expected]
    assert [(line["rate"], line["drop_path"]) for line in task.history] == [pytest.approx(e) for e in expected[2::3]]


@pytest.mark.parametrize("rise", [0.0, 0.25])
def test_one_cycle_rises_then_falls_step_by_step(rise):
    task = tiny(epochs=4, schedule="one-cycle", rise=rise, rate=0.1)
    seen = []
    while task.step < task.steps - 1:
        seen.append(task.rate)
        task.step += 1
    up = round(rise * len(seen))
    assert len(seen) == 12
    assert seen[:up] == pytest.approx([0.1 * (step + 1) / up for step in range(up)])
    falling = len(seen) - up
    assert seen[up:] == pytest.approx([0.1 * (falling - step) / falling for step in range(falling)])


def broken(task: Retrain, steps: set[int], monkeypatch: pytest.MonkeyPatch) -> Retrain:
    """Make the network's output NaN at the given steps."""
    forward = task.network.forward

    def sometimes(*arguments, **named):
        logits, auxiliary = forward(*arguments, **named)
        return (logits * math.nan if task.step in steps else logits), auxiliary

    monkeypatch.setattr(task.network, "forward", sometimes)
    return task


def test_a_step_without_a_finite_loss_is_skipped_and_counted(monkeypatch):
    task = broken(tiny(), {1, 2}, monkeypatch)
    task.advance()
    before = {name: tensor.clone() for name, tensor in task.state()[0].items()}
    task.advance()
    line = task.advance()
    for name, tensor in task.state()[0].items():
        assert torch.equal(tensor, before[name]), name
    assert not task.flat.gradients.any()
    assert line["skipped"] == 2
    assert math.isfinite(line["train_loss"])
    for _ in range(3):
        line = task.advance()
    assert line["skipped"] == 0
    assert not torch.equal(task.flat.values, before["values"])


def test_an_epoch_without_any_finite_loss_says_so(monkeypatch):
    task = broken(tiny(), {0, 1, 2}, monkeypatch)
    line = [task.advance() for _ in range(3)][-1]
    assert line["skipped"] == 3
    assert math.isnan(line["train_loss"])


def test_after_too_many_of_them_it_stops(monkeypatch, tmp_path):
    task = broken(tiny(patience=4), set(range(2, 9)), monkeypatch)
    with pytest.raises(errors.Diverged, match="in 4 steps, one after another: try a smaller rate than 0"):
        runner.run(task, tmp_path, checkpoint_every=0, progress=False)
    _, values = checkpoint.load(tmp_path / "checkpoint.pt")
    assert values["task"]["step"] == 5


def test_several_processes_are_refused():
    with pytest.raises(ValueError, match="runs in one process, but here are 2"):
        Retrain(RetrainSettings(GENOTYPE, **TINY), data=pixels(), device="cpu", distributed=Distributed(0, 2))


# Running in a folder, and measuring again.


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("retrain")
    outcome = runner.run(tiny(), folder, progress=False)
    assert outcome.status == "finished"
    return folder


def test_measured_again_it_is_what_the_record_says(finished):
    record = json.loads((finished / "retrain.json").read_text())
    for path in (finished, finished / "checkpoint.pt"):
        again = evaluate(path, data=pixels(), device="cpu")
        assert again == {key: record[key] for key in ("test_loss", "test_error", "standard_error", "test_images")}


def test_other_images_are_normalised_as_the_training_ones_were(finished):
    mine = pixels()
    bright = Images((mine.train.pixels // 2 + 120).to(torch.uint8), mine.train.labels)
    assert evaluate(finished, data=pixels(train=30), device="cpu") == evaluate(
        finished, data=dataclasses.replace(mine, train=bright), device="cpu"
    )
    other = evaluate(finished, data=pixels(test=7), device="cpu")
    assert other["test_images"] == 7


def test_a_run_resumed_in_its_folder_is_the_uninterrupted_one(tmp_path, finished):
    runner.run(tiny(), tmp_path, stop_after=1e-6, progress=False)
    while runner.run(tiny(), tmp_path, resume=True, stop_after=0.02, progress=False).status == "stopped":
        pass
    whole, sliced = (json.loads((folder / "retrain.json").read_text()) for folder in (finished, tmp_path))
    assert sliced["test_loss"] == whole["test_loss"]
    assert without_times(sliced["history"]) == without_times(whole["history"])
    assert len(sliced["resumed"]) >= 1


def test_a_resume_with_another_cell_is_refused(finished):
    other = Genotype(normal=GENOTYPE.reduction, reduction=GENOTYPE.normal)
    with pytest.raises(ValueError, match="another genotype"):
        runner.run(tiny(genotype=other), finished, resume=True, progress=False)


def test_what_cannot_be_measured_is_said(tmp_path, finished):
    with pytest.raises(ValueError, match=r"checkpoint.pt does not exist: give the folder of a retraining"):
        evaluate(tmp_path)
    runner.run(tiny(), tmp_path / "half", stop_after=1e-6, progress=False)
    with pytest.raises(ValueError, match=r"is at step 1 of 10: finish it with --resume"):
        evaluate(tmp_path / "half", data=pixels())
    checkpoint.save(tmp_path / "foreign.pt", {}, {"kind": "search"})
    with pytest.raises(ValueError, match="the checkpoint of a search, but must be that of a retraining"):
        evaluate(tmp_path / "foreign.pt")
    checkpoint.save(tmp_path / "foreign.pt", {}, {"kind": "retrain", "settings": {}, "task": {}})
    with pytest.raises(ValueError, match=r"foreign\.pt is not the checkpoint of a retraining"):
        evaluate(tmp_path / "foreign.pt")
    with pytest.raises(ValueError, match="trained to tell row, column, none, but stripes has the classes a, b, c"):
        evaluate(finished, data=pixels(classes=("a", "b", "c")))
    grey = Images(pixels().test.pixels[:, :1], pixels().test.labels)
    with pytest.raises(ValueError, match="takes images of 2 colours, but those of stripes have 1"):
        evaluate(finished, data=dataclasses.replace(pixels(), train=grey, test=grey))


# Settings.


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"data": ""}, "data must be the name of a data set"),
        ({"cells": 0}, "cells must be a whole number of at least 1"),
        ({"channels": 1}, "channels must be a whole number of at least 2"),
        ({"max_parameters": 0}, "max_parameters must be a whole number of at least 1"),
        ({"images": 0}, "images must be a whole number of at least 1"),
        ({"epochs": 1.5}, "epochs must be a whole number of at least 1"),
        ({"batch": 1}, "batch must be a whole number of at least 2"),
        ({"rate": 0.0}, "rate must be a finite number above 0"),
        ({"schedule": "step"}, "schedule must be one of cosine, one-cycle, but is 'step'"),
        ({"rise": 1.0}, "rise must lie from 0 to below 1"),
        ({"momentum": 1.0}, "momentum must lie from 0 to below 1"),
        ({"weight_decay": -1e-4}, "weight_decay must be finite and at least 0"),
        ({"clip": math.inf}, "clip must be a finite number above 0"),
        ({"auxiliary": math.nan}, "auxiliary must be a number"),
        ({"drop_path": 1.0}, "drop_path must lie from 0 to below 1"),
        ({"crop": -1}, "crop must be a whole number of at least 0"),
        ({"cutout": -1}, "cutout must be a whole number of at least 0"),
        ({"precision": "float16"}, "precision must be one of float32, bfloat16"),
        ({"patience": 0}, "patience must be a whole number of at least 1"),
        ({"seed": -1}, "seed must be a whole number of at least 0"),
        ({"genotype": {}}, "a genotype must have a cell"),
        ({"genotype": {"normal": [[[0, "identity"], [7, "identity"]]]}}, "must be one that exists, 0 to 1, but is 7"),
        ({"space": CellSpace(nodes=3)}, "must have nodes: 3, but has 2"),
        ({"space": {"knots": 3}}, "this one has 'knots' too"),
    ],
)
def test_bad_settings_are_refused(changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        RetrainSettings(**{"genotype": GENOTYPE, **changes})


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"cells": 2}, "cells .* must be a whole number of at least 3"),
        ({"channels": None, "max_parameters": 10}, "max_parameters must admit"),
        ({"batch": 31}, "(?i)a batch must be at most as large as its set of 30 images, but is 31"),
        ({"cutout": 9}, "cutout must be at most the 8 pixels"),
    ],
)
def test_settings_that_do_not_fit_the_data_or_the_cell_are_refused(changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        tiny(**changes)


def test_settings_go_through_json():
    settings = RetrainSettings(SMALL_GENOTYPE, SMALL_SPACE, channels=8)
    assert RetrainSettings(**json.loads(json.dumps(settings.to_json()))) == settings
    names = {field.name for field in dataclasses.fields(settings) if "meaning" in field.metadata}
    assert names == {field.name for field in dataclasses.fields(settings)} - {"genotype", "space"}


def test_the_default_is_the_articles_retraining():
    settings = RetrainSettings(GENOTYPE, **RETRAIN_PRESETS["article"])
    assert (settings.cells, settings.channels, settings.max_parameters) == (20, None, 4_000_000)
    assert (settings.epochs, settings.batch, settings.rate, settings.schedule) == (600, 80, 0.025, "cosine")
    assert (settings.momentum, settings.weight_decay, settings.clip) == (0.9, 3e-4, 5.0)
    assert (settings.auxiliary, settings.drop_path, settings.cutout) == (0.4, 0.3, 16)


def record_of(folder, searched, genotype) -> None:
    folder.mkdir(exist_ok=True)
    record = {"settings": searched.to_json(), "genotype": genotype.to_json(), "theta": [0.5]}
    (folder / "search.json").write_text(json.dumps(record))


def test_settings_come_from_the_record_of_a_search(tmp_path):
    record_of(tmp_path, dataclasses.replace(CLUTTER, channels=6), SMALL_GENOTYPE)
    for path in (tmp_path, tmp_path / "search.json", str(tmp_path)):
        settings = from_record(path, seed=4)
        assert settings == RetrainSettings(
            SMALL_GENOTYPE, SMALL_SPACE, **{**RETRAIN_PRESETS["small"], "data": "clutter", "channels": 6, "seed": 4}
        )
    assert from_record(tmp_path, "short").cells == 20
    assert from_record(tmp_path, "short").channels is None
    assert from_record(tmp_path, channels=10, epochs=2, data="digits").channels == 10


def test_a_search_on_photographs_is_retrained_as_in_the_article(tmp_path):
    genotype = CIFAR10.space.random(np.random.default_rng(0))
    record_of(tmp_path, dataclasses.replace(CIFAR10, data="folder:photos"), genotype)
    assert from_record(tmp_path) == RetrainSettings(genotype, CIFAR10.space, data="folder:photos")


def test_a_genotype_alone_is_of_the_articles_space(tmp_path):
    GENOTYPE.write(tmp_path / "cell.json")
    settings = from_record(tmp_path / "cell.json")
    assert settings == RetrainSettings(GENOTYPE)
    assert settings.space == CellSpace(nodes=2)
    expected = RetrainSettings(GENOTYPE, **{**RETRAIN_PRESETS["digits"], "data": "digits"})
    assert from_record(tmp_path / "cell.json", data="digits") == expected


def test_a_retraining_can_be_repeated_from_its_own_record(finished):
    settings = from_record(finished / "retrain.json", "article", cells=3)
    assert (settings.genotype, settings.space, settings.data) == (GENOTYPE, CellSpace(nodes=2), "stripes")


def test_a_trained_network_comes_back_as_a_module(finished):
    network, data = load_network(finished, device="cpu"), pixels()
    assert isinstance(network, torch.nn.Module)
    assert not network.training
    assert network.classes == data.classes
    bytes_, labels = data.test
    logits = network(bytes_)
    torch.testing.assert_close(network(bytes_ / 255), logits)
    error = float((logits.argmax(1) != labels).float().mean())
    assert error == pytest.approx(evaluate(finished, data=data, device="cpu")["test_error"], abs=1e-6)
    logits.sum().backward()
    assert network.network.classifier.weight.grad is not None


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda training: pickle.loads(pickle.dumps(training))])
def test_a_copy_goes_on_alike(copied):
    training = tiny()
    for _ in range(3):
        training.advance()
    other = copied(training)
    for one in (training, other):
        while not one.done:
            one.advance()
    assert training.test == other.test
    assert torch.equal(training.flat.values, other.flat.values)
    assert torch.equal(*(dict(one.network.named_buffers())["stem.1.running_mean"] for one in (training, other)))


def test_bad_records_are_refused(tmp_path):
    with pytest.raises(ValueError, match="cannot be read"):
        from_record(tmp_path)
    (tmp_path / "search.json").write_text(json.dumps({"settings": {"nodes": 2}}))
    with pytest.raises(ValueError, match="holds no genotype"):
        from_record(tmp_path)
    for settings in ({"nodes": 2, "alpha": "x"}, {"knots": 3}, {}):
        (tmp_path / "search.json").write_text(json.dumps({"settings": settings, "genotype": GENOTYPE.to_json()}))
        with pytest.raises(ValueError, match=r"the settings in the record .* are not those of a search"):
            from_record(tmp_path)
    with pytest.raises(ValueError, match="preset must be one of article, short, small, digits, but is 'long'"):
        from_record(tmp_path, "long")
