"""Clients that are broken or mean: what each can make the server hold is bounded, and others are answered meanwhile."""

import http.client
import json
import re
import resource
import select
import socket

import pytest

from harness import aws
from harness.own_server import endpoint, server  # noqa: F401
from harness.server import Server, is_sanitized

KIB, MIB = 1 << 10, 1 << 20


def resident_bytes(server):  # noqa: F811
    with open(f"/proc/{server.process.pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+) kB", status.read()).group(1)) * KIB


@pytest.fixture
def grows_less_than(server):  # noqa: F811
    """with grows_less_than(bytes): ... The sanitizers' own memory isn't judged."""

    class Bound:
        def __init__(self, bytes_max):
            self.bytes_max = bytes_max

        def __enter__(self):
            self.before = resident_bytes(server)

        def __exit__(self, kind, *_):
            grown = resident_bytes(server) - self.before
            if kind is None and not is_sanitized():
                assert grown < self.bytes_max, f"grew by {grown // KIB} KiB"

    return Bound


@pytest.fixture
def answers(server):  # noqa: F811
    """answers(): another client is served."""

    def ask():
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        connection.request("GET", "/_millrace/health")
        assert connection.getresponse().read() and server.alive()
        connection.close()

    return ask


@pytest.fixture
def connect(server):  # noqa: F811
    """connect(count): sockets that are closed when the test ends."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 4096:
        pytest.skip("this process may not open enough connections")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    opened = []

    def make(count):
        new = [socket.create_connection(("127.0.0.1", server.port), timeout=30) for _ in range(count)]
        opened.extend(new)
        return new

    yield make
    for one in opened:
        one.close()


class Asker:
    """Requests over one connection, with a signature that nobody checks: an unknown key is its account's root."""

    def __init__(self, server, account, service):  # noqa: F811
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        self.authorization = (f"AWS4-HMAC-SHA256 Credential={account}/20260101/us-east-1/{service}/aws4_request, "
                              f"SignedHeaders=host, Signature={'0' * 64}")

    def __call__(self, method, path, body=b"", **headers):
        self.connection.request(method, path, body, {"Authorization": self.authorization, **headers})
        answer = self.connection.getresponse()
        text = answer.read()
        assert answer.status == 200, text
        return text

    def json(self, target, body):
        return json.loads(self("POST", "/", json.dumps(body), **{"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.0"}))


def put_head(account, service, target, length, more=""):
    return (f"{target} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {length}\r\n"
            f"Authorization: AWS4-HMAC-SHA256 Credential={account}/20260101/us-east-1/{service}/aws4_request, "
            f"SignedHeaders=host, Signature={'0' * 64}\r\nx-amz-content-sha256: UNSIGNED-PAYLOAD\r\n{more}\r\n").encode()


def send_until_it_waits(connection, data, bytes_max):
    """How many bytes the server took before it let the client wait."""
    connection.setblocking(False)
    sent = 0
    while sent < bytes_max and select.select([], [connection], [], 2)[1]:
        sent += connection.send(data)
    return sent


def read_to_end(connection):
    connection.settimeout(30)
    parts = []
    try:
        while part := connection.recv(1 << 16):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def test_many_idle_connections_and_unfinished_heads(connect, answers, grows_less_than):
    connect(20)
    with grows_less_than(64 * MIB):
        connect(700)
        for loris in connect(700):
            loris.sendall(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Header: a")
        answers()


def test_bodies_that_are_announced_and_never_come(connect, account, answers, grows_less_than):
    dynamodb = put_head(account, "dynamodb", "POST /", 15 * MIB, "X-Amz-Target: DynamoDB_20120810.PutItem\r\n")
    upload = put_head(account, "s3", "PUT /nowhere/key", 4096 * MIB)
    with grows_less_than(64 * MIB):
        for one in connect(200):
            one.sendall(dynamodb + b"{")
        for one in connect(200):
            one.sendall(upload + b"x")
        answers()


@pytest.mark.parametrize("head", [
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Large: " + b"x" * MIB,
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"".join(b"X-%d: y\r\n" % i for i in range(50_000)),
    b"GET /" + b"y" * MIB + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500) + b"\r\n\r\n",
], ids=["one large header", "many headers", "a large target", "TLS"])
def test_heads_that_are_none_are_refused(connect, answers, head):
    (connection,) = connect(1)
    try:
        connection.sendall(head)
    except OSError:
        pass  # refused before it was all sent
    answer = read_to_end(connection)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 400"), answer[:200]
    answers()


