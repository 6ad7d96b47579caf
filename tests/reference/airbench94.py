"""airbench94 with Muon in plain PyTorch: network, optimisers, schedules, test views.

Facts: Jordan, "94% on CIFAR-10 in 3.29 seconds on a single GPU", arXiv 2404.00498, and its program airbench94_muon. The names of
parameters are reslab's. Used by speednet.py, for reference values, and by benchmarks/time_to_94, as the peer.
"""

import dataclasses

import torch
from torch import nn
from torch.nn import functional


@dataclasses.dataclass(frozen=True)
class Recipe:
    epochs: int = 8
    batch: int = 2000
    bias_lr: float = 0.053
    head_lr: float = 0.67
    filter_lr: float = 0.24
    momentum: float = 0.85
    filter_momentum: float = 0.6
    decay_per_step: float = 0.004  # learning rate times weight decay, where there is decay
    smoothing: float = 0.2
    whitening_epochs: int = 3


def normalisation(channels):
    layer = nn.BatchNorm2d(channels, eps=1e-12, momentum=0.4)
    layer.weight.requires_grad_(False)
    return layer


class Group(nn.Module):
    def __init__(self, inside, outside, activation=functional.gelu):
        super().__init__()
        self.activation = activation
        self.conv1 = nn.Conv2d(inside, outside, 3, padding=1, bias=False)
        self.norm1 = normalisation(outside)
        self.conv2 = nn.Conv2d(outside, outside, 3, padding=1, bias=False)
        self.norm2 = normalisation(outside)
        for filters in (self.conv1.weight.data, self.conv2.weight.data):
            nn.init.dirac_(filters[: filters.shape[1]])

    def forward(self, x):
        x = self.activation(self.norm1(functional.max_pool2d(self.conv1(x), 2)))
        return self.activation(self.norm2(self.conv2(x)))


class Speednet(nn.Module):
    def __init__(self, widths=(64, 256, 256), classes=10, patch=2, stride=1, activation=functional.gelu):
        super().__init__()
        self.activation = activation
        self.whiten = nn.Conv2d(3, 6 * patch * patch, patch, stride)
        self.whiten.weight.requires_grad_(False)
        ends = (6 * patch * patch, *widths)
        self.layers = nn.Sequential(*(Group(inside, outside, activation) for inside, outside in zip(ends, ends[1:])))
        self.head = nn.Linear(widths[-1], classes, bias=False)
        self.head.weight.data /= self.head.weight.data.std()

    @torch.no_grad()
    def fit(self, images, eps=5e-4):
        side, stride = self.whiten.kernel_size[0], self.whiten.stride[0]
        size = 3 * side * side
        covariance, count = torch.zeros(size, size), 0
        # All at once would take gigabytes where patches are large; by the 5,000 images of CIFAR-10 it is one part.
        for some in images.split(5000 if side == 2 else 100):
            patches = some.unfold(2, side, stride).unfold(3, side, stride).permute(0, 2, 3, 1, 4, 5).reshape(-1, size)
            covariance, count = covariance + patches.t() @ patches, count + len(patches)
        values, vectors = torch.linalg.eigh(covariance / count, UPLO="U")
        filters = (vectors / (values + eps).sqrt()).t().flip(0).reshape(size, 3, side, side)
        self.whiten.weight.copy_(torch.cat([filters, -filters]))

    def forward(self, x, whitening_bias_is_trained=True):
        bias = self.whiten.bias if whitening_bias_is_trained else self.whiten.bias.detach()
        x = functional.conv2d(x, self.whiten.weight.to(x.dtype), bias.to(x.dtype), self.whiten.stride)
        x = self.layers(self.activation(x))
        x = functional.max_pool2d(x, x.shape[2:]).flatten(1)
        return self.head(x) / x.shape[1]


def orthogonalised(matrix, steps=3):
    a, b, c = 3.4445, -4.7750, 2.0315
    x = matrix / (matrix.norm() + 1e-7)
    tall = x.shape[0] > x.shape[1]
    x = x.t() if tall else x
    for _ in range(steps):
        gram = x @ x.t()
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.t() if tall else x


class Trainer:
    """One step a call; the schedules are straight lines to zero."""

    def __init__(self, network, recipe, total_steps, whitening_steps):
        self.network, self.recipe = network, recipe
        self.total_steps, self.whitening_steps, self.steps = total_steps, whitening_steps, 0
        named = dict(network.named_parameters())
        self.filters = [tensor for name, tensor in named.items() if "conv" in name]
        self.velocities = [torch.zeros_like(tensor) for tensor in self.filters]
        biases = [tensor for name, tensor in named.items() if "norm" in name and tensor.requires_grad]
        groups = [([network.whiten.bias], recipe.bias_lr), (biases, recipe.bias_lr), ([network.head.weight], recipe.head_lr)]
        self.sgd = torch.optim.SGD(
            [{"params": members, "lr": lr, "start": lr, "weight_decay": recipe.decay_per_step / lr} for members, lr in groups],
            lr=recipe.bias_lr,
            momentum=recipe.momentum,
            nesterov=True,
        )

    def step(self, images, labels, autocast=False):
        """Returns the loss, the mean over the samples."""
        trained = self.steps < self.whitening_steps
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=autocast):
            output = self.network(images, whitening_bias_is_trained=trained)
        loss = functional.cross_entropy(output.float(), labels, label_smoothing=self.recipe.smoothing, reduction="sum")
        self.network.zero_grad(set_to_none=True)
        loss.backward()
        left = 1 - self.steps / self.total_steps
        for group, share in zip(self.sgd.param_groups, (1 - self.steps / self.whitening_steps, left, left)):
            group["lr"] = group["start"] * share
        self.sgd.step()
        self.update_filters(self.recipe.filter_lr * left)
        self.steps += 1
        return loss.detach() / len(labels)

    @torch.no_grad()
    def update_filters(self, lr, orthogonalise=orthogonalised):
        for weight, velocity in zip(self.filters, self.velocities):
            velocity.mul_(self.recipe.filter_momentum).add_(weight.grad)
            ahead = weight.grad + self.recipe.filter_momentum * velocity
            weight.mul_(len(weight) ** 0.5 / weight.norm())
            weight.sub_(lr * orthogonalise(ahead.reshape(len(ahead), -1)).reshape(ahead.shape))


@torch.no_grad()
def six_views(network, images):
    """Half the image and its mirror image, half the same of two shifts by a pixel."""

    def both_sides(x):
        return (network(x) + network(x.flip(3))) / 2

    padded = functional.pad(images, (1, 1, 1, 1), mode="reflect")
    size = images.shape[2]
    shifted = [padded[:, :, offset : offset + size, offset : offset + size] for offset in (0, 2)]
    return both_sides(images) / 2 + (both_sides(shifted[0]) + both_sides(shifted[1])) / 4
