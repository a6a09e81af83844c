"""A disk that is full, a small one of memory: writes stop with an error, reads go on, and all is as before when there is
space again."""

import contextlib
import os
import subprocess

import pytest
from botocore.exceptions import ClientError

from harness import aws, waiting
from harness.server import DidNotStart, Server

MIB = 1 << 20


@pytest.fixture
def disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256m", "none", folder], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"nothing can be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def leave(disk, free):
    """Fills the disk but for that many bytes."""
    (disk / "filler").unlink(missing_ok=True)
    state = os.statvfs(disk)
    with open(disk / "filler", "wb") as file, contextlib.suppress(OSError):
        os.posix_fallocate(file.fileno(), 0, max(1, state.f_bavail * state.f_frsize - free))


@pytest.mark.parametrize("durability", ["wal", "sync"])
def test_a_full_disk(disk, tmp_path, durability):
    with Server(tmp_path / "server.log", data_dir=disk / "data", arguments=["--durability", durability]) as server:
        account = aws.new_account()
        dynamodb, s3, sqs = (aws.make_client(server.endpoint, service, account) for service in ("dynamodb", "s3", "sqs"))
        dynamodb.create_table(
            TableName="table", BillingMode="PAY_PER_REQUEST", AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}])
        s3.create_bucket(Bucket="bucket")
        url = sqs.create_queue(QueueName="queue")["QueueUrl"]
        kept = []

        def put(number):
            dynamodb.put_item(TableName="table", Item={"pk": {"S": str(number)}, "text": {"S": "x" * 390_000}})
            kept.append(str(number))

        def refused(call):
            with pytest.raises(ClientError) as error:
                call()
            return error.value.response["ResponseMetadata"]["HTTPStatusCode"]

        leave(disk, 60 * MIB)
        with pytest.raises(ClientError) as full:
            for number in range(1000):
                put(number)
        assert full.value.response["Error"]["Code"] == "InternalServerError" and kept
        assert refused(lambda: s3.put_object(Bucket="bucket", Key="key", Body=bytes(2 * MIB))) >= 500
        assert refused(lambda: sqs.send_message(QueueUrl=url, MessageBody="x" * 100_000)) >= 500
        assert dynamodb.get_item(TableName="table", Key={"pk": {"S": kept[-1]}})["Item"]["pk"]["S"] == kept[-1]
        health = subprocess.run([server.binary_path, "status"], capture_output=True, text=True, env={"MILLRACE_URL": server.endpoint}).stdout
        assert "nothing is written until there is space" in health

        leave(disk, 0)  # nothing at all
        assert refused(lambda: put("never")) == 500 and "never" not in kept

        (disk / "filler").unlink()

        def writes_again():
            try:
                put("again")
                return True
            except ClientError:
                return False

        waiting.until(writes_again, "there is space", timeout_s=30)
        s3.put_object(Bucket="bucket", Key="key", Body=bytes(2 * MIB))
        sqs.send_message(QueueUrl=url, MessageBody="x")
        server.kill()

        leave(disk, 0)
        try:  # with a sentence, or to be read only
            server.start()
            server.kill()
        except DidNotStart as said:
            assert said.code > 0 and "disk" in said.output.lower(), said.output
        (disk / "filler").unlink()
        server.start()
        dynamodb = aws.make_client(server.endpoint, "dynamodb", account)
        pages = dynamodb.get_paginator("scan").paginate(TableName="table", ProjectionExpression="pk")
        assert {item["pk"]["S"] for page in pages for item in page["Items"]} >= set(kept)