def test_a_body_that_is_refused_by_its_length_is_not_waited_for(connect, account, answers):
    (connection,) = connect(1)
    connection.sendall(put_head(account, "dynamodb", "POST /", 1 << 40, "X-Amz-Target: DynamoDB_20120810.PutItem\r\n"))
    connection.settimeout(30)
    assert re.match(rb"HTTP/1\.1 4\d\d ", connection.recv(4096))
    answers()


def test_an_upload_to_nowhere_is_answered_while_it_is_sent(connect, account, answers, grows_less_than):
    with grows_less_than(32 * MIB):
        for connection in connect(10):
            connection.sendall(put_head(account, "s3", "PUT /nowhere/key", 4096 * MIB))
            try:
                for _ in range(64):
                    connection.sendall(b"x" * MIB)
            except OSError:
                pass
            answer = read_to_end(connection)
            assert answer == b"" or b"NoSuchBucket" in answer
        answers()


@pytest.mark.slow
def test_large_bodies_have_a_bound_together(connect, account, answers, grows_less_than):
    """Each is allowed; all together they aren't, and who comes last is told to try again."""
    size, refused = 15 * MIB, 0
    head = put_head(account, "dynamodb", "POST /", size, "X-Amz-Target: DynamoDB_20120810.PutItem\r\n")
    with grows_less_than(900 * MIB):
        for connection in connect(44):
            try:
                connection.sendall(head + bytes(size - 1))
            except OSError:
                refused += 1  # its rest wasn't wanted
                continue
            if select.select([connection], [], [], 0)[0]:
                refused += connection.recv(4096).startswith(b"HTTP/1.1 503")
        assert refused > 0
        answers()


def test_pipelining_without_reading_the_answers(connect, answers, grows_less_than):
    request = b"GET /_millrace/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 1000
    with grows_less_than(32 * MIB):
        for connection in connect(5):
            assert send_until_it_waits(connection, request, 256 * MIB) < 256 * MIB, "the server took it all"
        answers()


def test_answers_that_nobody_reads(connect, account, client, answers, unique, grows_less_than):
    s3, bucket = client("s3"), unique("bucket")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="large", Body=bytes(64 * MIB))
    s3.get_object(Bucket=bucket, Key="large")["Body"].read()
    with grows_less_than(150 * MIB):
        for connection in connect(40):
            connection.sendall(put_head(account, "s3", f"GET /{bucket}/large", 0))
        answers()
        s3.head_object(Bucket=bucket, Key="large")


@pytest.mark.slow
def test_waits_that_were_answered_are_forgotten(server, answers, grows_less_than):  # noqa: F811
    def drain(count):
        for _ in range(count):
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
            connection.request("POST", "/_millrace/drain?timeout=3600", b"")
            connection.getresponse().read()
            connection.close()

    drain(200)
    with grows_less_than(16 * MIB):
        drain(1500)


