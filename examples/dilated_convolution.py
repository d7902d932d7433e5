"""An operation: a 3×3 convolution with holes, which sees 5×5 pixels."""

from torch import nn

import asng_edu
from asng_edu.nas import Cost, Style, add_operation
from asng_edu.nas.supernet.convolutions import batch_norm


def dilated(channels, stride, affine):
    """Return the module; with stride 2 it halves height and width."""
    holes = {"padding": 2, "dilation": 2, "bias": False}
    convolution = nn.Conv2d(channels, channels, 3, stride, **holes)
    return nn.Sequential(nn.ReLU(), convolution, batch_norm(channels, affine))


style = Style("dil 3", "3×3 dilated convolution", light="#8A1C4A", dark="#F59BC0")
cost = Cost(squares=9, norms=2)  # 9·C² weights, and 2·C numbers of BN
add_operation("dil_conv_3x3", dilated, style, (cost, cost))  # with stride 1 and 2

if __name__ == "__main__":
    raise SystemExit(asng_edu.cli.main())
