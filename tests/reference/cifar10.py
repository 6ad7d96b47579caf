"""CIFAR-10's binary records and the original's augmentation, on whole batches in torch."""

import pathlib

import torch
from torch.nn import functional

TRAIN_FILES = [f"data_batch_{part}.bin" for part in range(1, 6)]
TEST_FILES = ["test_batch.bin"]
RECORD_BYTES = 1 + 3 * 32 * 32
MEAN = (0.49139968, 0.48215841, 0.44653091)
STD = (0.24703223, 0.24348513, 0.26158784)


class DataError(Exception):
    """A data folder that can't be used; the message says what to do."""


def read_records(folder, names):
    """Returns images [n, 3, 32, 32] uint8 and labels [n] int64."""
    parts = []
    for name in names:
        path = pathlib.Path(folder) / name
        try:
            content = path.read_bytes()
        except OSError as error:
            raise DataError(
                f"could not read {path}: {error.strerror}. A folder with {', '.join(TRAIN_FILES + TEST_FILES)} is needed; "
                "`reslab data fetch cifar10` gets them."
            ) from error
        if not content or len(content) % RECORD_BYTES:
            raise DataError(f"could not read {path}: {len(content)} bytes are no whole number of {RECORD_BYTES}-byte records")
        parts.append(torch.frombuffer(bytearray(content), dtype=torch.uint8).view(-1, RECORD_BYTES))
    records = torch.cat(parts)
    labels = records[:, 0].long()
    if labels.max() > 9:
        raise DataError(f"could not read {folder}: a label is {int(labels.max())}, and they go from 0 to 9")
    return records[:, 1:].reshape(-1, 3, 32, 32), labels


def normalise(images):
    """uint8 to float32, by the training set's mean and deviation."""
    mean = torch.tensor(MEAN).view(1, 3, 1, 1)
    std = torch.tensor(STD).view(1, 3, 1, 1)
    return (images.float() / 255 - mean) / std


def augment(images, random):
    """Pad to 36 by reflection, crop 32, mirror half of them, cut an 8×8 hole into half of them; normalised.

    The hole is filled with the mean after normalising, that is with 0; the original fills the uint8 image before.
    """
    count = images.shape[0]
    padded = functional.pad(normalise(images), (2, 2, 2, 2), mode="reflect")
    line = torch.arange(32).view(1, 32)
    top, left = (torch.randint(0, 5, (2, count, 1), generator=random)).unbind(0)
    mirrored = torch.rand(count, 1, generator=random) < 0.5
    rows = top + line
    columns = left + torch.where(mirrored, 31 - line, line)
    samples = torch.arange(count).view(count, 1, 1)
    result = padded[samples, :, rows.view(count, 32, 1), columns.view(count, 1, 32)].permute(0, 3, 1, 2)

    cut = torch.rand(count, 1, generator=random) < 0.5
    inside = []
    for _ in range(2):
        start = (torch.randint(0, 33, (count, 1), generator=random) - 4).clamp(min=0)
        inside.append((line >= start) & (line < start + 8))
    hole = inside[0].view(count, 32, 1) & inside[1].view(count, 1, 32) & cut.view(count, 1, 1)
    return result.masked_fill(hole.unsqueeze(1), 0).contiguous()
