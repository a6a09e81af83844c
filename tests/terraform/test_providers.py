"""Which hashicorp/aws the Terraform tests run against: the newest of each series that is found, and each of them."""

import os
import subprocess
import sys

import pytest

import providers
from harness.server import ROOT

AWS = "registry.terraform.io/hashicorp/aws"


@pytest.fixture
def plugins(tmp_path, monkeypatch):
    """A plugin folder of the test's own, that comes before all others."""
    folder = tmp_path / "plugins"
    for version in ("4.67.0", "6.9.0", "6.63.0", "7.0.0-beta1"):
        program = folder / AWS / version / "linux_amd64" / f"terraform-provider-aws_v{version}_x5"
        program.parent.mkdir(parents=True)
        program.touch(0o755)
    monkeypatch.setenv("TF_PLUGIN_DIR", str(folder))
    providers.aws_versions.cache_clear()
    yield folder
    providers.aws_versions.cache_clear()


def test_the_newest_of_each_series(plugins):
    found = providers.aws_versions()
    assert found["6.63.0"] == plugins and [v for v in found if not v.startswith("5.")] == ["6.63.0"]


def test_a_mirror_offers_one_version(plugins, tmp_path):
    mirror = providers.only("6.63.0", tmp_path / "mirror")
    assert [p.name for p in (mirror / AWS).iterdir()] == ["6.63.0"]
    assert (mirror / AWS / "6.63.0" / "linux_amd64" / "terraform-provider-aws_v6.63.0_x5").exists()


@pytest.mark.parametrize("version, expected", [("5.100.0", False), ("6.22.1", False), ("6.23.0", True), ("6.63.0", True), ("7.0.0", True)])
def test_who_needs_the_proxy(version, expected):
    assert providers.needs_proxy(version) is expected


def test_the_suite_runs_with_each_of_them(plugins):
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", "tests/pytest.ini", "--rootdir", "tests", "--collect-only", "-q", "tests/terraform"],
        cwd=ROOT, env=os.environ, capture_output=True, text=True, timeout=60,
    )
    names = done.stdout.splitlines()
    of_stacks = [name for name in names if "test_stacks.py" in name and "table_arguments" in name]
    assert len(of_stacks) == 2 and any("6.63.0" in name for name in of_stacks) and any("-5." in name or "[5." in name for name in of_stacks), names
    assert any("test_users_stream.py" in name and "6.63.0" in name for name in names)
