"""A large object goes in and out with little memory more: nothing of it is held but the pieces in flight."""

import http.client
import os

import pytest

from harness import aws
from harness.server import Server, is_sanitized

MIB = 1 << 20
SIZE_MIB = int(os.environ.get("MILLRACE_LARGE_OBJECT_MIB", "1024"))  # 5120: the largest that one PUT takes
MORE_MIB_MAX = 64


def status_mib(server, field):
    with open(f"/proc/{server.process.pid}/status") as status:
        return next(int(line.split()[1]) // 1024 for line in status if line.startswith(field + ":"))


def forget_peak(server):
    with open(f"/proc/{server.process.pid}/clear_refs", "w") as control:
        control.write("5")


class Pieces:
    """A body of that many MiB, made while it is sent."""

    def __init__(self, count):
        self._left, self._piece = count, os.urandom(MIB)

    def read(self, _size=-1):
        if self._left == 0:
            return b""
        self._left -= 1
        return self._piece


@pytest.mark.slow
@pytest.mark.skipif(is_sanitized(), reason="a sanitizer's own memory isn't the server's")
def test_a_large_object(tmp_path):
    with Server(tmp_path / "server.log", data_dir=tmp_path / "data") as server:
        account = aws.new_account()
        aws.make_client(server.endpoint, "s3", account).create_bucket(Bucket="large")
        headers = {
            "Authorization": f"AWS4-HMAC-SHA256 Credential={account}/20260101/us-east-1/s3/aws4_request, "
            f"SignedHeaders=host, Signature={'0' * 64}",
            "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
        }
        idle = status_mib(server, "VmRSS")

        forget_peak(server)
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
        connection.request("PUT", "/large/object", body=Pieces(SIZE_MIB), headers={**headers, "Content-Length": str(SIZE_MIB * MIB)})
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        answer.read()
        put = status_mib(server, "VmHWM") - idle

        forget_peak(server)
        connection.request("GET", "/large/object", headers=headers)
        answer = connection.getresponse()
        got = 0
        while piece := answer.read(MIB):
            got += len(piece)
        assert answer.status == 200 and got == SIZE_MIB * MIB
        read = status_mib(server, "VmHWM") - idle
        print(f"{SIZE_MIB} MiB: +{put} MiB in, +{read} MiB out")
        assert put < MORE_MIB_MAX and read < MORE_MIB_MAX
