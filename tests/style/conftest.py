"""Style tests read the tree; they need no server."""

import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def _binary_is_built():
    """Overrides the check that a binary is there."""


def _tracked():
    """The repository's files; without git, every file outside build and data folders."""
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True, text=True,
    )
    if listed.returncode == 0:
        return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
    outside = (".git", ".millrace", "__pycache__", ".pytest_cache", ".terraform")
    return [
        path
        for path in ROOT.rglob("*")
        if path.is_file()
        and not any(part in outside or part.startswith("build") for part in path.relative_to(ROOT).parts)
    ]


@pytest.fixture(scope="session")
def files():
    """Paths relative to the root, as text, with their content ("" for what isn't text)."""
    result = {}
    for path in _tracked():
        try:
            result[str(path.relative_to(ROOT))] = path.read_text()
        except UnicodeDecodeError:
            result[str(path.relative_to(ROOT))] = ""
    return result


@pytest.fixture(scope="session")
def sources(files):
    """The C++ of the program, without its tests."""
    return {
        name: text
        for name, text in files.items()
        if name.endswith((".cc", ".h")) and not name.startswith("tests/")
    }
