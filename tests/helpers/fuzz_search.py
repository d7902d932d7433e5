"""A right call of everything public in ``asng_edu.nas``."""

import math
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from fuzz_core import array, call

from asng_edu import ASNG, Categorical, nas
from asng_edu.nas import CellSpace, Data, Genotype, Images, Layers, LayerSpace, Mixture, Network
from asng_edu.nas.data import datasets, registry
from asng_edu.nas.evaluators import base as evaluators
from asng_edu.nas.evaluators.one_shot import WeightStep
from asng_edu.nas.spaces import base as spaces
from asng_edu.nas.spaces import cell_checks, genotype, isomorphism
from asng_edu.nas.strategies import base as strategies
from asng_edu.nas.strategies import nao
from asng_edu.nas.strategies import random_search as random_strategy
from asng_edu.nas.supernet import mixture, operations, size
from asng_edu.nas.training import base, retrain_settings, settings
from asng_edu.nas.training.flat_parameters import FlatParameters, MomentumSGD
from asng_edu.nas.training.tabulation import networks_of


def parameters_of(choice):
    """Return a cost."""
    return 2.0


def run(choice, images, labels):
    """Return a loss and an accuracy that have nothing to do with the images."""
    return torch.tensor(0.5), torch.tensor(0.5)


CELL = (((0, "identity"), (1, "conv_1x1")), ((2, "identity"), (1, "conv_1x1")))
CELLS = CellSpace(nodes=2, kinds=("normal",), operations=("identity", "conv_1x1"))
LAYERS = LayerSpace(layers=2, operations=("identity", "conv_1x1"))
BITS = nas.BitSpace(layers=2, layer_units=1)


@dataclass(frozen=True)
class Switches(nas.OptionSpace):
    """A space that says no more than it must."""

    name = "switches"
    decisions = tuple(nas.OneOf(f"switch {place}", ("off", "on")) for place in range(3))

    def make_network(self, **_):
        return None


SWITCHES = Switches()  # registered while the fuzz runs, and not for the tests beside it


def a_choice(space):
    if space is SWITCHES:
        return nas.Options(("on", "off", "on"))
    if space is BITS:
        return nas.Options(("on", "tanh", "relu"))
    return Genotype(normal=CELL) if space is CELLS else Layers(("identity", "conv_1x1"))


def gates_of(space):
    return [torch.full((decision.size,), 1 / decision.size) for decision in space.decisions]


def some_data():
    images = Images(torch.arange(8 * 64).reshape(8, 1, 8, 8).to(torch.uint8), torch.arange(8) % 2)
    return Data("some", ("a", "b"), images, images, images, False, 1)


def calls_of_choices(space):
    choice, code = a_choice(space), space.encode(a_choice(space))
    yield from (call(getattr(space, name), choice) for name in ("check", "encode", "describe"))
    yield from (call(getattr(space, name), code) for name in ("decode", "describe", "check_code"))
    yield from (call(getattr(space, name), choice.to_json()) for name in ("choice_from_json", "holding_json"))
    yield from (call(getattr(space, name), gates_of(space)) for name in ("mixture", "check_gates"))
    yield from (
        call(space.to_json),
        call(space.random, 0),
        call(space.categorical, "asng"),
        call(type(space).from_json, space.to_json()),
    )
    yield call(spaces.space_from_json, space.to_json())


def calls_of_networks(space):
    choice = a_choice(space)
    yield call(
        space.make_network,
        cells=1,
        channels=2,
        classes=2,
        image_channels=1,
        genotype=choice,
        affine=True,
        auxiliary=False,
    )
    yield call(nas.count, choice, space, 1, 2, 2, (1, 8, 8))
    yield call(nas.widest, choice, space, max_parameters=1000, cells=1, classes=2, image=(1, 8, 8))
    yield call(spaces.read_choice, choice.to_json())
    make = partial(space.make_network, cells=1, channels=2, classes=2, image_channels=1)
    supernet, images = make(), torch.ones(2, 1, 8, 8)
    yield from (call(supernet.forward, images, choice), call(supernet.forward, images, gates_of(space), generator=None))
    yield from (
        call(supernet.forward, images, space.mixture(gates_of(space))),
        call(make(genotype=choice).inherit, supernet),
    )


