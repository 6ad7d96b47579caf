#!/usr/bin/env python3
"""Loads weights written by reslab into the PyTorch network, strictly, and compares its logits with reslab's.

    .venv/bin/python tests/reference/check_weights.py WEIGHTS OUTPUT

OUTPUT holds `images` and the `logits` that reslab computed from them in evaluation mode. Exit code 0 when they agree.
"""

import sys

import torch

import safetensors_file
from custom_resnet import CustomResNet

TOLERANCE = 1e-4


def main():
    if len(sys.argv) != 3:
        sys.exit(f"usage: {sys.argv[0]} WEIGHTS OUTPUT")
    weights, _ = safetensors_file.load(sys.argv[1])
    output, _ = safetensors_file.load(sys.argv[2])
    network = CustomResNet(softmax=False).eval()
    network.load_state_dict(weights, strict=True)
    with torch.no_grad():
        logits = network(output["images"])
    difference = float((logits - output["logits"]).abs().max())
    print(f"largest difference of a logit: {difference:.3g}, largest logit: {float(logits.abs().max()):.3g}")
    if not difference <= TOLERANCE:  # written so that NaN fails
        sys.exit(f"more than {TOLERANCE}")


if __name__ == "__main__":
    main()
