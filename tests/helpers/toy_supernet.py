"""A supernet of one weight, whose loss counts the decisions that a path or a mixture has wrong; float64."""

import torch
from torch import nn

from asng_edu.nas.evaluators.one_shot import OneShot, WeightStep
from asng_edu.nas.supernet.mixture import Mixture
from asng_edu.nas.training.flat_parameters import FlatParameters, MomentumSGD

NO_BATCH = torch.zeros(1), torch.zeros(1)


class ToySupernet:
    """Of a space of layers; ``loss`` is Σ gate over all options that are not those of ``best``, times 1 + w²."""

    def __init__(self, space, best, factor=1.0):
        self.space, self.factor, self.evaluations = space, factor, 0
        self.module = nn.Linear(1, 1, bias=False).double()
        nn.init.ones_(self.module.weight)
        self.sgd = MomentumSGD(FlatParameters(self.module), weight_decay=0.1)
        self.wrong = [torch.ones(decision.size, dtype=torch.float64) for decision in space.decisions]
        for options, right in zip(self.wrong, best, strict=True):
            options[right] = 0.0

    def run(self, choice, x, labels):
        self.evaluations += 1
        if isinstance(choice, Mixture):
            terms = [gate[0] @ wrong for gate, wrong in zip(choice.weights["layers"], self.wrong, strict=True)]
        else:
            terms = [wrong[k] for k, wrong in zip(self.space.encode(choice), self.wrong, strict=True)]
        loss = torch.stack(terms).sum() * (1 + self.module.weight.square().sum()) * self.factor
        return loss, torch.zeros((), dtype=torch.float64)

    def evaluator(self, progress=0.5):
        step = WeightStep(self.sgd, 0.1, NO_BATCH)
        return OneShot(self.space, self.run, [NO_BATCH], progress=progress, weight_step=lambda: step)
