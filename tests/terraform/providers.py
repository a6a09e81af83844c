"""Finds what Terraform needs where nothing can be downloaded, and words its CLI configuration.

As a program it prints that configuration, or exits with 1 saying what is missing.
"""

import glob
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ARCHIVE_MIRROR = HERE / "mirror"
_AWS = "registry.terraform.io/hashicorp/aws"


def _candidates():
    """Folders that may hold registry.terraform.io/hashicorp/aws, the likely ones first."""
    for name in ("TF_PLUGIN_DIR", "TF_PLUGIN_CACHE_DIR"):
        if os.environ.get(name):
            yield os.environ[name]
    home = os.path.expanduser("~")
    yield from ("/opt/tf-plugins", f"{home}/.terraform.d/plugins", f"{home}/.terraform.d/plugin-cache")
    yield from ("/usr/local/share/terraform/plugins", "/usr/share/terraform/plugins")
    for pattern in ("/opt/*", "/usr/local/share/*", "/srv/*"):
        yield from sorted(glob.glob(pattern))


def aws_mirror():
    """The folder above registry.terraform.io with an unpacked hashicorp/aws 5.x, or None."""
    for folder in _candidates():
        found = glob.glob(f"{folder}/{_AWS}/5.*/*/terraform-provider-aws_v5.*")
        if found:
            return pathlib.Path(found[0]).parents[5]
    return None


def cli_configuration(aws_folder):
    def mirror(folder, provider):
        return (
            "  filesystem_mirror {\n"
            f'    path    = "{folder}"\n'
            f'    include = ["registry.terraform.io/hashicorp/{provider}"]\n'
            "  }\n"
        )

    return (
        "provider_installation {\n"
        + mirror(ARCHIVE_MIRROR, "archive")
        + mirror(aws_folder, "aws")
        + "}\ndisable_checkpoint = true\n"
    )


def missing():
    """Why Terraform tests can't run here, as a sentence; None when they can."""
    if not shutil.which("terraform"):
        return "terraform is not on the PATH"
    if not aws_mirror():
        return "no unpacked hashicorp/aws 5.x provider found (set TF_PLUGIN_DIR to the folder above registry.terraform.io)"
    if not shutil.which("node"):
        return "node, which the stand-in for the archive provider needs, is not on the PATH"
    return None


def version():
    return subprocess.run(["terraform", "version"], capture_output=True, text=True).stdout.splitlines()[0]


if __name__ == "__main__":
    reason = missing()
    if reason:
        sys.exit(reason)
    print(cli_configuration(aws_mirror()), end="")
