"""The safetensors format by hand, so that the tests need nothing beside torch.

Layout: the header's length (8 bytes, little-endian), the header (JSON: name -> dtype, shape, [begin, end) in the
data), the data. Source: the format's description in the README of huggingface/safetensors.
"""

import ctypes
import json
import math
import struct

import torch

DTYPES = {"F32": torch.float32, "F64": torch.float64, "I64": torch.int64, "U8": torch.uint8, "BF16": torch.bfloat16}
NAMES = {dtype: name for name, dtype in DTYPES.items()}


def save(path, tensors, metadata=None):
    """Writes {name: tensor}, in that order."""
    header, blocks, offset = {}, [], 0
    if metadata:
        header["__metadata__"] = metadata
    for name, tensor in tensors.items():
        tensor = tensor.detach().cpu().contiguous()
        size = tensor.numel() * tensor.element_size()
        header[name] = {
            "dtype": NAMES[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [offset, offset + size],
        }
        blocks.append(ctypes.string_at(tensor.data_ptr(), size) if size else b"")
        offset += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)  # so that the data starts at a multiple of 8
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)))
        file.write(text)
        for block in blocks:
            file.write(block)


def load(path):
    """Returns ({name: tensor}, metadata)."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = bytearray(file.read())
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        dtype = DTYPES[entry["dtype"]]
        expected = math.prod(entry["shape"]) * torch.empty(0, dtype=dtype).element_size()
        if end - begin != expected or end > len(data):
            raise ValueError(f"{path}: {name} takes bytes {begin} to {end} of {len(data)}, but its shape needs {expected}")
        flat = torch.frombuffer(data, dtype=dtype, count=math.prod(entry["shape"]), offset=begin)
        tensors[name] = flat.reshape(entry["shape"]).clone()
    return tensors, metadata
