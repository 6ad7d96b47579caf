"""Reads a run's event files with the PyPI package tensorboard and compares them with the run's own CSV.

    tensorboard_read.py RESLAB DATA PACKAGES

RESLAB is the program, DATA a folder with CIFAR-10's files; PACKAGES may hold tensorboard where it isn't installed otherwise.
Exits 77 (skipped) where there is no tensorboard.
"""

import csv
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest


def rows(path):
    with open(path, encoding="utf-8") as file:
        return list(csv.DictReader(file))


def read(folder):
    accumulator = EventAccumulator(str(folder), size_guidance={"scalars": 0, "images": 0, "histograms": 0, "tensors": 0})
    accumulator.Reload()
    return accumulator


def train(runs, name, epochs, *more):
    return [RESLAB, "train", "resnet", "--data", DATA, "--runs-dir", str(runs), "--name", name, "--epochs", str(epochs), "--threads", "1",
            "-q", "--set", "model.width=4", "--set", "data.batch_size=100", *more]


class Events(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="reslab-events-")
        self.addCleanup(temporary.cleanup)
        self.runs = pathlib.Path(temporary.name)

    def compare(self, run, accumulator):
        steps, epochs = rows(run / "metrics.csv"), rows(run / "epochs.csv")
        for tag, column in (("loss/batch", "loss"), ("schedule/lr", "lr"), ("schedule/momentum", "momentum")):
            found = accumulator.Scalars(tag)
            self.assertEqual([event.step for event in found], [int(row["step"]) for row in steps], tag)
            for event, row in zip(found, steps):
                self.assertAlmostEqual(event.value, float(row[column]), delta=1e-6 * max(1, abs(event.value)))
        last_steps = {row["epoch"]: int(row["step"]) for row in steps}
        for tag, column in (("accuracy/test", "test_accuracy"), ("loss/train", "train_loss")):
            found = accumulator.Scalars(tag)
            self.assertEqual([event.step for event in found], [last_steps[row["epoch"]] for row in epochs], tag)
            for event, row in zip(found, epochs):
                self.assertAlmostEqual(event.value, float(row[column]), delta=1e-6 * max(1, abs(event.value)))

    def test_everything_comes_back(self):
        subprocess.run(train(self.runs, "whole", 2, "--tensorboard", "histograms"), check=True, capture_output=True)
        accumulator = read(self.runs / "whole")
        self.compare(self.runs / "whole", accumulator)
        picture = accumulator.Images("samples/augmented")[0]
        self.assertEqual(picture.encoded_image_string[:4], b"\x89PNG")
        self.assertGreaterEqual(picture.width, 8 * 32)
        histogram = accumulator.Histograms("FC.weight")
        self.assertEqual(len(histogram), 2)
        self.assertEqual(histogram[0].histogram_value.num, 10 * 8 * 4)
        self.assertEqual(sum(histogram[0].histogram_value.bucket), 10 * 8 * 4)

    def test_no_step_stands_twice_after_an_interruption(self):
        process = subprocess.Popen(train(self.runs, "stopped", 200), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        run, end = self.runs / "stopped", time.monotonic() + 60
        while not (run / "epochs.csv").exists() or len(rows(run / "epochs.csv")) < 2:
            self.assertLess(time.monotonic(), end, "no epoch in a minute")
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(60), 130)
        # As if the clock had been a day ahead until now.
        [written] = run.glob("events.out.tfevents.*")
        start, second, end_of_name = written.name.partition(str(int(written.name.split(".")[3])))
        written.rename(run / f"{start}{int(second) + 86400}{end_of_name}")
        resumed = subprocess.run([RESLAB, "resume", str(run), "--data", DATA, "--threads", "1", "-q", "--max-minutes", "0.02"],
                                 check=False, capture_output=True, text=True)
        self.assertEqual(resumed.returncode, 0, resumed.stderr)
        self.assertEqual(len(list(run.glob("events.out.tfevents.*"))), 2)
        found = [event.step for event in read(run).Scalars("loss/batch")]
        self.assertEqual(found, sorted(set(found)))
        self.assertEqual(found, [int(row["step"]) for row in rows(run / "metrics.csv")])
        epochs = [event.step for event in read(run).Scalars("accuracy/test")]
        self.assertEqual(len(epochs), len(rows(run / "epochs.csv")))


if __name__ == "__main__":
    RESLAB, DATA, PACKAGES = sys.argv[1:4]
    sys.path.append(PACKAGES)
    try:
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    except ImportError as error:
        print(f"*** SKIPPED: no event file was read back ({error}). To have it read: pip install --target {PACKAGES} tensorboard",
              file=sys.stderr)
        sys.exit(77)
    unittest.main(argv=sys.argv[:1], verbosity=2)
