"""Opens reports of small real runs in a headless Chromium and uses them as a reader would.

    browser_test.py RESLAB DATA [SCREENSHOTS]

RESLAB is the program, DATA a folder with CIFAR-10's files. With a third argument the pictures of light, dark and phone are kept
there, to be looked at. Exits 77 (skipped) where there is no Chromium.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import browser

# A name that would be markup, in places where names come from outside: a folder's name and a recipe's text.
EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
EVIL_FOLDER = "a\"b'<img src=x onerror=alert(3)>&amp;"


def run(*arguments):
    done = subprocess.run([RESLAB, *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def train(folder, name, *more):
    run("train", "resnet", "--data", DATA, "--runs-dir", folder, "--name", name, "--epochs", "3", "--threads", "1", "-q",
        "--set", "model.width=4", "--set", "data.batch_size=100", *more)


class Report(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(prefix="reslab-report-")
        folder = pathlib.Path(cls.temporary.name)
        train(folder, "first", "--set", "description=" + EVIL)
        train(folder, "second", "--seed", "1")
        (folder / "first").rename(folder / EVIL_FOLDER)
        cls.name = EVIL_FOLDER
        cls.single, cls.both = folder / EVIL_FOLDER / "report.html", folder / "both.html"
        common = ("--data", DATA, "--threads", "1")
        run("report", folder / EVIL_FOLDER, *common)
        run("report", folder / EVIL_FOLDER, folder / "second", "--output", cls.both, *common)
        # As a run is before its first epoch has ended.
        shutil.copytree(folder / "second", folder / "begun")
        epochs = folder / "begun" / "epochs.csv"
        epochs.write_text(epochs.read_text().splitlines(keepends=True)[0])
        (folder / "begun" / "weights.safetensors").unlink()
        cls.begun = folder / "begun.html"
        run("report", folder / "begun", "--output", cls.begun, *common)
        # As one is whose tests overflowed: no loss, and of a single epoch.
        shutil.copytree(folder / "second", folder / "no-loss")
        epochs = folder / "no-loss" / "epochs.csv"
        head, first = epochs.read_text().splitlines()[:2]
        cells = dict(zip(head.split(","), first.split(",")), train_loss="nan", test_loss="nan")
        epochs.write_text(head + "\n" + ",".join(cells.values()) + "\n")
        cls.no_loss = folder / "no-loss.html"
        run("report", folder / "no-loss", "--output", cls.no_loss, *common)
        cls.browser = browser.Browser()
        cls.browser.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.browser.__exit__()
        cls.temporary.cleanup()

    def open(self, path, width=1280, height=900, dark=False, phone=False):
        self.browser.screen(width, height, dark=dark, phone=phone)
        self.browser.open(path)
        self.browser.wait("document.querySelectorAll('.card').length > 0")
        # Whatever a test does, nothing may complain and nothing leave the page.
        self.addCleanup(self.expect_quiet)

    def expect_quiet(self):
        self.assertEqual(self.browser.complaints(), [])
        self.assertEqual([url for url in self.browser.requests() if not url.startswith("file://")], [])
        self.assertEqual(len(self.browser.requests()), 1, "only the page itself is read")

    def value(self, expression):
        return self.browser.evaluate(expression)

    def keep(self, name, whole=True):
        if SCREENSHOTS:
            self.browser.picture(SCREENSHOTS / name, whole)

    def test_what_is_missing_is_said(self):
        self.browser.screen(1280, 900)
        self.browser.open(self.begun)
        self.browser.wait("document.querySelectorAll('.note').length > 0")
        text = self.value("document.getElementById('results').textContent")
        self.assertIn("No epoch is finished yet", text)
        self.assertIn("There is no weights.safetensors", text)
        self.assertNotIn("[object", text)

    def test_the_key_is_dashed_as_its_line(self):
        self.open(self.single)
        if not self.value("typeof Chart === 'function'"):
            self.skipTest("reslab was built without Chart.js")
        self.assertEqual(self.value("Chart.getChart(document.querySelector('#curves canvas')).legend.legendItems"
                                    ".map(item => [item.text, item.lineDash.length])"), [["test", 0], ["train", 2]])

    def test_names_stay_text(self):
        self.open(self.single)
        self.assertEqual(self.value("document.querySelector('h1').textContent"), self.name)
        self.assertIn(EVIL, self.value("document.getElementById('subtitle').textContent"))
        self.assertEqual(self.value("document.images.length"), 0)
        self.assertEqual(self.value("document.scripts.length"), 3)

    def test_a_script_that_came_in_all_the_same_would_not_run(self):
        self.open(self.single)
        ran = self.value("""(() => { const s = document.createElement('script'); s.textContent = 'window.came_in = 1';
          document.body.append(s); return window.came_in === 1; })()""")
        self.assertFalse(ran)
        self.value("new Promise(done => setTimeout(done, 200))")
        self.assertTrue(any("Content Security Policy" in text for text in self.browser.complaints()))
        self.browser.events = [e for e in self.browser.events if e["method"] != "Log.entryAdded"]

    def test_a_cell_shows_its_mistakes(self):
        self.open(self.single)
        data = "JSON.parse(document.getElementById('data').textContent).runs[0].errors"
        confusion, mistakes = self.value(data + ".confusion"), self.value(data + ".mistakes.length")
        wrong = sum(count for i, row in enumerate(confusion) for j, count in enumerate(row) if i != j)
        self.assertEqual(self.value("document.getElementById('found').textContent").split()[0], str(wrong))
        self.assertEqual(mistakes, wrong, "a small run shows them all")
        count, actual, predicted = max((c, i, j) for i, row in enumerate(confusion) for j, c in enumerate(row) if i != j)
        classes = self.value(data + ".classes")
        cell = f'.confusion button[data-cell="{actual} {predicted}"]'
        self.assertEqual(self.value(f"document.querySelector({json.dumps(cell)}).textContent"), str(count))
        self.browser.click(cell)
        self.assertEqual(self.value(f"document.querySelector({json.dumps(cell)}).getAttribute('aria-pressed')"), "true")
        cards = self.value("[...document.querySelectorAll('.card')].map(c => c.dataset.actual + ' ' + c.dataset.predicted)")
        self.assertEqual(cards, [f"{actual} {predicted}"] * min(count, 24))
        found = self.value("document.getElementById('found').textContent")
        self.assertIn(f"{classes[actual]} taken for {classes[predicted]}", found)
        self.assertEqual(found.split()[0], str(count))
        self.assertEqual(self.value("document.getElementById('found').getAttribute('aria-live')"), "polite")
        self.browser.click(cell)
        self.assertEqual(self.value("document.getElementById('found').textContent").split()[0], str(wrong))

    def test_the_keyboard_reaches_the_matrix(self):
        self.open(self.single)
        self.assertEqual(self.value("document.querySelectorAll('.confusion button:not([tabindex=\"-1\"])').length"), 1)
        self.value("document.querySelector('.confusion button[tabindex=\"0\"]').focus()")
        before = self.value("document.activeElement.dataset.cell")
        self.browser.press("ArrowRight")
        after = self.value("document.activeElement.dataset.cell")
        self.assertNotEqual(before, after)
        self.browser.press("Enter")
        self.assertEqual(self.value("document.activeElement.getAttribute('aria-pressed')"), "true")

    def test_pictures_and_maps_are_drawn(self):
        self.open(self.single)
        # Of each card the number of different pictures among its three.
        pixels = """[...document.querySelectorAll('.card')].map(card => new Set([...card.querySelectorAll('.pictures canvas')].map(c =>
          c.getContext('2d').getImageData(0, 0, c.width, c.height).data.reduce((a, b) => (a * 31 + b) % 1000003, 7))).size)"""
        drawn = self.value(pixels)
        self.assertEqual(max(drawn), 3, "the image, its map for the predicted class, its map for the true one")
        self.assertEqual(self.value("document.querySelectorAll('.card .pictures canvas').length"), 3 * len(drawn))
        empty = self.value("[...document.querySelectorAll('.pictures figcaption')].filter(c => c.textContent.startsWith('nothing')).length")
        self.assertEqual(sum(drawn) + empty, 3 * len(drawn), "where a map is empty the page says so")
        names = self.value("[...document.querySelectorAll('.card canvas')].map(c => c.getAttribute('aria-label'))")
        self.assertTrue(all(names), "every picture has its text")
        self.assertGreater(self.value("document.querySelectorAll('.near canvas').length"), 0)
        self.value("(() => { const r = document.querySelector('.tools input'); r.value = 0; r.dispatchEvent(new Event('input')); })()")
        self.assertEqual(set(self.value(pixels)), {1}, "without heat all three are the image")

    def test_curves_are_drawn(self):
        self.open(self.single)
        plots = self.value("""[...document.querySelectorAll('.plot')].map(p => { const c = p.querySelector('canvas');
          return c ? c.getContext('2d').getImageData(0, 0, c.width, c.height).data.filter((v, i) => i % 4 == 3 && v).length : 100; })""")
        self.assertEqual(len(plots), 6)
        self.assertTrue(all(count > 50 for count in plots), plots)
        self.assertIn("ends at", self.value("document.querySelector('.plot [role=img]').getAttribute('aria-label')"))

    def test_no_axis_goes_where_its_quantity_cant_be(self):
        for page in (self.single, self.both, self.no_loss):
            self.open(page)
            if not self.value("typeof Chart === 'function'"):
                self.skipTest("reslab was built without Chart.js")
            charts = self.value("""[...document.querySelectorAll('#curves .panel')].filter(p => p.querySelector('canvas')).map(p => {
              const {x, y} = Chart.getChart(p.querySelector('canvas')).scales;
              return [p.querySelector('h3').textContent, x.min, y.min, y.max]; })""")
            self.assertIn("Learning rate", [title for title, *_ in charts])
            for title, left, low, high in charts:
                self.assertGreaterEqual(left, 0, title)
                self.assertGreaterEqual(low, 0, title)
                if title == "Learning rate":
                    self.assertEqual(low, 0)
                if title in ("Accuracy", "Momentum"):
                    self.assertLessEqual(high, 1, title)

    def test_a_figure_without_a_finite_value_says_so(self):
        self.open(self.no_loss)
        panels = self.value("[...document.querySelectorAll('#curves .panel')].map(p => p.querySelector('h3').textContent + ': ' + "
                            "(p.querySelector('.plot .hint') || {textContent: 'drawn'}).textContent)")
        self.assertEqual(panels, ["Accuracy: drawn", "Loss: No finite value (each is NaN or infinite).", "Learning rate: drawn",
                                  "Momentum: drawn"])
        self.assertNotIn("NaN %", self.value("document.getElementById('curves').textContent"))

    def test_the_model_is_a_table_with_shapes(self):
        self.open(self.single)
        text = "[...document.querySelectorAll('#model tr')].map(r => [...r.cells].map(c => c.textContent))"
        heads, *rows, total = self.value(text)
        self.assertEqual(heads, ["Layer", "Kind", "Output", "Parameters", "Share", "Multiply-adds"])
        layers = {row[0]: row for row in rows}
        self.assertEqual(rows[0][:4] + rows[0][5:], ["prep_layer.0", "Conv2d 3×3", "4×32×32", "108", "110,592"])
        self.assertEqual(layers["layer1_x.1"], ["layer1_x.1", "MaxPool2d 2×2", "8×16×16", "", "", ""])
        for column in (3, 5):
            counts = [int(row[column].replace(",", "") or 0) for row in rows]
            self.assertEqual(total[column], f"{sum(counts):,}")
        self.assertAlmostEqual(sum(float(row[4].split()[0]) for row in rows if row[4]), 100, delta=0.05 * len(rows))

    def test_dark_follows_the_system_and_the_button(self):
        ground = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number).reduce((a, b) => a + b)"
        self.open(self.single)
        self.assertGreater(self.value(ground), 600)
        self.keep("light.png")
        self.open(self.single, dark=True)
        self.assertLess(self.value(ground), 150)
        self.keep("dark.png")
        self.browser.click("#theme")
        self.assertGreater(self.value(ground), 600)

    def test_a_phone_scrolls_downwards_only(self):
        for width in (320, 390):
            self.open(self.single, width=width, height=844, phone=True)
            beyond = self.value(f"""[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > {width + 1}
              && !e.closest('.scroll, nav')).map(e => e.tagName + ' ' + e.className + ': ' + e.textContent.slice(0, 60))""")
            self.assertLessEqual(self.value("document.documentElement.scrollWidth"), width, beyond)
            self.assertEqual(self.value("innerWidth"), width)
        self.keep("phone.png")

    def test_several_runs(self):
        self.open(self.both)
        self.keep("several.png")
        rows = self.value("[...document.querySelectorAll('#results tbody tr')].map(r => r.cells[0].textContent)")
        self.assertEqual(rows, [self.name, "second"])
        self.assertEqual(sorted(self.value("[...document.querySelectorAll('#differences tbody th')].map(c => c.textContent)")),
                         ["description", "seed"])
        first = self.value("document.getElementById('found').textContent")
        self.value("(() => { const s = document.getElementById('run'); s.value = '1'; s.dispatchEvent(new Event('change')); })()")
        self.browser.wait("document.querySelectorAll('.card').length > 0")
        self.assertIn('"seed","1"', self.value("JSON.stringify(JSON.parse(document.getElementById('data').textContent).runs[1].recipe)"))
        self.assertEqual(self.value("[...document.querySelectorAll('#recipe tr')].find(r => r.cells[0].textContent === 'seed').cells[1].textContent"), "1")
        self.assertTrue(first)


if __name__ == "__main__":
    if not browser.find():
        print("*** SKIPPED: no Chromium here, so no report was opened in a browser (Debian: apt install chromium)", file=sys.stderr)
        sys.exit(77)
    RESLAB, DATA = sys.argv[1:3]
    SCREENSHOTS = pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else None
    if SCREENSHOTS:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    unittest.main(argv=sys.argv[:1], verbosity=2)
