#!/usr/bin/env python3
"""airbench94 with Muon in PyTorch at its best on a GPU: compiled, weights in half precision, images and augmentation on the device, nothing
read from it within a run. The peer of benchmarks/gpu.

    python benchmarks/reference_airbench94_gpu.py --data DIR --seeds 20

Prints a line of JSON for each seed: seconds from the whitening to the last prediction of the six-view test, by CUDA events, after two
uncounted runs in which the compiler works; accuracies by six views and by one. Facts as in tests/reference/airbench94.py, whose network
this is. --device cpu is for tests: without compiler and events.
"""

import argparse
import json
import pathlib
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "reference"))

MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
WHITENING_IMAGES = 5000
UNCOUNTED_RUNS = 2


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", metavar="DIR", required=True, help="a folder with CIFAR-10's six .bin files")
    parser.add_argument("--seeds", type=int, default=1, help="1 to so many")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--precision", choices=("fp16", "bf16"), default="fp16", help="of weights and activations, but for the norms'")
    parser.add_argument("--batch", type=int, default=2000, help="images a batch; anything but the recipe's 2000 is for tests")
    parser.add_argument("--epochs", type=int, default=8, help="anything but the recipe's 8 is for tests")
    return parser.parse_args()


class Clock:
    def __init__(self, device):
        self.events = [torch.cuda.Event(enable_timing=True) for _ in range(2)] if device == "cuda" else None
        self.start()

    def start(self):
        if self.events:
            self.events[0].record()
        self.began = time.perf_counter()

    def seconds(self):
        if not self.events:
            return time.perf_counter() - self.began
        self.events[1].record()
        torch.cuda.synchronize()
        return self.events[0].elapsed_time(self.events[1]) / 1000


def normalise(images, like):
    mean, std = (torch.tensor(values, device=like.device).view(1, 3, 1, 1) for values in (MEAN, STD))
    return ((images.to(like.device).float() / 255 - mean) / std).to(like.dtype).contiguous(memory_format=torch.channels_last)


def crop(padded, shifts):
    """Windows of 32 pixels of images padded by 2: one of 25 places for each image."""
    out = torch.empty((len(padded), 3, 32, 32), device=padded.device, dtype=padded.dtype, memory_format=torch.channels_last)
    for row in range(5):
        for column in range(5):
            chosen = (shifts[0] == row) & (shifts[1] == column)
            out[chosen] = padded[chosen, :, row : row + 32, column : column + 32]
    return out


class Run:
    """One training; what is compiled is kept from run to run."""

    def __init__(self, arguments):
        self.arguments = arguments
        self.recipe = airbench94.Recipe(batch=arguments.batch, epochs=arguments.epochs)
        half = torch.float16 if arguments.precision == "fp16" else torch.bfloat16
        self.like = torch.empty(0, device=arguments.device, dtype=half)
        compiled = arguments.device == "cuda"
        self.compile = (lambda f, **options: torch.compile(f, **options)) if compiled else (lambda f, **_: f)
        self.network = airbench94.Speednet().to(arguments.device).to(half).to(memory_format=torch.channels_last)
        for layer in self.network.modules():
            if isinstance(layer, torch.nn.BatchNorm2d):
                layer.float()
        self.forward = self.compile(self.network, mode="max-autotune")
        self.orthogonalised = self.compile(airbench94.orthogonalised)

    def begin(self, seed, images):
        torch.manual_seed(seed)
        fresh = airbench94.Speednet().state_dict()
        for name, tensor in self.network.state_dict().items():
            tensor.copy_(fresh[name])
        patches = airbench94.Speednet()
        patches.fit(images[:WHITENING_IMAGES].float().cpu())
        self.network.whiten.weight.data.copy_(patches.whiten.weight)
        self.network.train()

    def train(self, seed, images, labels):
        recipe, batch = self.recipe, self.recipe.batch
        normalised = normalise(images, self.like)
        self.begin(seed, normalised)
        batches = len(labels) // batch
        trainer = airbench94.Trainer(self.network, recipe, recipe.epochs * batches, min(recipe.whitening_epochs, recipe.epochs) * batches)
        padded = functional.pad(normalised, (2, 2, 2, 2), mode="reflect")
        mirrored = torch.rand(len(labels), device=labels.device) < 0.5
        for epoch in range(recipe.epochs):
            shifted = crop(padded, torch.randint(0, 5, (2, len(labels)), device=labels.device))
            side = (mirrored ^ (epoch % 2 == 1)).view(-1, 1, 1, 1)
            seen = torch.where(side, shifted.flip(3), shifted).contiguous(memory_format=torch.channels_last)
            order = torch.randperm(len(labels), device=labels.device)
            for start in range(0, batches * batch, batch):
                chosen = order[start : start + batch]
                self.step(trainer, seen[chosen], labels[chosen])

    def step(self, trainer, images, labels):
        trained = trainer.steps < trainer.whitening_steps
        output = self.forward(images, whitening_bias_is_trained=trained)
        functional.cross_entropy(output.float(), labels, label_smoothing=self.recipe.smoothing, reduction="sum").backward()
        left = 1 - trainer.steps / trainer.total_steps
        for group, share in zip(trainer.sgd.param_groups, (1 - trainer.steps / trainer.whitening_steps, left, left)):
            group["lr"] = group["start"] * share
        trainer.sgd.step()
        trainer.update_filters(self.recipe.filter_lr * left, self.orthogonalised)
        self.network.zero_grad(set_to_none=True)
        trainer.steps += 1

    def test(self, images, labels, predict):
        self.network.eval()
        with torch.no_grad():
            right = [
                (predict(normalise(part, self.like)).argmax(1) == truth).sum()
                for part, truth in zip(images.split(self.recipe.batch), labels.split(self.recipe.batch))
            ]
            return torch.stack(right).sum()


def main(arguments):
    train = [tensor.to(arguments.device) for tensor in cifar10.read_records(arguments.data, cifar10.TRAIN_FILES)]
    test = [tensor.to(arguments.device) for tensor in cifar10.read_records(arguments.data, cifar10.TEST_FILES)]
    run = Run(arguments)
    clock = Clock(arguments.device)
    uncounted = UNCOUNTED_RUNS if arguments.device == "cuda" else 0
    for seed in [0] * uncounted + list(range(1, arguments.seeds + 1)):
        clock.start()
        run.train(seed, *train)
        right = run.test(*test, lambda part: airbench94.six_views(run.forward, part))
        seconds = clock.seconds()
        if seed == 0:
            continue
        print(json.dumps({
            "program": "pytorch", "recipe": "airbench94", "seed": seed, "seconds": seconds, "accuracy": int(right) / len(test[1]),
            "accuracy_one_view": int(run.test(*test, run.forward)) / len(test[1]), "precision": arguments.precision,
            "device": torch.cuda.get_device_name() if arguments.device == "cuda" else "cpu", "torch": torch.__version__,
        }), flush=True)


if __name__ == "__main__":
    arguments = read_arguments()
    try:
        import torch
        from torch.nn import functional
    except ImportError as error:
        sys.exit(f"reference_airbench94_gpu.py: {sys.executable} has no PyTorch ({error})")
    if arguments.device == "cuda" and not torch.cuda.is_available():
        sys.exit("reference_airbench94_gpu.py: PyTorch sees no CUDA device here; nothing was run")
    import airbench94
    import cifar10

    main(arguments)
