"""The loss of power: every file is cut to what was synced of it. With --durability sync nothing that was acknowledged is
lost, and functions' unpacked code, which isn't synced, is unpacked again."""

import json
import os
import pathlib
import random
import shutil
import subprocess
import threading
import time

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from contract.conftest import document, zip_files
from harness import aws, waiting
from harness.server import Server, is_sanitized

ROUNDS = int(os.environ.get("MILLRACE_CRASH_KILLS", "4"))
pytestmark = [
    pytest.mark.timeout(600 + 60 * ROUNDS),
    pytest.mark.skipif(not shutil.which("gcc"), reason="needs a C compiler"),
    pytest.mark.skipif(is_sanitized(), reason="a sanitizer wants to be loaded first"),
]


@pytest.fixture
def server(tmp_path):
    library, sizes = tmp_path / "synced_sizes.so", tmp_path / "sizes"
    source = pathlib.Path(__file__).with_name("synced_sizes.c")
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    sizes.touch()
    launcher = ["env", f"LD_PRELOAD={library}", f"SYNCED_SIZES={sizes}"]
    with Server(tmp_path / "server.log", data_dir=tmp_path / "data", launcher=launcher, arguments=["--durability", "sync"]) as running:
        running.sizes = sizes
        yield running


def cut_power(server):
    server.kill()
    synced = {}
    for line in server.sizes.read_text().splitlines():
        device, inode, size = map(int, line.split())
        synced[device, inode] = size
    assert synced, "nothing was synced, or nobody saw it"
    lost = 0
    for path in pathlib.Path(server.data_dir).rglob("*"):
        if path.is_file() and not path.is_symlink():
            state = path.stat()
            kept = min(state.st_size, synced.get((state.st_dev, state.st_ino), 0))
            lost += state.st_size - kept
            path.chmod(0o600)
            os.truncate(path, kept)
            path.chmod(state.st_mode)  # function code is other users' to read
    # The machine starts anew. (An inode that was another file's, synced once, may have kept the mark of the last start whole.)
    for mark in pathlib.Path(server.data_dir).rglob("*-boot-id"):
        mark.write_text("another start\n")
    server.start()
    return lost


class Work:
    """What is asked for in one round, by a client of its own each, and what was acknowledged of it."""

    def __init__(self, server, account, role):
        self.items, self.objects, self.messages, self.functions = set(), set(), set(), {}
        self.wrong, self._threads = [], []
        self._connect = lambda service: aws.make_client(server.endpoint, service, account)
        self._role = role
        for each in (self._item, self._object, self._message, self._function):
            thread = threading.Thread(target=self._repeat, args=(each,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _repeat(self, step):
        try:
            while True:
                step(f"{random.getrandbits(60)}")
        except ClientError as error:
            self.wrong.append(error)
        except (BotoCoreError, OSError):
            pass  # the power has gone

    def _client(self, service, cache=threading.local()):
        if getattr(cache, "owner", None) is not self or cache.service != service:
            cache.owner, cache.service, cache.client = self, service, self._connect(service)
        return cache.client

    def _item(self, name):
        self._client("dynamodb").put_item(TableName="table", Item={"pk": {"S": name}, "text": {"S": name * 20}})
        self.items.add(name)

    def _object(self, name):
        self._client("s3").put_object(Bucket="bucket", Key=name, Body=name.encode() * 5000)
        self.objects.add(name)

    def _message(self, name):
        self._client("sqs").send_message(QueueUrl=self._client("sqs").get_queue_url(QueueName="queue")["QueueUrl"], MessageBody=name)
        self.messages.add(name)

    def _function(self, name):
        source = f"def handler(event, context):\n    return {name!r}\n# {'x' * 20000}\n"
        self._client("lambda").create_function(FunctionName=f"f{name}", Runtime="python3.12", Handler="index.handler", Role=self._role,
                                               Code={"ZipFile": zip_files({"index.py": source})})
        self.functions[f"f{name}"] = name

    def ended(self):
        for thread in self._threads:
            thread.join(90)
            assert not thread.is_alive()
        assert self.wrong == []


@pytest.mark.slow
def test_nothing_that_was_acknowledged_is_lost(server):
    account = aws.new_account()

    def connect(service):
        return aws.make_client(server.endpoint, service, account)

    connect("dynamodb").create_table(
        TableName="table", BillingMode="PAY_PER_REQUEST", AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}])
    connect("s3").create_bucket(Bucket="bucket")
    connect("sqs").create_queue(QueueName="queue")
    role = connect("iam").create_role(RoleName="r", AssumeRolePolicyDocument=document(
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}))["Role"]["Arn"]
    items, objects, messages, received, lost = set(), set(), set(), set(), 0
    for _ in range(ROUNDS):
        work = Work(server, account, role)
        waiting.until(lambda: work.wrong or (work.items and work.objects and work.messages and work.functions), "all are at it")
        time.sleep(random.uniform(0, 1))  # the moment is the test's input, not a wait
        lost += cut_power(server)
        work.ended()
        items |= work.items
        objects |= work.objects
        messages |= work.messages

        dynamodb, s3, sqs, lam = (connect(service) for service in ("dynamodb", "s3", "sqs", "lambda"))
        pages = dynamodb.get_paginator("scan").paginate(TableName="table")
        there = {item["pk"]["S"]: item["text"]["S"] for page in pages for item in page["Items"]}
        assert items <= there.keys() and all(text == name * 20 for name, text in there.items())
        for name in work.objects:
            assert s3.get_object(Bucket="bucket", Key=name)["Body"].read() == name.encode() * 5000
        assert objects <= {o["Key"] for page in s3.get_paginator("list_objects_v2").paginate(Bucket="bucket") for o in page["Contents"]}
        url = sqs.get_queue_url(QueueName="queue")["QueueUrl"]
        while batch := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=43200).get("Messages"):
            received.update(message["Body"] for message in batch)
        assert messages <= received
        for function, answer in list(work.functions.items())[-3:]:
            assert json.loads(lam.invoke(FunctionName=function)["Payload"].read()) == answer
    assert lost > 0, "everything was synced: this test cuts nothing"
