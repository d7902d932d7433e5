"""The network against a plain reference; one path runs and moves its own operations only; one-hot gates are a path."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from asng_edu.nas import Layers, LayerSpace, Mixture, Space
from asng_edu.nas.spaces.cell_space import ARTICLE_OPERATIONS, CellSpace, chain
from asng_edu.nas.spaces.genotype import Genotype
from asng_edu.nas.supernet import operations
from asng_edu.nas.supernet.network import Network, layout
from asng_edu.nas.supernet.operations import OPERATIONS, add_operation, dense

ALL = tuple(OPERATIONS)
SPACES = {
    "article": CellSpace(),
    "every operation": CellSpace(nodes=3, operations=ALL),
    "last": CellSpace(nodes=3, operations=ALL, output="last"),
    "shared": CellSpace(nodes=4, share_inputs=True),
    "chain": CellSpace(
        nodes=3, operations=ALL, kinds=("normal",), fixed=chain(3), output="last", share_inputs=True
    ),
    "one operation": CellSpace(nodes=3, operations=("sep_conv_3x3",)),
    "three inputs": CellSpace(nodes=2, inputs=3),
    "one input": CellSpace(nodes=2, inputs=1),
}  # fmt: skip


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(0)


def pixels(batch: int = 3, channels: int = 3, height: int = 9, width: int = 8) -> Tensor:
    return torch.randn(batch, channels, height, width, dtype=torch.float64)


def supernet(space: CellSpace, cells: int = 4, channels: int = 3, **others: object) -> Network:
    return Network(space, cells=cells, channels=channels, **others).double()


def gradients(network: Network, loss: Tensor) -> dict[str, Tensor]:
    network.zero_grad()
    loss.backward()
    return {name: p.grad.clone() for name, p in network.named_parameters() if p.grad is not None}


def one_hot(space: CellSpace, genotype: Genotype) -> list[Tensor]:
    c = space.encode(genotype)
    return [torch.eye(d.size, dtype=torch.float64)[k] for d, k in zip(space.decisions, c, strict=True)]


# A plain reference: functions of tensors that take the network's weights by name.


def norm(x: Tensor) -> Tensor:
    mean, var = x.mean((0, 2, 3), keepdim=True), x.var((0, 2, 3), correction=0, keepdim=True)
    return (x - mean) / (var + 1e-5).sqrt()


def reference_reduction(w: dict[str, Tensor], name: str, x: Tensor) -> Tensor:
    x = functional.pad(x.relu(), (0, x.shape[3] % 2, 0, x.shape[2] % 2))
    even = functional.conv2d(x[:, :, 0::2, 0::2], w[f"{name}.even.weight"])
    odd = functional.conv2d(x[:, :, 1::2, 1::2], w[f"{name}.odd.weight"])
    return norm(torch.cat([even, odd], 1))


def reference_operation(w: dict[str, Tensor], name: str, operation: str, stride: int, x: Tensor) -> Tensor:
    if operation == "identity":
        return x if stride == 1 else reference_reduction(w, f"{name}.1", x)
    kind, *_, size = operation.split("_")
    kernel = tuple(map(int, size.split("x")))
    padding = tuple(side // 2 for side in kernel)
    if kind == "max":
        return functional.max_pool2d(x, kernel, stride, padding)
    if kind == "avg":
        mean = functional.avg_pool2d(functional.pad(x, (1, 1, 1, 1)), 3, 1)
        return mean[:, :, ::stride, ::stride]
    if kind == "conv":
        return norm(functional.conv2d(x.relu(), w[f"{name}.1.weight"], stride=stride, padding=padding))
    apart = 2 if kind == "dil" else 1
    reach = tuple(apart * side for side in padding)
    for first, step in ((1, stride),) if kind == "dil" else ((1, stride), (5, 1)):
        depthwise = w[f"{name}.{first}.weight"]
        x = functional.conv2d(x.relu(), depthwise, None, step, reach, apart, groups=len(depthwise))
        x = norm(functional.conv2d(x, w[f"{name}.{first + 1}.weight"]))
    return x


def reference_cell(
    w: dict[str, Tensor], space: CellSpace, cell: int, kind: str, inputs: list[Tensor], path: tuple
) -> Tensor:
    states = []
    for place, x in enumerate(inputs):
        name = f"cells.{cell}.inputs.{place}"
        if x.shape[2] == inputs[-1].shape[2]:
            states.append(norm(functional.conv2d(x.relu(), w[f"{name}.0.weight"])))
            continue
        for step in range(0, 9, 2):
            if f"{name}.{step}.even.weight" in w:
                x = reference_reduction(w, f"{name}.{step}", x)
        states.append(x)
    for node, slots in enumerate(path):
        value = 0
        for source, operation in slots:
            stride = 2 if kind == "reduction" and source < space.inputs else 1
            whose = f"stride{stride}" if space.share_inputs else f"input{source}"
            name = f"cells.{cell}.operations.node{node}_{whose}_{operation}"
            value = value + reference_operation(w, name, operation, stride, states[source])
        states.append(value)
    if space.output == "last":
        return states[-1]
    read = {source for slots in path for source, _ in slots}
    unused = [node for node in range(len(path)) if node + space.inputs not in read]
    weight = w[f"cells.{cell}.mix.weight"]
    c = len(weight)
    rows = torch.cat([torch.arange(node * c, (node + 1) * c) for node in unused])
    stacked = torch.cat([states[space.inputs + node] for node in unused], 1)
    return norm(functional.conv2d(stacked.relu(), weight[:, rows]))


def reference(network: Network, x: Tensor, genotype: Genotype) -> Tensor:
    w = dict(network.named_parameters())
    latest = [norm(functional.conv2d(x, w["stem.0.weight"], padding=1))] * network.space.inputs
    for cell, kind in enumerate(network.kinds):
        output = reference_cell(w, network.space, cell, kind, latest, genotype.cell(kind))
        latest = [*latest[1:], output]
    return functional.linear(latest[-1].mean((2, 3)), w["classifier.weight"], w["classifier.bias"])


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
def test_a_path_equals_the_plain_reference(space: CellSpace) -> None:
    network, x, rng = supernet(space), pixels(), np.random.default_rng(1)
    for _ in range(3):
        genotype = space.random(rng)
        ours, plain = network(x, genotype), reference(network, x, genotype)
        torch.testing.assert_close(ours, plain, rtol=1e-9, atol=1e-10)
        towards = torch.randn_like(ours)
        mine, theirs = gradients(network, (ours * towards).sum()), gradients(network, (plain * towards).sum())
        assert mine.keys() <= theirs.keys()
        for name, gradient in theirs.items():  # the reference also runs nodes on which the output does not depend
            torch.testing.assert_close(mine.get(name, torch.zeros_like(gradient)), gradient, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
def test_one_hot_gates_are_a_path(space: CellSpace) -> None:
    network, x, rng = supernet(space), pixels(), np.random.default_rng(2)
    for _ in range(2):
        genotype = space.random(rng)
        path, mixed = network(x, genotype), network(x, one_hot(space, genotype))
        torch.testing.assert_close(mixed, path, rtol=1e-9, atol=1e-10)
        towards = torch.randn_like(path)
        of_path, of_mixture = gradients(network, (path * towards).sum()), gradients(network, (mixed * towards).sum())
        for name, gradient in of_mixture.items():
            expected = of_path.get(name, torch.zeros_like(gradient))
            torch.testing.assert_close(gradient, expected, rtol=1e-7, atol=1e-9, msg=name)


def test_a_node_counts_in_the_output_as_much_as_it_is_unused() -> None:
    space = CellSpace(nodes=3, kinds=("normal",))
    gates = [torch.rand(d.size, dtype=torch.float64).softmax(0) for d in space.decisions]
    given = {(d.node, d.slot, d.what): g for d, g in zip(space.decisions, gates, strict=True)}
    mixture = space.mixture(gates)
    node0 = 1.0
    for node in (1, 2):
        for slot in (0, 1):
            node0 *= 1 - given[node, slot, "input"][2]
    node1 = (1 - given[2, 0, "input"][3]) * (1 - given[2, 1, "input"][3])
    unused = torch.stack([node0, node1, torch.ones_like(node1)])
    torch.testing.assert_close(torch.stack(mixture.unused["normal"]), unused)
    expected = sum(given[1, s, "input"][:, None] * given[1, s, "operation"][None] for s in (0, 1))
    torch.testing.assert_close(mixture.weights["normal"][1], expected)


def test_gates_get_the_gradient_of_the_mixture() -> None:
    space = CellSpace(nodes=2, operations=("identity", "conv_1x1", "max_pool_3x3"))
    network, x = supernet(space, cells=3), pixels()
    gates = [torch.rand(d.size, dtype=torch.float64).softmax(0).requires_grad_() for d in space.decisions]
    loss = functional.cross_entropy(network(x, gates), torch.tensor([0, 1, 2]))
    slopes = torch.autograd.grad(loss, gates)
    for place in (0, 3, 10):  # a central difference along one gate's first option
        moved = []
        for sign in (1, -1):
            shifted = [g.detach().clone() for g in gates]
            shifted[place][0] += sign * 1e-6
            moved.append(functional.cross_entropy(network(x, shifted), torch.tensor([0, 1, 2])))
        torch.testing.assert_close(slopes[place][0], (moved[0] - moved[1]) / 2e-6, rtol=1e-4, atol=1e-8)


# What a path runs and what it moves.


def label(network: Network, cell: int, name: str) -> str:
    """Name an operation; those without weights are the same for all nodes."""
    weights = any(True for _ in network.cells[cell].operations[name].parameters())
    return f"{cell}.{name if weights else name.partition('_')[2]}"


def calls(network: Network, run: Callable[[], object]) -> Counter[str]:
    """Count how often each operation of each cell runs."""
    counter: Counter[str] = Counter()
    hooks = [
        module.register_forward_hook(lambda *_, place=place, name=name: counter.update([label(network, place, name)]))
        for place, cell in enumerate(network.cells)
        for name, module in cell.operations.items()
    ]
    run()
    for hook in hooks:
        hook.remove()
    return counter


def own(network: Network, genotype: Genotype) -> set[str]:
    return {
        label(network, place, f"node{node}_input{source}_{operation}")
        for place, kind in enumerate(network.kinds)
        for node, slots in enumerate(genotype.cell(kind))
        for source, operation in slots
    }


def unread(network: Network, genotype: Genotype) -> set[str]:
    """Return the weights that bring in an input of a cell which none of its nodes reads."""
    names = set()
    for place, kind in enumerate(network.kinds):
        path = genotype.cell(kind)
        read = {source for node in network.space.live(path) for source, _ in path[node]}
        for source in set(range(network.space.inputs)) - read:
            names |= {
                f"cells.{place}.inputs.{source}.{n}" for n, _ in network.cells[place].inputs[source].named_parameters()
            }
    return names


def test_a_path_runs_its_own_operations_only_and_each_once() -> None:
    space = CellSpace()
    network, x = supernet(space), pixels()
    genotype = space.random(3)
    counted = calls(network, lambda: network(x, genotype))
    assert set(counted) == own(network, genotype)
    assert set(counted.values()) == {1}
    assert calls(network, lambda: network(x, one_hot(space, genotype))) == counted  # a weight of zero runs nothing
    soft = [torch.full((decision.size,), 0.1, dtype=torch.float64) for decision in space.decisions]
    everything = calls(network, lambda: network(x, soft))
    assert set(everything.values()) == {1}
    normal = 2 * 20 + 3 * 6  # two separable convolutions on every input of every node, three others on every state
    reduction = 2 * 20 + 2 * 5 + 2 * 6 + 4  # identities with stride have weights
    assert len(everything) == 2 * normal + 2 * reduction


def test_weights_of_pairs_need_not_be_products_of_gates() -> None:
    space = CellSpace(nodes=2, operations=("identity", "conv_1x1"), kinds=("normal",), output="last")
    network, x = supernet(space, cells=1), pixels()
    weights = [torch.zeros(inputs, 2, dtype=torch.float64, requires_grad=True) for inputs in (2, 3)]
    with torch.no_grad():
        weights[0][0, 0] = weights[0][1, 1] = 1.0
        weights[1][2, 0] = weights[1][0, 1] = 1.0
    mixture = Mixture({"normal": weights})
    path = Genotype(normal=(((0, "identity"), (1, "conv_1x1")), ((2, "identity"), (0, "conv_1x1"))))
    out = network(x, mixture)
    torch.testing.assert_close(out, network(x, path))
    slopes = torch.autograd.grad(out.square().sum(), weights)
    for weight, slope in zip(weights, slopes, strict=True):
        assert bool((slope != 0)[weight != 0].all())
        assert not slope[weight == 0].any()


def test_a_node_that_takes_nothing_is_zero() -> None:
    for kind in ("normal", "reduction"):
        space = CellSpace(nodes=1, operations=("conv_1x1",), kinds=(kind,), output="last")
        network, x = supernet(space, cells=1), pixels()
        logits = network(x, Mixture({kind: [torch.zeros(2, 1)]}))
        torch.testing.assert_close(logits, network.classifier.bias.expand(3, -1))


def test_a_mixture_must_have_an_output() -> None:
    space = CellSpace(nodes=1, operations=("conv_1x1",), kinds=("normal",))
    zero = [torch.zeros(2, 1, dtype=torch.float64)]
    with pytest.raises(ValueError, match="at least one node into the output"):
        supernet(space, cells=1)(pixels(), Mixture({"normal": zero}, {"normal": [torch.zeros(())]}))


@pytest.mark.parametrize("slots", [1, 3])
@pytest.mark.parametrize("output", ["unused", "last"])
def test_nodes_of_any_number_of_slots(slots: int, output: str) -> None:
    space = CellSpace(nodes=3, slots=slots, operations=("identity", "conv_1x1", "conv_3x3"), output=output)
    network, x = supernet(space), pixels()
    genotype = space.random(slots)
    assert space.decode(space.encode(genotype)) == genotype
    alone = supernet(space, genotype=genotype, affine=True, drop_path=0.0)
    torch.testing.assert_close(network(x, genotype), network(x, one_hot(space, genotype)))
    assert alone(x).shape == (3, 10)
    alone.drop_path = 0.5
    assert alone.train()(x, generator=torch.Generator().manual_seed(0)).isfinite().all()


@pytest.mark.parametrize(
    "space", [CellSpace(nodes=3), CellSpace(nodes=3, share_inputs=True, output="last"), LayerSpace(halvings=2)]
)
def test_a_network_inherits_the_weights_of_a_supernet(space: Space) -> None:
    mother = space.make_network(cells=3, channels=4).double()
    genotype = space.random(1)
    child = space.make_network(cells=3, channels=4, genotype=genotype, affine=True).double().train()
    x = pixels(batch=4, height=8)
    before = child(x)
    child.inherit(mother)
    torch.testing.assert_close(child(x), mother(x, genotype))
    assert not torch.allclose(before, child(x))
    with pytest.raises(ValueError, match="other channels, cells or classes"):
        child.inherit(space.make_network(cells=3, channels=6).double())
    with pytest.raises(ValueError, match="of its own space"):
        child.inherit(child)


def test_layers_run_one_operation_each() -> None:
    space = LayerSpace(layers=4, operations=("conv_1x1", "conv_3x3", "max_pool_3x3"), halvings=1)
    network, x = space.make_network(channels=4).double(), pixels(height=8)
    genotype = space.random(2)
    torch.testing.assert_close(network(x, genotype), network(x, one_hot(space, genotype)))
    ran: list[str] = []
    for layer in network.layers:
        for name, module in layer.items():
            module.register_forward_hook(lambda *_, name=name: ran.append(name))
    network(x, genotype)
    assert tuple(ran) == genotype.operations
    single = space.make_network(channels=4, genotype=genotype)
    assert sum(p.numel() for p in single.parameters()) < sum(p.numel() for p in network.parameters())
    short = Layers(("conv_1x1",))
    for bad, says in [(None, "has no genotype"), (short, "4 operations, but name 1"), ([], "4 tensors")]:
        with pytest.raises(ValueError, match=says):
            network(x, bad)


def test_a_path_moves_its_own_weights_only() -> None:
    space = CellSpace(nodes=4, operations=ALL)
    network, x = supernet(space), pixels()
    genotype = space.random(4)
    moved = gradients(network, network(x, genotype).square().sum())
    operations_moved = {name for name in moved if ".operations." in name}
    parts = own(network, genotype)
    assert operations_moved == {
        name
        for name, _ in network.named_parameters()
        if ".operations." in name and ".".join(name.split(".")[1:4:2]) in parts
    }
    around = {name for name, _ in network.named_parameters() if ".operations." not in name}
    assert around - moved.keys() == unread(network, genotype)
    for place, kind in enumerate(network.kinds):  # of the mix, only the slices of the unused nodes
        slices = moved[f"cells.{place}.mix.weight"].chunk(space.nodes, dim=1)
        unused = space.outputs(genotype.cell(kind))
        assert [bool(part.any()) for part in slices] == [node in unused for node in range(space.nodes)]


def test_two_equal_slots_are_one_operation_whose_value_counts_twice() -> None:
    space = CellSpace(nodes=1, kinds=("normal",), operations=("conv_1x1", "identity"), output="last")
    network, x = supernet(space, cells=1), pixels()
    twice = Genotype(normal=(((1, "conv_1x1"), (1, "conv_1x1")),))
    seen = []
    module = network.cells[0].operations["node0_input1_conv_1x1"]
    hook = module.register_forward_hook(lambda *arguments: seen.append(arguments[2]))
    logits = network(x, twice)
    hook.remove()
    assert len(seen) == 1
    torch.testing.assert_close(logits, network.classifier(2 * seen[0].mean((2, 3))))


def test_shared_inputs_have_one_module_for_each_stride() -> None:
    space = CellSpace(nodes=3, operations=("sep_conv_3x3",), share_inputs=True)
    normal, reduction, _ = supernet(space, cells=3).cells
    assert list(normal.operations) == [f"node{node}_stride1_sep_conv_3x3" for node in range(3)]
    assert list(reduction.operations) == [
        "node0_stride2_sep_conv_3x3",
        "node1_stride2_sep_conv_3x3", "node1_stride1_sep_conv_3x3",
        "node2_stride2_sep_conv_3x3", "node2_stride1_sep_conv_3x3",
    ]  # fmt: skip


def test_a_fixed_slot_needs_no_operations_on_other_inputs() -> None:
    fixed = ((0, 0, 1), (0, 1, 1), (1, 0, 2))
    (cell,) = supernet(CellSpace(nodes=2, kinds=("normal",), operations=("conv_1x1",), fixed=fixed), cells=1).cells
    assert list(cell.operations) == [
        "node0_input1_conv_1x1",
        "node1_input0_conv_1x1", "node1_input1_conv_1x1", "node1_input2_conv_1x1",
    ]  # fmt: skip


# The network of one genotype.


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
def test_a_genotypes_own_network_is_the_supernets_path(space: CellSpace) -> None:
    whole, x, genotype = supernet(space), pixels(), space.random(5)
    alone = supernet(space, genotype=genotype)
    weights = whole.state_dict()
    for place, kind in enumerate(whole.kinds):
        if space.output == "unused":
            slices = weights[f"cells.{place}.mix.weight"].chunk(space.nodes, dim=1)
            joined = torch.cat([slices[node] for node in space.outputs(genotype.cell(kind))], dim=1)
            weights[f"cells.{place}.mix.weight"] = joined
    for name in alone.state_dict():  # which has weights for each input, even where the supernet shares them
        if name not in weights:
            place, source = int(name.split(".")[1]), int(re.search(r"input(\d+)", name)[1])
            stride = 2 if whole.kinds[place] == "reduction" and source < space.inputs else 1
            weights[name] = weights[name.replace(f"input{source}", f"stride{stride}")]
    alone.load_state_dict({name: weights[name] for name in alone.state_dict()})
    torch.testing.assert_close(alone(x), whole(x, genotype))
    assert torch.equal(alone(x), alone(x, genotype))
    counted = calls(alone, lambda: alone(x))
    assert set(counted) == {
        label(alone, place, name) for place, cell in enumerate(alone.cells) for name in cell.operations
    }
    if not space.share_inputs:
        assert counted == calls(whole, lambda: whole(x, genotype))


def test_a_network_of_its_own_shares_no_weights_between_inputs() -> None:
    """Their running statistics would be a blend that fits neither input."""
    space = CellSpace(nodes=1, kinds=("normal",), share_inputs=True)
    genotype = Genotype(normal=(((0, "sep_conv_3x3"), (1, "sep_conv_3x3")),))
    (alone,) = Network(space, cells=1, channels=2, genotype=genotype, affine=True).cells
    assert list(alone.operations) == ["node0_input0_sep_conv_3x3", "node0_input1_sep_conv_3x3"]


def test_in_retraining_evaluation_takes_the_running_statistics() -> None:
    space = CellSpace(nodes=2)
    network = supernet(space, cells=3, genotype=space.random(0), affine=True)
    x = pixels(8)
    network(x)
    network.eval()
    torch.testing.assert_close(network(x)[:3], network(x[:3]))
    search = supernet(space, cells=3, genotype=space.random(0)).eval()
    assert not torch.allclose(search(x)[:3], search(x[:3]))
    assert not list(search.buffers())


def test_the_auxiliary_head_sees_the_second_reduction_cell_in_training_only() -> None:
    space = CellSpace(nodes=2)
    genotype = space.random(0)
    network = supernet(space, cells=6, genotype=genotype, affine=True, auxiliary=True, classes=7)
    x, seen = pixels(2, height=16, width=16), {}
    network.auxiliary.register_forward_hook(lambda module, args, out: seen.update(head=args[0]))
    network.cells[4].register_forward_hook(lambda module, args, out: seen.update(cell=out))
    logits, auxiliary = network(x)
    assert logits.shape == auxiliary.shape == (2, 7)
    assert network.kinds[4] == "reduction"
    assert torch.equal(seen["head"], seen["cell"].relu())
    auxiliary.sum().backward()
    assert network.cells[4].inputs[0] is not None
    assert all(p.grad is None for p in network.cells[5].parameters())
    assert all(p.grad is not None for p in network.auxiliary.parameters())
    assert network.eval()(x).shape == (2, 7)
    c = network.cells[4].channels
    head = sum(p.numel() for p in network.auxiliary.parameters())
    assert head == c * 128 + 2 * 128 + 4 * 128 * 768 + 2 * 768 + 768 * 7 + 7


# Drop-path.


def test_drop_path_zeroes_whole_images_keeps_the_mean_and_spares_identities() -> None:
    space = CellSpace(nodes=1, kinds=("normal",), operations=("conv_1x1", "identity"), output="last")
    genotype = Genotype(normal=(((0, "identity"), (1, "conv_1x1")),))
    network = supernet(space, cells=1, genotype=genotype, drop_path=0.3)
    x = pixels(4000, height=2, width=2)
    seen: dict[str, Tensor] = {}
    (cell,) = network.cells
    cell.inputs[0].register_forward_hook(lambda module, args, out: seen.update(handed_on=out))
    cell.operations["node0_input1_conv_1x1"].register_forward_hook(lambda m, a, out: seen.update(conv=out))
    cell.register_forward_hook(lambda module, args, out: seen.update(out=out))
    network(x, generator=torch.Generator().manual_seed(0))
    factor = (seen["out"] - seen["handed_on"]) / seen["conv"]
    per_image = factor[:, :1, :1, :1]
    torch.testing.assert_close(factor, per_image.expand_as(factor))
    dropped = per_image.abs() < 1e-9
    torch.testing.assert_close(per_image[~dropped], torch.full_like(per_image[~dropped], 1 / 0.7))
    assert abs(dropped.double().mean() - 0.3) < 4 * (0.3 * 0.7 / 4000) ** 0.5


def test_drop_path_is_drawn_from_the_given_generator_afresh_for_every_slot() -> None:
    space = CellSpace(nodes=3, operations=("conv_1x1",))
    genotype = space.random(0)
    network, x = supernet(space, genotype=genotype, drop_path=0.5), pixels()
    before = torch.get_rng_state()
    runs = [network(x, generator=torch.Generator().manual_seed(seed)) for seed in (0, 0, 1)]
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(runs[0], runs[1])
    assert not torch.allclose(runs[0], runs[2])
    kept = network._draw_kept(x, {}, torch.Generator().manual_seed(0))
    assert kept.shape == (4, 3, 2, 3, 1, 1, 1)
    assert set(kept.unique().tolist()) == {0.0, 2.0}
    network.eval()
    assert torch.equal(network(x), network(x, generator=torch.Generator().manual_seed(2)))
    network.train().drop_path = 0.0
    assert torch.equal(network(x), network.eval()(x))


# The space is the reader's.


def test_an_operation_and_a_number_of_nodes_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "OPERATIONS", dict(OPERATIONS))
    add_operation("conv_7x7", dense(7))
    space = CellSpace(nodes=7, operations=(*ARTICLE_OPERATIONS, "conv_7x7"))
    genotype = Genotype(*(tuple(((0, "conv_7x7"), (n + 1, "conv_7x7")) for n in range(7)) for _ in range(2)))
    network = supernet(space, cells=3)
    assert network(pixels(), genotype).shape == (3, 10)
    assert sum(name.endswith("conv_7x7") for name in network.cells[0].operations) == sum(range(2, 9))


@pytest.mark.parametrize("cells", range(3, 24))
def test_layout_has_two_reduction_cells_at_a_third_and_two_thirds(cells: int) -> None:
    kinds = layout(("normal", "reduction"), cells)
    assert [place for place, kind in enumerate(kinds) if kind == "reduction"] == [cells // 3, 2 * cells // 3]
    assert len(kinds) == cells
    assert layout(("normal",), cells) == ("normal",) * cells


def test_channels_double_and_images_halve_in_reduction_cells() -> None:
    space, shapes = CellSpace(nodes=2), []
    network = supernet(space, cells=8, channels=4)
    for cell in network.cells:
        cell.register_forward_hook(lambda module, args, out: shapes.append(tuple(out.shape[1:])))
    network(pixels(2, height=32, width=20), space.random(0))
    assert shapes == [(4, 32, 20)] * 2 + [(8, 16, 10)] * 3 + [(16, 8, 5)] * 3


def test_everything_is_channels_last() -> None:
    space = CellSpace()
    network = supernet(space, channels=4)
    layouts = []
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.register_forward_hook(lambda module, args, out: layouts.append(args[0]))
    network(pixels(), space.random(0))
    assert layouts
    assert all(x.is_contiguous(memory_format=torch.channels_last) for x in layouts)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s: Network(s, cells=2), r"cells \(.*\) must be a whole number of at least 3, but is 2"),
        (lambda s: Network(s, channels=1), "channels must be a whole number of at least 2, but is 1"),
        (lambda s: Network(s, classes=1), "classes must be a whole number of at least 2, but is 1"),
        (lambda s: Network(s, image_channels=0), "image_channels must be a whole number of at least 1, but is 0"),
        (lambda s: Network(s, drop_path=1.0), "drop_path must be at least 0 and below 1, but is 1.0"),
        (lambda s: Network(s, genotype=Genotype()), "a genotype of this space has the cells normal, reduction"),
        (
            lambda s: Network(CellSpace(kinds=("normal",)), auxiliary=True),
            "auxiliary=True needs two reduction cells, but this network has 0",
        ),
    ],
)
def test_no_network_is_built_of_bad_arguments(call: Callable[[CellSpace], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call(CellSpace(nodes=1))


def test_bad_calls_are_refused_in_a_sentence() -> None:
    space = CellSpace(nodes=1, operations=("conv_1x1", "identity"))
    first, second = space.random(0), space.random(1)
    assert first != second
    network, alone = supernet(space, cells=3), supernet(space, cells=3, genotype=first)
    x, gates = pixels(), one_hot(space, first)
    refused = [
        (lambda: network(x[0], first), r"x must have shape \(B, 3, H, W\), but has \(3, 9, 8\)"),
        (lambda: network(x[:, :2], first), r"x must have shape \(B, 3, H, W\), but has \(3, 2, 9, 8\)"),
        (lambda: network(x), "supernet has no genotype of its own"),
        (lambda: network(x, Genotype(first.normal)), "a genotype of this space has the cells normal, reduction"),
        (lambda: network(x, gates[1:]), "gates must be 8 tensors, one for each decision, but are 7"),
        (lambda: network(x, [torch.ones(3), *gates[1:]]), r"gate 0 must have shape \(2,\), but has \(3,\)"),
        (lambda: alone(x, second), "holds the operations of its own genotype only"),
        (lambda: alone(x, gates), "Gates need the supernet"),
    ]
    for call, message in refused:
        with pytest.raises(ValueError, match=message):
            call()
    network.drop_path = alone.drop_path = 0.2
    with pytest.raises(ValueError, match="Training with drop_path > 0 needs a generator"):
        alone(x)
    with pytest.raises(ValueError, match="set it to 0 for gates"):
        network(x, gates, generator=torch.Generator())
    single = CellSpace(nodes=1, kinds=("normal",), inputs=1, operations=("identity",))
    with pytest.raises(ValueError, match="this space holds a single architecture"):
        supernet(single, cells=1)(x, [])
