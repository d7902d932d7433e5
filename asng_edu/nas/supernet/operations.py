"""The operations a node can choose from: the one place where each is known, with its module, its style and its cost.

An operation keeps the number of channels. All convolutions stand in the order ReLU, convolution, batch normalisation
(BN). With stride 2 an operation halves height and width, odd sizes rounded up, so that whatever the slots of a node
choose can be added.

The table is read by many that need no torch (settings, drawings, live figures), so torch is loaded with the first
module that is made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from asng_edu._common import checks

if TYPE_CHECKING:
    from torch import nn

MOST_CHANNELS = 65_536
MOST_WIDTH = 99  # of a kernel

Factory = Callable[[int, int, bool], "nn.Module"]


class Style(NamedTuple):
    """How an operation is shown in drawings and live figures.

    Attributes
    ----------
    short : str
        What stands in its slot; about five letters.
    words : str
        Its name in words.
    light, dark : str
        Its colour on light and on dark ground, as #RRGGBB.
    dash : tuple of float
        The dashes and gaps of its line in a live figure, in pixels; none for a solid one.
    thick : bool
        Whether that line is thick.
    """

    short: str
    words: str
    light: str
    dark: str
    dash: tuple[float, ...] = ()
    thick: bool = False


class Cost(NamedTuple):
    """How the cost of an operation grows with its number of channels C.

    Attributes
    ----------
    squares, multiples : int
        Its convolutions have squares·C² + multiples·C weights. Each works once at each pixel of the output, so that is
        also the number of multiply-adds a pixel.
    norms : int
        Its BN has norms·C numbers, where BN has a scale and a shift.
    """

    squares: int = 0
    multiples: int = 0
    norms: int = 0


class Operation(NamedTuple):
    """An operation that spaces can list.

    Attributes
    ----------
    factory : callable
        ``factory(channels, stride, affine)`` makes the module.
    style : Style
        How it is shown.
    costs : (Cost, Cost), optional
        With stride 1 and with stride 2; what live figures count with. (:func:`asng_edu.nas.count` asks the modules.)
    """

    factory: Factory
    style: Style
    costs: tuple[Cost, Cost] | None = None


def identity(channels: int, stride: int, affine: bool) -> nn.Module:
    """Return what hands its input on, as it is or, with stride 2, by ReLU and factorised reduction."""
    from torch import nn

    from asng_edu.nas.supernet.convolutions import FactorisedReduction

    return nn.Identity() if stride == 1 else nn.Sequential(nn.ReLU(), FactorisedReduction(channels, channels, affine))


def separable(kernel: int | tuple[int, int]) -> Factory:
    """Return the factory of a separable convolution, applied twice; only the first has the stride."""
    size = _size(kernel)

    def make(channels: int, stride: int, affine: bool) -> nn.Module:
        from torch import nn

        from asng_edu.nas.supernet.convolutions import DepthwiseConv, batch_norm

        def once(stride: int) -> list[nn.Module]:
            return [
                nn.ReLU(),
                DepthwiseConv(channels, size, stride),
                nn.Conv2d(channels, channels, 1, bias=False),
                batch_norm(channels, affine),
            ]

        return nn.Sequential(*once(stride), *once(1))

    return make


def dilated(kernel: int | tuple[int, int], dilation: int = 2) -> Factory:
    """Return the factory of a separable convolution, applied once, that reads every ``dilation``-th pixel only.

    So it reads from as far as a larger kernel would, with the weights of a small one (Liu et al., *DARTS*, 2019).
    """
    height, width = _size(kernel)
    apart = checks.integer("dilation", dilation, 1, MOST_WIDTH)

    def make(channels: int, stride: int, affine: bool) -> nn.Module:
        from torch import nn

        from asng_edu.nas.supernet.convolutions import batch_norm

        reach = (apart * (height // 2), apart * (width // 2))
        return nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(channels, channels, (height, width), stride, reach, apart, groups=channels, bias=False),
            nn.Conv2d(channels, channels, 1, bias=False),
            batch_norm(channels, affine),
        )

    return make


def dense(kernel: int | tuple[int, int]) -> Factory:
    """Return the factory of an ordinary convolution."""
    size = _size(kernel)

    def make(channels: int, stride: int, affine: bool) -> nn.Module:
        from torch import nn

        from asng_edu.nas.supernet.convolutions import conv_bn

        return nn.Sequential(nn.ReLU(), *conv_bn(channels, channels, size, stride, affine))

    return make


def max_pool(window: int | tuple[int, int]) -> Factory:
    """Return the factory of maximum pooling."""
    size = _size(window)

    def make(channels: int, stride: int, affine: bool) -> nn.Module:
        from torch import nn

        from asng_edu.nas.supernet.convolutions import padding_of

        return nn.MaxPool2d(size, stride, padding_of(size))

    return make


def avg_pool(window: int | tuple[int, int]) -> Factory:
    """Return the factory of average pooling; beyond the border are zeros, as in ASNG's authors' code, not in DARTS."""
    size = _size(window)

    def make(channels: int, stride: int, affine: bool) -> nn.Module:
        from asng_edu.nas.supernet.convolutions import AveragePool

        return AveragePool(size, stride)

    return make


def _size(kernel: int | tuple[int, int]) -> tuple[int, int]:
    """Return the height and the width of a kernel, both odd, so that it has a middle; one number means both."""
    height, width = (
        checks.integer("kernel", side, 1, MOST_WIDTH)
        for side in (kernel if isinstance(kernel, tuple) and len(kernel) == 2 else (kernel, kernel))
    )
    if height % 2 == 0 or width % 2 == 0:
        raise ValueError(f"kernel must be odd, but is {kernel}.")
    return height, width


FREE = (Cost(), Cost())
SEPARABLE_3 = Cost(squares=2, multiples=2 * 9, norms=2 * 2)
SEPARABLE_5 = Cost(squares=2, multiples=2 * 25, norms=2 * 2)
DILATED_5 = Cost(squares=1, multiples=5, norms=2)
ONE, NINE = Cost(squares=1, norms=2), Cost(squares=9, norms=2)

#: Each operation by its name. Separable convolutions are indigo, dense ones teal, pools brown and moss: none has
#: a colour that means something else in the book.
OPERATIONS: dict[str, Operation] = {
    "identity": Operation(identity, Style("id", "identity", "#5F6770", "#A3ADB7", dash=(2, 3.5)), (Cost(), ONE)),
    "sep_conv_3x3": Operation(
        separable(3), Style("sep 3", "3×3 separable convolution", "#5252CC", "#ABABFF"), (SEPARABLE_3, SEPARABLE_3)
    ),
    "sep_conv_5x5": Operation(
        separable(5),
        Style("sep 5", "5×5 separable convolution", "#2C2C8C", "#8080F5", thick=True),
        (SEPARABLE_5, SEPARABLE_5),
    ),
    "avg_pool_3x3": Operation(
        avg_pool(3), Style("avg", "3×3 average pooling", "#7D4A2B", "#D6A382", dash=(7, 4)), FREE
    ),
    "max_pool_3x3": Operation(max_pool(3), Style("max", "3×3 max pooling", "#5A5F2E", "#C3C68A", dash=(7, 4)), FREE),
    "conv_1x1": Operation(dense(1), Style("1×1", "1×1 convolution", "#0B757F", "#63D2DB"), (ONE, ONE)),
    "conv_3x3": Operation(dense(3), Style("3×3", "3×3 convolution", "#084B52", "#2FA3AD", thick=True), (NINE, NINE)),
    # Along the rows only, for images of height 1.
    "dil_conv_1x5": Operation(
        dilated((1, 5)),
        Style("dil 1×5", "1×5 dilated separable convolution", "#4A5A8A", "#9FB2E8"),
        (DILATED_5, DILATED_5),
    ),
    "max_pool_1x3": Operation(
        max_pool((1, 3)), Style("max", "1×3 max pooling", "#4A4F38", "#B0B38E", dash=(7, 4)), FREE
    ),
}
#: Colours, on light and on dark ground, for operations that have none of their own.
SPARE = (("#5C4A3A", "#C9B8A6"), ("#6E5A7E", "#C6B3D6"), ("#4F6472", "#A9C2D2"), ("#705A2E", "#D6C08E"))


def add_operation(
    name: str, factory: Factory, style: Style | None = None, costs: tuple[Cost, Cost] | None = None
) -> None:
    """Make an operation of your own known by ``name``, for any :class:`asng_edu.nas.CellSpace` to list.

    Parameters
    ----------
    name : str
        Letters, digits, _ and -.
    factory : callable
        ``factory(channels, stride, affine)`` returns a module from (B, channels, H, W) to the same shape, or with
        stride 2 to (B, channels, ⌈H/2⌉, ⌈W/2⌉). ``affine`` says whether BN has a scale and a shift: hand it to
        :func:`asng_edu.nas.supernet.convolutions.batch_norm`. For a 1×1 convolution with a stride take
        :class:`asng_edu.nas.supernet.convolutions.PointwiseConv`: that of PyTorch destroys memory on some CPUs. A
        module without parameters must give equal outputs for equal inputs, for a cell runs it only once on each: no
        dropout.
    style : Style, optional
        How it is shown. By default the name says it, in the next spare colour.
    costs : (Cost, Cost), optional
        With stride 1 and 2, for live figures that count.

    Raises
    ------
    ValueError
        If the name is not of that form or taken by another operation, the factory cannot be called, or the style has a
        colour that is none.

    Notes
    -----
    Taught in chapter *The search space*.

    Examples
    --------
    >>> import torch
    >>> add_operation("conv_7x7", dense(7), Style("7×7", "7×7 convolution", "#4A2A00", "#F0C890"))
    >>> make("conv_7x7", channels=4, stride=2)(torch.zeros(1, 4, 9, 9)).shape
    torch.Size([1, 4, 5, 5])
    >>> del OPERATIONS["conv_7x7"]
    """
    if not isinstance(name, str) or not re.fullmatch(r"\w[\w-]*", name):
        raise ValueError(f"name must consist of letters, digits, _ and -, but is {checks.short(name)}.")
    if name in OPERATIONS and OPERATIONS[name].factory is not factory:
        raise ValueError(f"name must be a new one, but there is an operation {name!r} already.")
    if not callable(factory):
        raise ValueError(f"factory must be a function of channels, stride and affine, but is {checks.short(factory)}.")
    if style is None:
        style = OPERATIONS[name].style if name in OPERATIONS else _plain(name, _spare_used())
    checks.instance("style", style, Style, "a Style, or None")
    if costs is not None and not (isinstance(costs, tuple) and [type(cost) for cost in costs] == [Cost, Cost]):
        raise ValueError(f"costs must be two Costs, with stride 1 and 2, but are {checks.short(costs)}.")
    for colour in (style.light, style.dark):
        if not isinstance(colour, str) or not re.fullmatch("#[0-9A-Fa-f]{6}", colour):
            raise ValueError(f"a colour of the style must have the form #RRGGBB, but is {checks.short(colour)}.")
    OPERATIONS[name] = Operation(factory, style, costs)


def make(name: str, channels: int, stride: int = 1, affine: bool = False) -> nn.Module:
    """Return a new module that performs the operation ``name``.

    Parameters
    ----------
    name : str
        Of :data:`OPERATIONS`.
    channels : int
        Of the input and of the output.
    stride : int
        1 or 2.
    affine : bool
        Whether BN has a scale, a shift and running statistics (retraining) or none of them (the supernet).

    Raises
    ------
    ValueError
        For an unknown operation, and channels or a stride that are none.
    """
    factory = OPERATIONS[checks.one_of("operation", name, OPERATIONS)].factory
    checks.boolean("affine", affine)
    if not isinstance(stride, int) or stride not in (1, 2):
        raise ValueError(f"stride must be 1 or 2, but is {checks.short(stride)}.")
    return factory(checks.integer("channels", channels, 1, MOST_CHANNELS), stride, affine)


def style_of(name: str, among: Sequence[str] = ()) -> Style:
    """Return how an operation is shown, among others; one that nobody has registered gets a spare colour.

    >>> style_of("sep_conv_3x3").short, style_of("dil_conv_3x3").short
    ('sep 3', 'dil co…')
    """
    names = checks.instance("among", among, Sequence, "a sequence of names")
    for each in (name, *names):
        checks.instance("the name of an operation", each, str, "a string")
    if name in OPERATIONS:
        return OPERATIONS[name].style
    unknown = sorted({name, *names} - set(OPERATIONS))
    return _plain(name, _spare_used() + unknown.index(name))


def _plain(name: str, place: int) -> Style:
    """Return a style that says the name, in the spare colour at this place."""
    words = name.replace("_", " ")
    return Style(words if len(words) < 8 else words[:6] + "…", words, *SPARE[place % len(SPARE)])


def _spare_used() -> int:
    """Return how many registered operations have a spare colour."""
    return sum((each.style.light, each.style.dark) in SPARE for each in OPERATIONS.values())
