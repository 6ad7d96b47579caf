#!/usr/bin/env python3
"""The original's training, or airbench94's, in plain PyTorch: the peer that reslab's speed and accuracy are compared with.

Times steps on a cached batch and prints one line of JSON:

    .venv/bin/python benchmarks/reference_pytorch.py --mode autocast --steps 10
    .venv/bin/python benchmarks/reference_pytorch.py --recipe airbench94 --batch 2000 --mode autocast --steps 10

Or trains as the original does, and prints the original's three lines an epoch:

    .venv/bin/python benchmarks/reference_pytorch.py --train --data DIR --mode autocast

Modes: `seed` is PyTorch as the original uses it (fp32, defaults). `channels-last` is fp32 in the layout that CPUs prefer.
`autocast` is bf16 by autocast, channels-last. `autocast-hugepages` is the same with glibc told to keep freed memory
and to ask for huge pages.
"""

import argparse
import fractions
import json
import os
import pathlib
import platform
import statistics
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "reference"))

RECIPES = ("original", "airbench94")
MODES = ("seed", "channels-last", "autocast", "autocast-hugepages")

# Blocks below the mmap threshold come from the heap; the heap grows in large steps, is never trimmed, and is advised
# to lie on huge pages.
TUNABLES = ":".join(
    (
        "glibc.malloc.hugetlb=1",
        f"glibc.malloc.mmap_threshold={16 << 30}",
        f"glibc.malloc.trim_threshold={64 << 30}",
        f"glibc.malloc.top_pad={256 << 20}",
        "glibc.malloc.mmap_max=0",
    )
)

FLAGS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16", "asimd", "sve", "bf16")


def whole(minimum):
    def convert(text):
        value = int(text)
        if value < minimum:
            raise argparse.ArgumentTypeError(f"{value} is below {minimum}")
        return value

    convert.__name__ = "whole number"
    return convert


def positive_number(text):
    value = float(fractions.Fraction(text))  # takes 5/24 too
    if value <= 0:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return value


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", choices=RECIPES, default="original")
    parser.add_argument("--mode", choices=MODES, default="seed")
    parser.add_argument("--steps", type=whole(1), default=10, help="steps to time (10)")
    parser.add_argument("--warmup", type=whole(0), default=3, help="steps before them (3)")
    parser.add_argument("--batch", type=whole(1), default=512, help="images a batch (512)")
    parser.add_argument("--evaluation", action="store_true", help="time predictions in evaluation mode instead of training steps")
    parser.add_argument("--threads", type=whole(1), help="all processors that this process may use")
    parser.add_argument("--data", metavar="DIR", help="CIFAR-10's six .bin files; without it a synthetic batch is timed")
    parser.add_argument("--train", action="store_true", help="train and test instead of timing steps")
    parser.add_argument("--epochs", type=whole(1), default=24, help="epochs to train (24)")
    parser.add_argument("--div-factor", type=positive_number, default=8.0, help="OneCycle's; 8, or 5/24 as the document has it")
    parser.add_argument("--seed", type=whole(0), default=0)
    arguments = parser.parse_args()
    if arguments.train and arguments.recipe != "original":
        parser.error(f"--train knows the recipe original alone; of {arguments.recipe} steps can be timed")
    if arguments.train and not arguments.data:
        parser.error("--train needs --data DIR, a folder with CIFAR-10's six .bin files")
    if arguments.mode == "autocast-hugepages" and platform.libc_ver()[0] != "glibc":
        parser.error("--mode autocast-hugepages needs glibc, whose allocator it sets")
    if arguments.threads is None:
        arguments.threads = len(os.sched_getaffinity(0))
    return arguments


def tune_allocator():
    """glibc reads its tunables when a process starts, so this one starts again with them."""
    if os.environ.get("GLIBC_TUNABLES") != TUNABLES:
        os.environ["GLIBC_TUNABLES"] = TUNABLES
        os.execv(sys.executable, [sys.executable, *sys.argv])


def processor():
    """Name, and those of FLAGS that it has."""
    name, flags = platform.processor() or platform.machine(), []
    try:
        text = pathlib.Path("/proc/cpuinfo").read_text()
    except OSError:
        return name, flags
    for line in text.splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            name = value.strip()
        elif key.strip() in ("flags", "Features"):
            present = set(value.split())
            flags = [flag for flag in FLAGS if flag in present]
    return name, flags


def huge_pages():
    try:
        setting = pathlib.Path("/sys/kernel/mm/transparent_hugepage/enabled").read_text()
    except OSError:
        return "unknown"
    return setting.partition("[")[2].partition("]")[0]


