"""Execution environments: frozen between invocations, provisioned ahead of them, extensions beside the runtime."""

import json
import pathlib
import uuid

import pytest

COUNTING = """
import ctypes, threading, time, uuid
ctypes.CDLL(None).prctl(15, b"NAME", 0, 0, 0)  # PR_SET_NAME
ID = uuid.uuid4().hex
count = 0
def run():
    global count
    while True:
        count += 1
        time.sleep(0.001)
threading.Thread(target=run, daemon=True).start()
def handler(event, context):
    before = count
    while count < before + 10:
        time.sleep(0.001)
    return ID
"""


def is_stopped(name):
    """The process of this name is there, and all of its threads stand still, as the kernel says. Environments have process
    ids of their own, so they give themselves names."""
    for comm in pathlib.Path("/proc").glob("[0-9]*/comm"):
        try:
            if comm.read_text().strip() == name:
                states = [status.read_text().rpartition(")")[2].split()[0] for status in comm.parent.glob("task/*/stat")]
                return bool(states) and set(states) == {"T"}
        except (FileNotFoundError, ProcessLookupError):
            continue
    return False


@pytest.fixture
def lam(client):
    return client("lambda")


@pytest.fixture
def run(lam):
    return lambda name, event=None, **options: json.loads(
        lam.invoke(FunctionName=name, Payload=json.dumps(event or {}), **options)["Payload"].read())


def messages(client, name):
    events = client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    return [e["message"] for e in events]


@pytest.fixture
def process_name():
    return "f-" + uuid.uuid4().hex[:12]


def test_threads_are_frozen_between_invocations(make_function, run, until, process_name):
    name = make_function(COUNTING.replace("NAME", process_name))
    first = run(name)
    until(lambda: is_stopped(process_name), "the environment is frozen")
    assert run(name) == first  # goes on: its thread counts again, or this would not return


def test_children_are_frozen_between_invocations(make_function, run, until, process_name):
    name = make_function(
        "import shutil, subprocess, time, uuid\n"
        "ID = uuid.uuid4().hex\n"
        f"shutil.copy('/bin/sh', '/tmp/{process_name}')\n"
        f"child = subprocess.Popen(['/tmp/{process_name}', '-c', 'while true; do echo x >> /tmp/ticks; sleep 0.01; done'])\n"
        "def ticks():\n"
        "    try: return open('/tmp/ticks').read().count('x')\n"
        "    except FileNotFoundError: return 0\n"
        "def handler(event, context):\n"
        "    before = ticks()\n"
        "    while ticks() < before + 3: time.sleep(0.01)\n"
        "    return ID\n")
    first = run(name)
    until(lambda: is_stopped(process_name), "the child is frozen")
    assert run(name) == first


# -- provisioned concurrency

INIT = "import os, uuid\nID = uuid.uuid4().hex\ndef handler(event, context): return [ID, os.environ['AWS_LAMBDA_INITIALIZATION_TYPE']]\n"


@pytest.fixture
def ready(lam, until):
    def wait(name, qualifier, status="READY"):
        def reached():
            shown = lam.get_provisioned_concurrency_config(FunctionName=name, Qualifier=qualifier)
            return shown if shown["Status"] == status else None

        return until(reached, f"{name} becomes {status}")

    return wait


def test_provisioned_environments_are_initialised_before_they_are_needed(lam, client, make_function, run, ready, until):
    name = make_function(INIT)
    version = lam.publish_version(FunctionName=name)["Version"]
    put = lam.put_provisioned_concurrency_config(FunctionName=name, Qualifier=version, ProvisionedConcurrentExecutions=2)
    assert (put["Status"], put["AllocatedProvisionedConcurrentExecutions"]) == ("IN_PROGRESS", 0)
    shown = ready(name, version)
    assert (shown["AllocatedProvisionedConcurrentExecutions"], shown["AvailableProvisionedConcurrentExecutions"]) == (2, 2)
    until(lambda: sum(m.startswith("INIT_REPORT ") for m in messages(client, name)) == 2, "both report their initialisation")
    assert not [m for m in messages(client, name) if m.startswith("START ")]  # and nothing was invoked
    assert run(name, Qualifier=version)[1] == "provisioned-concurrency"
    assert run(name)[1] == "on-demand"  # $LATEST isn't provisioned


def test_provisioned_concurrency_of_an_alias_follows_it(lam, make_function, run, ready, package):
    name = make_function(INIT)
    lam.publish_version(FunctionName=name)
    lam.update_function_code(FunctionName=name, ZipFile=package(INIT + "# changed\n"), Publish=True)
    lam.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    lam.put_provisioned_concurrency_config(FunctionName=name, Qualifier="live", ProvisionedConcurrentExecutions=1)
    ready(name, "live")
    assert run(name, Qualifier="live")[1] == "provisioned-concurrency"
    lam.update_alias(FunctionName=name, Name="live", FunctionVersion="2")
    ready(name, "live")
    lam.delete_provisioned_concurrency_config(FunctionName=name, Qualifier="live")


def test_provisioned_concurrency_that_fails(lam, make_function, ready):
    name = make_function("raise ValueError('at import')\n")
    version = lam.publish_version(FunctionName=name)["Version"]
    lam.put_provisioned_concurrency_config(FunctionName=name, Qualifier=version, ProvisionedConcurrentExecutions=1)
    assert "StatusReason" in ready(name, version, "FAILED")


# -- extensions

