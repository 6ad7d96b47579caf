#!/usr/bin/env python3
"""The recipe photos in plain PyTorch and Pillow, from a folder of photographs to the last prediction: the peer of `reslab train photos`.

    .venv/bin/python benchmarks/reference_photos.py --data DIR --seed 1

DIR has the folders train, validation and test, with a folder for each class in each. Every picture is decoded once and kept, shrunk to
what the recipe can use, as a program would that wants to be fast; then worker processes crop, mirror and change colours by Pillow.
Options give the recipe's constants (reslab recipe show photos); they begin at the recipe's. Prints one line of JSON: the accuracies on
both splits with two views (a picture and its mirror image), and the seconds of decoding, training and testing.
Needs Pillow: .venv/bin/pip install pillow.
"""

import argparse
import json
import os
import pathlib
import random
import sys
import time

sys.dont_write_bytecode = True

from reference_pytorch import huge_pages, processor, tune_allocator, whole

MODES = ("autocast", "autocast-hugepages")


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", metavar="DIR", required=True, type=pathlib.Path)
    parser.add_argument("--mode", choices=MODES, default="autocast")
    parser.add_argument("--seed", type=whole(0), default=1)
    parser.add_argument("--epochs", type=whole(1), default=24)
    parser.add_argument("--batch", type=whole(1), default=128)
    parser.add_argument("--side", type=whole(9), default=64, help="of the network's images, in pixels")
    parser.add_argument("--patch", type=whole(1), default=2)
    parser.add_argument("--stride", type=whole(1), default=2)
    parser.add_argument("--least-area", type=float, default=0.35, help="of a random crop, as a share of the picture")
    parser.add_argument("--workers", type=whole(0), default=2, help="processes that make batches")
    parser.add_argument("--threads", type=whole(1), default=len(os.sched_getaffinity(0)))
    return parser.parse_args()


class Pictures:
    """Decoded pictures of one split, in RGB, upright, the shorter side `shorter` pixels."""

    def __init__(self, folder, classes, shorter):
        self.images, self.labels = [], []
        for label, name in enumerate(classes):
            for path in sorted((folder / name).iterdir()):
                with Image.open(path) as opened:
                    picture = ImageOps.exif_transpose(opened).convert("RGB")
                scale = shorter / min(picture.size)
                if scale < 1:
                    picture = picture.resize([max(shorter, round(side * scale)) for side in picture.size], Image.BILINEAR)
                self.images.append(picture)
                self.labels.append(label)

    def __len__(self):
        return len(self.labels)


class Training(Pictures):
    """Pictures as training sees them: a random part, mirrored or not, in changed colours."""

    def __init__(self, folder, classes, shorter, side, least_area):
        super().__init__(folder, classes, shorter)
        self.side, self.least_area = side, least_area

    def __getitem__(self, index):
        picture = self.random_part(self.images[index])
        if random.random() < 0.5:
            picture = ImageOps.mirror(picture)
        return as_tensor(jittered(picture)), self.labels[index]

    def random_part(self, picture):
        width, height = picture.size
        for _ in range(10):
            area = random.uniform(self.least_area, 1) * width * height
            ratio = (4 / 3) ** random.uniform(-1, 1)
            w, h = round((area * ratio) ** 0.5), round((area / ratio) ** 0.5)
            if 0 < w <= width and 0 < h <= height:
                left, top = random.randint(0, width - w), random.randint(0, height - h)
                return picture.resize((self.side, self.side), Image.BILINEAR, box=(left, top, left + w, top + h))
        short = min(picture.size)
        left, top = (width - short) // 2, (height - short) // 2
        return picture.resize((self.side, self.side), Image.BILINEAR, box=(left, top, left + short, top + short))


def jittered(picture, strength=0.2, turn=0.05):
    """torchvision's ColorJitter with the recipe's strengths."""

    def hue(image):
        h, s, v = image.convert("HSV").split()
        moved = round(random.uniform(-turn, turn) * 255)
        return Image.merge("HSV", (h.point([(value + moved) % 256 for value in range(256)]), s, v)).convert("RGB")

    def enhanced(enhance):
        return lambda image: enhance(image).enhance(random.uniform(1 - strength, 1 + strength))

    changes = [enhanced(ImageEnhance.Brightness), enhanced(ImageEnhance.Contrast), enhanced(ImageEnhance.Color), hue]
    random.shuffle(changes)
    for change in changes:
        picture = change(picture)
    return picture


