"""Clients that are broken or mean: what each can make the server hold is bounded, and others are answered meanwhile."""

import http.client
import json
import os
import re
import resource
import select
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor

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


def poll_and_leave(server, account, url):  # noqa: F811
    """A long poll whose client closes its connection while it waits."""
    receiver = Asker(server, account, "sqs")
    receiver.connection.request(
        "POST", "/", json.dumps({"QueueUrl": url, "WaitTimeSeconds": 20}),
        {"Authorization": receiver.authorization, "X-Amz-Target": "AmazonSQS.ReceiveMessage", "Content-Type": "application/x-amz-json-1.0"})
    time.sleep(0.02)  # the wait has begun, or begins with a client that has gone
    receiver.connection.close()


def test_a_message_is_not_given_to_a_client_that_has_gone(server, account, client, unique):  # noqa: F811
    sqs = client("sqs")
    url = sqs.create_queue(QueueName=unique("queue"))["QueueUrl"]
    for _ in range(5):
        poll_and_leave(server, account, url)
    time.sleep(0.2)
    sqs.send_message(QueueUrl=url, MessageBody="for whoever still waits")
    got = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages", [])
    assert [message["Body"] for message in got] == ["for whoever still waits"]


def connections_of(server):  # noqa: F811
    """The server's sockets that are connected."""
    inodes = set()
    for entry in os.listdir(f"/proc/{server.process.pid}/fd"):
        try:
            inodes.add(os.readlink(f"/proc/{server.process.pid}/fd/{entry}"))
        except FileNotFoundError:
            pass
    return sum(link.startswith("socket:") for link in inodes)


def wait_until(true, seconds=5):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_polls_of_clients_that_have_gone_hold_nothing(server, account, client, unique):  # noqa: F811
    url = client("sqs").create_queue(QueueName=unique("queue"))["QueueUrl"]
    client("sqs").receive_message(QueueUrl=url)
    before = connections_of(server)
    for _ in range(100):
        poll_and_leave(server, account, url)
    wait_until(lambda: connections_of(server) <= before + 2)  # long before the 20 s are over


def test_a_half_closed_poll_is_answered(server, account, client, unique):  # noqa: F811
    """Whoever ends only its own side of the connection reads that nothing came."""
    url = client("sqs").create_queue(QueueName=unique("queue"))["QueueUrl"]
    receiver = Asker(server, account, "sqs")
    receiver.connection.request(
        "POST", "/", json.dumps({"QueueUrl": url, "WaitTimeSeconds": 20}),
        {"Authorization": receiver.authorization, "X-Amz-Target": "AmazonSQS.ReceiveMessage", "Content-Type": "application/x-amz-json-1.0"})
    began = time.monotonic()
    receiver.connection.sock.shutdown(socket.SHUT_WR)
    answer = receiver.connection.getresponse()
    assert answer.status == 200 and b"MessageId" not in answer.read() and time.monotonic() - began < 15  # of 20


def test_a_poll_beside_which_the_next_request_comes_still_waits(server, account, client, unique):  # noqa: F811
    """Pipelining isn't leaving."""
    sqs = client("sqs")
    url = sqs.create_queue(QueueName=unique("queue"))["QueueUrl"]
    body = json.dumps({"QueueUrl": url, "WaitTimeSeconds": 20})
    request = put_head(account, "sqs", "POST /", len(body), "X-Amz-Target: AmazonSQS.ReceiveMessage\r\n"
                       "Content-Type: application/x-amz-json-1.0\r\n") + body.encode()
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(request)
        time.sleep(0.1)
        connection.sendall(request)
        sqs.send_message(QueueUrl=url, MessageBody="first")
        assert b"first" in connection.recv(65536)
        sqs.send_message(QueueUrl=url, MessageBody="second")
        assert b"second" in connection.recv(65536)


def test_a_tail_whose_client_has_gone_ends_at_once(server, account, client, unique):  # noqa: F811
    """15 sessions are the most: those that were left make no difference, with the clock standing still as well."""
    logs = client("logs")
    group = unique("/tail")
    logs.create_log_group(logGroupName=group)
    arn = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["arn"].removesuffix(":*")
    body = json.dumps({"logGroupIdentifiers": [arn]})
    for _ in range(40):
        tail = Asker(server, account, "logs")

        def opened(tail=tail):
            tail.connection.request("POST", "/", body, {
                "Authorization": tail.authorization, "X-Amz-Target": "Logs_20140328.StartLiveTail", "Content-Type": "application/x-amz-json-1.1"})
            answer = tail.connection.getresponse()
            if answer.status == 200:
                assert answer.read1(10)
                return True
            assert b"LimitExceeded" in answer.read()
            return False

        wait_until(opened, 0.5)
        tail.connection.close()


