"""The flat buffers and their SGD, against torch's own optimiser."""

import itertools
import math

import pytest
import torch
from torch import nn

from asng_edu.nas.training.flat_parameters import ALIGNMENT, FlatParameters, MomentumSGD


def network(seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Conv2d(3, 6, 3, bias=False),
        nn.ReLU(),
        nn.Conv2d(6, 6, 3, groups=6, bias=False),
        nn.Flatten(),
        nn.Linear(96, 4),
    ).double()


def batch(seed):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(5, 3, 8, 8, generator=generator, dtype=torch.float64)


def test_the_parameters_keep_their_values_and_memory_format():
    module = network().to(memory_format=torch.channels_last)
    before = {name: (p.detach().clone(), p.stride()) for name, p in module.named_parameters()}
    flat = FlatParameters(module)
    assert flat.values.count_nonzero() == sum(p.numel() for p in module.parameters())
    for name, parameter in module.named_parameters():
        assert torch.equal(parameter, before[name][0])
        assert parameter.stride() == before[name][1] == parameter.grad.stride()
        assert parameter.untyped_storage().data_ptr() == flat.values.untyped_storage().data_ptr()


def test_backward_adds_to_the_flat_gradients():
    module, plain = network(), network()
    flat = FlatParameters(module)
    for seed in (1, 2):
        module(batch(seed)).square().mean().backward()
        plain(batch(seed)).square().mean().backward()
    places = [slice(p.storage_offset(), p.storage_offset() + p.numel()) for p in module.parameters()]
    found = torch.cat([flat.gradients[place] for place in places])
    expected = torch.cat([p.grad.flatten() for p in plain.parameters()])
    assert torch.allclose(found, expected, rtol=1e-12, atol=1e-14)
    assert flat.gradients.count_nonzero() == found.count_nonzero()


def test_every_parameter_lies_where_an_allocator_could_have_put_it():
    module = nn.Sequential(*(nn.Linear(width, width) for width in (1, 3, 9, 64, 65)))
    flat = FlatParameters(module)
    for parameter in module.parameters():
        for tensor in (parameter, parameter.grad):
            assert tensor.storage_offset() * tensor.element_size() % ALIGNMENT == 0
    ends = sorted((p.storage_offset(), p.storage_offset() + p.numel()) for p in module.parameters())
    assert all(end <= begin for (_, end), (begin, _) in itertools.pairwise(ends))
    sgd = MomentumSGD(flat, weight_decay=0.1, clip=1.0)
    inside = torch.zeros(len(flat.values), dtype=torch.bool)
    for begin, end in ends:
        inside[begin:end] = True
    for _ in range(3):
        sum(p.square().sum() for p in module.parameters()).backward()
        sgd.step(0.1)
    assert not flat.values[~inside].any()
    assert flat.values[inside].any()


@pytest.mark.parametrize("clip", [None, 0.05])
def test_it_is_torchs_sgd_with_zero_gradients_for_what_did_not_run(clip):
    module, plain = network(), network()
    flat = FlatParameters(module)
    ours = MomentumSGD(flat, momentum=0.9, weight_decay=3e-4, clip=clip)
    theirs = torch.optim.SGD(plain.parameters(), lr=1.0, momentum=0.9, weight_decay=3e-4)
    for step in range(12):
        first, last = (0, 5) if step % 3 else (2, 5)  # now and then the first layer does not take part
        rate = 0.1 / (step + 1)
        for net in (module, plain):
            if net is plain:
                theirs.zero_grad(set_to_none=False)
            x = (
                batch(step)
                if first == 0
                else torch.relu(
                    torch.randn(5, 6, 6, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(step))
                )
            )
            net[first:last](x).square().mean().backward()
        for parameter in plain.parameters():
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
        if clip is not None:
            nn.utils.clip_grad_norm_(plain.parameters(), clip)
        theirs.param_groups[0]["lr"] = rate
        theirs.step()
        ours.step(rate)
        assert not flat.gradients.any()
    for mine, other in zip(module.parameters(), plain.parameters(), strict=True):
        assert torch.allclose(mine, other, rtol=1e-10, atol=1e-13)


def test_skipping_what_did_not_run_is_another_algorithm():
    """Why the zero matters: torch's default leaves an operation that was not sampled where it is."""
    module = network()
    flat = FlatParameters(module)
    sgd = MomentumSGD(flat, momentum=0.9, weight_decay=3e-4)
    module(batch(0)).square().mean().backward()
    sgd.step(0.1)
    before = module[0].weight.detach().clone()
    x = torch.randn(5, 6, 6, 6, dtype=torch.float64)
    module[2:](x).square().mean().backward()  # the first convolution does not run
    sgd.step(0.1)
    assert not torch.equal(module[0].weight, before)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"momentum": 1.0}, "momentum must lie from 0 to below 1"),
        ({"momentum": "fast"}, "momentum must be a number"),
        ({"weight_decay": -1.0}, "weight_decay must be finite and at least 0"),
        ({"weight_decay": math.inf}, "weight_decay must be finite and at least 0"),
        ({"clip": 0.0}, "clip must be a finite number above 0"),
    ],
)
def test_bad_settings_are_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        MomentumSGD(FlatParameters(network()), **arguments)


def test_a_module_without_parameters_or_with_mixed_ones_is_refused():
    with pytest.raises(ValueError, match="one type on one device, but is of 0"):
        FlatParameters(nn.ReLU())
    with pytest.raises(ValueError, match="one type on one device, but is of 2"):
        FlatParameters(nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2).double()))
