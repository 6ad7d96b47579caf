"""What has changed since the last landing, and which folders that touches; shared by the checks that need not look at everything.

.ci/since holds two words: how many landings there have been, and the commit of the last one. It is brought up to date with the first
commit after a landing; where it is older, more is checked.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SINCE = ROOT / ".ci/since"
MODULE = re.compile(r"^reslab_(?:module|test)\((\w+)([^)]*)\)", re.MULTILINE)
# What every folder is built with.
FOR_ALL = ("CMakeLists.txt", "CMakePresets.json", "cmake/", "src/reslab/CMakeLists.txt", "src/reslab/pch", "tests/CMakeLists.txt", "tests/pch", "tests/support/", "tests/data_samples/")


class Unknown(Exception):
    """Git can't tell what has changed."""


def git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Unknown(f"git {' '.join(arguments)}: {done.stderr.strip() or 'it found nothing'}")
    return done.stdout.strip()


def commit_of(*arguments: str) -> str:
    """The commit that a git command names, or nothing where this clone doesn't have it."""
    try:
        return git("rev-parse", "--quiet", "--verify", git(*arguments) + "^{commit}")
    except Unknown:
        return ""


def landings() -> int:
    """How many landings there have been."""
    return int(SINCE.read_text(encoding="utf-8").split()[0])


def base_commit() -> str:
    """Where this branch left the main one; on the main one, the last landing. Nothing where this clone doesn't have that commit: then
    everything counts as changed."""
    head = commit_of("rev-parse", "HEAD")
    for main in ("origin/HEAD", "origin/main", "main"):
        base = commit_of("merge-base", "HEAD", main)
        if base and base != head:
            return base
    last = commit_of("rev-parse", "--verify", SINCE.read_text(encoding="utf-8").split()[1])
    return "" if last == head else last


def changed_since(commit: str) -> list[str]:
    """Files that differ from the commit: those that are gone under their old names, and those that git doesn't know yet. Throws Unknown."""
    if not commit_of("rev-parse", "--verify", commit):
        raise Unknown(f"there is no commit {commit} in this clone")
    names = git("diff", "--no-renames", "--name-only", commit).splitlines()
    return names + git("ls-files", "--others", "--exclude-standard").splitlines()


def dependencies(lists: str) -> dict[str, set[str]]:
    """Of each folder that a CMakeLists.txt declares, the folders that it names under DEPENDS."""
    direct: dict[str, set[str]] = {}
    for name, arguments in MODULE.findall(re.sub(r"#.*", "", (ROOT / lists).read_text(encoding="utf-8"))):
        keyword = ""
        direct[name] = set()
        for word in arguments.split():
            if word.isupper():
                keyword = word
            elif keyword == "DEPENDS":
                direct[name].add(word)
    return direct


def folder_of(name: str) -> str:
    """The folder of src/reslab or tests that a file belongs to; `*` for what all are built with; else nothing."""
    if name.startswith(FOR_ALL):
        return "*"
    if name.startswith("recipes/"):
        return "recipe"
    if name.startswith("apps/"):
        return "cli"
    match = re.match(r"(?:src/reslab|tests)/(\w+)/", name)
    return match[1] if match else ""


def touched(names: list[str], folders: list[str]) -> tuple[list[str], list[str]]:
    """Which test folders these files touch: directly, and through what depends on them."""
    uses = dependencies("src/reslab/CMakeLists.txt")
    for folder, direct in uses.items():  # in dependency order
        uses[folder] = direct.union(*(uses[other] for other in direct))
    uses |= {test: {test} | set.union(named, *(uses[name] for name in named)) for test, named in dependencies("tests/CMakeLists.txt").items() if named}
    changed = {folder_of(name) for name in names}
    direct = [folder for folder in folders if "*" in changed or folder in changed]
    return direct, [folder for folder in folders if folder not in direct and uses.get(folder, set()) & changed]


if __name__ == "__main__":
    sys.exit("scripts/changes.py is used by the other scripts")
