#!/usr/bin/env python3
"""Computes what adamw_test.cpp compares with: torch.optim.AdamW under OneCycleLR, which cycles beta1 in place of momentum.

    .venv/bin/python tests/reference/adamw.py FOLDER

Writes adamw.safetensors, of STEPS steps on two tensors with random gradients: `lr` and `beta1` of each step (fp64); and for each
NAME, "filters" (with weight decay) and "bias" (without): before.NAME, and by step gradient.NAME and after.NAME.
"""

import pathlib
import sys

import torch

import safetensors_file

STEPS = 8
SHAPES = {"filters": (8, 4, 3, 3), "bias": (8,)}


def main():
    if len(sys.argv) != 2:
        sys.exit(f"usage: {sys.argv[0]} FOLDER")
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(7)
    torch.set_num_threads(1)
    weights = {name: torch.nn.Parameter(torch.randn(shape)) for name, shape in SHAPES.items()}
    groups = [
        {"params": [weights["filters"]], "weight_decay": 0.1},
        {"params": [weights["bias"]], "weight_decay": 0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=0.02, betas=(0.9, 0.98), eps=1e-6)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=0.02, total_steps=STEPS, pct_start=0.4, div_factor=8, final_div_factor=1e4
    )
    tensors = {f"before.{name}": weight.detach().clone() for name, weight in weights.items()}
    gradients = {name: torch.randn(STEPS, *shape) for name, shape in SHAPES.items()}
    gradients["bias"][:, 0] = 0  # only eps keeps this one from 0 / 0
    after, rates, betas = {name: [] for name in SHAPES}, [], []
    for step in range(STEPS):
        group = optimizer.param_groups[0]
        rates.append(float(group["lr"]))
        betas.append(float(group["betas"][0]))
        for name, weight in weights.items():
            weight.grad = gradients[name][step].clone()
        optimizer.step()
        # After the last step there is no next setting.
        if step + 1 < STEPS:
            scheduler.step()
        for name, weight in weights.items():
            after[name].append(weight.detach().clone())
    assert len(set(betas)) > 1, "beta1 stood still, so that its cycle would go untested"
    tensors.update({f"gradient.{name}": values for name, values in gradients.items()})
    tensors.update({f"after.{name}": torch.stack(values) for name, values in after.items()})
    tensors.update({"lr": torch.tensor(rates, dtype=torch.float64), "beta1": torch.tensor(betas, dtype=torch.float64)})
    safetensors_file.save(folder / "adamw.safetensors", tensors)


if __name__ == "__main__":
    main()
