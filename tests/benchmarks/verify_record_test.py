"""What benchmarks/verify_record says of made-up lines and made-up trainings: `verify_record_test.py SCRIPT`.

In the program's place stands a script that "trains" by writing the line that a case asks for.
"""

import csv
import pathlib
import statistics
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
SCRIPT = pathlib.Path(sys.argv[1]).resolve()
HOLDS, DOES_NOT_HOLD, COULD_NOT_BE_TRIED, UNDECIDED = range(4)
HASH = "0123456789abcdef" * 4
# Seeds 1 to 10 of fast94 by two programs, %: the record's, and one that had lost a tenth of a point.
RECORD = (93.98, 94.06, 94.06, 93.98, 93.98, 93.94, 94.05, 93.83, 94.25, 94.05)
LATER = (93.89, 93.90, 93.76, 94.10, 93.89, 93.79, 93.94, 93.93, 94.02, 93.78)

PROGRAM = """#!/bin/sh
here=$(dirname "$0")
case $1 in
recipe) echo "# hash HASH" ;;
bench)
  echo trained >>"$here/trained"
  while [ "$1" != --record ]; do shift; done
  cp "$here/ours.csv" "$2"
  ;;
esac
""".replace("HASH", HASH)


def line(accuracies, **more):
    return {"recipe": "fast94", "recipe_hash": HASH, "n": len(accuracies), "accuracy": f"{statistics.mean(accuracies) / 100:.5f}",
            "accuracy_deviation": f"{(statistics.stdev(accuracies) if len(accuracies) > 1 else 0) / 100:.5f}", "seconds": 172.1, "precision": "bf16",
            "threads": 2, "processor": "a processor", "commit": "37ef1a6", "kernel_revision": 4, **more}


def write(path, row):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, row.keys())
        writer.writeheader()
        writer.writerow(row)


def spread(mean, deviation, n):
    """So many accuracies of just that mean and deviation."""
    plain = [i - (n - 1) / 2 for i in range(n)]
    return [mean + one * deviation / statistics.stdev(plain) for one in plain]


failures = []


def check(what, recorded, ours, verdict, *texts, options=(), trains=True, without=()):
    with tempfile.TemporaryDirectory(prefix="reslab-verify-record-test-") as name:
        folder = pathlib.Path(name)
        program = folder / "reslab"
        program.write_text(PROGRAM)
        program.chmod(0o755)
        write(folder / "line.csv", {key: value for key, value in recorded.items() if key not in without})
        write(folder / "ours.csv", ours)
        result = subprocess.run([sys.executable, "-B", SCRIPT, folder / "line.csv", "--program", program, *options],
                                capture_output=True, text=True, check=False)
        said = result.stdout + result.stderr
        wrong = [] if result.returncode == verdict else [f"exit code {result.returncode} instead of {verdict}"]
        wrong += [f"'{text}' isn't said" for text in texts if text not in said]
        if (folder / "trained").exists() != trains:
            wrong.append("it trained" if trains is False else "nothing was trained")
        if wrong:
            failures.append(f"{what}: {'; '.join(wrong)}\n{said}")


record = line(RECORD)
check("the record, and ten seeds of a later program", record, line(LATER, kernel_revision=6), DOES_NOT_HOLD, "does NOT hold", "-0.12 points",
      "kernel revision 4", "kernel revision 6", "the kernels are others (revision 4, here 6)")
check("two of those seeds, which say nothing", record, line(LATER[:2]), UNDECIDED, "UNDECIDED", "2 seeds can't tell 0.1 points",
      options=("--seeds", "2"))
check("the same seeds by the same program", record, record, HOLDS, "to the last digit")
check("as good, but by too few seeds on both sides", record, line(spread(94.01, 0.11, 10)), UNDECIDED, "--seeds ")
check("as good, by enough", line(spread(94.02, 0.11, 20)), line(spread(94.01, 0.11, 20)), HOLDS, "a shortfall of more than 0.1 points is ruled out")
check("better", record, line(spread(94.2, 0.11, 5)), HOLDS)
check("worse for certain, though within the margin", line(spread(94.02, 0.1, 400)), line(spread(93.99, 0.1, 400)), DOES_NOT_HOLD)
check("the same with a wider margin", record, line(spread(93.98, 0.11, 10)), HOLDS, options=("--margin", "0.2"))
check("far worse, by two seeds", record, line((90.0, 90.1)), DOES_NOT_HOLD, options=("--seeds", "2"))
check("worse on average, by two seeds that lie far apart", record, line((90.0, 94.1)), UNDECIDED, options=("--seeds", "2"))
check("one seed", record, line(LATER[:1]), UNDECIDED, "one seed tells no spread", "--seeds 11", options=("--seeds", "1"), trains=False)
check("a line of one seed", line(RECORD[:1]), line(LATER), UNDECIDED, "whose spread nobody knows", trains=False)
check("a line of so few that nothing decides", line((93.8, 94.2)), line(spread(94.0, 0.1, 50)), UNDECIDED, "the line itself is of too few, 2")
check("a line of an earlier program", record, record, HOLDS, "kernel revision unknown", without=("kernel_revision",))
check("no deviation at all", line((94.0, 94.0)), line((93.9, 93.9)), DOES_NOT_HOLD, options=("--seeds", "2"))
check("another recipe", {**record, "recipe_hash": "f" * 64}, record, COULD_NOT_BE_TRIED, "another recipe", trains=False)
check("a damaged line", {**record, "accuracy": "nan"}, record, COULD_NOT_BE_TRIED, "takes a number", trains=False)
check("a margin of nothing", record, record, COULD_NOT_BE_TRIED, "is not above 0", options=("--margin", "0"), trains=False)

for failure in failures:
    print(failure, file=sys.stderr)
print("as it should be" if not failures else f"{len(failures)} cases failed")
sys.exit(1 if failures else 0)
