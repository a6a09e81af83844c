"""Finds what Terraform needs where nothing can be downloaded, and words its CLI configuration.

As a program it prints that configuration, or exits with 1 saying what is missing.
"""

import functools
import glob
import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
# Stand-ins for the small providers that stacks use beside aws: one script, which goes by its file's name.
MIRROR = HERE / "mirror"
STOOD_IN_FOR = ("archive", "random", "null", "local", "time")
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


OLDEST = (5,)  # 4.x and older send what this server was never seen with


@functools.cache
def aws_versions():
    """{version: the folder above registry.terraform.io that holds it unpacked}: of each series (5, 6, ...) the newest."""
    newest = {}
    for folder in _candidates():
        for program in glob.glob(f"{folder}/{_AWS}/*/*/terraform-provider-aws_v*"):
            version = pathlib.Path(program).parts[-3]
            if not re.fullmatch(r"\d+\.\d+\.\d+", version):
                continue
            parts = tuple(map(int, version.split(".")))
            if parts >= OLDEST and parts > newest.get(parts[0], ((), "", ""))[0]:
                newest[parts[0]] = (parts, version, pathlib.Path(program).parents[5])
    return {version: folder for _, (_, version, folder) in sorted(newest.items())}


def aws_mirror():
    """The folder above registry.terraform.io with an unpacked hashicorp/aws, the oldest series that there is; or None."""
    return next(iter(aws_versions().values()), None)


def only(version, into):
    """A mirror that offers no other version: links below the folder `into`, which is made."""
    platforms = aws_versions()[version] / _AWS / version
    for platform in platforms.iterdir():
        link = into / _AWS / version / platform.name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(platform, target_is_directory=True)
    return into


def needs_proxy(version):
    """From 6.23 on S3 Control is called at <account>.<endpoint's host>, which no resolver knows."""
    return tuple(map(int, version.split("."))) >= (6, 23)


def cli_configuration(aws_folder):
    def mirror(folder, *names):
        included = ", ".join(f'"registry.terraform.io/hashicorp/{name}"' for name in names)
        return f'  filesystem_mirror {{\n    path    = "{folder}"\n    include = [{included}]\n  }}\n'

    return (
        "provider_installation {\n"
        + mirror(MIRROR, *STOOD_IN_FOR)
        + mirror(aws_folder, "aws")
        + "}\ndisable_checkpoint = true\n"
    )


def missing():
    """Why Terraform tests can't run here, as a sentence; None when they can."""
    if not shutil.which("terraform"):
        return "terraform is not on the PATH"
    if not aws_mirror():
        return "no unpacked hashicorp/aws of 5.x or newer found (set TF_PLUGIN_DIR to the folder above registry.terraform.io)"
    if not shutil.which("node"):
        return "node, which the stand-ins for other providers need, is not on the PATH"
    return None


def version():
    return subprocess.run(["terraform", "version"], capture_output=True, text=True).stdout.splitlines()[0]


if __name__ == "__main__":
    reason = missing()
    if reason:
        sys.exit(reason)
    print(cli_configuration(aws_mirror()), end="")
