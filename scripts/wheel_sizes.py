"""Says of a `pip install --dry-run --report` file whether it holds a CUDA build, and how much there is to fetch.

Usage: wheel_sizes.py REPORT; prints `cpu 190 MB` or `cuda 2900 MB`.
"""

import json
import os
import sys
import urllib.parse
import urllib.request


def size_of(url: str) -> int:
    """Bytes behind an address; 0 where the server doesn't say."""
    parts = urllib.parse.urlsplit(url)
    try:
        if parts.scheme == "file":
            return os.path.getsize(urllib.parse.unquote(parts.path))
        request = urllib.request.Request(url, method="HEAD")
        with urllib.request.urlopen(request, timeout=20) as answer:
            return int(answer.headers.get("Content-Length", 0))
    except (OSError, ValueError):
        return 0


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        wheels = json.load(file)["install"]
    names = [wheel["metadata"]["name"].lower() for wheel in wheels]
    version = next(wheel["metadata"]["version"] for wheel in wheels if wheel["metadata"]["name"].lower() == "torch")
    cuda = "+cu" in version or any(name.startswith(("nvidia-", "cuda-")) for name in names)
    sizes = [size_of(wheel["download_info"]["url"]) for wheel in wheels]
    about = "at least " if 0 in sizes else ""
    print("cuda" if cuda else "cpu", f"{about}{sum(sizes) / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
