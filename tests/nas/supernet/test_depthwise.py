"""The column-wise gradient of a depthwise kernel, and average pooling, against PyTorch's own in double precision."""

from __future__ import annotations

import pytest
import torch
from torch.nn.functional import avg_pool2d, conv2d

from asng_edu.nas.supernet.depthwise import AveragePool, DepthwiseConv, average, column_wise


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(0)


@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("kernel", [3, 5, 7])
@pytest.mark.parametrize(("height", "width"), [(8, 8), (7, 6), (2, 9), (1, 3)])
def test_it_is_the_plain_convolution(
    kernel: int, stride: int, height: int, width: int, memory_format: torch.memory_format
) -> None:
    x = torch.randn(3, 4, height, width, dtype=torch.float64).to(memory_format=memory_format).requires_grad_()
    weight = torch.randn(4, 1, kernel, kernel, dtype=torch.float64, requires_grad=True)
    ours = column_wise(x, weight, stride)
    plain = conv2d(x, weight, stride=stride, padding=kernel // 2, groups=4)
    torch.testing.assert_close(ours, plain)
    towards = torch.randn_like(plain)
    for mine, theirs in zip(*(torch.autograd.grad(y, (x, weight), towards) for y in (ours, plain)), strict=True):
        torch.testing.assert_close(mine, theirs)


@pytest.mark.parametrize("stride", [1, 2])
def test_its_gradient_has_a_gradient(stride: int) -> None:
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


def test_wide_kernels_take_it_but_narrow_pictures_and_autocast_do_not() -> None:
    x = torch.randn(2, 3, 6, 6)
    assert DepthwiseConv(3, 7, 1)(x[..., :1]).shape == (2, 3, 6, 1)
    assert "ColumnWise" in DepthwiseConv(3, 5, 1)(x).grad_fn.name()
    assert "ColumnWise" not in DepthwiseConv(3, 3, 1)(x).grad_fn.name()
    with torch.autocast("cpu", torch.bfloat16):
        output = DepthwiseConv(3, 5, 1)(x)
    assert output.dtype == torch.bfloat16
    output.sum().backward()


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize(("height", "width"), [(8, 8), (7, 6), (1, 3)])
def test_average_pooling_is_pytorchs(height: int, width: int, stride: int) -> None:
    x = torch.randn(3, 4, height, width, dtype=torch.float64, requires_grad=True)
    ours, plain = average(x, stride), avg_pool2d(x, 3, stride, padding=1)
    torch.testing.assert_close(ours, plain)
    towards = torch.randn_like(plain)
    torch.testing.assert_close(torch.autograd.grad(ours, x, towards), torch.autograd.grad(plain, x, towards))
    assert torch.equal(AveragePool(stride)(x), ours)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(AveragePool(stride)(x), plain)
