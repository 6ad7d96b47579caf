#!/usr/bin/env python3
"""Computes what speednet_test.cpp compares with: airbench94's network and recipe in PyTorch, from fixed random numbers.

    .venv/bin/python tests/reference/speednet.py FOLDER

Writes speednet.safetensors: the state_dict before (before.…) and after (after.…) two steps on random images, whose losses are
`losses`; `images` (uint8, [n, height, width, channels]) and `labels` of all steps in a row; and for the first step's images the
logits before training, in evaluation mode, and those of six views.

Two steps, not more: rounding decides which pixel of a pooling window is the largest, and after four steps PyTorch in fp32
and in fp64 differ by a tenth of what a filter moved.
"""

import pathlib
import sys

import torch

import safetensors_file
from airbench94 import Recipe, Speednet, Trainer, six_views

STEPS, BATCH, WHITENING_STEPS = 2, 32, 1
MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)


def normalise(pixels):
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (MEAN, STD))
    return (pixels.float() / 255 - mean) / std


def main():
    if len(sys.argv) != 2:
        sys.exit(f"usage: {sys.argv[0]} FOLDER")
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(94)
    torch.set_num_threads(1)
    network = Speednet()
    pixels = torch.randint(0, 256, (STEPS * BATCH, 3, 32, 32), dtype=torch.uint8)
    labels = torch.randint(0, 10, (STEPS * BATCH,))
    images = normalise(pixels)
    network.fit(images)
    tensors = {f"before.{name}": tensor.clone() for name, tensor in network.state_dict().items()}
    network.eval()
    with torch.no_grad():
        tensors["logits"] = network(images[:BATCH])
    tensors["six_views"] = six_views(network, images[:BATCH])
    network.train()
    trainer = Trainer(network, Recipe(), STEPS, WHITENING_STEPS)
    tensors["losses"] = torch.stack([trainer.step(x, y) for x, y in zip(images.split(BATCH), labels.split(BATCH))])
    tensors.update({f"after.{name}": tensor for name, tensor in network.state_dict().items()})
    tensors.update({"images": pixels.permute(0, 2, 3, 1).contiguous(), "normalised": images, "labels": labels})
    safetensors_file.save(folder / "speednet.safetensors", tensors)


if __name__ == "__main__":
    main()
