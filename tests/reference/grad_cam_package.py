"""Imports the PyPI package grad-cam (module pytorch_grad_cam) where torchvision can't be had.

    package = grad_cam_package.load([FOLDER])     # FOLDER: where it may have been put by pip install --target

The package imports four names of torchvision, for pictures and object detection alone; no map needs them. For CPU-only
builds of PyTorch there is often no torchvision, and the usual one fails on import. Then a stand-in takes its place, whose
names refuse to be used, so that nothing is computed by it unseen.
"""

import importlib
import sys
import types

# What grad-cam 1.5.7 imports.
NAMES = {
    "torchvision": (),
    "torchvision.transforms": ("Compose", "Normalize", "ToTensor"),
    "torchvision.transforms.functional": ("resize",),
}


def refusing(name):
    def refuse(*_arguments, **_options):
        raise RuntimeError(f"{name} was used, and is only a stand-in here: install torchvision")

    return refuse


def stand_in():
    for module in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        del sys.modules[module]  # what a failed import left
    for module, names in NAMES.items():
        sys.modules[module] = types.ModuleType(module)
        for name in names:
            setattr(sys.modules[module], name, refusing(f"{module}.{name}"))


def load(folder=None):
    """The module. Raises ImportError where it isn't there or something else that it needs is missing."""
    if folder is not None:
        sys.path.append(str(folder))  # last: what is installed comes first
    try:
        import torchvision  # noqa: F401
    except (ImportError, RuntimeError):
        stand_in()
    return importlib.import_module("pytorch_grad_cam")
