#!/usr/bin/env python3
"""Computes class-activation maps and image gradients in plain PyTorch, for the C++ ones to be compared with.

    .venv/bin/python tests/reference/cam.py FOLDER              # after network.py, whose weights and images it uses
    .venv/bin/python tests/reference/cam.py FOLDER --package [WHERE]    # and compares itself with the PyPI package grad-cam

It writes cams.safetensors: for each method and layer the maps as the package gives them (GradCAM, GradCAMPlusPlus,
XGradCAM, HiResCAM, LayerCAM, EigenCAM, ScoreCAM; aug_smooth and eigen_smooth), the plain and guided gradients of the
images, a ROAD imputation without noise, and its mask. Formulas are the papers'; scaling and constants are the
package's, which isn't needed. With --package each map is compared with the package's own (1.5.7 when this was written),
and must agree within 1e-4; Eigen-CAM and eigen_smooth with the package's sign correction. WHERE is a folder in which it
lies (`benchmarks/explain --install` makes build/grad-cam); grad_cam_package.py tells how it does without torchvision.
"""

import pathlib
import sys

import torch
from torch import nn
from torch.nn import functional

import grad_cam_package
import safetensors_file
from custom_resnet import CustomResNet

LAYERS = ("layer1", "layer2", "layer3")
SCORE_CAM_LAYER = "layer1"  # one suffices: its formula knows no layer, and each channel costs a pass


class WithFeatures(CustomResNet):
    """The original's network, whose features are outputs of modules of their own."""

    def __init__(self, softmax):
        super().__init__(softmax)
        self.layer1, self.layer3 = nn.Identity(), nn.Identity()

    def forward(self, images):
        x = self.layer1_x(self.prep_layer(images))
        self.features = [self.layer1(x + self.layer1_r1(x))]
        self.features.append(self.layer2(self.features[-1]))
        x = self.layer3_x(self.features[-1])
        self.features.append(self.layer3(x + self.layer3_r2(x)))
        x = self.FC(self.pool(self.features[-1]).flatten(1))
        return functional.softmax(x, dim=-1) if self.softmax else x


def scale(maps):
    maps = maps - maps.amin((1, 2), keepdim=True)
    return maps / (1e-7 + maps.amax((1, 2), keepdim=True))


def finished(raw, size):
    small = scale(raw.clamp(min=0))
    return scale(functional.interpolate(small[:, None], size, mode="bilinear", align_corners=False)[:, 0])


def projected(values):
    maps = []
    for sample in values:
        rows = sample.flatten(1).T
        rows = rows - rows.mean(0)
        first = rows @ torch.linalg.svd(rows, full_matrices=False)[2][0]
        # The sign of a singular vector is arbitrary: it changes with the library and the number of its threads.
        first = -first if -first.min() > first.max() else first
        maps.append(first.reshape(sample.shape[1:]))
    return torch.stack(maps)


def weights(method, a, g):
    total = a.sum((2, 3), keepdim=True)
    if method == "grad-cam":
        return g.mean((2, 3), keepdim=True)
    if method == "grad-cam++":
        alpha = torch.where(g != 0, g**2 / (2 * g**2 + total * g**3 + 1e-6), 0)
        return (g.clamp(min=0) * alpha).sum((2, 3), keepdim=True)
    if method == "xgrad-cam":
        return (g * a / (total + 1e-7)).sum((2, 3), keepdim=True)
    return {"hires-cam": g, "layer-cam": g.clamp(min=0)}[method]


def features_and_gradients(network, images, classes):
    score = network(images).gather(1, classes[:, None]).sum()
    features = network.features
    return [f.detach() for f in features], torch.autograd.grad(score, features)


def score_weights(network, images, classes, activations):
    masks = functional.interpolate(activations, images.shape[2:], mode="bilinear", align_corners=True)
    low, high = masks.amin((2, 3), keepdim=True), masks.amax((2, 3), keepdim=True)
    masks = (masks - low) / (high - low + 1e-8)
    rows = []
    with torch.no_grad():
        for image, label, mask in zip(images, classes, masks):
            scores = [network(image * some[:, None])[:, label] for some in mask.split(16)]
            rows.append(torch.cat(scores).softmax(0))
    return torch.stack(rows)[:, :, None, None]


def maps(network, images, classes, method, eigen=False):
    """{layer: [n, h, w]}"""
    activations, gradients = features_and_gradients(network, images, classes)
    result = {}
    for layer, a, g in zip(LAYERS, activations, gradients):
        if method == "score-cam":
            if layer != SCORE_CAM_LAYER:
                continue
            values = a * score_weights(network, images, classes, a)
        else:
            values = a if method == "eigen-cam" else a * weights(method, a, g)
        raw = projected(values) if eigen or method == "eigen-cam" else values.sum(1)
        result[layer] = finished(raw, images.shape[2:])
    return result


def augmented_maps(network, images, classes, method):
    total = {}
    for mirrored in (False, True):
        for factor in (0.9, 1.0, 1.1):
            changed = (images.flip(3) if mirrored else images) * factor
            for layer, result in maps(network, changed, classes, method).items():
                total[layer] = total.get(layer, 0) + (result.flip(2) if mirrored else result) / 6
    return total


class GuidedRelu(torch.autograd.Function):
    @staticmethod
    def forward(context, x):
        context.save_for_backward(x)
        return x.clamp(min=0)

    @staticmethod
    def backward(context, gradient):
        (x,) = context.saved_tensors
        return gradient.clamp(min=0) * (x > 0)


class GuidedReluModule(nn.Module):
    def forward(self, x):
        return GuidedRelu.apply(x)


def image_gradient(network, images, classes):
    images = images.clone().requires_grad_(True)
    return torch.autograd.grad(network(images).gather(1, classes[:, None]).sum(), images)[0]


