#!/usr/bin/env python3
"""What Winograd's convolution loses by rounding its factors to bf16, by points of interpolation: the table of docs/decisions/0006.

    .venv/bin/python tests/reference/winograd_points.py            # the table
    .venv/bin/python tests/reference/winograd_points.py --search   # the best symmetric points for tiles of 4 and of 3 pixels

Errors are relative, in the norm, of the output and of the weight's gradient: 200 tiles, 128 input and 64 output channels, standard normal
inputs and gradients in bf16, weights in fp32, everything else in fp64.
"""

import argparse
import itertools

import torch

TILES, INSIDE, OUTSIDE = 200, 128, 64


def bf16(tensor):
    return tensor.to(torch.bfloat16).to(torch.float64)


def matrices(points, side):
    """A, G and B of F(side, 3) by Toom and Cook: finite points and infinity (Lavin and Gray 2016 have the case of 0, ±1, ±2)."""
    count = side + 2
    a, g, b = torch.zeros(side, count), torch.zeros(count, 3), torch.zeros(count, count)
    a, g, b = a.double(), g.double(), b.double()

    def product(without=None):
        coefficients = torch.ones(1, dtype=torch.float64)
        for index, point in enumerate(points):
            if index != without:
                shifted = torch.cat([torch.zeros(1), coefficients]).double()
                shifted[:-1] -= point * coefficients
                coefficients = shifted
        return coefficients

    for j, point in enumerate(points):
        a[:, j] = torch.tensor([point**i for i in range(side)])
        others = product(without=j)
        value = sum(c * point**i for i, c in enumerate(others))
        g[j] = torch.tensor([point**k / value for k in range(3)])
        b[j, : len(others)] = others
    a[-1, -1] = g[-1, -1] = 1
    b[-1] = product()
    return a, g, b


def error(of, reference):
    return ((of - reference).norm() / reference.norm()).item()


def case(side):
    random = torch.Generator().manual_seed(1)
    x = bf16(torch.randn(TILES, INSIDE, side + 2, side + 2, generator=random, dtype=torch.float64))
    w = torch.randn(OUTSIDE, INSIDE, 3, 3, generator=random, dtype=torch.float64) * 0.05
    dy = bf16(torch.randn(TILES, OUTSIDE, side, side, generator=random, dtype=torch.float64))
    patches = x.unfold(2, side, 1).unfold(3, side, 1)
    return x, w, dy, torch.nn.functional.conv2d(x, w), torch.einsum("tcuvij,tkij->kcuv", patches, dy)


def errors(points, side):
    a, g, b = matrices(points, side)
    x, w, dy, output, gradient = case(side)
    left = bf16(torch.einsum("ai,tcij,bj->tcab", b, x, b))
    right = bf16(torch.einsum("ai,kcij,bj->kcab", g, w, g))
    ours = torch.einsum("ia,tkab,jb->tkij", a, torch.einsum("tcab,kcab->tkab", left, right), a)
    spread = bf16(torch.einsum("ia,tkij,jb->tkab", a, dy, a))
    of_weight = torch.einsum("ai,kcab,bj->kcij", g, torch.einsum("tcab,tkab->kcab", left, spread), g)
    return error(ours, output), error(of_weight, gradient)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--search", action="store_true", help="over a grid in steps of 1/16")
    if parser.parse_args().search:
        for side, zero in ((4, [0]), (3, [])):
            grid = itertools.product((i / 16 for i in range(6, 15)), (i / 16 for i in range(16, 30)))
            best = sorted((sum(errors([*zero, a, -a, b, -b], side)) / 2, a, b) for a, b in grid)
            print(f"tiles of {side}:", ", ".join(f"±{a}, ±{b}: {e:.4f}" for e, a, b in best[:5]))
        return
    x, w, _, output, _ = case(4)
    print(f"direct sum, weights rounded: {error(torch.nn.functional.conv2d(x, bf16(w)), output):.4f}")
    for points, side in (
        ([0, 1, -1], 2),
        ([0, 1, -1, 2, -2], 4),
        ([0, 1, -1, 0.5, -2], 4),
        ([0, 0.625, -0.625, 1.5, -1.5], 4),
        ([0, 1, -1, 2], 3),
        ([0.5, -0.5, 1.25, -1.25], 3),
    ):
        of_output, of_gradient = errors(points, side)
        print(f"tiles of {side}, points {points} and infinity: {of_output:.4f}, {of_gradient:.4f}")


if __name__ == "__main__":
    main()