def search_spaces():
    cell = CELL
    yield from [
        call(CellSpace, 2, ("identity",), ("normal",), 2, ((0, 0, 1),), "last", True, slots=2, chain=False),
        call(LayerSpace, 3, ("identity", "conv_1x1"), 1),
        call(nas.BitSpace, 3, 2, ("tanh", "relu")),
        call(Genotype, cell, cell),
        call(Layers, ("identity",)),
        call(nas.chain, 3, 2),
        call(nas.price_list, LAYERS, {"conv_1x1": 2.0}),
        call(nas.parameter_shares, LAYERS, channels=4),
        call(cell_checks.check_operations, ["identity"]),
        call(CellSpace.holding, Genotype(cell)),
        call(CELLS.choices, 1, 0),
        call(CELLS.input_name, 2),
        call(LAYERS.halved, 1),
        call(CELLS.outputs, cell),
        call(CELLS.live, cell),
        call(CELLS.unread, cell),
        call(CELLS.depth, cell),
        call(Genotype(cell).cell, "normal"),
        call(Genotype(cell).to_json),
        call(Genotype(cell).write, "cell.json"),
        call(Layers(("a",)).to_json),
        call(Genotype.from_json, Genotype(cell, cell).to_json()),
        call(Genotype.read, "cell.json"),
        call(genotype.ordinal, 3),
        call(genotype.parse_cell, "normal", cell),
        call(genotype.node_depths, cell, 2),
        call(genotype.loose_ends, cell, 2),
        call(genotype.read_json, "cell.json"),
        call(genotype.search_record, "cell.json"),
        call(isomorphism.renumberings, cell, 2),
        call(isomorphism.canonical, cell, 2),
        call(isomorphism.codes, cell, 2),
        call(isomorphism.networks, CellSpace(nodes=2, kinds=("normal",)), 2),
        call(nas.SPACES.register, "mine"),
        call(nas.SPACES.check, "cells"),
        call(nas.SPACES.remove, "mine"),
        call(nas.cell_figure, Genotype(cell), CELLS),
        call(nas.draw_cell, Genotype(cell), CELLS, side_by_side=True),
    ]
    for space in (CELLS, LAYERS, BITS):
        yield from (*calls_of_choices(space), *calls_of_networks(space))
    yield from (*calls_of_choices(SWITCHES), call(SWITCHES.weights, SWITCHES.mixture(gates_of(SWITCHES))))
    yield from (call(nas.Options, ("off",)), call(nas.OneOf, "third", ("off", "on")))


def supernets():
    weights, unused = {"normal": [torch.ones(2, 2), torch.ones(3, 2)]}, {"normal": [torch.ones(()), torch.ones(())]}
    style = operations.Style("a", "a b", "#000000", "#FFFFFF", (1.0, 2.0), True)
    yield from [
        call(operations.separable, 3),
        call(operations.dense, 3),
        call(operations.make, "sep_conv_3x3", 4, stride=2, affine=True),
        call(operations.style_of, "mine", ["a"]),
        call(nas.add_operation, "mine", operations.dense(1), style, (operations.Cost(1, 2, 3), operations.Cost())),
        call(operations.Style, *style),
        call(operations.Cost, 1, 2, 3),
        call(operations.Operation, operations.max_pool(3), style, None),
        call(Mixture, weights, unused),
        call(mixture.mixture_of_cells, CELLS, gates_of(CELLS)),
        call(size.Size, 1, 2),
        call(
            Network,
            CELLS,
            cells=1,
            channels=2,
            classes=2,
            image_channels=1,
            genotype=Genotype(CELL),
            affine=True,
            drop_path=0.1,
        ),
    ]


