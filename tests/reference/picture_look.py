"""The perceptual hash that tests/pictures/look_test.cpp expects, by Pillow and SciPy: python3 picture_look.py

pHash as Zauner (2010) describes it: 32 × 32 grey pixels, their two-dimensional DCT-II, the 8 × 8 lowest frequencies, a bit for
each that is above their median.
"""

import numpy
from PIL import Image
from scipy.fft import dct

HEIGHT, WIDTH = 47, 60


def picture():
    pixels = [[(13 * x + 7 * y + x * y // 16) % 256 for x in range(WIDTH)] for y in range(HEIGHT)]
    return Image.fromarray(numpy.array(pixels, dtype=numpy.uint8))


def phash(image):
    small = numpy.asarray(image.resize((32, 32), Image.BILINEAR)).astype(float)
    low = dct(dct(small, axis=0), axis=1)[:8, :8]
    bits = (low > numpy.median(low)).flatten()
    return sum(1 << i for i, bit in enumerate(bits) if bit)


if __name__ == "__main__":
    grey = numpy.asarray(picture().resize((16, 16), Image.BILINEAR))
    print(f"{phash(picture()):#018x}", grey[0].tolist(), grey[15].tolist())