@pytest.mark.slow
def test_iterators_uploads_and_sessions_cost_no_memory(server, account, client, make_table, unique, grows_less_than):  # noqa: F811
    bucket = unique("bucket")
    client("s3").create_bucket(Bucket=bucket)
    arn = client("dynamodb").describe_table(TableName=make_table(stream="KEYS_ONLY"))["Table"]["LatestStreamArn"]
    streams, s3, sts = (Asker(server, account, service) for service in ("dynamodb", "s3", "sts"))
    shard = streams.json("DynamoDBStreams_20120810.DescribeStream", {"StreamArn": arn})["StreamDescription"]["Shards"][0]["ShardId"]

    def ask(count):
        for number in range(count):
            streams.json("DynamoDBStreams_20120810.GetShardIterator",
                         {"StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"})
            s3("POST", f"/{bucket}/key-{number}?uploads")
            sts("POST", "/", "Action=GetSessionToken&Version=2011-06-15", **{"Content-Type": "application/x-www-form-urlencoded"})

    ask(200)
    with grows_less_than(24 * MIB):
        ask(1000)


@pytest.mark.slow
def test_polls_that_were_answered_are_forgotten(server, account, client, unique, grows_less_than):  # noqa: F811
    url = client("sqs").create_queue(QueueName=unique("queue"))["QueueUrl"]
    sender = Asker(server, account, "sqs")

    def poll(count):
        for number in range(count):
            receiver = Asker(server, account, "sqs")  # an unanswered wait would hold its connection
            receiver.connection.request(
                "POST", "/", json.dumps({"QueueUrl": url, "WaitTimeSeconds": 20}),
                {"Authorization": receiver.authorization, "X-Amz-Target": "AmazonSQS.ReceiveMessage", "Content-Type": "application/x-amz-json-1.0"})
            sender.json("AmazonSQS.SendMessage", {"QueueUrl": url, "MessageBody": "x" * 1000})
            answer = receiver.connection.getresponse()
            assert answer.status == 200 and b"MessageId" in answer.read()
            receiver.connection.close()

    poll(100)
    with grows_less_than(16 * MIB):
        poll(600)


@pytest.mark.slow
def test_principals_and_names_that_are_never_used_again(server, grows_less_than, answers):  # noqa: F811
    """Everything that is kept by the caller's account, by a bucket's or by a queue's name."""

    def ask(begin, count):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        for number in range(begin, begin + count):
            for service, method, path, target in (
                    ("dynamodb", "POST", "/", "DynamoDB_20120810.ListTables"), ("s3", "GET", f"/none-{number}", ""),
                    ("logs", "POST", "/", "Logs_20140328.DescribeLogGroups")):
                headers = {"Authorization": Asker(server, 100_000_000_000 + number, service).authorization, "X-Amz-Target": target,
                           "Content-Type": "application/x-amz-json-1.0"}
                connection.request(method, path, b"{}" if method == "POST" else b"", headers)
                connection.getresponse().read()

    ask(0, 500)
    with grows_less_than(24 * MIB):
        ask(500, 2000)
    answers()


def test_times_beyond_all_calendars(server, raw):  # noqa: F811
    for path in ("advance?by=9223372036854775807", "set?to=9223372036854775807", "advance?by=253402300800000"):
        assert raw("dynamodb", "POST", f"/_millrace/clock/{path}", sign=False).status == 400


def test_out_of_descriptors(tmp_path):
    """More connections than the process may have: some are closed, nothing spins, nothing written is lost."""
    with Server(tmp_path / "log", data_dir=tmp_path / "data", launcher=["prlimit", "--nofile=400:400"]) as small:
        dynamodb = aws.make_client(small.endpoint, "dynamodb", aws.new_account())
        dynamodb.create_table(TableName="things", AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                              KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST")
        opened = []
        try:
            for number in range(600):
                opened.append(socket.create_connection(("127.0.0.1", small.port), timeout=30))
                if number % 50 == 0:
                    dynamodb.put_item(TableName="things", Item={"pk": {"S": str(number)}})  # its connection was there before
        finally:
            for one in opened:
                one.close()
        again = aws.make_client(small.endpoint, "dynamodb", aws.new_account(), retries={"total_max_attempts": 5})
        again.list_tables()
        assert dynamodb.scan(TableName="things", Select="COUNT")["Count"] == 12
        assert small.log(1 << 20).count("can't be accepted") < 20
