#!/usr/bin/env python3
"""Writes what the operations of torchvision's TrivialAugmentWide make of small images, as make_references.py does.

Usage: make_torchvision_references.py          (pip install pillow==13.0.0 torch==2.13.0 torchvision==0.28.0)
"""

import PIL
import torchvision
from make_references import File, pattern
from torchvision.transforms import InterpolationMode
from torchvision.transforms.autoaugment import TrivialAugmentWide, _apply_op


def main() -> None:
    version = torchvision.__version__.split("+")[0]
    file = File("trivial_augment.txt", f"torchvision {version}, Pillow {PIL.__version__}")
    space = TrivialAugmentWide()._augmentation_space(31)
    for shape in [(9, 8, 3), (7, 10, 1)]:
        for operation, (magnitudes, signed) in space.items():
            for step in [0, 4, 13, 30]:
                for sign in [1, -1] if signed else [1]:
                    magnitude = float(magnitudes[step]) if magnitudes.ndim else 0.0
                    image = _apply_op(pattern(*shape), operation, sign * magnitude, InterpolationMode.NEAREST, [10] * shape[2])
                    file.add(f"{shape[0]}x{shape[1]}x{shape[2]} {operation} {sign * step}{' backwards' if sign < 0 else ''}", image)
    file.write()


if __name__ == "__main__":
    main()