EXTENSION = r"""#!/usr/bin/python3
import http.client, json, os, sys
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
name = os.path.basename(__file__)
api.request("POST", "/2020-01-01/extension/register", json.dumps({"events": ["INVOKE", "SHUTDOWN"]}), {"Lambda-Extension-Name": name})
answer = api.getresponse()
identifier = answer.getheader("Lambda-Extension-Identifier")
print("registered", answer.status, json.loads(answer.read())["handler"], flush=True)
while True:
    api.request("GET", "/2020-01-01/extension/event/next", headers={"Lambda-Extension-Identifier": identifier})
    event = json.loads(api.getresponse().read())
    print("extension", event["eventType"], event.get("requestId", event.get("shutdownReason")), flush=True)
    if event["eventType"] == "SHUTDOWN":
        sys.exit(0)
"""


@pytest.fixture
def extension_layer(lam, unique):
    import io
    import zipfile

    def make(source):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            entry = zipfile.ZipInfo("extensions/watcher")
            entry.external_attr = 0o755 << 16
            archive.writestr(entry, source)
        return lam.publish_layer_version(LayerName=unique("ext"), Content={"ZipFile": buffer.getvalue()})["LayerVersionArn"]

    return make


def test_an_extension_registers_and_hears_of_invocations(lam, client, make_function, extension_layer, until):
    name = make_function("def handler(event, context): return context.aws_request_id\n", Layers=[extension_layer(EXTENSION)])
    ids = [json.loads(lam.invoke(FunctionName=name)["Payload"].read()) for _ in range(2)]

    def own():
        return [m.strip() for m in messages(client, name) if m.startswith(("extension", "registered"))]

    # The second may have found the first environment's extension still at work, and got one of its own.
    heard = {f"extension INVOKE {one}" for one in ids}
    until(lambda: heard <= set(own()), "the extension has heard of both")
    assert own()[0] == "registered 200 index.handler"
    assert "EXTENSION\tName: watcher\tState: Ready\tEvents: [INVOKE,SHUTDOWN]\n" in messages(client, name)
    lam.delete_function(FunctionName=name)
    until(lambda: "extension SHUTDOWN spindown" in own(), "the extension hears of the end")


def test_an_extension_that_crashes_fails_the_invocation(lam, make_function, extension_layer):
    name = make_function("def handler(event, context): return 1\n", Layers=[extension_layer("#!/bin/sh\nexit 3\n")])
    answer = lam.invoke(FunctionName=name)
    assert answer["FunctionError"] == "Unhandled"
    assert json.loads(answer["Payload"].read())["errorType"] == "Extension.Crash"


# -- what handlers see of the host


PROBE = """
import importlib, json
def handler(event, context):
    out = {}
    for name in event:
        try:
            importlib.import_module(name)
            out[name] = True
        except ImportError:
            out[name] = False
    return out
"""


# The runtime's own packages and nothing else of the machine's, whether or not boto3 has been used before.
def test_handlers_see_the_runtimes_packages_alone(make_function, run):
    carried = ["boto3", "botocore.session", "s3transfer", "jmespath", "dateutil.parser", "urllib3", "six.moves"]
    hosts = ["requests", "yaml", "docutils", "certifi", "idna", "chardet", "OpenSSL", "pkg_resources", "apt", "pytest"]
    name = make_function(PROBE)
    assert run(name, hosts) == dict.fromkeys(hosts, False)
    assert run(name, carried) == dict.fromkeys(carried, True)
    assert run(name, hosts) == dict.fromkeys(hosts, False)


def test_a_package_of_ones_own_wins_over_the_runtimes(make_function, run):
    name = make_function({"index.py": "import six, requests\ndef handler(event, context): return [six.MINE, requests.MINE]\n",
                          "six.py": "MINE = 1\n", "requests.py": "MINE = 2\n"})
    assert run(name) == [1, 2]


# What is provisioned for a version isn't $LATEST's to use.
def test_concurrency_that_is_provisioned_whole_leaves_latest_none(lam, make_function, run, ready):
    name = make_function("def handler(event, context): return context.function_version\n")
    lam.publish_version(FunctionName=name)
    lam.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
    lam.put_provisioned_concurrency_config(FunctionName=name, Qualifier="1", ProvisionedConcurrentExecutions=1)
    ready(name, "1")
    assert run(name, Qualifier="1") == "1"
    with pytest.raises(lam.exceptions.TooManyRequestsException) as error:
        run(name)
    assert error.value.response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    lam.delete_provisioned_concurrency_config(FunctionName=name, Qualifier="1")
    assert run(name) == "$LATEST"


def test_reserved_and_provisioned_concurrency_keep_within_each_other(lam, make_function):
    name = make_function("def handler(event, context): return 1\n")
    lam.publish_version(FunctionName=name)
    unreserved = lam.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"]
    with pytest.raises(lam.exceptions.InvalidParameterValueException) as error:
        lam.put_provisioned_concurrency_config(FunctionName=name, Qualifier="1", ProvisionedConcurrentExecutions=1001)
    assert error.value.response["Error"]["Message"] == (
        "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [" + f"{unreserved}].")
    lam.put_provisioned_concurrency_config(FunctionName=name, Qualifier="1", ProvisionedConcurrentExecutions=2)
    with pytest.raises(lam.exceptions.InvalidParameterValueException) as error:
        lam.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
    assert error.value.response["Error"]["Message"] == (
        " ReservedConcurrentExecutions  1 should not be lower than function's total provisioned concurrency [2].")
    assert "Type" not in error.value.response


def test_the_session_of_a_function_with_a_short_name(lam, make_function, run, account):
    name = make_function("import boto3\ndef handler(event, context): return boto3.client('sts').get_caller_identity()['Arn']\n",
                         FunctionName="m")
    assert run(name).endswith("/m@lambda_function")
