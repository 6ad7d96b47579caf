#!/usr/bin/env python3
"""Computes what the C++ tests compare with: the seed's network and recipe in PyTorch, from fixed random numbers.

    .venv/bin/python tests/reference/network.py FOLDER

ctest runs it before the tests of tests/reference. It writes, as safetensors:

    weights   the state_dict; batch-norm's parameters and statistics are random, so that no two can be confused
    batch     one batch: images, labels; logits and probabilities in evaluation and in training mode;
              loss and gradients of the seed's loss in training mode
    steps     five steps of the seed's recipe, OneCycle as short as they are: batches, losses, and the state_dict after
              the last

The batches are chosen: where the input of a ReLU is nearly 0, or two pixels of a pooling window are nearly equal,
rounding decides which way a gradient flows, and two right programs differ by percents (PyTorch's own two memory
layouts do). Batches with such a place are passed over.
"""

import pathlib
import sys

import torch
from torch import nn
from torch.nn import functional

import safetensors_file
from custom_resnet import PARAMETERS, CustomResNet, Recipe, Trainer

BATCH = 4
STEPS = 5
MARGIN = 2e-6  # activations are about 1; fp32 rounding, through a convolution's sum, about 5e-7


def random_network():
    network = CustomResNet()
    for name, tensor in network.state_dict().items():
        if name.endswith("running_var") or (name.endswith("weight") and tensor.dim() == 1):
            tensor.uniform_(0.5, 1.5)
        elif name.endswith("running_mean") or name.endswith("bias"):
            tensor.normal_(0, 0.2)
        elif name.endswith("num_batches_tracked"):
            tensor.fill_(7)
    count = sum(parameter.numel() for parameter in network.parameters())
    assert count == PARAMETERS, count
    return network


def copy_of(network):
    copy = CustomResNet()
    copy.load_state_dict(network.state_dict())
    return copy


def outputs(network, images):
    """Logits and probabilities in evaluation and training mode."""
    result = {}
    for mode in ("eval", "train"):
        for kind, softmax in (("logits", False), ("probabilities", True)):
            copy = copy_of(network).train(mode == "train")
            copy.softmax = softmax
            with torch.no_grad():
                result[f"{mode}.{kind}"] = copy(images)
    return result


def smallest_margin(network, images):
    """How near to rounding's reach the network's decisions in training mode are."""
    copy = copy_of(network).train()
    margins = []

    def at_relu(_module, inputs):
        margins.append(inputs[0].abs().min())

    def at_pooling(module, inputs):
        size = module.kernel_size
        windows = inputs[0].unfold(2, size, size).unfold(3, size, size).flatten(4)
        largest, second = windows.topk(2, dim=-1).values.unbind(-1)
        # Equal values are no danger where they are zeros of a ReLU: all of them have no gradient.
        margins.append((largest - second)[largest != second].min())

    for module in copy.modules():
        if isinstance(module, nn.ReLU):
            module.register_forward_pre_hook(at_relu)
        elif isinstance(module, nn.MaxPool2d):
            module.register_forward_pre_hook(at_pooling)
    with torch.no_grad():
        copy(images)
    return float(min(margins))


def decided_batch(network):
    """Images and labels, drawn until no decision of the network hangs on rounding."""
    while True:
        images = torch.randn(BATCH, 3, 32, 32)
        if smallest_margin(network, images) > MARGIN:
            return images, torch.randint(0, 10, (BATCH,))


def one_batch(network):
    images, labels = decided_batch(network)
    tensors = {"images": images, "labels": labels, **outputs(network, images)}
    copy = copy_of(network).train()
    loss = functional.cross_entropy(copy(images), labels)
    loss.backward()
    tensors["loss"] = loss
    gradients = {f"gradient.{name}": parameter.grad for name, parameter in copy.named_parameters()}
    clipped = sum(int((gradient.abs() > Recipe.clip_value).sum()) for gradient in gradients.values())
    assert clipped > 0, "no gradient is beyond the clipping value, which would go untested"
    print(f"{clipped} elements of the first gradient are beyond the clipping value")
    return {**tensors, **gradients}


def training_steps(network, images, labels):
    """The first step is that of the batch given."""
    copy = copy_of(network).train()
    trainer = Trainer(copy, Recipe(), total_steps=STEPS)
    batches, losses = [(images, labels)], []
    for step in range(STEPS):
        if step > 0:
            batches.append(decided_batch(copy))
        losses.append(trainer.step(*batches[step])[1])
    tensors = {
        "images": torch.stack([batch for batch, _ in batches]),
        "labels": torch.stack([truth for _, truth in batches]),
        "losses": torch.stack(losses),
    }
    tensors.update({f"after.{name}": tensor for name, tensor in copy.state_dict().items()})
    return tensors


def main():
    if len(sys.argv) != 2:
        sys.exit(f"usage: {sys.argv[0]} FOLDER")
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(22)
    network = random_network()
    batch = one_batch(network)
    safetensors_file.save(folder / "weights.safetensors", network.state_dict())
    safetensors_file.save(folder / "batch.safetensors", batch)
    safetensors_file.save(folder / "steps.safetensors", training_steps(network, batch["images"], batch["labels"]))
    print(f"torch {torch.__version__}: reference values in {folder}")


if __name__ == "__main__":
    main()
