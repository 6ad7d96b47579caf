#!/usr/bin/env python3
"""airbench94 with Muon in plain PyTorch, from the images in memory to the last prediction: the peer of benchmarks/time_to_94.

    .venv/bin/python benchmarks/reference_airbench94.py --data DIR --seed 1             # all of it
    .venv/bin/python benchmarks/reference_airbench94.py --data DIR --seed 1 --steps 6   # six steps, then the whole test

Prints one line of JSON: seconds of whitening, of each step (its batch made in it) and of the test with six views, the accuracies
with six views and with one. Every image of an epoch is shifted by up to two pixels, reflected at the border, and mirrored in every
second epoch, as the recipe says. Modes as in reference_pytorch.py: bf16 by autocast in channels-last, with or without huge pages.
"""

import argparse
import json
import os
import sys
import time

sys.dont_write_bytecode = True

from reference_pytorch import huge_pages, processor, tune_allocator, whole

MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
WHITENING_IMAGES = 5000
MODES = ("autocast", "autocast-hugepages")


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", metavar="DIR", required=True, help="a folder with CIFAR-10's six .bin files")
    parser.add_argument("--mode", choices=MODES, default="autocast")
    parser.add_argument("--steps", type=whole(1), help="only the first so many of the 200 steps")
    parser.add_argument("--later", action="store_true", help="begin where the whitening layer's bias isn't trained any more: for timing")
    parser.add_argument("--batch", type=whole(1), default=2000, help="images a batch; anything but the recipe's 2000 is for tests")
    parser.add_argument("--threads", type=whole(1), default=len(os.sched_getaffinity(0)))
    parser.add_argument("--seed", type=whole(0), default=1)
    return parser.parse_args()


class Loader:
    """Batches of normalised images, channels-last, augmented by the rules of the recipe."""

    def __init__(self, images, labels, batch, random):
        scaled = normalise(images)
        self.padded = functional.pad(scaled, (2, 2, 2, 2), mode="reflect").contiguous(memory_format=torch.channels_last)
        self.labels, self.batch, self.random = labels, batch, random
        self.mirrored_first = torch.rand(len(labels), generator=random) < 0.5

    def epoch(self, number):
        count = len(self.labels)
        order = torch.randperm(count, generator=self.random)
        shifts = torch.randint(0, 5, (2, count), generator=self.random)
        mirrored = self.mirrored_first ^ (number % 2 == 1)
        for start in range(0, count - self.batch + 1, self.batch):
            chosen = order[start : start + self.batch]
            yield self.crop(chosen, shifts[:, chosen], mirrored[chosen]), self.labels[chosen]

    def crop(self, chosen, shifts, mirrored):
        line = torch.arange(32).view(1, 32)
        rows = shifts[0].view(-1, 1) + line
        columns = shifts[1].view(-1, 1) + torch.where(mirrored.view(-1, 1), 31 - line, line)
        pixels = self.padded.permute(0, 2, 3, 1)[chosen.view(-1, 1, 1), rows.unsqueeze(2), columns.unsqueeze(1)]
        return pixels.permute(0, 3, 1, 2)


def normalise(images):
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (MEAN, STD))
    return (images.float() / 255 - mean) / std


def test(network, images, labels, batch):
    """Accuracies with six views and with one, and the seconds of the first: the second is beside the clock."""
    network.eval()

    def accuracy(predict):
        right = 0
        for part, truth in zip(images.split(batch), labels.split(batch)):
            with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
                scores = predict(normalise(part).contiguous(memory_format=torch.channels_last))
            right += int((scores.argmax(1) == truth).sum())
        return right / len(labels)

    start = time.perf_counter()
    six = accuracy(lambda part: airbench94.six_views(network, part))
    seconds = time.perf_counter() - start
    return six, accuracy(network), seconds


def main(arguments):
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    random = torch.Generator().manual_seed(arguments.seed)
    images, labels = cifar10.read_records(arguments.data, cifar10.TRAIN_FILES)
    recipe = airbench94.Recipe(batch=arguments.batch)
    batches = len(labels) // recipe.batch

    start = time.perf_counter()
    network = airbench94.Speednet().to(memory_format=torch.channels_last)
    network.fit(normalise(images[:WHITENING_IMAGES]))
    loader = Loader(images, labels, recipe.batch, random)
    whitening = time.perf_counter() - start

    trainer = airbench94.Trainer(network, recipe, recipe.epochs * batches, recipe.whitening_epochs * batches)
    if arguments.later:
        trainer.steps = trainer.whitening_steps
    network.train()
    seconds = []
    for epoch in range(recipe.epochs):
        before = time.perf_counter()
        for part, truth in loader.epoch(epoch):
            if arguments.steps is not None and len(seconds) == arguments.steps:
                break
            float(trainer.step(part, truth, autocast=True))
            now = time.perf_counter()
            seconds.append(now - before)
            before = now
    tests, truths = cifar10.read_records(arguments.data, cifar10.TEST_FILES)
    six, one, test_seconds = test(network, tests, truths, recipe.batch)
    name, flags = processor()
    print(json.dumps({
        "program": "pytorch", "mode": arguments.mode, "seed": arguments.seed, "fit_seconds": whitening, "steps_seconds": seconds,
        "test_seconds": test_seconds, "accuracy": six, "accuracy_one_view": one, "torch": torch.__version__,
        "threads": torch.get_num_threads(), "processor": name, "flags": flags, "huge_pages": huge_pages(),
    }))


if __name__ == "__main__":
    arguments = read_arguments()
    if arguments.mode == "autocast-hugepages":
        tune_allocator()
    try:
        import torch
        from torch.nn import functional
    except ImportError as error:
        sys.exit(f"reference_airbench94.py: {sys.executable} has no PyTorch ({error}); try .venv/bin/python")
    import airbench94
    import cifar10

    try:
        main(arguments)
    except cifar10.DataError as error:
        sys.exit(f"reference_airbench94.py: {error}")
