"""Live Tail: the event stream of StartLiveTail; `aws logs tail --follow` and `aws logs start-live-tail`."""

import http.client
import json
import os
import shutil
import subprocess
import time
import urllib.parse

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest
from botocore.eventstream import EventStreamBuffer

from harness.logs import logs, now  # noqa: F401
from harness.server import clean_environment

AWS = shutil.which("aws")


@pytest.fixture
def group(logs, unique):
    name = unique("/tail")
    logs.create_log_group(logGroupName=name)
    for stream in ("one", "two"):
        logs.create_log_stream(logGroupName=name, logStreamName=stream)
    return name


class Tail:
    """An open StartLiveTail: its messages as (type, payload)."""

    def __init__(self, endpoint, account, body):
        host = urllib.parse.urlsplit(endpoint)
        headers = {"X-Amz-Target": "Logs_20140328.StartLiveTail", "Content-Type": "application/x-amz-json-1.1"}
        request = botocore.awsrequest.AWSRequest("POST", endpoint + "/", headers, json.dumps(body))
        botocore.auth.SigV4Auth(botocore.credentials.Credentials(account, "test"), "logs", "us-east-1").add_auth(request)
        self.connection = http.client.HTTPConnection(host.hostname, host.port, timeout=20)
        self.connection.request("POST", "/", json.dumps(body), dict(request.headers.items()))
        self.answer = self.connection.getresponse()
        self.buffer = EventStreamBuffer()

    def __iter__(self):
        while True:
            chunk = self.answer.read1(65536)
            if not chunk:
                return
            self.buffer.add_data(chunk)
            for event in self.buffer:
                message = event.to_response_dict()
                yield message["headers"].get(":event-type") or message["headers"][":exception-type"], json.loads(event.payload)

    def results(self, wanted):
        """The first `wanted` events that are shown."""
        out = []
        for kind, payload in self:
            if kind == "sessionUpdate":
                assert payload["sessionMetadata"] == {"sampled": False}
                out += payload["sessionResults"]
            if len(out) >= wanted:
                return out
        raise AssertionError(f"the stream ended after {out}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.answer.close()
        self.connection.close()


def put(logs, group, stream, *messages):
    t = now()
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[{"timestamp": t, "message": m} for m in messages])
    return t


def test_events_are_shown_as_they_arrive(logs, group, endpoint, account):
    arn = f"arn:aws:logs:us-east-1:{account}:log-group:{group}"
    put(logs, group, "one", "ERROR before")
    with Tail(endpoint, account, {"logGroupIdentifiers": [arn], "logEventFilterPattern": "ERROR"}) as tail:
        assert tail.answer.getheader("Content-Type") == "application/vnd.amazon.eventstream"
        messages = iter(tail)
        assert next(messages) == ("initial-response", {})
        kind, start = next(messages)
        assert kind == "sessionStart" and start["logGroupIdentifiers"] == [arn] and start["logEventFilterPattern"] == "ERROR" and start["sessionId"]
        t = put(logs, group, "one", "fine", "ERROR one")
        put(logs, group, "two", "ERROR two")
        one, two = tail.results(2)
        assert {k: v for k, v in one.items() if k != "ingestionTime"} == {
            "logStreamName": "one", "logGroupIdentifier": f"{account}:{group}", "message": "ERROR one", "timestamp": t}
        assert two["message"] == "ERROR two"


def test_only_the_chosen_streams_are_shown(logs, group, endpoint, account):
    arn = f"arn:aws:logs:us-east-1:{account}:log-group:{group}"
    with Tail(endpoint, account, {"logGroupIdentifiers": [arn], "logStreamNames": ["two"]}) as tail:
        put(logs, group, "one", "not this")
        put(logs, group, "two", "this")
        assert [e["message"] for e in tail.results(1)] == ["this"]
    with Tail(endpoint, account, {"logGroupIdentifiers": [arn], "logStreamNamePrefixes": ["o"]}) as tail:
        put(logs, group, "two", "not this")
        put(logs, group, "one", "that")
        assert [e["message"] for e in tail.results(1)] == ["that"]


def test_an_empty_update_comes_every_second(group, endpoint, account):
    with Tail(endpoint, account, {"logGroupIdentifiers": [f"arn:aws:logs:us-east-1:{account}:log-group:{group}"]}) as tail:
        updates = [payload for kind, payload in zip_first(tail, 4) if kind == "sessionUpdate"]
        assert updates == [{"sessionMetadata": {"sampled": False}, "sessionResults": []}] * 2


def zip_first(messages, count):
    return [message for message, _ in zip(messages, range(count))]


def test_tails_that_are_refused(raw, group, account):
    arn = f"arn:aws:logs:us-east-1:{account}:log-group:{group}"
    for body, code in (({"logGroupIdentifiers": [arn + "x"]}, "ResourceNotFoundException"), ({"logGroupIdentifiers": []}, "InvalidParameterException"),
                       ({"logGroupIdentifiers": [group]}, "InvalidParameterException"), ({"logGroupIdentifiers": [arn], "logEventFilterPattern": "{ $.a ="}, "InvalidParameterException")):
        answer = raw.logs("StartLiveTail", body)
        assert (answer.status, answer.json()["__type"]) == (400, code)