def evaluation():
    data, table = some_data(), nas.Table(LAYERS, {(a, b): a - 0.5 * b for a in (0, 1) for b in (0, 1)})
    batch, priced = (
        [(torch.ones(2, 1, 8, 8), torch.zeros(2, dtype=torch.int64))],
        nas.Penalised(table, parameters_of, 0.1),
    )
    small = {"channels": 2, "epochs": 1, "batch": 4, "cutout": 0, "cells": 1}
    one_shot, scratch, codes = (
        nas.OneShot(LAYERS, run, batch),
        nas.FromScratch(LAYERS, data, device="cpu", **small),
        array([0, 1], [1, 1], of=int),
    )
    yield from [
        call(nas.Table, LAYERS, {(0, 1): 0.5}),
        call(nas.Penalised, table, parameters_of, 0.1),
        call(nas.OneShot, LAYERS, run, batch, None, progress=0.5, weight_step=parameters_of),
        call(nas.FromScratch, LAYERS, data, device="cpu", fraction=0.5, **small),
        call(table.losses, codes),
        call(priced.losses, codes),
        call(one_shot.losses, codes),
        call(one_shot.measure, codes),
        call(one_shot.loss, LAYERS.mixture(gates_of(LAYERS))),
        call(scratch.losses, codes[:1]),
        call(evaluators.keys_of, codes),
        call(evaluators.worst_if_not_finite, array(1.0, math.inf)),
    ]


def strategy_calls():
    table = nas.Table(LAYERS, {(a, b): a - 0.5 * b for a in (0, 1) for b in (0, 1)})
    network = LAYERS.make_network(channels=2, image_channels=1)
    batch = torch.zeros(4, 1, 6, 6), torch.zeros(4, dtype=torch.int64)
    sgd = MomentumSGD(FlatParameters(network))
    one_shot = nas.OneShot(
        LAYERS,
        lambda choice, x, labels: base.loss_and_accuracy(network(x, choice), labels),
        [batch],
        weight_step=lambda: WeightStep(sgd, 0.1, batch),
    )
    by_losses = (
        nas.ASNGSettings, nas.SNGSettings, nas.AdamSettings, nas.ReinforceSettings, nas.EvolutionSettings,
        nas.ENASSettings, nas.NASNetSettings, nas.NAOSettings, nas.RandomSearchSettings,
    )  # fmt: skip
    on_a_supernet = (
        nas.DARTSSettings, nas.DARTS2Settings, nas.SNASSettings, nas.ProxylessSettings, nas.SMASHSettings,
    )  # fmt: skip
    for kind in (*by_losses, *on_a_supernet):
        chosen = kind()
        strategy = chosen.make(LAYERS, 1)
        evaluator = one_shot if kind in on_a_supernet else table
        strategy.learn(evaluator)
        yield from (
            call(kind, **{n: v for n, v in chosen.to_json().items() if n != "name"}),
            call(chosen.make, LAYERS, 3),
            call(chosen.to_json),
        )
        if hasattr(chosen, "optimizer"):
            yield call(chosen.optimizer, Categorical(3), lam=3, rng=1)
        yield from (
            call(strategy.propose, 3),
            call(strategy.learn, evaluator),
            call(strategy.load_state_dict, strategy.state_dict()),
        )
        yield from (call(getattr(strategy, name)) for name in ("result", "state_dict", "epoch_metrics", "record"))
        yield call(strategies.strategy_from_json, chosen.to_json())
    yield from [
        call(nas.AskTell, LAYERS, ASNG(LAYERS.categorical(), seed=1)),
        call(random_strategy.RandomSearch, LAYERS, 3, candidates=4, lam=2),
        call(nao.swaps, CELLS),
        call(strategies.Learned, [1], [0.5], None),
    ]


