"""The JavaScript SDK v3 with its default checksums. It comes from npm; without node or the registry it is skipped."""

import json
import pathlib
import shutil
import subprocess

import pytest

from harness import aws
from harness.server import clean_environment

PROGRAM = pathlib.Path(__file__).parents[1] / "data" / "javascript" / "s3.mjs"
PACKAGES = ("@aws-sdk/client-s3", "@aws-sdk/lib-storage", "@aws-sdk/s3-request-presigner")


@pytest.fixture(scope="module")
def node_folder(tmp_path_factory):
    if not shutil.which("npm") or not shutil.which("node"):
        pytest.skip("needs node and npm")
    folder = tmp_path_factory.mktemp("javascript")
    try:
        done = subprocess.run(
            ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), *PACKAGES],
            capture_output=True, text=True, timeout=120,
        )
    except subprocess.TimeoutExpired:
        pytest.skip("npm's registry doesn't answer")
    if done.returncode != 0:
        pytest.skip(f"npm can't install the SDK: {done.stderr.strip()[-200:]}")
    shutil.copy(PROGRAM, folder)
    return folder


def test_sdk_v3(node_folder, endpoint, account, unique):
    done = subprocess.run(
        ["node", "s3.mjs", endpoint, unique("bucket")], cwd=node_folder, capture_output=True, text=True, timeout=120,
        env=clean_environment(
            AWS_ACCESS_KEY_ID=account, AWS_SECRET_ACCESS_KEY=aws.SECRET, AWS_REGION=aws.REGION,
            AWS_EC2_METADATA_DISABLED="true", AWS_CONFIG_FILE="/dev/null", AWS_SHARED_CREDENTIALS_FILE="/dev/null",
        ),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])
    assert seen == {
        "checksums": ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"],
        "streamed": 300_000,
        "uploadedParts": 2,
        "listed": ["a b+c%é", "big", "checked", "streamed"],
        "presigned": "by hand",
        "missing": "NoSuchKey",
        "deleted": 4,
    }