def test_a_drain_whose_client_has_gone_is_over(server, client, make_function):  # noqa: F811
    """It would wait for an hour for work that doesn't end; the connection isn't held for as long."""
    busy = make_function("import time\ndef handler(event, context): time.sleep(60)", Timeout=90)
    client("lambda").invoke(FunctionName=busy, InvocationType="Event", Payload=b"{}")
    before = connections_of(server)
    for _ in range(20):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        connection.request("POST", "/_millrace/drain?timeout=3600", b"")
        time.sleep(0.02)
        connection.close()
    wait_until(lambda: connections_of(server) <= before + 5)
    client("lambda").delete_function(FunctionName=busy)


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


def first_line(connection, timeout=30):
    connection.settimeout(timeout)
    return connection.recv(4096).split(b"\r\n")[0]


def test_slow_uploads_hold_up_nobody(connect, account, client, make_table, unique):
    s3, bucket = client("s3"), unique("bucket")
    s3.create_bucket(Bucket=bucket)
    table = make_table()
    for number, one in enumerate(connect(40)):
        one.sendall(put_head(account, "s3", f"PUT /{bucket}/slow-{number}", 8 * MIB) + b"x" * KIB)
    begun = time.monotonic()
    client("dynamodb").scan(TableName=table)
    s3.list_buckets()
    s3.put_object(Bucket=bucket, Key="quick", Body=b"x" * 100_000)
    assert s3.get_object(Bucket=bucket, Key="quick")["Body"].read() == b"x" * 100_000
    assert time.monotonic() - begun < 60  # the slow ones go on for ever


def test_copies_that_stream_from_get_to_put(server, connect, account, client, unique):  # noqa: F811
    """Each upload's body is a download's: with both on one pool they waited for each other."""
    s3, bucket = client("s3"), unique("bucket")
    s3.create_bucket(Bucket=bucket)
    size, count = 4 * MIB, 24
    s3.put_object(Bucket=bucket, Key="source", Body=bytes(size))
    uploads = connect(count)
    for number, one in enumerate(uploads):  # all begin before the first byte of a source is asked for
        one.sendall(put_head(account, "s3", f"PUT /{bucket}/copy-{number}", size))

    def copy(upload):
        source = Asker(server, account, "s3")
        upload.sendall(source("GET", f"/{bucket}/source"))
        return first_line(upload)

    with ThreadPoolExecutor(count) as pool:
        assert set(pool.map(copy, uploads)) == {b"HTTP/1.1 200 OK"}


@pytest.mark.slow
def test_a_body_that_trickles_is_let_go(connect, account, client, unique):
    bucket = unique("bucket")
    client("s3").create_bucket(Bucket=bucket)
    (slow,) = connect(1)
    slow.sendall(put_head(account, "s3", f"PUT /{bucket}/slow", 8 * MIB))
    until, ended = time.monotonic() + 60, False
    while not ended and time.monotonic() < until:
        try:
            slow.sendall(b"x" * 100)
            ended = bool(select.select([slow], [], [], 0.5)[0]) and slow.recv(100) == b""
        except OSError:
            ended = True
    assert ended


CHUNKED = b"POST /_millrace/clock HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize("begin, more", [
    (b"5;", b"a=b;" * 4096),
    (b"", b"0" * 16384),
    (b"0\r\n", b"X-Trailer: y\r\n" * 1024),
    (b"", b"1;" + b"e" * 2000 + b"\r\nx\r\n"),
], ids=["a long extension", "size digits", "trailers", "extensions of many chunks"])
def test_the_frames_of_chunks_are_bounded(connect, answers, grows_less_than, begin, more):
    (connection,) = connect(1)
    with grows_less_than(16 * MIB):
        sent = 0
        try:
            connection.sendall(CHUNKED + begin)
            while sent < 32 * MIB:
                connection.sendall(more)
                sent += len(more)
        except OSError:
            pass
        assert sent < 32 * MIB, "the server took it all"
        answer = read_to_end(connection)
        assert answer == b"" or answer.startswith(b"HTTP/1.1 400"), answer[:200]
        answers()


