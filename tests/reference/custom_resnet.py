"""The original's network and recipe in plain PyTorch: what reslab is measured against and tested against.

Names of parameters and their order are those of the original's state_dict. Import it; it does nothing by itself.
"""

import dataclasses

import torch
from torch import nn
from torch.nn import functional

PARAMETERS = 6_573_120


def convolution(inputs, outputs):
    return nn.Conv2d(inputs, outputs, kernel_size=3, padding=1, bias=False)


def residual_branch(channels):
    layers = []
    for _ in range(2):
        layers += [convolution(channels, channels), nn.BatchNorm2d(channels), nn.ReLU()]
    return nn.Sequential(*layers)


def halving_block(inputs, outputs):
    """The pooling stands before the normalisation."""
    return nn.Sequential(convolution(inputs, outputs), nn.MaxPool2d(2), nn.BatchNorm2d(outputs), nn.ReLU())


class CustomResNet(nn.Module):
    """Images [n, 3, 32, 32] in; [n, 10] out: probabilities with `softmax` (the original's way), logits without."""

    def __init__(self, softmax=True):
        super().__init__()
        self.softmax = softmax
        self.prep_layer = nn.Sequential(convolution(3, 64), nn.BatchNorm2d(64), nn.ReLU())
        self.layer1_x = halving_block(64, 128)
        self.layer1_r1 = residual_branch(128)
        self.layer2 = halving_block(128, 256)
        self.layer3_x = halving_block(256, 512)
        self.layer3_r2 = residual_branch(512)
        self.pool = nn.MaxPool2d(4)
        self.FC = nn.Linear(512, 10, bias=False)

    def forward(self, images):
        x = self.layer1_x(self.prep_layer(images))
        x = x + self.layer1_r1(x)
        x = self.layer3_x(self.layer2(x))
        x = x + self.layer3_r2(x)
        x = self.FC(self.pool(x).flatten(1))
        return functional.softmax(x, dim=-1) if self.softmax else x


@dataclasses.dataclass(frozen=True)
class Recipe:
    """The original's constants. `div_factor` is the source's; the original's document says 5/24."""

    epochs: int = 24
    batch: int = 512
    lr: float = 0.01
    momentum: float = 0.9
    weight_decay: float = 0.005
    clip_value: float = 0.1
    max_lr: float = 0.0199
    pct_start: float = 5 / 24
    div_factor: float = 8
    final_div_factor: float = 1e4


class Trainer:
    """One optimiser step a call: loss, gradients, clipping by value, SGD, OneCycle."""

    def __init__(self, network, recipe, total_steps):
        self.network = network
        self.recipe = recipe
        self.optimizer = torch.optim.SGD(
            network.parameters(), lr=recipe.lr, momentum=recipe.momentum, weight_decay=recipe.weight_decay
        )
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer,
            max_lr=recipe.max_lr,
            total_steps=total_steps,
            pct_start=recipe.pct_start,
            anneal_strategy="cos",
            div_factor=recipe.div_factor,
            final_div_factor=recipe.final_div_factor,
        )
        self.total_steps = total_steps
        self.steps = 0

    @property
    def lr(self):
        return self.optimizer.param_groups[0]["lr"]

    @property
    def momentum(self):
        return self.optimizer.param_groups[0]["momentum"]

    def step(self, images, labels, autocast=False):
        """Returns the network's output and the loss, both detached."""
        self.optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=autocast):
            output = self.network(images)
            loss = functional.cross_entropy(output, labels)
        loss.backward()
        nn.utils.clip_grad_value_(self.network.parameters(), self.recipe.clip_value)
        self.optimizer.step()
        self.steps += 1
        if self.steps < self.total_steps:  # after the last step there is no next one to set
            self.schedule.step()
        return output.detach(), loss.detach()
