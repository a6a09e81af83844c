"""How the server starts, ends, and refuses to start."""

import contextlib
import gzip
import io
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
import zipfile

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from harness import aws, waiting
from harness.server import DidNotStart, Server, binary, clean_environment


def refusal(server):
    """The one clear sentence that a server which doesn't start leaves, and its exit code."""
    with pytest.raises(DidNotStart) as refused:
        server.start()
    assert refused.value.code not in (0, None) and refused.value.code > 0, refused.value
    for sign in ("terminate called", "Segmentation", "core dumped", "Traceback"):
        assert sign not in refused.value.output
    return refused.value.output


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_0(durable, connect, number):
    connect("dynamodb").list_tables()
    assert durable._end(number, 60) == 0
    durable.start()
    assert connect("dynamodb").list_tables()["TableNames"] == []


def test_a_signal_ends_it_with_a_client_connected(durable):
    with socket.create_connection(("127.0.0.1", durable.port)) as idle:
        idle.sendall(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Le")
        assert durable.stop() == 0


def test_a_signal_ends_long_polls(durable, connect):
    first, poller = connect("sqs"), connect("sqs", read_timeout=120)  # both keep their connection
    url = first.create_queue(QueueName="empty")["QueueUrl"]
    answers = []

    def poll():
        answers.append(poller.receive_message(QueueUrl=url, WaitTimeSeconds=20))

    thread = threading.Thread(target=poll, daemon=True)
    thread.start()
    waiting.until(lambda: len(established(durable)) > 1, "the poller is connected")
    assert durable.stop() == 0
    thread.join(60)
    # Answered with nothing, not cut off; if its request hadn't arrived yet there is no answer at all.
    assert not thread.is_alive() and all("Messages" not in answer for answer in answers)


def established(server):
    """The server's connections, as the kernel lists them."""
    lines = pathlib.Path(f"/proc/{server.process.pid}/net/tcp").read_text().splitlines()[1:]
    local = f"0100007F:{server.port:04X}"
    return [line for line in lines if line.split()[1] == local and line.split()[3] == "01"]


def test_ready_is_the_only_line_on_standard_output(tmp_path):
    server = Server(tmp_path / "log")
    process = subprocess.Popen(
        server.command(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=clean_environment(), text=True
    )
    try:
        assert process.stdout.readline() == "Ready.\n"
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=60)
        assert (rest, process.returncode) == ("", 0)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="needs root, to give up a right of it")
def test_functions_run_from_a_relative_data_folder_where_nothing_can_be_mounted(tmp_path):
    without_mounts = ["setpriv", "--bounding-set=-sys_admin"]
    with Server(tmp_path / "log", data_dir="data", launcher=without_mounts, cwd=tmp_path) as server:
        iam, functions = (aws.make_client(server.endpoint, name, "123456789012") for name in ("iam", "lambda"))
        role = iam.create_role(RoleName="role", AssumeRolePolicyDocument=json.dumps({
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
                           "Principal": {"Service": "lambda.amazonaws.com"}}],
        }))["Role"]["Arn"]
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("index.py", "def handler(event, context):\n    return 'ran'\n")
        functions.create_function(FunctionName="f", Runtime="python3.12", Handler="index.handler", Role=role,
                                  Code={"ZipFile": code.getvalue()})
        assert functions.invoke(FunctionName="f")["Payload"].read() == b'"ran"', server.log()
        assert "without /var/task and /opt of their own: no " in server.log()


def test_a_data_folder_in_use_is_refused(durable, tmp_path):
    output = refusal(Server(tmp_path / "second.log", data_dir=durable.data_dir))
    assert str(durable.data_dir) in output
    assert re.search(r"in use|already|another", output), output
    assert durable.alive()


def test_a_port_in_use_is_refused(durable, tmp_path):
    output = refusal(Server(tmp_path / "second.log", data_dir=tmp_path / "other", port=durable.port))
    assert str(durable.port) in output
    assert re.search(r"in use|already", output), output


def test_an_unknown_format_is_refused(durable, tmp_path):
    durable.stop()
    store = f"--db={durable.data_dir}/store"
    key = "0x" + b"\0format".hex().upper()
    found = subprocess.run(["ldb", store, "get", "--hex", key], capture_output=True, text=True, check=True).stdout
    assert found.strip() == "0x" + b"3".hex()

    def put(number):
        subprocess.run(["ldb", store, "put", "--hex", key, "0x" + number.hex()], capture_output=True, check=True)

    put(b"1")  # what the version before wrote is read, and is this one's from then on
    durable.start()
    durable.stop()
    found = subprocess.run(["ldb", store, "get", "--hex", key], capture_output=True, text=True, check=True).stdout
    assert found.strip() == "0x" + b"3".hex()
    put(b"9999")
    output = refusal(durable)
    assert "9999" in output and str(durable.data_dir) in output, output
    assert re.search(r"format|version", output), output


def test_a_broken_store_is_refused(tmp_path):
    store = tmp_path / "data" / "store"
    store.mkdir(parents=True)
    (store / "CURRENT").write_text("not a store\n")
    output = refusal(Server(tmp_path / "log", data_dir=tmp_path / "data"))
    assert str(store) in output
    assert (store / "CURRENT").read_text() == "not a store\n"


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    output = refusal(Server(tmp_path / "log", data_dir=tmp_path / "file" / "data"))
    assert str(tmp_path / "file") in output


