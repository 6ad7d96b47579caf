"""Opens the page of `reslab data check` in a headless Chromium.

    data_page_test.py RESLAB [SCREENSHOTS]

RESLAB is the program. With a second argument the pictures of light, dark and phone are kept there, to be looked at. Exits 77
(skipped) where there is no Chromium.
"""

import pathlib
import subprocess
import sys
import tempfile
import unittest
import zlib

import browser

EVIL = "<img src=x onerror=alert(1)> & co"


def chunk(kind, data):
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def png(path, number, height=60, width=80):
    """A picture of rectangles, other ones for each number."""
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            rows += bytes((x // (7 + number % 5) * 37 + y // (9 + number % 7) * (53 + number) + 90 * c) % 256 for c in range(3))
    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes((8, 2, 0, 0, 0))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(rows))) + chunk(b"IEND", b""))


class DataPage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(prefix="reslab-data-page-")
        folder = pathlib.Path(cls.temporary.name)
        data = folder / "photos"
        number = 0
        for split, count in (("train", 12), ("val", 3), ("test", 3)):
            for name in (EVIL, "b"):
                for i in range(count):
                    number += 1
                    png(data / split / name / f"{i}.png", number)
        png(data / "test" / "b" / "copy.png", 1)
        (data / "train" / "b" / "a.gif").write_bytes(b"GIF89a" + bytes(30))
        cls.page = folder / "page.html"
        done = subprocess.run([RESLAB, "data", "check", data, "--html", cls.page, "--cache-dir", folder / "cache"],
                              capture_output=True, text=True, check=False)
        if done.returncode != 1:
            raise AssertionError(done.stdout + done.stderr)
        cls.browser = browser.Browser().__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.browser.__exit__()
        cls.temporary.cleanup()

    def look(self, name, **screen):
        self.browser.screen(**screen)
        self.browser.open(self.page)
        self.browser.wait("[...document.images].every((image) => image.complete)")
        if SCREENSHOTS:
            SCREENSHOTS.mkdir(parents=True, exist_ok=True)
            self.browser.picture(SCREENSHOTS / f"data-{name}.png", whole=True)
        self.assertEqual(self.browser.complaints(), [])
        self.assertEqual(len(self.browser.requests()), 1, self.browser.requests())
        self.assertTrue(self.browser.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out")

    def test_looks_well_on_all_screens(self):
        self.look("light", width=1200, height=900)
        self.look("dark", width=1200, height=900, dark=True)
        self.look("phone", width=390, height=844, phone=True)

    def test_shows_all_pictures(self):
        self.look("light", width=1200, height=900)
        self.assertEqual(self.browser.evaluate("[...document.images].filter((image) => !image.naturalWidth).length"), 0)
        self.assertEqual(self.browser.evaluate("document.querySelectorAll('#samples img').length"), 20)
        self.assertEqual(self.browser.evaluate("document.querySelectorAll('#alike .card').length"), 1)
        self.assertEqual(self.browser.evaluate("document.querySelectorAll('#damaged tbody tr').length"), 3)

    def test_takes_names_for_text(self):
        self.look("light", width=1200, height=900)
        self.assertEqual(self.browser.evaluate("document.querySelectorAll('#samples h3')[0].textContent"), EVIL)
        self.assertEqual(self.browser.evaluate("document.querySelectorAll('[onerror]').length"), 0)

    def test_stays_small(self):
        self.assertLess(self.page.stat().st_size, 5_000_000)


if __name__ == "__main__":
    if not browser.find():
        print("*** SKIPPED: no Chromium here, so the page was opened in no browser (Debian: apt install chromium)", file=sys.stderr)
        sys.exit(77)
    RESLAB = sys.argv[1]
    SCREENSHOTS = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None
    unittest.main(argv=sys.argv[:1], verbosity=2)
