#!/usr/bin/env python3
"""Takes the few hundred images of tests/data_samples/cifar10 from the official CIFAR-10 files.

    python3 tests/reference/make_samples.py FOLDER_OF_THE_OFFICIAL_FILES tests/data_samples/cifar10

From the front of each file, the first records of each class, the same number of each, in the file's order: 60 of
each training file, 100 of the test file. The official files are recognised by their MD5.
"""

import hashlib
import pathlib
import sys

RECORD_BYTES = 1 + 3 * 32 * 32
CLASSES = 10
FILES = {
    "data_batch_1.bin": ("5dd7e06a14cb22eb9f671a540d1b7c25", 60),
    "data_batch_2.bin": ("5ea93a67294ea407fff1d09f752e9692", 60),
    "data_batch_3.bin": ("942cd6a4bcdd0dd3c604fbe906cb4421", 60),
    "data_batch_4.bin": ("ae636b3ba5c66a11e91e8cb52e771fcb", 60),
    "data_batch_5.bin": ("53f37980c15c3d472c316c40844f3f0d", 60),
    "test_batch.bin": ("803d5f7f4d78ea53de84dbe85f74fb6d", 100),
}


def balanced_front(content, records):
    wanted = dict.fromkeys(range(CLASSES), records // CLASSES)
    taken = []
    for begin in range(0, len(content), RECORD_BYTES):
        label = content[begin]
        if wanted[label]:
            wanted[label] -= 1
            taken.append(content[begin : begin + RECORD_BYTES])
    return b"".join(taken)


def main():
    if len(sys.argv) != 3:
        sys.exit(f"usage: {sys.argv[0]} FOLDER_OF_THE_OFFICIAL_FILES DESTINATION")
    source, destination = map(pathlib.Path, sys.argv[1:])
    for name, (md5, records) in FILES.items():
        try:
            content = (source / name).read_bytes()
        except OSError as error:
            sys.exit(f"could not read {source / name}: {error.strerror}")
        found = hashlib.md5(content).hexdigest()
        if found != md5:
            sys.exit(f"could not use {source / name}: its MD5 is {found}, the official file's {md5}")
        sample = balanced_front(content, records)
        (destination / name).write_bytes(sample)
        print(f"{name}: {len(sample) // RECORD_BYTES} records, md5 {hashlib.md5(sample).hexdigest()}")


if __name__ == "__main__":
    main()
