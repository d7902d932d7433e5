"""A space: a chain of convolutions, each of them on or off."""

from dataclasses import dataclass

from torch import nn

import asng_edu
from asng_edu.nas import SPACES, OneOf, OptionSpace, SearchNetwork, option
from asng_edu.nas.supernet.convolutions import conv_bn


@SPACES.register("on-off")
@dataclass(frozen=True)
class OnOffSpace(OptionSpace):
    depth: int = option(4, "convolutions that can be on", least=1, most=100)

    @property
    def decisions(self):
        return [OneOf(f"convolution {k}", ("off", "on")) for k in range(self.depth)]

    def make_network(self, **shape):
        return OnOffNetwork(self, **shape)


class OnOffNetwork(SearchNetwork):
    def __init__(self, space, *, channels, classes=10, image_channels=3, genotype=None, affine=False, **others):
        super().__init__(space, genotype, channels=channels, classes=classes, image_channels=image_channels)
        on = [str(k) for k in range(space.depth) if genotype is None or genotype.options[k] == "on"]
        self.stem, self.classifier = conv_bn(image_channels, channels, 3, 2, affine), nn.Linear(channels, classes)
        self.chain = nn.ModuleDict({k: conv_bn(channels, channels, 3, 1, affine) for k in on})

    def forward(self, x, choice=None, *, generator=None):
        x, weights = self.stem(self.prepare(x)), self.space.weights(self.choose(choice))
        for k, layer in self.chain.items():
            x = sum(w * (layer(x.relu()) if taken == "on" else x) for taken, w in weights[int(k)].items())
        return self.classifier(x.relu().mean(dim=(2, 3)))


if __name__ == "__main__":
    raise SystemExit(asng_edu.cli.main())
