#!/usr/bin/env python3
"""Computes what the C++ tests compare with: the original's network and recipe in PyTorch, from fixed random numbers.

    .venv/bin/python tests/reference/network.py FOLDER

ctest runs it before the tests of tests/reference. It writes, as safetensors:

    weights   the state_dict; batch-norm's parameters and statistics are random, so that no two can be confused
    batch     one batch: images, labels; logits and probabilities in evaluation and in training mode;
              loss and gradients of the original's loss in training mode
    steps     five steps of the original's recipe, OneCycle as short as they are: images (uint8, [n, height, width,
              channels], all batches' in a row), labels, losses, and the state_dict after the last

The batches are chosen: where the input of a ReLU is nearly 0, or two pixels of a pooling window are nearly equal,
rounding decides which way a gradient flows, and two right programs differ by percents (PyTorch's own two memory
layouts do). Batches with such a place are passed over.
"""

import copy
import pathlib
import sys

try:
    import torch
    from torch import nn
    from torch.nn import functional
except ImportError as error:
    sys.exit(
        f"The comparisons need PyTorch, and {sys.executable} can't import it ({error}). Configure with "
        "-DRESLAB_PYTHON=/path/to/python, or leave them out by -DRESLAB_REFERENCE_TESTS=OFF."
    )

import safetensors_file
from cifar10 import normalise
from custom_resnet import PARAMETERS, CustomResNet, Recipe, Trainer

BATCH = 2
STEPS = 5
MARGIN = 4  # standard deviations of the rounding


def random_network():
    network = CustomResNet()
    for name, tensor in network.state_dict().items():
        if name.endswith("running_var") or (name.endswith("weight") and tensor.dim() == 1):
            tensor.uniform_(0.5, 1.5)
        elif name.endswith("running_mean") or name.endswith("bias"):
            tensor.normal_(0, 0.2)
        elif name.endswith("num_batches_tracked"):
            tensor.fill_(7)
    with torch.no_grad():
        network.FC.weight *= 0.3  # the softmax would be saturated by the random batch-norm, and gradients tiny
    count = sum(parameter.numel() for parameter in network.parameters())
    assert count == PARAMETERS, count
    return network


def outputs(network, images):
    """Logits and probabilities in evaluation and training mode."""
    result = {}
    for mode in ("eval", "train"):
        for kind, softmax in (("logits", False), ("probabilities", True)):
            other = copy.deepcopy(network).train(mode == "train")
            other.softmax = softmax
            with torch.no_grad():
                result[f"{mode}.{kind}"] = other(images)
    return result


class Decisions:
    """What each ReLU and pooling of a network is given in training mode, and how far its choices are from the others."""

    def __init__(self, network, dtype):
        self.network = copy.deepcopy(network).train().to(dtype)
        self.dtype = dtype
        self.found = []
        for module in self.network.modules():
            if isinstance(module, nn.ReLU):
                module.register_forward_pre_hook(self.at_relu)
            elif isinstance(module, nn.MaxPool2d):
                module.register_forward_pre_hook(self.at_pooling)

    def at_relu(self, _module, inputs):
        self.found.append((inputs[0], inputs[0].abs()))

    def at_pooling(self, module, inputs):
        size = module.kernel_size
        windows = inputs[0].unfold(2, size, size).unfold(3, size, size).flatten(4)
        largest, second = windows.topk(2, dim=-1).values.unbind(-1)
        # Equal values are the zeros of a ReLU, none of which hands a gradient on.
        self.found.append((inputs[0], (largest - second)[largest != second]))

    def of(self, images):
        """Inputs and distances, layer by layer."""
        self.found = []
        with torch.no_grad():
            self.network(images.to(self.dtype))
        return self.found


def decided_batch(network):
    """uint8 images and labels, drawn until every choice is further from the other one than rounding reaches.

    How far that is, fp32 against fp64 shows.
    """
    single, double = Decisions(network, torch.float32), Decisions(network, torch.float64)

    def is_decided(images):
        for (rounded, _), (exact, distances) in zip(single.of(images), double.of(images)):
            rounding = (rounded - exact).square().mean().sqrt()
            if distances.min() < MARGIN * rounding:
                return False
        return True

    while True:
        pixels = torch.randint(0, 256, (BATCH, 3, 32, 32), dtype=torch.uint8)
        if is_decided(normalise(pixels)):
            return pixels, torch.randint(0, 10, (BATCH,))


def one_batch(network, pixels, labels):
    images = normalise(pixels)
    tensors = {"images": images, "labels": labels, **outputs(network, images)}
    trained = copy.deepcopy(network).train()
    loss = functional.cross_entropy(trained(images), labels)
    loss.backward()
    tensors["loss"] = loss
    gradients = {f"gradient.{name}": parameter.grad for name, parameter in trained.named_parameters()}
    clipped = sum(int((gradient.abs() > Recipe.clip_value).sum()) for gradient in gradients.values())
    assert clipped > 0, "no gradient is beyond the clipping value, which would go untested"
    print(f"{clipped} elements of the first gradient are beyond the clipping value")
    return {**tensors, **gradients}


def training_steps(network, first_batch):
    trained = copy.deepcopy(network).train()
    trainer = Trainer(trained, Recipe(), total_steps=STEPS)
    batches, losses = [first_batch], []
    for step in range(STEPS):
        if step > 0:
            batches.append(decided_batch(trained))
        pixels, labels = batches[step]
        losses.append(trainer.step(normalise(pixels), labels)[1])
    tensors = {
        "images": torch.cat([pixels for pixels, _ in batches]).permute(0, 2, 3, 1),
        "labels": torch.cat([labels for _, labels in batches]),
        "losses": torch.stack(losses),
    }
    tensors.update({f"after.{name}": tensor for name, tensor in trained.state_dict().items()})
    return tensors


def main():
    if len(sys.argv) != 2:
        sys.exit(f"usage: {sys.argv[0]} FOLDER")
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(22)
    torch.set_num_threads(1)  # too little work to share
    network = random_network()
    batch = decided_batch(network)
    safetensors_file.save(folder / "weights.safetensors", network.state_dict())
    safetensors_file.save(folder / "batch.safetensors", one_batch(network, *batch))
    safetensors_file.save(folder / "steps.safetensors", training_steps(network, batch))
    print(f"torch {torch.__version__}: reference values in {folder}")


if __name__ == "__main__":
    main()
