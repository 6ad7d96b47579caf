"""Learning rates that fastai's four rules suggest for three curves, for tests/train/lr_suggestion_test.cpp.

The rules are written down anew from their description (fastai 2.7, callback/schedule.py: valley, steep, minimum, slide) with
numpy alone. Run by hand from the root of the repository; the output is kept:

    .venv/bin/python tests/reference/lr_suggestions.py > tests/reference/lr_suggestions.csv

Rows: "point", curve, lr, loss, and after a curve's points "valley" and so on, curve, lr, empty.
"""

import math
import random

import numpy

STEPS = 100


def cut(values):
    return values[STEPS // 10 : -5]


def valley(rates, losses):
    lengths = [1] * len(losses)
    for i, loss in enumerate(losses):
        lengths[i] = 1 + max((lengths[j] for j in range(i) if losses[j] > loss), default=0)
    end = lengths.index(max(lengths))
    start = end - lengths[end]
    third = (end - start) / 3
    return rates[start + int(third) + int(third / 2)]


def steep(rates, losses):
    return rates[int(numpy.argmin(numpy.diff(losses) / numpy.diff(numpy.log(rates))))]


def minimum(rates, losses):
    return rates[int(numpy.argmin(losses))] / 10


def slide(rates, losses):
    slopes = numpy.gradient(numpy.array(losses))
    right, left = len(losses) - 1, len(losses) - 1 - 15
    found = rates[left]
    while left >= 0 and abs(slopes[right] - slopes[left]) > 0.005:
        found = rates[left]
        right, left = right - 1, left - 1
    return found


def curves():
    rates = [1e-5 * 1e6 ** (i / (STEPS - 1)) for i in range(STEPS)]
    noise = random.Random(1)
    fall = [2.3 - 0.8 / (1 + math.exp(-3 * (math.log10(rate) + 2))) for rate in rates]
    yield rates, fall
    yield rates, [loss + 0.05 * rate**2 for rate, loss in zip(rates, fall)]
    yield rates, [loss + 0.05 * rate**2 + noise.gauss(0, 0.03) for rate, loss in zip(rates, fall)]


def main():
    print("# made by tests/reference/lr_suggestions.py")
    for number, (rates, losses) in enumerate(curves()):
        for rate, loss in zip(rates, losses):
            print(f"point,{number},{rate!r},{loss!r}")
        for rule in (valley, steep, minimum, slide):
            print(f"{rule.__name__},{number},{float(rule(cut(rates), cut(losses)))!r},")


if __name__ == "__main__":
    main()