@pytest.mark.parametrize("fields", [
    b"", b"Host: 127.0.0.1\r\nHost: 127.0.0.1\r\n", b"Host: 127.0.0.1\r\nhost: other\r\n", b"Host: \r\n", b"Host: a b\r\n",
    b"Host: user@127.0.0.1\r\n", b"Host: 127.0.0.1:99999999\r\n", b"Host: 127.0.0.1/path\r\n", b"Host: 127.0.0.1:x\r\n",
    b"Host: 127.0.0.1\r\nTransfer-Encoding: gzip, chunked\r\n", b"Host: 127.0.0.1\r\nTransfer-Encoding: chunked, gzip\r\n",
    b"Host: 127.0.0.1\r\nTransfer-Encoding: gzip\r\n", b"Host: 127.0.0.1\r\nTransfer-Encoding: xchunked\r\n",
    b"Host: 127.0.0.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
    b"Host: 127.0.0.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n",
])
def test_requests_whose_end_or_aim_is_in_doubt(connect, fields):
    (connection,) = connect(1)
    connection.sendall(b"GET /_millrace/health HTTP/1.1\r\n" + fields + b"\r\n0\r\n\r\n")
    answer = read_to_end(connection)
    assert answer.startswith(b"HTTP/1.1 400") and answer.count(b"HTTP/1.1 ") == 1, answer[:200]


def test_chunks_as_they_should_be(connect):
    (connection,) = connect(1)
    connection.sendall(b"GET /_millrace/health HTTP/1.1\r\nHost: [::1]:4566\r\nTransfer-Encoding: Chunked\r\n\r\n"
                       b"3;name=value\r\nabc\r\n0\r\nX-Trailer: y\r\n\r\n")
    assert first_line(connection) == b"HTTP/1.1 200 OK"


@pytest.mark.parametrize("service, target, members", [
    ("logs", "Logs_20140328.DescribeLogGroups", 250_000), ("dynamodb", "DynamoDB_20120810.ListTables", 250_000),
])
def test_very_many_unknown_members(server, account, service, target, members):  # noqa: F811
    asker = Asker(server, account, service)
    body = "{" + ",".join(f'"m{number}":1' for number in range(members)) + "}"
    begun = server.cpu_seconds()
    asker("POST", "/", body.encode(), **{"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"})
    assert server.cpu_seconds() - begun < 5


def test_a_new_connection_takes_the_place_of_an_idle_one(tmp_path):
    with Server(tmp_path / "log", data_dir=tmp_path / "data", launcher=["prlimit", "--nofile=400:400"]) as small:
        opened = []
        try:
            for _ in range(400):
                opened.append(socket.create_connection(("127.0.0.1", small.port), timeout=30))
            time.sleep(0.2)
            for _ in range(3):
                with socket.create_connection(("127.0.0.1", small.port), timeout=30) as late:
                    late.sendall(b"GET /_millrace/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                    assert first_line(late) == b"HTTP/1.1 200 OK"
            gone = [number for number, one in enumerate(opened) if select.select([one], [], [], 0)[0]]
            assert gone and gone[0] < 20, "those that were idle longest go first"
        finally:
            for one in opened:
                one.close()


def test_the_server_ends_in_time_whatever_it_does(tmp_path):
    with Server(tmp_path / "log", data_dir=tmp_path / "data") as busy:
        account = aws.new_account()
        s3 = aws.make_client(busy.endpoint, "s3", account)
        s3.create_bucket(Bucket="a-bucket")
        opened = [socket.create_connection(("127.0.0.1", busy.port), timeout=30) for _ in range(30)]
        for number, one in enumerate(opened):
            one.sendall(put_head(account, "s3", f"PUT /a-bucket/slow-{number}", 8 * MIB) + b"x" * KIB)
        begun = time.monotonic()
        busy.process.send_signal(signal.SIGTERM)
        assert busy.process.wait(30) == 0
        assert time.monotonic() - begun < 20  # five, and what a busy machine takes; the uploads last for minutes
        for one in opened:
            one.close()