class Peer:
    """Network, recipe and mode together."""

    def __init__(self, arguments, total_steps):
        self.autocast = arguments.mode.startswith("autocast")
        self.layout = torch.contiguous_format if arguments.mode == "seed" else torch.channels_last
        if arguments.recipe == "original":
            recipe = custom_resnet.Recipe(epochs=arguments.epochs, batch=arguments.batch, div_factor=arguments.div_factor)
            self.network = custom_resnet.CustomResNet().to(memory_format=self.layout)
            self.trainer = custom_resnet.Trainer(self.network, recipe, total_steps)
        else:
            self.network = airbench94.Speednet().to(memory_format=self.layout)
            self.trainer = airbench94.Trainer(self.network, airbench94.Recipe(), total_steps, whitening_steps=total_steps)

    def fit(self, images):
        """What a network takes from the images before it is trained."""
        if hasattr(self.network, "fit"):
            self.network.fit(images)

    def step(self, images, labels):
        """Output, where the trainer tells it, and loss."""
        result = self.trainer.step(images.contiguous(memory_format=self.layout), labels, self.autocast)
        return result if isinstance(result, tuple) else (None, result)

    def predict(self, images):
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.autocast):
            return self.network(images.contiguous(memory_format=self.layout))


def cached_batch(arguments):
    if not arguments.data:
        return torch.randn(arguments.batch, 3, 32, 32), torch.randint(0, 10, (arguments.batch,))
    images, labels = cifar10.read_records(arguments.data, cifar10.TRAIN_FILES[:1])
    if len(labels) < arguments.batch:
        raise cifar10.DataError(f"{arguments.data} has {len(labels)} images in its first file, fewer than --batch {arguments.batch}")
    return cifar10.normalise(images[: arguments.batch]), labels[: arguments.batch]


def time_steps(arguments):
    steps = arguments.warmup + arguments.steps
    peer = Peer(arguments, total_steps=max(steps, 2))
    images, labels = cached_batch(arguments)
    peer.fit(images)
    images = images.contiguous(memory_format=peer.layout)
    peer.network.train(not arguments.evaluation)
    seconds = []
    for _ in range(steps):
        start = time.perf_counter()
        if arguments.evaluation:
            loss = torch.nn.functional.cross_entropy(peer.predict(images).float(), labels)
        else:
            _, loss = peer.step(images, labels)
        seconds.append(time.perf_counter() - start)
    seconds = seconds[arguments.warmup :]
    name, flags = processor()
    median = statistics.median(seconds)
    result = {
        "program": "pytorch",
        "recipe": arguments.recipe,
        "mode": arguments.mode,
        "evaluation": arguments.evaluation,
        "batch": arguments.batch,
        "steps_seconds": seconds,
        "median_seconds": median,
        "images_per_second": arguments.batch / median,
        "loss": float(loss),
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "device": "cpu",
        "processor": name,
        "flags": flags,
        "huge_pages": huge_pages(),
    }
    print(json.dumps(result))


def train_epoch(peer, images, labels, batch, random):
    correct = 0
    peer.network.train()
    order = torch.randperm(len(labels), generator=random)
    for indices in order.split(batch):
        output, loss = peer.step(cifar10.augment(images[indices], random), labels[indices])
        correct += int((output.argmax(1) == labels[indices]).sum())
    return float(loss), correct


def test(peer, images, labels, batch):
    """The original's average: the batches' mean losses, summed, over the number of images."""
    peer.network.eval()
    correct, total = 0, 0.0
    for part, truth in zip(images.split(batch), labels.split(batch)):
        output = peer.predict(cifar10.normalise(part))
        total += float(torch.nn.functional.cross_entropy(output.float(), truth))
        correct += int((output.argmax(1) == truth).sum())
    return total / len(labels), correct


def clock(seconds):
    return f"{int(seconds) // 60:02d}:{int(seconds) % 60:02d}"


def train(arguments):
    images, labels = cifar10.read_records(arguments.data, cifar10.TRAIN_FILES)
    test_images, test_labels = cifar10.read_records(arguments.data, cifar10.TEST_FILES)
    batches = -(-len(labels) // arguments.batch)
    peer = Peer(arguments, total_steps=max(arguments.epochs * batches, 2))
    random = torch.Generator().manual_seed(arguments.seed)
    for epoch in range(1, arguments.epochs + 1):
        start = time.perf_counter()
        loss, correct = train_epoch(peer, images, labels, arguments.batch, random)
        seconds = time.perf_counter() - start
        print(f"Epoch {epoch}:")
        print(
            f"Loss={loss} Batch_id={batches - 1} Accuracy={100 * correct / len(labels):.2f}: "
            f"100%|██████████| {batches}/{batches} [{clock(seconds)}<00:00, {batches / seconds:5.2f}it/s]"
        )
        average, correct = test(peer, test_images, test_labels, arguments.batch)
        share = 100 * correct / len(test_labels)
        print(f"Test set: Average loss: {average:.4f}, Accuracy: {correct}/{len(test_labels)} ({share:.2f}%)\n", flush=True)


def main(arguments):
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    try:
        train(arguments) if arguments.train else time_steps(arguments)
    except cifar10.DataError as error:
        sys.exit(f"{pathlib.Path(__file__).name}: {error}")


if __name__ == "__main__":
    # Arguments first: a wrong one is told at once, and the new start comes before torch's slow import.
    arguments = read_arguments()
    if arguments.mode == "autocast-hugepages":
        tune_allocator()
    try:
        import torch
    except ImportError as error:
        sys.exit(f"{pathlib.Path(__file__).name}: {sys.executable} has no PyTorch ({error}); try .venv/bin/python")
    import airbench94
    import cifar10
    import custom_resnet

    main(arguments)
