#!/usr/bin/env python3
"""Computes what the C++ tests compare with: the seed's network and recipe in PyTorch, from fixed random numbers.

    .venv/bin/python tests/reference/network.py FOLDER

ctest runs it before the tests of tests/reference. It writes, as safetensors:

    weights   the state_dict; batch-norm's parameters and statistics are random, so that no two can be confused
    batch     one batch: images, labels; logits and probabilities in evaluation and in training mode;
              loss and gradients of the seed's loss in training mode
    steps     five steps of the seed's recipe, OneCycle as short as they are: batches, losses, lr, momentum, and the
              state_dict after the last
    schedule  lr and momentum of 60 steps of OneCycle, for both div_factors
"""

import pathlib
import sys

import torch
from torch.nn import functional

import safetensors_file
from custom_resnet import PARAMETERS, CustomResNet, Recipe, Trainer

BATCH = 16
STEPS = 5


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


def one_batch(network, images, labels):
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
    copy = copy_of(network).train()
    trainer = Trainer(copy, Recipe(), total_steps=STEPS)
    losses, rates, momenta = [], [], []
    for batch, truth in zip(images, labels):
        rates.append(trainer.lr)
        momenta.append(trainer.momentum)
        losses.append(trainer.step(batch, truth)[1])
    tensors = {
        "images": images,
        "labels": labels,
        "losses": torch.stack(losses),
        "lr": torch.tensor(rates, dtype=torch.float64),
        "momentum": torch.tensor(momenta, dtype=torch.float64),
    }
    tensors.update({f"after.{name}": tensor for name, tensor in copy.state_dict().items()})
    return tensors


def schedule(div_factor, steps=60):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.01, momentum=0.9)
    recipe = Recipe(div_factor=div_factor)
    one_cycle = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        max_lr=recipe.max_lr,
        total_steps=steps,
        pct_start=recipe.pct_start,
        div_factor=div_factor,
        final_div_factor=recipe.final_div_factor,
    )
    values = []
    for step in range(steps):
        group = optimizer.param_groups[0]
        values.append((group["lr"], group["momentum"]))
        optimizer.step()
        if step + 1 < steps:
            one_cycle.step()
    lr, momentum = torch.tensor(values, dtype=torch.float64).unbind(1)
    return lr, momentum


def main():
    if len(sys.argv) != 2:
        sys.exit(f"usage: {sys.argv[0]} FOLDER")
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(22)  # gives gradients large enough for the clipping to act
    network = random_network()
    images = torch.randn(STEPS, BATCH, 3, 32, 32)
    labels = torch.randint(0, 10, (STEPS, BATCH))
    schedules = {}
    for name, div_factor in (("8", 8), ("5_24", 5 / 24)):
        schedules[f"lr.{name}"], schedules[f"momentum.{name}"] = schedule(div_factor)
    safetensors_file.save(folder / "weights.safetensors", network.state_dict())
    safetensors_file.save(folder / "batch.safetensors", one_batch(network, images[0], labels[0]))
    safetensors_file.save(folder / "steps.safetensors", training_steps(network, images, labels))
    safetensors_file.save(folder / "schedule.safetensors", schedules)
    print(f"torch {torch.__version__}: reference values in {folder}")


if __name__ == "__main__":
    main()
