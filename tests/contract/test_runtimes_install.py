"""`millrace runtimes --install`: what it asks of pip and npm, what it says where they fail, and that serve finds what they got."""

import json
import subprocess

import pytest
from harness.server import Server, binary, clean_environment

# Stand-ins: what they were called with, and packages that tell that they are theirs.
NPM = """#!/bin/sh
echo "$@" > {log}/npm
while [ "$1" != --prefix ]; do shift; done
mkdir -p "$2/node_modules/@aws-sdk/client-dynamodb"
echo '{{"name": "@aws-sdk/client-dynamodb", "version": "3.4711.0"}}' > "$2/node_modules/@aws-sdk/client-dynamodb/package.json"
"""
PYTHON = """#!/bin/sh
echo "$@" > {log}/pip
while [ "$1" != --target ]; do shift; done
mkdir -p "$2/boto3"
echo '__version__ = "1.4711.0"' > "$2/boto3/__init__.py"
"""
FAILS = "#!/bin/sh\necho 'no index here' >&2\nexit 7\n"


@pytest.fixture
def install(tmp_path):
    def run(npm, python, *more):
        programs = tmp_path / "programs"
        programs.mkdir()
        for name, source in (("npm", npm), ("python3", python)):
            if source:
                (programs / name).write_text(source.format(log=tmp_path))
                (programs / name).chmod(0o755)
        for name in ("sh", "mkdir", "true"):
            (programs / name).symlink_to(f"/bin/{name}")
        return subprocess.run([str(binary()), "runtimes", "--install", *map(str, more)], capture_output=True, text=True, timeout=60,
                              env=clean_environment(PATH=str(programs)))
    return run


def test_serve_finds_what_was_installed(install, tmp_path):
    done = install(NPM, PYTHON, "--data-dir", tmp_path / "data")
    assert done.returncode == 0, done.stderr
    assert "boto3: installed" in done.stdout and "the AWS SDK for JavaScript: installed" in done.stdout
    folder = tmp_path / "data/runtimes"
    assert f"--python-site {folder}/python-site --node-modules {folder}/node-sdk/node_modules" in done.stdout
    assert (tmp_path / "pip").read_text().startswith("-m pip install ") and "boto3" in (tmp_path / "pip").read_text()
    assert "@aws-sdk/client-dynamodb" in (tmp_path / "npm").read_text()
    with Server(tmp_path / "log", data_dir=tmp_path / "data") as server:
        said = subprocess.run([str(binary()), "runtimes", "--json"], capture_output=True, text=True, timeout=60,
                              env=clean_environment(MILLRACE_URL=server.endpoint))
        assert json.loads(said.stdout)["python3.x"].startswith("CPython 3.11 with boto3 1.4711.0 of "), said.stdout


def test_one_that_cant_be_got_is_told_and_the_other_is_kept(install, tmp_path):
    done = install(NPM, FAILS, "--dir", tmp_path / "here")
    assert done.returncode == 1
    assert "no index here" in done.stderr
    assert "boto3 wasn't installed: python3 -m pip ended with 7 (what it said is above). Can its index be reached?" in done.stderr
    assert "Functions go on with what the server has" in done.stderr
    assert f"--node-modules {tmp_path}/here/node-sdk/node_modules" in done.stdout and "--python-site" not in done.stdout


def test_a_program_that_isnt_there_is_named(install, tmp_path):
    done = install(None, PYTHON, "--dir", tmp_path / "here")
    assert done.returncode == 1
    assert "the AWS SDK for JavaScript wasn't installed: npm isn't on the PATH" in done.stderr


def test_a_folder_that_cant_be_made_is_told(install):
    done = install(NPM, PYTHON, "--dir", "/proc/here")
    assert done.returncode == 1 and "/proc/here can't be made" in done.stderr
