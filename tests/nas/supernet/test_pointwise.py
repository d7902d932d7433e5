"""1×1 convolutions: they are torch's, and never ask oneDNN for the gradient that it computes outside its memory."""

import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from asng_edu.nas.spaces.cell_space import CellSpace
from asng_edu.nas.supernet.network import Network
from asng_edu.nas.supernet.pointwise import NARROW, PointwiseConv


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("channels", [1, 3, NARROW - 1, NARROW])
@pytest.mark.parametrize("side", [7, 8])
def test_it_is_torchs_convolution(stride, channels, side):
    torch.manual_seed(0)
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


def test_the_gradient_of_channels_last_pictures_is_right():
    torch.manual_seed(0)
    conv = PointwiseConv(3, 4, 2).to(memory_format=torch.channels_last)
    x = torch.randn(8, 3, 16, 16).contiguous(memory_format=torch.channels_last)
    conv(x).square().sum().backward()
    exact = PointwiseConv(3, 4, 2).double()
    exact.load_state_dict(conv.state_dict())
    exact(x.double().contiguous()).square().sum().backward()
    assert torch.allclose(conv.weight.grad.double(), exact.weight.grad, rtol=1e-4)