def test_sessions_are_bounded_and_freed(group, endpoint, account, until):
    body = {"logGroupIdentifiers": [f"arn:aws:logs:us-east-1:{account}:log-group:{group}"]}
    tails = [Tail(endpoint, account, body) for _ in range(16)]
    try:
        statuses = [t.answer.status for t in tails]
        assert statuses.count(400) >= 1 and statuses[0] == 200
    finally:
        for tail in tails:
            tail.__exit__()

    def opened():
        with Tail(endpoint, account, body) as tail:
            return tail.answer.status == 200

    until(opened, "a place that is free again")


# The command line.


class FollowedTail:
    """What `aws logs tail --follow` of CLI v2 sends: FilterLogEvents, interleaved, page by page by nextToken without a limit; then
    from the newest time seen, whose events it knows by their ids."""

    def __init__(self, raw, group, since, pattern=None):
        self.raw, self.pages = raw, 0
        self.parameters = {"logGroupName": group, "interleaved": True, "startTime": since, **({"filterPattern": pattern} if pattern else {})}
        self.ids_by_time = {}

    def poll(self):
        """The messages that one round shows, in its order."""
        shown = []
        while True:
            answer = self.raw.logs("FilterLogEvents", self.parameters).json()
            self.pages += 1
            for event in answer["events"]:
                ids = self.ids_by_time.setdefault(event["timestamp"], set())
                if event["eventId"] not in ids:
                    shown.append(event["message"])
                ids.add(event["eventId"])
            if "nextToken" not in answer:
                break
            self.parameters["nextToken"] = answer["nextToken"]
        self.parameters.pop("nextToken", None)
        if self.ids_by_time:
            newest = max(self.ids_by_time)
            self.parameters["startTime"] = newest
            self.ids_by_time = {newest: self.ids_by_time[newest]}
        return shown


def test_the_calls_of_a_followed_tail(logs, group, raw):
    t = now()
    at = lambda stream, *events: logs.put_log_events(  # noqa: E731
        logGroupName=group, logStreamName=stream, logEvents=[{"timestamp": t + ms, "message": m} for ms, m in events])
    at("one", (-600_000, "too early"), (-2000, "a"), (-1000, "c"))
    at("two", (-1500, "b"), (-1000, "d"))
    tail = FollowedTail(raw, group, t - 300_000)
    assert tail.poll() == ["a", "b", "c", "d"]
    assert tail.poll() == []
    # At the newest time seen, before it (which a tail can't see any more) and after it.
    at("two", (-1000, "e"))
    at("one", (-1200, "late"), (-500, "f"))
    assert tail.poll() == ["e", "f"]
    assert tail.poll() == []
    # More than a page holds, from both streams.
    long = "x" * 150_000
    for n in range(4):
        for stream in ("one", "two"):
            at(stream, *((n * 10 + k, f"{n} {stream} {k} {long}") for k in range(3)))
    tail.pages = 0
    shown = [m.split(" x")[0] for m in tail.poll()]
    assert tail.pages > 2
    assert sorted(shown) == sorted(f"{n} {s} {k}" for n in range(4) for s in ("one", "two") for k in range(3))
    assert [(int(m[0]), int(m[-1])) for m in shown] == [(n, k) for n in range(4) for k in range(3) for _ in range(2)]
    assert tail.poll() == []


def test_the_calls_of_a_followed_tail_with_a_pattern(logs, group, raw):
    tail = FollowedTail(raw, group, now() - 60_000, "ERROR")
    assert tail.poll() == []
    put(logs, group, "one", "INFO fine", "ERROR bad")
    assert tail.poll() == ["ERROR bad"]
    assert tail.poll() == []


def environment(account):
    return clean_environment(AWS_ACCESS_KEY_ID=account, AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION="us-east-1", AWS_EC2_METADATA_DISABLED="true",
                             AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull, AWS_DISABLE_HOST_PREFIX_INJECTION="true",
                             PYTHONUNBUFFERED="1")


@pytest.mark.skipif(not AWS, reason="the AWS CLI isn't installed")
@pytest.mark.parametrize("arguments", [("tail", "{group}", "--follow", "--since", "5m"), ("start-live-tail", "--log-group-identifiers", "{arn}")],
                         ids=["tail --follow", "start-live-tail"])
def test_the_command_line_follows(logs, group, endpoint, account, tmp_path, until, arguments):
    names = {"group": group, "arn": f"arn:aws:logs:us-east-1:{account}:log-group:{group}"}
    command = [AWS, "--endpoint-url", endpoint, "logs", *(a.format(**names) for a in arguments)]
    if subprocess.run([AWS, "logs", arguments[0], "help"], env={**environment(account), "PAGER": "cat", "AWS_PAGER": "cat"}, stdin=subprocess.DEVNULL,
                      capture_output=True).returncode:
        pytest.skip(f"this AWS CLI has no {arguments[0]}")
    out = tmp_path / "out"
    with open(out, "wb") as stdout, subprocess.Popen(command, env=environment(account), stdin=subprocess.DEVNULL, stdout=stdout, stderr=stdout) as process:
        try:
            def shown():
                put(logs, group, "one", "hello there")
                time.sleep(0.5)
                assert process.poll() is None, out.read_text()
                return "hello there" in out.read_text()

            until(shown, "the first line", timeout_s=40)
            put(logs, group, "two", "and again")
            until(lambda: "and again" in out.read_text(), "the second line", timeout_s=20)
        finally:
            process.terminate()
            process.wait(10)
