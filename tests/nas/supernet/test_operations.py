"""The operations: shapes, parameter counts, what factorised reduction and pooling see at the border."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from asng_edu.nas.supernet import operations
from asng_edu.nas.supernet.convolutions import FactorisedReduction, batch_norm
from asng_edu.nas.supernet.operations import OPERATIONS, SPARE, Style, add_operation, make, style_of


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(0)


OWN = [name for name, operation in OPERATIONS.items() if operation.factory.__module__ == operations.__name__]


def expected_parameters(name: str, c: int, stride: int, affine: bool) -> int:
    norm = 2 * c if affine else 0
    return {
        "identity": 0 if stride == 1 else c * c + norm,
        "sep_conv_3x3": 2 * (9 * c + c * c + norm),
        "sep_conv_5x5": 2 * (25 * c + c * c + norm),
        "avg_pool_3x3": 0,
        "max_pool_3x3": 0,
        "conv_1x1": c * c + norm,
        "conv_3x3": 9 * c * c + norm,
        "dil_conv_1x5": 5 * c + c * c + norm,
        "max_pool_1x3": 0,
    }[name]


@pytest.mark.parametrize("affine", [False, True])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("name", OPERATIONS)
def test_shape(name: str, stride: int, affine: bool) -> None:
    for channels, height, width in ((4, 8, 8), (5, 7, 8), (3, 1, 3)):
        module = make(name, channels, stride, affine)
        x = torch.randn(2, channels, height, width)
        assert module(x).shape == (2, channels, -(-height // stride), -(-width // stride))


@pytest.mark.parametrize("affine", [False, True])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("name", OWN)
def test_parameters(name: str, stride: int, affine: bool) -> None:
    for channels in (3, 4, 5):
        module = make(name, channels, stride, affine)
        assert sum(p.numel() for p in module.parameters()) == expected_parameters(name, channels, stride, affine)


@pytest.mark.parametrize("name", [name for name in OWN if "conv" in name])
def test_convolutions_see_the_relu_of_their_input_and_put_out_what_bn_normalised(name: str) -> None:
    x = torch.randn(3, 4, 6, 6, dtype=torch.float64)
    module = make(name, 4).double()
    y = module(x)
    torch.testing.assert_close(y, module(x.relu()))
    torch.testing.assert_close(y.mean((0, 2, 3)), torch.zeros(4, dtype=torch.float64), atol=1e-12, rtol=0)
    torch.testing.assert_close(y.var((0, 2, 3), correction=0), torch.ones(4, dtype=torch.float64), atol=1e-2, rtol=0)


def test_separable_convolution_has_the_stride_in_the_first_of_its_two() -> None:
    convs = [m for m in make("sep_conv_5x5", 6, stride=2).modules() if isinstance(m, nn.Conv2d)]
    assert [(m.kernel_size[0], m.groups, m.stride[0]) for m in convs] == [(5, 6, 2), (1, 1, 1), (5, 6, 1), (1, 1, 1)]


def plain_reduction(module: FactorisedReduction, x: Tensor) -> Tensor:
    """Pixel by pixel: even ones through one matrix, odd ones through the other, zeros beyond the edge."""
    batch, _, height, width = x.shape
    rows = []
    for i in range(0, height, 2):
        for j in range(0, width, 2):
            odd = x[:, :, i + 1, j + 1] if i + 1 < height and j + 1 < width else torch.zeros_like(x[:, :, 0, 0])
            halves = [
                x[:, :, i, j] @ module.even.weight[:, :, 0, 0].T,
                odd @ module.odd.weight[:, :, 0, 0].T,
            ]
            rows.append(torch.cat(halves, dim=1))
    values = torch.stack(rows, dim=2).reshape(batch, -1, -(-height // 2), -(-width // 2))
    mean, var = values.mean((0, 2, 3), keepdim=True), values.var((0, 2, 3), correction=0, keepdim=True)
    return (values - mean) / (var + module.norm.eps).sqrt()


@pytest.mark.parametrize(("before", "channels", "height", "width"), [(4, 6, 6, 8), (3, 5, 7, 5), (2, 3, 4, 7)])
def test_factorised_reduction_reads_even_and_odd_pixels(before: int, channels: int, height: int, width: int) -> None:
    module = FactorisedReduction(before, channels, affine=False).double()
    x = torch.randn(3, before, height, width, dtype=torch.float64)
    torch.testing.assert_close(module(x), plain_reduction(module, x))


def test_outside_the_image_are_zeros_for_the_average_and_nothing_for_the_maximum() -> None:
    x = -1 - torch.rand(1, 1, 4, 4, dtype=torch.float64)  # padding by zeros would win the maximum
    padded = functional.pad(x, (1, 1, 1, 1), value=torch.nan)
    windows = padded.unfold(2, 3, 1).unfold(3, 3, 1).flatten(4)
    torch.testing.assert_close(make("avg_pool_3x3", 1)(x), windows.nan_to_num(0).mean(-1))
    torch.testing.assert_close(make("max_pool_3x3", 1)(x), windows.nan_to_num(-torch.inf).amax(-1))


def test_batch_statistics_always_without_affine_and_running_ones_with_it() -> None:
    x = 5 + torch.randn(64, 3, 4, 4)
    search, retrain = batch_norm(3, affine=False), batch_norm(3, affine=True)
    assert not list(search.parameters()) + list(search.buffers())
    assert torch.equal(search(x), search.eval()(x))
    trained = retrain(x)
    assert retrain.running_mean is not None
    assert not torch.allclose(trained, retrain.eval()(x))


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("name", OPERATIONS)
def test_the_stated_costs_are_those_of_the_modules(name: str, stride: int) -> None:
    costs = OPERATIONS[name].costs
    if costs is None:
        pytest.skip("counted nowhere")
    squares, multiples, norms = costs[stride - 1]
    for channels in (2, 4, 7):
        module = make(name, channels, stride, affine=True)
        convolutions = [m.weight.numel() for m in module.modules() if isinstance(m, nn.Conv2d)]
        assert sum(convolutions) == squares * channels**2 + multiples * channels
        assert sum(p.numel() for p in module.parameters()) - sum(convolutions) == norms * channels


def test_an_operation_of_the_readers_own_has_a_style(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "OPERATIONS", dict(OPERATIONS))
    zero: operations.Factory = lambda channels, stride, affine: nn.Threshold(torch.inf, 0.0)  # noqa: E731
    add_operation("mine", zero, Style("my", "my own", "#123456", "#ABCDEF"))
    assert style_of("mine", ["mine", "other"]) == Style("my", "my own", "#123456", "#ABCDEF")
    add_operation("no_style", zero)
    add_operation("none_either", zero)
    assert style_of("no_style") == Style("no sty…", "no style", *SPARE[0])
    assert style_of("none_either")[2:4] == SPARE[1]
    assert style_of("unregistered")[2:4] == SPARE[2]
    add_operation("mine", zero)  # as when a cell of a notebook runs again
    assert style_of("mine").short == "my"


def test_a_new_operation_takes_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "OPERATIONS", dict(OPERATIONS))
    add_operation("zero", lambda channels, stride, affine: nn.Threshold(torch.inf, 0.0))
    assert not make("zero", 2)(torch.randn(1, 2, 3, 3)).any()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: make("conv_2x2", 4), "operation must be one of identity, .* but is 'conv_2x2'"),
        (lambda: make("identity", 0), "channels must be a whole number of at least 1, but is 0"),
        (lambda: make("identity", 4, stride=3), "stride must be 1 or 2, but is 3"),
        (lambda: add_operation("a.b", nn.Identity), "name must consist of letters, digits, _ and -, but is 'a.b'"),
        (lambda: add_operation("identity", nn.Identity), "there is an operation 'identity' already"),
        (lambda: add_operation("new", nn.Identity, Style("n", "new", "red", "#000000")), "#RRGGBB, but is 'red'"),
        (lambda: add_operation("new", 3), "factory must be a function of channels, stride and affine, but is 3"),
    ],
)
def test_bad_arguments_are_refused_in_a_sentence(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
    assert "new" not in OPERATIONS
