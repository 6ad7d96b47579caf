"""Learning rate and momentum of 60 steps as PyTorch's OneCycleLR gives them, for tests/schedule/one_cycle_test.cpp.

Run by hand from the root of the repository; the output is kept:

    .venv/bin/python tests/reference/one_cycle.py > tests/reference/one_cycle.csv
"""

import warnings

import torch

STEPS = 60
COMMAND = ".venv/bin/python tests/reference/one_cycle.py > tests/reference/one_cycle.csv"
DIV_FACTORS = {"8": 8.0, "5/24": 5 / 24}


def settings(div_factor, anneal):
    """(lr, momentum) of each step, read before the optimiser takes it."""
    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([weight], lr=0.01, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        max_lr=0.0199,
        total_steps=STEPS,
        pct_start=5 / 24,
        anneal_strategy=anneal,
        div_factor=div_factor,
        final_div_factor=1e4,
    )
    for _ in range(STEPS):
        group = optimizer.param_groups[0]
        yield group["lr"], group["momentum"]
        optimizer.step()
        scheduler.step()


def main():
    warnings.simplefilter("error")
    print(f"# torch {torch.__version__}: {COMMAND}")
    print("# max_lr 0.0199, total_steps 60, pct_start 5/24, final_div_factor 1e4, momentum 0.85 to 0.95")
    print("div_factor,anneal,step,lr,momentum")
    for name, div_factor in DIV_FACTORS.items():
        for anneal in ("cos", "linear"):
            for step, (lr, momentum) in enumerate(settings(div_factor, anneal)):
                print(f"{name},{anneal},{step},{float(lr)!r},{float(momentum)!r}")


if __name__ == "__main__":
    main()
