"""kill -9 while objects are written: what was acknowledged is there whole, what wasn't left nothing behind."""

import hashlib
import random
import threading
import time

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from harness import waiting

MIB = 1 << 20
ROUNDS = 3
WRITERS = 4


def body_of(name, version):
    size = random.Random(f"{name} {version}").choice([10, 200_000, 3 * MIB + 17])
    return hashlib.sha256(f"{name} {version}".encode()).digest() * (size // 32 + 1)


class Writer(threading.Thread):
    """Puts its keys again and again until the server is gone; knows which versions were acknowledged or attempted."""

    def __init__(self, s3, name, acknowledged, attempted):
        super().__init__(daemon=True)
        self._s3, self._name, self._acknowledged, self._attempted = s3, name, acknowledged, attempted

    def run(self):
        while True:
            for key in (f"{self._name}-a", f"{self._name}-b"):
                version = self._attempted.get(key, 0) + 1
                self._attempted[key] = version
                try:
                    self._s3.put_object(Bucket="kept", Key=key, Body=body_of(key, version))
                except (BotoCoreError, ClientError, OSError):
                    return
                self._acknowledged[key] = version


@pytest.mark.slow
def test_acknowledged_objects_survive(durable, connect):
    connect("s3").create_bucket(Bucket="kept")
    acknowledged, attempted = {}, {}
    for _ in range(ROUNDS):
        writers = [Writer(connect("s3"), f"w{n}", acknowledged, attempted) for n in range(WRITERS)]
        for writer in writers:
            writer.start()
        before = sum(acknowledged.values())
        waiting.until(lambda: sum(list(acknowledged.values())) > before, "the first acknowledged object")
        time.sleep(random.uniform(0, 0.8))  # the moment of the kill is the test's input, not a wait
        durable.kill()
        for writer in writers:
            writer.join(timeout=90)
            assert not writer.is_alive()
        durable.start()
        s3 = connect("s3")
        listed = {o["Key"]: o["Size"] for o in s3.list_objects_v2(Bucket="kept")["Contents"]}
        assert acknowledged and acknowledged.keys() <= listed.keys()
        for key in listed:
            body = s3.get_object(Bucket="kept", Key=key)["Body"].read()
            # Each that came behind the acknowledged one may have been stored before its answer was lost, also in an earlier round.
            possible = [body_of(key, version) for version in range(acknowledged.get(key, 0), attempted[key] + 1) if version]
            assert body in possible, f"{key} has {len(body)} bytes of no version that was written"


def test_an_upload_that_the_kill_cut_off_leaves_nothing(durable, connect):
    import http.client

    s3 = connect("s3")
    s3.create_bucket(Bucket="kept")
    account = s3._request_signer._credentials.access_key
    connection = http.client.HTTPConnection("127.0.0.1", durable.port, timeout=20)
    connection.putrequest("PUT", "/kept/big")
    credential = f"{account}/20260101/us-east-1/s3/aws4_request"
    connection.putheader("Authorization", f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature={'0' * 64}")
    connection.putheader("x-amz-content-sha256", "UNSIGNED-PAYLOAD")
    connection.putheader("Content-Length", str(40 * MIB))
    connection.endheaders()
    for _ in range(20):
        connection.send(b"x" * MIB)
    durable.kill()
    durable.start()
    s3 = connect("s3")
    assert s3.list_objects_v2(Bucket="kept")["KeyCount"] == 0
    assert "interrupted uploads had left" in durable.log()
    s3.delete_bucket(Bucket="kept")