class Evaluation(Pictures):
    """Pictures as evaluation sees them: the shorter side at side / 0.875, then the middle."""

    def __init__(self, folder, classes, shorter, side):
        super().__init__(folder, classes, shorter)
        self.side = side

    def __getitem__(self, index):
        width, height = self.images[index].size
        left, top = (width - self.side) // 2, (height - self.side) // 2
        return as_tensor(self.images[index].crop((left, top, left + self.side, top + self.side))), self.labels[index]


def as_tensor(picture):
    height, width = picture.size[1], picture.size[0]
    return torch.frombuffer(bytearray(picture.tobytes()), dtype=torch.uint8).view(height, width, 3).permute(2, 0, 1)


def statistics(loader):
    """Mean and standard deviation by channel of pixels in [0, 1], of the training pictures as evaluation sees them."""
    total, squares, count = torch.zeros(3, dtype=torch.double), torch.zeros(3, dtype=torch.double), 0
    for images, _ in loader:
        values = images.double() / 255
        total, squares = total + values.sum((0, 2, 3)), squares + (values * values).sum((0, 2, 3))
        count += values.numel() // 3
    mean = total / count
    return mean.float().view(1, 3, 1, 1), (squares / count - mean * mean).sqrt().float().view(1, 3, 1, 1)


def test(network, loader, normalise):
    network.eval()
    right = 0
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        for images, labels in loader:
            images = normalise(images)
            right += int(((network(images) + network(images.flip(3))).argmax(1) == labels).sum())
    return right / len(loader.dataset)


def main(arguments):
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    classes = sorted(path.name for path in (arguments.data / "train").iterdir() if path.is_dir())
    resize = int(arguments.side / 0.875)

    start = time.perf_counter()
    training = Training(arguments.data / "train", classes, 2 * resize, arguments.side, arguments.least_area)
    fitting, holdout, tests = (Evaluation(arguments.data / name, classes, resize, arguments.side) for name in ("train", "validation", "test"))
    decoding = time.perf_counter() - start

    start = time.perf_counter()

    def loader(pictures, **options):
        workers = {"num_workers": arguments.workers, "persistent_workers": True, "worker_init_fn": seed_worker} if arguments.workers else {}
        return torch.utils.data.DataLoader(pictures, batch_size=arguments.batch, **workers, **options)

    mean, std = statistics(loader(fitting))

    def normalise(images):
        return ((images.float() / 255 - mean) / std).contiguous(memory_format=torch.channels_last)

    recipe = airbench94.Recipe(
        epochs=arguments.epochs, bias_lr=0.0573, head_lr=0.5415, filter_lr=0.2255, momentum=0.825, filter_momentum=0.655,
        decay_per_step=0.0016, smoothing=0.09,
    )
    network = airbench94.Speednet(classes=len(classes), patch=arguments.patch, stride=arguments.stride, activation=functional.silu)
    network = network.to(memory_format=torch.channels_last)
    network.fit(torch.cat([normalise(images) for images, _ in loader(fitting)]))
    batches = loader(training, shuffle=True, drop_last=False)
    trainer = airbench94.Trainer(network, recipe, arguments.epochs * len(batches), max(1, round(0.2 * len(batches))))
    network.train()
    for epoch in range(arguments.epochs):
        for images, labels in batches:
            loss = float(trainer.step(normalise(images), labels, autocast=True))
        print(f"epoch {epoch + 1}: loss {loss:.4f}", file=sys.stderr, flush=True)
    trained = time.perf_counter() - start
    start = time.perf_counter()
    held, tested = (test(network, loader(pictures), normalise) for pictures in (holdout, tests))
    name, flags = processor()
    print(json.dumps({
        "program": "pytorch", "mode": arguments.mode, "seed": arguments.seed, "epochs": arguments.epochs, "side": arguments.side,
        "decoding_seconds": decoding, "training_seconds": trained, "test_seconds": time.perf_counter() - start,
        "holdout_accuracy": held, "test_accuracy": tested, "torch": torch.__version__, "pillow": Image.__version__,
        "threads": torch.get_num_threads(), "workers": arguments.workers, "processor": name, "flags": flags, "huge_pages": huge_pages(),
    }))


def seed_worker(_):
    random.seed(torch.initial_seed())


if __name__ == "__main__":
    arguments = read_arguments()
    if arguments.mode == "autocast-hugepages":
        tune_allocator()
    try:
        import torch
        from PIL import Image, ImageEnhance, ImageOps
        from torch.nn import functional
    except ImportError as error:
        sys.exit(f"reference_photos.py: {sys.executable} lacks a library ({error}); try .venv/bin/python after .venv/bin/pip install pillow")
    import airbench94

    random.seed(arguments.seed)
    main(arguments)
