"""1×1 and depthwise convolutions and average pooling are PyTorch's, and never ask oneDNN for what it does wrong."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn.functional import avg_pool2d, conv2d
from torch.utils._python_dispatch import TorchDispatchMode

from asng_edu.nas.spaces.cell_space import CellSpace
from asng_edu.nas.supernet.convolutions import (
    NARROW,
    AveragePool,
    DepthwiseConv,
    PointwiseConv,
    average,
    column_wise,
    padding_of,
)
from asng_edu.nas.supernet.network import Network


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(0)


@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("kernel", [(3, 3), (5, 5), (7, 7), (1, 5), (5, 1), (3, 7)])
@pytest.mark.parametrize(("height", "width"), [(8, 8), (7, 6), (2, 9), (1, 3)])
def test_a_depthwise_convolution_by_columns_is_the_plain_one(
    kernel: tuple[int, int], stride: int, height: int, width: int, memory_format: torch.memory_format
) -> None:
    x = torch.randn(3, 4, height, width, dtype=torch.float64).to(memory_format=memory_format).requires_grad_()
    weight = torch.randn(4, 1, *kernel, dtype=torch.float64, requires_grad=True)
    ours = column_wise(x, weight, stride)
    plain = conv2d(x, weight, stride=stride, padding=padding_of(kernel), groups=4)
    torch.testing.assert_close(ours, plain)
    towards = torch.randn_like(plain)
    for mine, theirs in zip(*(torch.autograd.grad(y, (x, weight), towards) for y in (ours, plain)), strict=True):
        torch.testing.assert_close(mine, theirs)


@pytest.mark.parametrize("stride", [1, 2])
def test_the_gradient_by_columns_has_a_gradient(stride: int) -> None:
    x = torch.randn(2, 2, 5, 6, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(2, 1, 5, 5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradgradcheck(lambda x, w: column_wise(x, w, stride), (x, weight))


def test_frozen_inputs_or_weights_get_no_gradient() -> None:
    x, weight = torch.randn(2, 3, 6, 6), torch.randn(3, 1, 5, 5)
    for moving in (x, weight):
        moving.requires_grad_()
        column_wise(x, weight, 1).sum().backward()
        assert moving.grad is not None
        moving.requires_grad_(False)
        x.grad = weight.grad = None


def test_wide_kernels_take_it_but_narrow_images_and_autocast_do_not() -> None:
    x = torch.randn(2, 3, 6, 6)
    assert DepthwiseConv(3, (7, 7), 1)(x[..., :1]).shape == (2, 3, 6, 1)
    assert "ColumnWise" in DepthwiseConv(3, (5, 5), 1)(x).grad_fn.name()
    for kernel in ((3, 3), (1, 5)):
        assert "ColumnWise" not in DepthwiseConv(3, kernel, 1)(x).grad_fn.name()
    with torch.autocast("cpu", torch.bfloat16):
        output = DepthwiseConv(3, (5, 5), 1)(x)
    assert output.dtype == torch.bfloat16
    output.sum().backward()


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize(("height", "width"), [(8, 8), (7, 6), (1, 3)])
@pytest.mark.parametrize("window", [(3, 3), (1, 3)])
def test_average_pooling_is_pytorchs(window: tuple[int, int], height: int, width: int, stride: int) -> None:
    x = torch.randn(3, 4, height, width, dtype=torch.float64, requires_grad=True)
    ours, plain = average(x, window, stride), avg_pool2d(x, window, stride, padding=padding_of(window))
    torch.testing.assert_close(ours, plain)
    towards = torch.randn_like(plain)
    torch.testing.assert_close(torch.autograd.grad(ours, x, towards), torch.autograd.grad(plain, x, towards))
    assert torch.equal(AveragePool(window, stride)(x), ours)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(AveragePool(window, stride)(x), plain)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("channels", [1, 3, NARROW - 1, NARROW])
@pytest.mark.parametrize("side", [7, 8])
def test_a_pointwise_convolution_is_torchs(stride: int, channels: int, side: int) -> None:
    ours = PointwiseConv(channels, 5, stride).double()
    theirs = nn.Conv2d(channels, 5, 1, stride, bias=False).double()
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(2, channels, side, side, dtype=torch.float64)
    results = []
    for conv in (ours, theirs):
        x = x.detach().requires_grad_()
        y = conv(x)
        y.square().sum().backward()
        results.append((y, x.grad, conv.weight.grad))
    for mine, other in zip(*results, strict=True):
        assert mine.shape == other.shape
        assert torch.allclose(mine, other, rtol=1e-12, atol=1e-12)


class Convolutions(TorchDispatchMode):
    """Notes the shape of the weight and the stride of every convolution whose gradient is computed."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def __torch_dispatch__(self, function, types, arguments=(), named=None):
        if function is torch.ops.aten.convolution_backward.default:
            self.seen.append((tuple(arguments[2].shape), tuple(arguments[4])))
        return function(*arguments, **(named or {}))


def test_a_narrow_network_asks_for_no_gradient_of_a_strided_one():
    space = CellSpace(nodes=2, operations=("identity", "conv_1x1", "sep_conv_3x3"))
    network = Network(space, cells=3, channels=2)
    strided = [m for m in network.modules() if isinstance(m, PointwiseConv) and m.stride == (2, 2)]
    assert any(module.in_channels < NARROW for module in strided)
    gates = [torch.full((decision.size,), 1 / decision.size) for decision in space.decisions]
    with Convolutions() as convolutions:
        network(torch.randn(2, 3, 8, 8), gates).sum().backward()
    pointwise = [(shape[1], stride) for shape, stride in convolutions.seen if shape[2:] == (1, 1)]
    assert len(pointwise) > len(strided)
    assert all(before >= NARROW for before, stride in pointwise if max(stride) > 1)


def test_the_pointwise_gradient_of_channels_last_images_is_right():
    conv = PointwiseConv(3, 4, 2).to(memory_format=torch.channels_last)
    x = torch.randn(8, 3, 16, 16).contiguous(memory_format=torch.channels_last)
    conv(x).square().sum().backward()
    exact = PointwiseConv(3, 4, 2).double()
    exact.load_state_dict(conv.state_dict())
    exact(x.double().contiguous()).square().sum().backward()
    assert torch.allclose(conv.weight.grad.double(), exact.weight.grad, rtol=1e-4)
