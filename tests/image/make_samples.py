#!/usr/bin/env python3
"""Makes tests/image/samples: a small picture of each kind that image::decode reads, and beside each NAME.EXT the pixels
that it must give, NAME.EXT.ppm (or .pgm for one channel), which are Pillow's.

Usage: make_samples.py FOLDER    (Pillow with numpy; ImageMagick's convert for tiled and planar TIFF)

The samples in the repository were made with Pillow 13.0.0 and ImageMagick 6.9.11-60.
"""

import pathlib
import struct
import subprocess
import sys
import zlib

import numpy as np
from PIL import Image, ImageOps

FOLDER = pathlib.Path(sys.argv[1])
WIDTH, HEIGHT = 21, 14
WHITE = (255, 255, 255)


def photograph() -> Image.Image:
    """Smooth, so that lossy formats keep it, and different in every corner."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(float)
    red, green, blue = 255 * x / (WIDTH - 1), 255 * y / (HEIGHT - 1), 128 + 127 * np.sin(x / 4) * np.cos(y / 3)
    return Image.fromarray(np.stack([red, green, blue], 2).astype(np.uint8))


def opacity() -> Image.Image:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(float)
    return Image.fromarray(np.clip(255 * (x + y) / (WIDTH + HEIGHT - 6) - 20, 0, 255).astype(np.uint8))


RGB = photograph()
GREY = RGB.convert("L")
ALPHA = opacity()
RGBA = Image.merge("RGBA", (*RGB.split(), ALPHA))
LA = Image.merge("LA", (GREY, ALPHA))
# Samples of 16 bits that use a part of the range, as a camera of 12 bits writes them.
WIDE = (np.asarray(RGB).astype(np.uint16) * 16 + np.asarray(GREY).astype(np.uint16)[:, :, None] % 16)


def on_white(image: Image.Image) -> Image.Image:
    if "A" not in image.getbands() and "transparency" not in image.info:
        return image.convert("L" if image.mode in ("1", "L") else "RGB")
    grey = image.mode in ("L", "LA")
    image = image.convert("RGBA")
    ground = Image.new("RGB", image.size, WHITE)
    ground.paste(image, mask=image.getchannel("A"))
    return ground.convert("L") if grey else ground


def write_expected(name: str, pixels: Image.Image | np.ndarray) -> None:
    array = np.asarray(pixels)
    kind = "P5" if array.ndim == 2 else "P6"
    head = f"{kind}\n{array.shape[1]} {array.shape[0]}\n255\n".encode()
    (FOLDER / (name + (".pgm" if kind == "P5" else ".ppm"))).write_bytes(head + array.astype(np.uint8).tobytes())


def expect(name: str) -> None:
    """The pixels are those that Pillow reads from the file."""
    write_expected(name, on_white(ImageOps.exif_transpose(Image.open(FOLDER / name))))


def save(name: str, image: Image.Image, **options) -> None:
    image.save(FOLDER / name, **options)
    expect(name)


def orientation(value: int) -> Image.Exif:
    exif = Image.Exif()
    exif[274] = value
    return exif


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def packed(rows: np.ndarray, bits: int) -> bytes:
    """Rows of samples (height, samples) with a filter byte 0 before each."""
    out = b""
    for row in rows:
        if bits == 16:
            data = row.astype(">u2").tobytes()
        elif bits == 8:
            data = row.astype(np.uint8).tobytes()
        else:
            ones = np.unpackbits(row.astype(np.uint8)[:, None], axis=1)[:, 8 - bits :].reshape(-1)
            data = np.packbits(ones).tobytes()
        out += b"\0" + data
    return out


def png(name: str, samples: np.ndarray, kind: int, bits: int, chunks: bytes = b"", interlaced: bool = False) -> None:
    """samples: (height, width, per pixel)"""
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    data = b""
    for left, top, across, down in passes if interlaced else [(0, 0, 1, 1)]:
        part = samples[top::down, left::across]
        if part.size:
            data += packed(part.reshape(part.shape[0], -1), bits)
    header = struct.pack(">IIBBBBB", samples.shape[1], samples.shape[0], bits, kind, 0, 0, int(interlaced))
    (FOLDER / name).write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunks + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b""))


def rescaled(samples: np.ndarray, low: int, high: int) -> np.ndarray:
    """As image/canvas.h has it."""
    span = high - low
    return ((np.clip(samples.astype(np.int64), low, high) - low) * 255 + span // 2) // span


def composed(colours: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """On white, by Pillow."""
    ground = Image.new("RGB", (WIDTH, HEIGHT), WHITE)
    ground.paste(Image.fromarray(colours.astype(np.uint8)), mask=Image.fromarray(alpha.astype(np.uint8)))
    return np.asarray(ground)


def magick(name: str, image: Image.Image, *options: str) -> None:
    image.save(FOLDER / "in.png")
    subprocess.run(["convert", FOLDER / "in.png", *options, FOLDER / name], check=True)
    (FOLDER / "in.png").unlink()


def make_jpeg() -> None:
    save("420.jpg", RGB, quality=90)
    save("444.jpg", RGB, quality=90, subsampling=0)
    save("progressive.jpg", RGB, quality=90, progressive=True)
    save("restart.jpg", RGB, quality=90, restart_marker_blocks=1)
    save("grey.jpg", GREY, quality=90)
    save("rgb.jpg", RGB, quality=90, keep_rgb=True)
    save("cmyk.jpg", RGB.convert("CMYK"), quality=90)
    magick("ycck.jpg", RGB, "-colorspace", "CMYK", "-quality", "90")
    expect("ycck.jpg")
    for value in range(1, 9):
        save(f"orientation-{value}.jpg", RGB, quality=90, subsampling=0, exif=orientation(value))


def make_png() -> None:
    save("rgb.png", RGB)
    save("rgba.png", RGBA)
    save("grey.png", GREY)
    save("grey-alpha.png", LA)
    save("black-white.png", RGB.convert("1"))
    save("palette.png", RGB.quantize(200))
    save("palette-4.png", RGB.quantize(13))
    save("palette-alpha.png", RGBA.quantize(50))
    save("colour-key.png", RGB.quantize(8).convert("RGB"), transparency=RGB.quantize(8).convert("RGB").getpixel((3, 3)))
    save("orientation-6.png", RGB, exif=orientation(6))
    grey4 = np.asarray(GREY)[:, :, None] // 16
    png("grey-4.png", grey4, 0, 4)
    expect("grey-4.png")
    png("interlaced.png", np.asarray(RGB), 2, 8, interlaced=True)
    expect("interlaced.png")
    png("interlaced-grey-2.png", grey4 // 4, 0, 2, interlaced=True)
    expect("interlaced-grey-2.png")
    grey16 = WIDE[:, :, :1]
    png("grey-16.png", grey16, 0, 16)
    write_expected("grey-16.png", rescaled(grey16[:, :, 0], 0, 65535))
    png("rgb-16.png", WIDE * 15, 2, 16)
    write_expected("rgb-16.png", rescaled(WIDE * 15, 0, 65535))
    # The 12 bits stand at the upper end, as the specification has it.
    png("grey-16-sbit-12.png", grey16 << 4 | grey16 >> 8, 0, 16, chunk(b"sBIT", b"\x0c"))
    write_expected("grey-16-sbit-12.png", rescaled(grey16[:, :, 0], 0, 4095))
    alpha16 = np.asarray(ALPHA).astype(np.uint16)[:, :, None] * 257
    png("rgba-16.png", np.concatenate([WIDE * 15, alpha16], 2), 6, 16)
    write_expected("rgba-16.png", composed(rescaled(WIDE * 15, 0, 65535), np.asarray(ALPHA)))
    png("grey-alpha-16-interlaced.png", np.concatenate([grey16 * 15, alpha16], 2), 4, 16, interlaced=True)
    grey8 = rescaled(grey16 * 15, 0, 65535)
    write_expected("grey-alpha-16-interlaced.png", composed(np.repeat(grey8, 3, 2), np.asarray(ALPHA))[:, :, 0])


def make_webp() -> None:
    save("lossy.webp", RGB, quality=90)
    save("tall.webp", RGB.resize((16, 160)), quality=90)
    save("lossless.webp", RGB, lossless=True)
    save("alpha.webp", RGBA, lossless=True, exact=True)
    save("lossy-alpha.webp", RGBA, quality=80, exact=True)
    save("orientation-8.webp", RGB, lossless=True, exif=orientation(8))
    RGB.save(FOLDER / "animation.webp", save_all=True, append_images=[GREY.convert("RGB")], lossless=True)


def bmp(name: str, header: bytes, extra: bytes, rows: bytes) -> None:
    start = 14 + len(header) + len(extra)
    (FOLDER / name).write_bytes(struct.pack("<2sIHHI", b"BM", start + len(rows), 0, 0, start) + header + extra + rows)


def make_bmp() -> None:
    save("rgb.bmp", RGB)
    save("rgba.bmp", RGBA)
    save("grey.bmp", GREY)
    save("black-white.bmp", RGB.convert("1"))
    save("palette.bmp", RGB.quantize(100))
    info = lambda height, bits, compression, size=40: struct.pack("<IiiHHIIiiII", size, WIDTH, height, 1, bits, compression, 0, 0, 0, 0, 0)
    palette = RGB.quantize(16)
    colours = b"".join(struct.pack("4B", b, g, r, 0) for r, g, b in np.asarray(palette.getpalette()).reshape(-1, 3)[:16])
    rows = packed(np.asarray(palette)[::-1], 4)
    width = (WIDTH + 1) // 2
    rows = b"".join(rows[i * (width + 1) + 1 : (i + 1) * (width + 1)] + bytes(-width % 4) for i in range(HEIGHT))
    bmp("palette-4.bmp", info(HEIGHT, 4, 0), colours, rows)
    expect("palette-4.bmp")
    values = np.asarray(RGB).astype(np.uint16)
    high = values[:, :, 0] >> 3 << 11 | values[:, :, 1] >> 2 << 5 | values[:, :, 2] >> 3
    rows = b"".join(row.astype("<u2").tobytes() + bytes(-2 * WIDTH % 4) for row in high)
    bmp("565-top-down.bmp", info(-HEIGHT, 16, 3), struct.pack("<III", 0xF800, 0x07E0, 0x001F), rows)
    expect("565-top-down.bmp")
    rows = b"".join(bytes(np.asarray(RGB)[y, :, ::-1].tobytes()) + bytes(-3 * WIDTH % 4) for y in range(HEIGHT - 1, -1, -1))
    bmp("core-header.bmp", struct.pack("<IHHHH", 12, WIDTH, HEIGHT, 1, 24), b"", rows)
    expect("core-header.bmp")
    masks = struct.pack("<IIII", 0xFF0000, 0x00FF00, 0x0000FF, 0xFF000000)
    bgra = np.asarray(RGBA)[::-1, :, [2, 1, 0, 3]]
    bmp("alpha.bmp", info(HEIGHT, 32, 3, 108), masks + bytes(108 - 56), bgra.tobytes())
    expect("alpha.bmp")
    bmp("rle.bmp", info(HEIGHT, 8, 1), bytes(1024), bytes(50))


def make_tiff() -> None:
    save("rgb.tif", RGB)
    save("rgb-lzw.tif", RGB, compression="tiff_lzw")
    save("rgb-deflate.tif", RGB, compression="tiff_adobe_deflate", tiffinfo={278: 4})
    save("ycbcr-jpeg.tif", RGB, compression="jpeg", quality=90)
    save("grey.tif", GREY)
    save("rgba.tif", RGBA)
    # Colours that are multiplied by alpha already (ExtraSamples 1), which Pillow doesn't write.
    colours, alpha = np.asarray(RGB).astype(int), np.asarray(ALPHA).astype(int)[:, :, None]
    multiplied = (colours * alpha + 127) // 255
    Image.fromarray(np.concatenate([multiplied, alpha], 2).astype(np.uint8)).save(FOLDER / "multiplied.tif")
    unmultiplied, tag = (FOLDER / "multiplied.tif").read_bytes(), struct.pack("<HHIHH", 338, 3, 1, 2, 0)
    assert unmultiplied.count(tag) == 1
    (FOLDER / "multiplied.tif").write_bytes(unmultiplied.replace(tag, struct.pack("<HHIHH", 338, 3, 1, 1, 0)))
    divided = np.minimum(255, (multiplied * 255 + alpha // 2) // np.maximum(alpha, 1))
    write_expected("multiplied.tif", composed(divided, alpha[:, :, 0]))
    save("palette.tif", RGB.quantize(100))
    save("fax4.tif", RGB.convert("1"), compression="group4")
    save("cmyk.tif", RGB.convert("CMYK"))
    save("orientation-7.tif", RGB, tiffinfo={274: 7})
    save("pages.tif", RGB, save_all=True, append_images=[GREY])
    magick("tiled.tif", RGB, "-define", "tiff:tile-geometry=16x16", "-compress", "zip")
    expect("tiled.tif")
    magick("planar.tif", RGB, "-interlace", "plane", "-compress", "lzw", "-define", "tiff:rows-per-strip=5")
    write_expected("planar.tif", RGB)
    Image.fromarray(WIDE[:, :, 0] * 15).save(FOLDER / "grey-16.tif")
    write_expected("grey-16.tif", rescaled(WIDE[:, :, 0] * 15, 0, 65535))
    magick("rgb-16-big-endian.tif", RGB, "-depth", "16", "-endian", "MSB", "-compress", "none")
    write_expected("rgb-16-big-endian.tif", RGB)
    magick("rgba-16-tiled.tif", RGBA, "-depth", "16", "-define", "tiff:tile-geometry=16x32", "-compress", "zip")
    write_expected("rgba-16-tiled.tif", on_white(RGBA))
    magick("white-is-zero.tif", GREY, "-define", "quantum:polarity=min-is-white")
    expect("white-is-zero.tif")


FOLDER.mkdir(parents=True, exist_ok=True)
make_jpeg()
make_png()
make_webp()
make_bmp()
make_tiff()
