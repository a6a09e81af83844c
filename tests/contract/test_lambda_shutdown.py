"""The end of an execution environment: SIGTERM for the runtime and SHUTDOWN for extensions, when the function goes, when
an invocation times out, when the server stops; and what programs that aren't Python may use of memory."""

import io
import json
import zipfile

import pytest

from harness import aws
from harness.server import Server

EXTENSION = r"""#!/usr/bin/python3
import http.client, json, os, sys, time
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
api.request("POST", "/2020-01-01/extension/register", json.dumps({"events": ["SHUTDOWN"]}), {"Lambda-Extension-Name": "watcher"})
answer = api.getresponse()
answer.read()
identifier = {"Lambda-Extension-Identifier": answer.getheader("Lambda-Extension-Identifier")}
api.request("GET", "/2020-01-01/extension/event/next", headers=identifier)
event = json.loads(api.getresponse().read())
left = event["deadlineMs"] - time.time() * 1000
print("extension", event["eventType"], event["shutdownReason"], 0 < left <= 2000, os.path.exists("/tmp/made"), flush=True)
"""

HANDLER = """
import signal, sys, time
def leave(number, frame):
    print("runtime SIGTERM")
    sys.exit(0)
signal.signal(signal.SIGTERM, leave)
def handler(event, context):
    open("/tmp/made", "w").close()
    time.sleep(event.get("sleep", 0))
"""


def archive(name, text):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as files:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = 0o755 << 16
        files.writestr(entry, text)
    return buffer.getvalue()


@pytest.fixture
def lam(client):
    return client("lambda")


@pytest.fixture
def watched(lam, make_function, unique):
    """watched() -> a function whose layer has an extension that prints what it hears at the end."""

    def make(**settings):
        layer = lam.publish_layer_version(LayerName=unique("ext"), Content={"ZipFile": archive("extensions/watcher", EXTENSION)})
        return make_function(HANDLER, Layers=[layer["LayerVersionArn"]], **settings)

    return make


def endings(logs, name):
    """What the runtime and the extension printed, in order."""
    events = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    return [e["message"].strip() for e in events if e["message"].startswith(("extension", "runtime"))]


# The runtime comes first, and /tmp is there until the extension has ended.
def test_deleting_the_function(lam, client, watched, until):
    name = watched()
    lam.invoke(FunctionName=name)
    lam.delete_function(FunctionName=name)
    until(lambda: len(endings(client("logs"), name)) == 2, "both have heard of the end")
    assert endings(client("logs"), name) == ["runtime SIGTERM", "extension SHUTDOWN spindown True True"]


# The handler that timed out is killed: it doesn't hear of anything.
def test_a_timeout(lam, client, watched, until):
    name = watched(Timeout=1)
    answer = lam.invoke(FunctionName=name, Payload=json.dumps({"sleep": 30}))
    assert "Task timed out after 1.00 seconds" in answer["Payload"].read().decode()
    until(lambda: endings(client("logs"), name), "the extension has heard of it")
    assert endings(client("logs"), name) == ["extension SHUTDOWN timeout True True"]


def test_stopping_the_server(tmp_path, unique):
    account, trust = aws.new_account(), {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
    with Server(tmp_path / "log", data_dir=tmp_path / "data") as running:
        iam, lam = (aws.make_client(running.endpoint, service, account) for service in ("iam", "lambda"))
        role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))
        iam.put_role_policy(RoleName="r", PolicyName="all", PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}))
        layer = lam.publish_layer_version(LayerName="ext", Content={"ZipFile": archive("extensions/watcher", EXTENSION)})
        lam.create_function(FunctionName="f", Runtime="python3.13", Handler="index.handler", Role=role["Role"]["Arn"],
                            Code={"ZipFile": archive("index.py", HANDLER)}, Layers=[layer["LayerVersionArn"]])
        lam.invoke(FunctionName="f")
        assert running.stop() == 0
    with Server(tmp_path / "log", data_dir=tmp_path / "data") as running:
        assert endings(aws.make_client(running.endpoint, "logs", account), "f") == [
            "runtime SIGTERM", "extension SHUTDOWN spindown True True"]


# -- programs that aren't Python

BOOTSTRAP = r"""#!/usr/bin/python3
import http.client, json, os
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
base = "/2018-06-01/runtime/invocation/"
while True:
    api.request("GET", base + "next")
    answer = api.getresponse()
    event, target = json.loads(answer.read()), base + answer.getheader("Lambda-Runtime-Aws-Request-Id") + "/response"
    kept = bytearray(event.get("megabytes", 0) << 20)
    for at in range(0, len(kept), 4096):
        kept[at] = 1
    if event.get("pieces"):
        headers = {"Lambda-Runtime-Function-Response-Mode": "streaming", "Content-Type": "text/x-tea", "Transfer-Encoding": "chunked"}
        api.request("POST", target, iter(piece.encode() for piece in event["pieces"]), headers, encode_chunked=True)
    else:
        api.request("POST", target, json.dumps(len(kept)))
    api.getresponse().read()
"""


@pytest.fixture
def custom(make_function):
    return make_function("", Runtime="provided.al2023", Handler="any", Code={"ZipFile": archive("bootstrap", BOOTSTRAP)},
                         MemorySize=256)


def test_a_bootstrap_that_needs_more_than_its_memory(lam, custom):
    def run(megabytes):
        answer = lam.invoke(FunctionName=custom, Payload=json.dumps({"megabytes": megabytes}))
        return answer.get("FunctionError"), json.loads(answer["Payload"].read())

    assert run(10) == (None, 10 << 20)
    failed, document = run(300)
    assert (failed, document["errorType"]) == ("Unhandled", "Runtime.ExitError")
    assert document["errorMessage"].endswith("Error: Runtime exited with error: signal: killed")
    assert run(10) == (None, 10 << 20)  # in a new process


def test_a_bootstrap_that_streams(lam, custom, raw, open_to_all):
    whole = lam.invoke(FunctionName=custom, Payload=json.dumps({"pieces": ["one ", "two"]}))
    assert whole["Payload"].read() == b"one two" and "FunctionError" not in whole
    url = raw("lambda", "POST", f"/2021-10-31/functions/{custom}/url", json.dumps({"AuthType": "NONE", "InvokeMode": "RESPONSE_STREAM"}))
    open_to_all(custom)
    # The event that a URL makes asks for no pieces: an answer that isn't streamed goes out whole.
    path = "/_lambda-url/" + url.json()["FunctionUrl"].split("//")[1].split(".")[0] + "/"
    assert raw("lambda", "GET", path, sign=False).text == "0"
