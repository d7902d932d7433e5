"""The network: a stem, a stack of cells, a linear classifier; as the supernet of all cells or as one cell's network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from asng_edu._common import checks
from asng_edu.nas.spaces.base import MOST_CELLS
from asng_edu.nas.spaces.cell_space import CellSpace
from asng_edu.nas.spaces.genotype import Genotype
from asng_edu.nas.supernet.base import SearchNetwork, copy_weights
from asng_edu.nas.supernet.cell import Cell
from asng_edu.nas.supernet.convolutions import batch_norm, conv_bn
from asng_edu.nas.supernet.mixture import Mixture


def layout(kinds: Sequence[str], cells: int) -> tuple[str, ...]:
    """Return the kind of every cell: reduction cells at a third and at two thirds, or all cells of the only kind.

    Raises
    ------
    ValueError
        If there are too few cells for both kinds, or more than a thousand.

    Notes
    -----
    Taught in chapter *The CIFAR-10 cell search*.

    Examples
    --------
    >>> layout(("normal", "reduction"), 6)
    ('normal', 'normal', 'reduction', 'normal', 'reduction', 'normal')
    """
    if len(kinds) == 1:
        return (kinds[0],) * checks.integer("cells", cells, 1, MOST_CELLS)
    checks.integer("cells (of a network with normal and reduction cells)", cells, 3, MOST_CELLS)
    return tuple("reduction" if cell in (cells // 3, 2 * cells // 3) else "normal" for cell in range(cells))


class Network(SearchNetwork):
    """A network of stacked cells.

    Without a genotype it is the supernet, which holds the weights of every cell in the space: give each call a path,
    or gates. With a genotype it holds that genotype's operations only.

    Parameters
    ----------
    space : CellSpace
        What a cell can be.
    cells : int
        How many; where the reduction cells stand says :func:`layout`.
    channels : int
        Of the first cells, C. The stem has 3C; each reduction cell doubles them.
    classes, image_channels : int
        Of the data.
    genotype : Genotype, optional
        The network's only path.
    affine : bool
        False for search: BN has neither scale nor shift and always normalises by the batch. True for retraining:
        the usual BN with running statistics.
    auxiliary : bool
        Add a second classifier after the second reduction cell, for training only.
    drop_path : float
        Probability with which each image loses an operation's output in training; what is kept is divided by
        1 − ``drop_path``. Operations that hand on their input as it is are never lost. May be set between calls.

    Raises
    ------
    ValueError
        For numbers out of range, a genotype outside the space, too few cells, an auxiliary head with fewer than two
        reduction cells.

    Notes
    -----
    The architecture of the article's experiment 3.2, whose details are those of ENAS (Pham et al. 2018) and DARTS
    (Liu et al. 2019). Parameters are initialised from PyTorch's global generator, as those of any module are.
    Taught in chapter *The supernet and the search*.

    Examples
    --------
    >>> import numpy as np
    >>> space = CellSpace(nodes=2)
    >>> supernet = Network(space, cells=3, channels=4)
    >>> path = space.random(np.random.default_rng(0))
    >>> supernet(torch.zeros(2, 3, 8, 8), path).shape
    torch.Size([2, 10])
    >>> gates = [torch.full((decision.size,), 1 / decision.size) for decision in space.decisions]
    >>> supernet(torch.zeros(2, 3, 8, 8), gates).shape
    torch.Size([2, 10])
    """

    has_auxiliary = True

    def __init__(
        self,
        space: CellSpace,
        *,
        cells: int = 8,
        channels: int = 16,
        classes: int = 10,
        image_channels: int = 3,
        genotype: Genotype | None = None,
        affine: bool = False,
        auxiliary: bool = False,
        drop_path: float = 0.0,
    ) -> None:
        checks.instance("space", space, CellSpace, "a CellSpace")
        super().__init__(
            space, genotype, channels=channels, classes=classes, image_channels=image_channels, affine=affine,
            auxiliary=auxiliary, drop_path=drop_path,
        )  # fmt: skip
        self.space: CellSpace
        self.genotype: Genotype | None
        self.kinds = layout(space.kinds, cells)
        reductions = [place for place, kind in enumerate(self.kinds) if kind == "reduction"]
        if auxiliary and len(reductions) < 2:
            raise ValueError(f"auxiliary=True needs two reduction cells, but this network has {len(reductions)}.")
        self.stem = conv_bn(image_channels, 3 * channels, 3, 1, affine)
        self.cells = nn.ModuleList()
        self.auxiliary: AuxiliaryHead | None = None
        self.auxiliary_after: int | None = None
        before = [(3 * channels, 0)] * space.inputs
        for place, kind in enumerate(self.kinds):
            if kind == "reduction":
                channels *= 2
            path = None if self.genotype is None else self.genotype.cell(kind)
            self.cells.append(Cell(space, kind, before, channels, affine=affine, path=path))
            if auxiliary and place == reductions[1]:
                self.auxiliary, self.auxiliary_after = AuxiliaryHead(channels, classes, affine), place
            halved = int(kind == "reduction")  # the cell's output, against all that comes before
            before = [(width, halvings + halved) for width, halvings in before[1:]] + [(channels, 0)]
        self.classifier = nn.Linear(channels, classes)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(
        self,
        x: Tensor,
        choice: Genotype | Mixture | Sequence[Tensor] | None = None,
        *,
        generator: torch.Generator | None = None,
    ) -> Tensor | tuple[Tensor, Tensor]:
        """Return the logits of a batch.

        Parameters
        ----------
        x : Tensor
            Images, (B, image_channels, H, W).
        choice : Genotype, Mixture or sequence of Tensor, optional
            One path, of which only its own operations run; or a mixture of all; or gates, for each of
            ``space.decisions`` one tensor of its options' weights, (K,), which make a mixture: see
            :meth:`asng_edu.nas.CellSpace.mixture`. One-hot gates give what the path gives, and run no more. By default
            the network's own genotype.
        generator : torch.Generator, optional
            Draws what drop-path drops; needed only in training with ``drop_path`` > 0.

        Returns
        -------
        Tensor or pair of Tensor
            Logits, (B, classes); in training with an auxiliary head (logits, auxiliary logits).

        Raises
        ------
        ValueError
            If images or gates have another shape, the path is outside the space or not that of the network,
            or drop-path lacks a generator or meets gates.
        """
        x = self.prepare(x)
        chosen = self.choose(choice)
        kept = self._draw_kept(x, chosen, generator) if self.training and self.drop_path > 0 else None
        auxiliary = None
        output = self.stem(x)
        latest = [output.relu()] * self.space.inputs  # all that read it begin with ReLU: once for all
        for place, (kind, cell) in enumerate(zip(self.kinds, self.cells, strict=True)):
            run = chosen if isinstance(chosen, Mixture) else chosen.cell(kind)
            output = cell(latest, run, None if kept is None else kept[place])
            latest = [*latest[1:], output.relu()]
            if self.auxiliary is not None and place == self.auxiliary_after and self.training:
                auxiliary = self.auxiliary(latest[-1])
        logits: Tensor = self.classifier(output.mean(dim=(2, 3)))
        return logits if auxiliary is None else (logits, auxiliary)

    def _inherit(self, supernet: Network) -> None:
        if len(supernet.cells) != len(self.cells):
            raise RuntimeError("another number of cells")
        copy_weights(self.stem, supernet.stem)
        copy_weights(self.classifier, supernet.classifier)
        for own, other in zip(self.cells, supernet.cells, strict=True):
            cast(Cell, own).inherit(cast(Cell, other))

    def _draw_kept(self, x: Tensor, choice: Genotype | Mixture, generator: torch.Generator | None) -> Tensor:
        """Return the factors of drop-path, 0 or 1/(1 − p): (cells, nodes, slots, B, 1, 1, 1)."""
        if generator is None:
            raise ValueError("Training with drop_path > 0 needs a generator.")
        if isinstance(choice, Mixture):
            raise ValueError("drop_path drops operations of one path: set it to 0 for gates.")
        shape = (len(self.cells), self.space.nodes, self.space.slots, len(x), 1, 1, 1)
        kept = torch.rand(shape, generator=generator, device=generator.device) >= self.drop_path
        return kept.to(x.device, x.dtype) / (1 - self.drop_path)


class AuxiliaryHead(nn.Module):
    """A classifier in the middle of the network, whose loss helps to train the lower half.

    Average pooling to 2×2, 1×1 convolution to 128 channels, BN, ReLU, 2×2 convolution to 768 channels, BN,
    ReLU, linear. (DARTS pools 8×8 images by overlapping 5×5 windows; here any size will do.)
    """

    def __init__(self, channels: int, classes: int, affine: bool) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.AdaptiveAvgPool2d(2),
            nn.Conv2d(channels, 128, 1, bias=False),
            batch_norm(128, affine),
            nn.ReLU(),
            nn.Conv2d(128, 768, 2, bias=False),
            batch_norm(768, affine),
            nn.ReLU(),
        )
        self.classifier = nn.Linear(768, classes)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.classifier(self.features(x).flatten(1))
        return logits