def known_spaces():
    short = {"data": "signals", "images": 20, "cells": 1, "channels": 2, "epochs": 1, "batch": 10}
    tabulation = nas.Tabulation(space=CellSpace(nodes=1, kinds=("normal",), operations=("identity",)), training=short)
    networks = np.array(list(networks_of(tabulation.space)))
    errors, ones = np.full((len(networks), 3), 0.5), np.ones(len(networks))
    known = nas.KnownSpace(tabulation, networks, errors, errors, ones.astype(int), ones.astype(int), ones)
    comparison = nas.Comparison(known=known, systems=("sng",), seeds=1, epochs=1, trainings=2, ranked=2)
    yield from [
        call(nas.Tabulation, space=tabulation.space, training=short, seeds=1),
        call(tabulation.settings, tabulation.space.random(0), 1),
        call(tabulation.change, epochs=2, seeds=2),
        call(tabulation.to_json),
        call(nas.Tabulation.from_json, tabulation.to_json()),
        call(networks_of, tabulation.space),
        call(nas.KnownSpace, tabulation, networks, errors, errors, ones.astype(int), ones.astype(int), ones),
        call(nas.KnownSpace.read, "cell.json"),
        call(nas.KnownSpace.load),
        call(known.tabular, 1),
        call(known.evaluator, 1),
        call(known.evaluator(1).losses, networks),
        call(nas.Comparison, known=known, systems=("sng",), seeds=1, epochs=1, trainings=2, ranked=2),
        call(comparison.search, "sng", 0),
        call(comparison.to_json),
    ]


def trainings():
    data, search = some_data(), settings.CLUTTER
    short = {"data": "some", "cells": 1, "channels": 2, "epochs": 2, "batch": 4, "cutout": 0}
    of_search = search.change(**short, theta_batch=4, space=LAYERS, warmup=0.0)
    of_cell = nas.RetrainSettings(a_choice(LAYERS), LAYERS, **short)
    augmentation = nas.Augmentation(1, False, 2)
    batches = nas.Batches(data.train, 4, data=data, seed=1, augmentation=augmentation)
    fields = {name: value for name, value in of_search.to_json().items() if name not in ("space", "strategy")}
    more = {name: value for name, value in of_cell.to_json().items() if name not in ("genotype", "space")}
    yield from [
        call(nas.SearchSettings, space=LAYERS, strategy=search.strategy, **fields),
        call(search.change, strategy="sng", delta0=0.1, nodes=2, epochs=2),
        call(search.to_json),
        call(nas.SearchSettings.from_json, search.to_json()),
        call(settings.preset_for, "clutter"),
        call(nas.RetrainSettings, a_choice(LAYERS), LAYERS, **more),
        call(nas.RetrainSettings, {"normal": CELL}),
        call(of_cell.to_json),
        call(nas.RetrainSettings.from_json, of_cell.to_json()),
        call(retrain_settings.retrain_preset_for, "clutter"),
        call(retrain_settings.from_record, "cell.json", "small", epochs=3),
        call(retrain_settings.read_space, search.to_json()),
        call(
            nas.Search, of_search, data=data, device="cpu", distributed=None, strategy=None, callbacks=[nas.Callback()]
        ),
        call(nas.Retrain, of_cell, data=data, device="cpu", distributed=None),
        call(nas.load_network, "nowhere", "cpu"),
        call(nas.evaluate, "nowhere", data, "cpu"),
        call(registry.find_loader, "digits"),
        call(registry.dataset_names),
        call(registry.takes, "PATH"),
        call(nas.DATASETS.check, "digits"),
        call(nas.load, "digits", 30, root="nowhere", progress=False),
        call(datasets.images_of, data.train.pixels.numpy(), data.train.labels.numpy()),
        call(Data, "a", ("a", "b"), data.train, data.test, data.theta, flip=False, crop=1),
        call(Images, *data.train),
        call(data.train.take, torch.tensor([0, 1])),
        call(data.halves, 0.5, 1),
        call(data.describe),
        call(data.training),
        call(nas.Augmentation, 1, True, 2),
        call(augmentation.fit, 8, 8),
        call(batches.take, 0, 1),
        call(batches.all, 3),
        call(
            nas.Batches,
            data.train,
            4,
            data=data,
            seed=1,
            stream=2,
            augmentation=augmentation,
            device="cpu",
            channels_last=True,
            dtype=torch.float32,
        ),
        call(
            nas.run,
            nas.Search(of_search, data=data, device="cpu"),
            "run",
            resume=False,
            checkpoint_every=9.0,
            stop_after=0.01,
            progress=False,
            command="a",
        ),
    ]


def search():
    """Yield all calls of the search; files are read and written in the current folder."""
    for some in (search_spaces, supernets, evaluation, strategy_calls, known_spaces, trainings):
        yield from some()