def test_ephemeral_leaves_nothing(tmp_path):
    folder = tmp_path / "tmp"
    folder.mkdir()
    server = Server(tmp_path / "log")
    process = subprocess.Popen(
        server.command(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=clean_environment(TMPDIR=str(folder)),
        cwd=folder,
    )
    try:
        assert process.stdout.readline() == b"Ready.\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        process.stdout.close()
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("arguments", [["--port", "0x"], ["--durability", "maybe"], ["--frobnicate"], ["--iam", "perhaps"]])
def test_a_wrong_option_is_named(arguments):
    done = subprocess.run(
        [str(binary()), "serve", "--ephemeral", *arguments], capture_output=True, text=True, timeout=60,
        env=clean_environment(),
    )
    assert done.returncode != 0
    assert arguments[0] in done.stderr or arguments[-1] in done.stderr, done.stderr


def test_a_copied_folder_serves(durable, connect, tmp_path):
    connect("dynamodb").create_table(
        TableName="copied", AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST",
    )
    durable.stop()
    copy = tmp_path / "copy"
    shutil.copytree(durable.data_dir, copy)
    durable.data_dir = copy
    durable.start()
    assert connect("dynamodb").list_tables()["TableNames"] == ["copied"]


def test_a_signal_ends_a_wait_for_a_drain(durable, connect):
    """Something never ends, somebody waits for its end, and the server is stopped."""
    dynamodb, lam, iam = connect("dynamodb"), connect("lambda"), connect("iam")
    role = iam.create_role(RoleName="all", AssumeRolePolicyDocument=json.dumps({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}],
    }))["Role"]["Arn"]
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("index.py", "import time\ndef handler(event, context):\n    time.sleep(800)\n")
    lam.create_function(FunctionName="f", Runtime="python3.12", Handler="index.handler", Role=role, Timeout=900,
                        Code={"ZipFile": code.getvalue()})
    lam.invoke(FunctionName="f", InvocationType="Event", Payload=b"{}")
    with socket.create_connection(("127.0.0.1", durable.port), timeout=60) as waits:
        waits.sendall(b"POST /_millrace/drain?timeout=600 HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n")
        dynamodb.list_tables()
        assert durable.stop() == 0, durable.log()


SLEEPER = """
import time
def handler(event, context):
    try:
        time.sleep(800)
    except BaseException:
        while True:  # doesn't want to end
            pass
"""


def long_import(dynamodb, s3):
    """One that reads for half a minute: ten gibibytes of blanks."""
    packed, blanks = io.BytesIO(), b" " * (1 << 20)
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=9) as file:
        for _ in range(64):
            file.write(blanks)
    s3.create_bucket(Bucket="imports")
    s3.put_object(Bucket="imports", Key="blanks", Body=packed.getvalue() * 160)
    key = {"AttributeName": "pk", "AttributeType": "S"}
    dynamodb.import_table(
        S3BucketSource={"S3Bucket": "imports"}, InputFormat="DYNAMODB_JSON", InputCompressionType="GZIP",
        TableCreationParameters={"TableName": "imported", "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": [key],
                                 "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}]})


def test_a_signal_ends_it_within_5_seconds_whatever_runs(durable, connect):
    dynamodb, lam, s3 = connect("dynamodb"), connect("lambda"), connect("s3")
    role = connect("iam").create_role(RoleName="all", AssumeRolePolicyDocument=json.dumps({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}],
    }))["Role"]["Arn"]
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("index.py", SLEEPER)
    lam.create_function(FunctionName="sleeper", Runtime="python3.12", Handler="index.handler", Role=role, Timeout=900,
                        Code={"ZipFile": code.getvalue()})
    queue = connect("sqs").create_queue(QueueName="empty")["QueueUrl"]
    s3.create_bucket(Bucket="large")
    s3.put_object(Bucket="large", Key="object", Body=bytes(64 << 20))
    long_import(dynamodb, s3)

    def quietly(call, **arguments):
        def run():
            try:
                call(**arguments)
            except (BotoCoreError, ClientError):
                pass

        threading.Thread(target=run, daemon=True).start()

    quietly(connect("lambda").invoke, FunctionName="sleeper")
    quietly(connect("lambda").invoke, FunctionName="sleeper", InvocationType="Event")
    quietly(connect("sqs").receive_message, QueueUrl=queue, WaitTimeSeconds=20)
    account = connect("sts").get_caller_identity()["Account"]
    sign = (f"Authorization: AWS4-HMAC-SHA256 Credential={account}/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, "
            f"Signature={'0' * 64}\r\n").encode()
    with contextlib.ExitStack() as open_ones:
        for request in (
            b"PUT /large/slow HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000\r\n" + sign + b"\r\nbegun",
            b"GET /large/object HTTP/1.1\r\nHost: 127.0.0.1\r\n" + sign + b"\r\n",  # and nothing of it is read
            b"POST /_millrace/drain?timeout=600 HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\n{",
        ):
            connection = open_ones.enter_context(socket.create_connection(("127.0.0.1", durable.port), timeout=60))
            connection.sendall(request)
        waiting.until(lambda: connect("lambda").get_function(FunctionName="sleeper") and len(established(durable)) > 6, "all are at it")
        began = time.monotonic()
        assert durable.stop() == 0, durable.log()
        assert time.monotonic() - began <= 15  # five, and what a busy machine takes; all of these last longer
    durable.start()
    assert connect("dynamodb").describe_table(TableName="imported")["Table"]["TableStatus"] == "CREATING"
