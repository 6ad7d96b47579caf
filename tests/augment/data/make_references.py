#!/usr/bin/env python3
"""Writes what Pillow makes of small images, which the tests compare with ours.

Usage: make_references.py          (pip install pillow==13.0.0)

A line of a file is a case: its name, a tab, height, width and channels of the result, and its bytes in hexadecimal. The
images are pattern()'s, which tests/augment/pillow.h makes too.
"""

import pathlib

import PIL
from PIL import Image, ImageEnhance, ImageOps

HERE = pathlib.Path(__file__).resolve().parent
MODES = {1: "L", 3: "RGB", 4: "CMYK"}


def pattern(height: int, width: int, channels: int) -> Image.Image:
    """Slopes with noise, so that edges, smooth parts and all values occur."""
    state, values = 1, bytearray()
    for row in range(height):
        for column in range(width):
            for channel in range(channels):
                state = (state * 1664525 + 1013904223) % 2**32
                values.append((5 * column + 3 * row + 50 * channel + (state >> 26)) % 256)
    return Image.frombytes(MODES[channels], (width, height), bytes(values))


class File:
    def __init__(self, name: str, versions: str = f"Pillow {PIL.__version__}") -> None:
        self.path, self.lines = HERE / name, [versions]

    def add(self, name: str, image: Image.Image) -> None:
        channels = len(image.getbands())
        self.lines.append(f"{name}\t{image.height} {image.width} {channels} {image.tobytes().hex()}")

    def write(self) -> None:
        self.path.write_text("\n".join(self.lines) + "\n")


def resizes() -> None:
    file = File("resize.txt")
    sizes = [(1, 1), (5, 7), (16, 9), (23, 31)]
    for channels in (1, 3, 4):
        for height, width in sizes:
            # Pillow 13 does the columns first where the height shrinks by more than twice what the width does.
            for to_height, to_width in [(1, 1), (5, 3), (11, 20)]:
                if height - to_height > max(0, 2 * (width - to_width)):
                    continue
                image = pattern(height, width, channels)
                name = f"{height}x{width}x{channels} to {to_height}x{to_width}"
                file.add(name, image.resize((to_width, to_height), Image.Resampling.BILINEAR))
    # Left, top, right, bottom of 23 rows of 31 pixels.
    for box in [(0, 0, 31, 23), (2.5, 1.25, 28.75, 20.5), (10, 5, 20, 15), (30.5, 22.5, 31, 23), (3, 4, 23, 21), (0, 7, 31, 8)]:
        for to_height, to_width in [(17, 10), (17, 20), (40, 20)]:
            name = "23x31x3 " + " ".join(f"{edge:g}" for edge in box) + f" to {to_height}x{to_width}"
            file.add(name, pattern(23, 31, 3).resize((to_width, to_height), Image.Resampling.BILINEAR, box))
    file.write()


INTERPOLATIONS = {"nearest": Image.Resampling.NEAREST, "bilinear": Image.Resampling.BILINEAR}


def warps() -> None:
    file = File("warp.txt")
    for shape in [(1, 1, 3), (12, 17, 1), (17, 12, 3), (9, 9, 4)]:
        image = pattern(*shape)
        fill = (10, 200, 90, 250)[: shape[2]] if shape[2] > 1 else 10
        for name, interpolation in INTERPOLATIONS.items():
            for degrees in [0, 1, 30, 90, -135, 180]:
                case = f"{shape[0]}x{shape[1]}x{shape[2]} {name} turn {degrees}"
                file.add(case, image.rotate(degrees, interpolation, fillcolor=fill))
            # From places of the result to places of the image.
            for place in [(1, 0.4, 0, 0, 1, 0), (1, 0, 0, -0.99, 1, 0), (1, 0, -5, 0, 1, 0), (1, 0, 0, 0, 1, 3), (0.7, 0.2, 1.37, -0.1, 1.9, -2.63)]:
                case = f"{shape[0]}x{shape[1]}x{shape[2]} {name} map " + " ".join(f"{value:g}" for value in place)
                file.add(case, image.transform(image.size, Image.Transform.AFFINE, place, interpolation, fillcolor=fill))
    file.write()


def transposes() -> None:
    file = File("transpose.txt")
    for shape in [(3, 5, 3), (70, 40, 1)]:
        for way in Image.Transpose:
            file.add(f"{shape[0]}x{shape[1]}x{shape[2]} {way.name}", pattern(*shape).transpose(way))
    file.write()


def shifted_hue(image: Image.Image, steps: int) -> Image.Image:
    """By steps / 255 of the wheel, in Pillow's HSV of whole numbers, as torchvision does it."""
    hue, saturation, value = image.convert("HSV").split()
    return Image.merge("HSV", (hue.point(lambda x: (x + steps) % 256), saturation, value)).convert("RGB")


def colours() -> None:
    file = File("colour.txt")
    changes = {name: getattr(ImageEnhance, name.capitalize()) for name in ["brightness", "contrast", "color", "sharpness"]}
    for shape in [(1, 1, 3), (2, 7, 3), (13, 9, 3), (13, 9, 1)]:
        image = pattern(*shape)
        case = f"{shape[0]}x{shape[1]}x{shape[2]}"
        for name, change in changes.items():
            for factor in [0.0, 0.3, 1.0, 1.99]:
                file.add(f"{case} {name} {factor}", change(image).enhance(factor))
        if shape[2] == 3:
            for steps in [0, 20, 85, 128, 235]:
                file.add(f"{case} hue {steps}", shifted_hue(image, steps))
    for shape in [(1, 1, 1), (5, 4, 3), (24, 20, 3), (40, 30, 1)]:
        image = pattern(*shape)
        case = f"{shape[0]}x{shape[1]}x{shape[2]}"
        file.add(f"{case} autocontrast 0", ImageOps.autocontrast(image))
        file.add(f"{case} equalize 0", ImageOps.equalize(image))
        flat = image.point(lambda value: value // 4 + 100)
        file.add(f"{case} flat_autocontrast 0", ImageOps.autocontrast(flat))
        file.add(f"{case} flat_equalize 0", ImageOps.equalize(flat))
        for bits in [1, 3, 8]:
            file.add(f"{case} posterize {bits}", ImageOps.posterize(image, bits))
        for threshold in [0, 100, 256]:
            file.add(f"{case} solarize {threshold}", ImageOps.solarize(image, threshold))
    file.write()


if __name__ == "__main__":
    resizes()
    warps()
    transposes()
    colours()