def guided(network):
    for parent in list(network.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, nn.ReLU):
                setattr(parent, name, GuidedReluModule())
    return network


def imputed(image, known):
    """ROAD's system, dense: [c, h, w], [h, w] bool."""
    height, width = known.shape
    unknown = [(i, j) for i in range(height) for j in range(width) if not known[i, j]]
    place = {pixel: k for k, pixel in enumerate(unknown)}
    a = torch.zeros(len(unknown), len(unknown), dtype=torch.float64)
    b = torch.zeros(len(unknown), image.shape[0], dtype=torch.float64)
    for (i, j), k in place.items():
        for di in (-1, 0, 1):
            for dj in (-1, 0, 1):
                y, x = i + di, j + dj
                if (di, dj) == (0, 0) or not (0 <= y < height and 0 <= x < width):
                    continue
                weight = 1 / 6 if 0 in (di, dj) else 1 / 12
                a[k, k] += weight
                if known[y, x]:
                    b[k] += weight * image[:, y, x].double()
                else:
                    a[k, place[y, x]] -= weight
    result = image.clone()
    for (i, j), values in zip(unknown, torch.linalg.solve(a, b)):
        result[:, i, j] = values.float()
    return result


def load_network(folder, softmax):
    network = WithFeatures(softmax)
    state, _ = safetensors_file.load(folder / "weights.safetensors")
    network.load_state_dict(state)
    return network.eval()


def compute(folder):
    batch, _ = safetensors_file.load(folder / "batch.safetensors")
    images = batch["images"]
    network = load_network(folder, softmax=False)
    classes = network(images).argmax(1)
    tensors = {"images": images, "classes": classes}
    for method in ("grad-cam", "grad-cam++", "xgrad-cam", "hires-cam", "layer-cam", "eigen-cam", "score-cam"):
        for layer, result in maps(network, images, classes, method).items():
            tensors[f"{method}.{layer}"] = result
    for layer, result in maps(network, images, classes, "grad-cam", eigen=True).items():
        tensors[f"grad-cam.eigen.{layer}"] = result
    for layer, result in augmented_maps(network, images, classes, "grad-cam").items():
        tensors[f"grad-cam.aug.{layer}"] = result
    for layer, result in maps(load_network(folder, softmax=True), images, classes, "grad-cam").items():
        tensors[f"grad-cam.softmax.{layer}"] = result
    tensors["gradient.plain"] = image_gradient(network, images, classes)
    tensors["gradient.guided"] = image_gradient(guided(load_network(folder, softmax=False)), images, classes)
    known = torch.rand(images.shape[0], *images.shape[2:], generator=torch.Generator().manual_seed(4)) < 0.3
    known[:, 8:24, 4:28] = False  # a hole that is wide against the reach of one step
    tensors["known"] = known.to(torch.uint8)
    tensors["imputed"] = torch.stack([imputed(image, mask) for image, mask in zip(images, known)])
    return tensors


def compare_with_package(folder, tensors, where):
    import numpy

    package = grad_cam_package.load(where)
    from pytorch_grad_cam import base_cam, eigen_cam
    from pytorch_grad_cam.metrics.road import NoisyLinearImputer
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
    from pytorch_grad_cam.utils.svd_on_activations import get_2d_projection_with_sign_correction

    # Without the correction the package's sign is the accident of numpy's LAPACK.
    base_cam.get_2d_projection = eigen_cam.get_2d_projection = get_2d_projection_with_sign_correction

    images, classes = tensors["images"], tensors["classes"]
    targets = [ClassifierOutputTarget(int(label)) for label in classes]
    methods = {
        "grad-cam": package.GradCAM,
        "grad-cam++": package.GradCAMPlusPlus,
        "xgrad-cam": package.XGradCAM,
        "hires-cam": package.HiResCAM,
        "layer-cam": package.LayerCAM,
        "eigen-cam": package.EigenCAM,
        "score-cam": package.ScoreCAM,
    }
    for name, expected in tensors.items():
        parts = name.split(".")
        if parts[0] not in methods:
            continue
        network = load_network(folder, softmax="softmax" in parts)
        with methods[parts[0]](network, [getattr(network, parts[-1])]) as cam:
            given = cam(images, targets, aug_smooth="aug" in parts, eigen_smooth="eigen" in parts)
        report(name, expected, torch.from_numpy(numpy.float32(given)))
    for i, image in enumerate(images):
        network = load_network(folder, softmax=False)
        given = package.GuidedBackpropReLUModel(network, "cpu")(image[None].clone(), int(classes[i]))
        report(f"gradient.guided {i}", tensors["gradient.guided"][i], torch.from_numpy(given).permute(2, 0, 1))
        filled = NoisyLinearImputer(noise=0)(image, tensors["known"][i].float())
        report(f"imputed {i}", tensors["imputed"][i], filled)


def report(name, ours, package):
    difference = (ours - package).abs().max().item()
    print(f"{name:28} differs from the package by up to {difference:.1e}")
    if not difference < 1e-4:
        sys.exit(f"{name}: that is too much")


def main():
    arguments = sys.argv[1:]
    package = arguments[1:2] == ["--package"]
    if len(arguments) not in ((2, 3) if package else (1,)):
        sys.exit(f"usage: {sys.argv[0]} FOLDER [--package [WHERE]]")
    folder = pathlib.Path(arguments[0])
    torch.set_num_threads(1)
    tensors = compute(folder)
    safetensors_file.save(folder / "cams.safetensors", tensors)
    print(f"torch {torch.__version__}: reference maps in {folder}")
    if package:
        compare_with_package(folder, tensors, arguments[2] if len(arguments) == 3 else None)


if __name__ == "__main__":
    main()
