"""CloudWatch Logs: what follows from events that arrive: subscriptions to functions, metric filters."""

import base64
import gzip
import json
import time
import urllib.request

import pytest

from harness.logs import group, logs, now, refused  # noqa: F401

# What it is handed is printed, so that its own log shows it.
PRINTS = """
import base64, gzip, json
def handler(event, context):
    print("GOT " + json.dumps(json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))))
"""


@pytest.fixture
def put(logs, group):
    def put(*messages, at=None):
        t = at or now()
        logs.put_log_events(logGroupName=group, logStreamName="main", logEvents=[{"timestamp": t + n, "message": m} for n, m in enumerate(messages)])
        return t

    return put


@pytest.fixture
def watcher(client, make_function, account):
    """A function that CloudWatch Logs may call, and a way to see what it was handed."""
    name = make_function(PRINTS)
    client("lambda").add_permission(FunctionName=name, StatementId="logs", Action="lambda:InvokeFunction", Principal="logs.us-east-1.amazonaws.com")
    arn = f"arn:aws:lambda:us-east-1:{account}:function:{name}"

    def handed():
        try:
            events = client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}", filterPattern="GOT")["events"]
        except client("logs").exceptions.ResourceNotFoundException:
            return []
        return [json.loads(e["message"].split("GOT ", 1)[1]) for e in events]

    return arn, handed


def test_matching_events_reach_the_function_as_on_aws(logs, group, put, watcher, until, account):
    arn, handed = watcher
    logs.put_subscription_filter(logGroupName=group, filterName="errors", filterPattern="?ERROR ?WARN", destinationArn=arn)
    t = put("all is well", "ERROR one", "WARN two", "fine")
    [document] = until(handed, "the function's line")
    assert {k: v for k, v in document.items() if k != "logEvents"} == {
        "messageType": "DATA_MESSAGE", "owner": account, "logGroup": group, "logStream": "main", "subscriptionFilters": ["errors"]}
    found = logs.filter_log_events(logGroupName=group, filterPattern="?ERROR ?WARN")["events"]
    assert document["logEvents"] == [{"id": e["eventId"], "timestamp": e["timestamp"], "message": e["message"]} for e in found]
    assert [e["timestamp"] for e in found] == [t + 1, t + 2]
    put("nothing of interest")
    put("ERROR three")
    until(lambda: len(handed()) == 2, "the second delivery")
    assert [e["message"] for e in handed()[1]["logEvents"]] == ["ERROR three"]


def test_a_large_batch_is_split_in_order(logs, group, put, watcher, until):
    arn, handed = watcher
    logs.put_subscription_filter(logGroupName=group, filterName="all", filterPattern="", destinationArn=arn)
    import random

    noise = random.Random(1)
    lines = [f"{n} " + base64.b64encode(noise.randbytes(3000)).decode() for n in range(150)]
    put(*lines)
    until(lambda: sum(len(d["logEvents"]) for d in handed()) == 150, "all events", timeout_s=40)
    assert len(handed()) > 1
    assert sorted(int(e["message"].split()[0]) for d in handed() for e in d["logEvents"]) == list(range(150))


def test_a_deleted_function_is_no_riddle_in_the_servers_log(logs, group, put, watcher, client, server, drain):
    """Its policy went with it; the log names nothing that has no name."""
    arn, _ = watcher
    logs.put_subscription_filter(logGroupName=group, filterName="all", filterPattern="", destinationArn=arn)
    client("lambda").delete_function(FunctionName=arn.split(":")[-1])
    before = len(server.log(1 << 30))
    put("to nobody")
    drain()
    added = server.log(1 << 30)[before:]
    assert "can't be read" not in added, added


def test_subscriptions_as_described_replaced_and_deleted(logs, group, watcher):
    arn, _ = watcher
    logs.put_subscription_filter(logGroupName=group, filterName="b", filterPattern="x", destinationArn=arn, distribution="Random")
    logs.put_subscription_filter(logGroupName=group, filterName="a", filterPattern="", destinationArn=arn)
    a, b = logs.describe_subscription_filters(logGroupName=group)["subscriptionFilters"]
    assert (a["filterName"], a["distribution"], a["filterPattern"]) == ("a", "ByLogStream", "")
    assert (b["filterName"], b["distribution"], b["destinationArn"], b["logGroupName"]) == ("b", "Random", arn, group)
    assert refused(logs.put_subscription_filter, logGroupName=group, filterName="c", filterPattern="", destinationArn=arn) == (
        "LimitExceededException", "Resource limit exceeded.")
    logs.put_subscription_filter(logGroupName=group, filterName="b", filterPattern="y", destinationArn=arn)
    assert logs.describe_subscription_filters(logGroupName=group, filterNamePrefix="b")["subscriptionFilters"][0]["filterPattern"] == "y"
    page = logs.describe_subscription_filters(logGroupName=group, limit=1)
    rest = logs.describe_subscription_filters(logGroupName=group, nextToken=page["nextToken"])
    assert [f["filterName"] for f in page["subscriptionFilters"] + rest["subscriptionFilters"]] == ["a", "b"]
    logs.delete_subscription_filter(logGroupName=group, filterName="b")
    assert refused(logs.delete_subscription_filter, logGroupName=group, filterName="b") == (
        "ResourceNotFoundException", "The specified subscription filter does not exist.")


def test_destinations_that_are_refused(logs, group, make_function, account):
    name = make_function(PRINTS)

    def error(arn, **more):
        return refused(logs.put_subscription_filter, logGroupName=group, filterName="f", filterPattern="", destinationArn=arn, **more)

    denied = ("InvalidParameterException",
              "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.")
    assert error(f"arn:aws:lambda:us-east-1:{account}:function:{name}") == denied
    assert error(f"arn:aws:lambda:us-east-1:{account}:function:missing") == denied
    assert error("arn:aws:lambda:us-east-1:999999999999:function:f")[1].startswith("Cross-account lambda invocation passing is not allowed.")
    assert error(f"arn:aws:kinesis:us-east-1:{account}:stream/s") == (
        "InvalidParameterException", "destinationArn for vendor kinesis cannot be used without roleArn")
    assert error(f"arn:aws:sqs:us-east-1:{account}:q") == (
        "InvalidParameterException", "PutSubscriptionFilter operation cannot work with destinationArn for vendor sqs")
    assert refused(logs.put_subscription_filter, logGroupName=group + "x", filterName="f", filterPattern="", destinationArn="arn:aws:lambda:x:y:z")[0] == (
        "ResourceNotFoundException")


def test_a_permission_for_another_group_is_none(client, logs, group, make_function, account):
    name = make_function(PRINTS)
    arn = f"arn:aws:lambda:us-east-1:{account}:function:{name}"

    def permit(source):
        client("lambda").add_permission(FunctionName=name, StatementId=f"s{abs(hash(source))}", Action="lambda:InvokeFunction",
                                        Principal="logs.amazonaws.com", SourceArn=source)

    permit(f"arn:aws:logs:us-east-1:{account}:log-group:/another:*")
    assert refused(logs.put_subscription_filter, logGroupName=group, filterName="f", filterPattern="", destinationArn=arn)[0] == (
        "InvalidParameterException")
    permit(f"arn:aws:logs:us-east-1:{account}:log-group:{group}:*")
    logs.put_subscription_filter(logGroupName=group, filterName="f", filterPattern="", destinationArn=arn)


def test_a_function_subscribed_to_its_own_log_does_not_run_for_ever(client, logs, make_function, account, until):
    name = make_function(PRINTS)
    own, arn = f"/aws/lambda/{name}", f"arn:aws:lambda:us-east-1:{account}:function:{name}"
    client("lambda").add_permission(FunctionName=name, StatementId="logs", Action="lambda:InvokeFunction", Principal="logs.amazonaws.com")
    logs.create_log_group(logGroupName=own)
    logs.create_log_stream(logGroupName=own, logStreamName="main")
    logs.put_subscription_filter(logGroupName=own, filterName="f", filterPattern="GOT", destinationArn=arn)
    logs.put_log_events(logGroupName=own, logStreamName="main", logEvents=[{"timestamp": now(), "message": "GOT it"}])

    def lines():
        return len(logs.filter_log_events(logGroupName=own, filterPattern="GOT")["events"])

    until(lambda: lines() > 5, "a few rounds")
    seen, steady = lines(), 0
    while steady < 5:
        time.sleep(0.2)
        steady, seen = (steady + 1, seen) if lines() == seen else (0, lines())
    assert seen <= 40  # 16 deliveries in one minute, 32 if the minute ended meanwhile


def test_functions_that_hand_each_other_their_logs_do_not_run_for_ever(client, raw, logs, make_function, account, until, unique):
    """The circle goes over two functions whose logs are in groups of other names."""
    first, second = unique("log"), unique("log")
    names = {}
    for group, target in ((first, second), (second, first)):
        logs.create_log_group(logGroupName=group)
        names[group] = make_function(PRINTS)
        changed = raw("lambda", "PUT", f"/2015-03-31/functions/{names[group]}/configuration",
                      json.dumps({"LoggingConfig": {"LogFormat": "Text", "LogGroup": group}}))
        assert changed.status == 200, changed  # Debian's boto3 doesn't know LoggingConfig
        client("lambda").add_permission(FunctionName=names[group], StatementId="logs", Action="lambda:InvokeFunction",
                                        Principal="logs.amazonaws.com")
    for group, target in ((first, second), (second, first)):
        logs.put_subscription_filter(logGroupName=group, filterName="f", filterPattern="GOT",
                                     destinationArn=f"arn:aws:lambda:us-east-1:{account}:function:{names[target]}")
    logs.create_log_stream(logGroupName=first, logStreamName="main")
    logs.put_log_events(logGroupName=first, logStreamName="main", logEvents=[{"timestamp": now(), "message": "GOT it"}])

    def lines():
        return sum(len(logs.filter_log_events(logGroupName=g, filterPattern="GOT")["events"]) for g in (first, second))

    until(lambda: lines() > 5, "a few rounds")
    seen, steady = lines(), 0
    while steady < 5:
        time.sleep(0.2)
        steady, seen = (steady + 1, seen) if lines() == seen else (0, lines())
    assert seen <= 80, "16 deliveries to each in one minute, twice that if the minute ended meanwhile"


# Metric filters.


@pytest.fixture
def metrics(server, account):
    def read():
        with urllib.request.urlopen(f"{server.endpoint}/_millrace/log-metrics?account={account}&region=us-east-1", timeout=10) as answer:
            return json.load(answer)["metrics"]

    return read


def put_metric(logs, group, name, pattern, **transformation):
    transformation = {"metricName": name, "metricNamespace": group, "metricValue": "1", **transformation}
    logs.put_metric_filter(logGroupName=group, filterName=name, filterPattern=pattern, metricTransformations=[transformation])


def test_metric_filters_count_by_the_minute(logs, group, put, metrics, until):
    put_metric(logs, group, "Errors", '{ $.level = "ERROR" }', defaultValue=0)
    put_metric(logs, group, "Latency", '{ $.ms > 0 }', metricValue="$.ms", unit="Milliseconds", dimensions={"Route": "$.route"})
    put_metric(logs, group, "Bytes", "[ip, status = 5*, size]", metricValue="$size")
    assert logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["metricFilterCount"] == 3
    minute = now() // 60_000 * 60_000
    event = lambda **fields: json.dumps(fields)  # noqa: E731
    put(event(level="INFO", ms=3, route="/a"), event(level="ERROR", ms=5, route="/a"), event(level="ERROR", ms=7, route="/b"), "10.0.0.1 503 1000",
        "10.0.0.1 200 1", at=minute)
    put(event(level="INFO"), at=minute - 60_000)

    def mine():
        found = {(m["metricName"], json.dumps(m["dimensions"])): m for m in metrics() if m["namespace"] == group}
        return found if ("Errors", "{}") in found and len(found[("Errors", "{}")]["datapoints"]) == 2 else None

    found = until(mine, "the counts")
    point = lambda t, *v: dict(zip(("timestamp", "sum", "minimum", "maximum", "sampleCount"), (t, *v)))  # noqa: E731
    assert found[("Errors", "{}")]["datapoints"] == [point(minute - 60_000, 0, 0, 0, 1), point(minute, 2, 1, 1, 2)]
    assert found[("Latency", '{"Route": "/a"}')]["datapoints"] == [point(minute, 8, 3, 5, 2)]
    assert found[("Latency", '{"Route": "/b"}')]["datapoints"] == [point(minute, 7, 7, 7, 1)]
    assert found[("Latency", '{"Route": "/a"}')]["unit"] == "Milliseconds"
    assert found[("Bytes", "{}")]["datapoints"] == [point(minute, 1000, 1000, 1000, 1)]


def test_metric_filters_as_described(logs, group):
    put_metric(logs, group, "b", "x", defaultValue=1.5, unit="Count")
    put_metric(logs, group, "a", "")
    a, b = logs.describe_metric_filters(logGroupName=group)["metricFilters"]
    assert a["metricTransformations"] == [{"metricName": "a", "metricNamespace": group, "metricValue": "1"}]
    assert b["metricTransformations"] == [
        {"metricName": "b", "metricNamespace": group, "metricValue": "1", "defaultValue": 1.5, "unit": "Count"}]
    assert (b["filterName"], b["filterPattern"], b["logGroupName"]) == ("b", "x", group)
    [found] = logs.describe_metric_filters(metricName="b", metricNamespace=group)["metricFilters"]
    assert found == b
    assert logs.describe_metric_filters(logGroupName=group, filterNamePrefix="zz")["metricFilters"] == []
    logs.delete_metric_filter(logGroupName=group, filterName="a")
    assert refused(logs.delete_metric_filter, logGroupName=group, filterName="a") == (
        "ResourceNotFoundException", "The specified metric filter does not exist.")
    assert logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["metricFilterCount"] == 1


def test_metric_filters_that_are_refused(logs, group):
    two = [{"metricName": n, "metricNamespace": "space", "metricValue": "1"} for n in ("metric1", "metric2")]
    code, message = refused(logs.put_metric_filter, logGroupName=group, filterName="f", filterPattern="", metricTransformations=two)
    assert code == "InvalidParameterException"
    assert message == (
        "1 validation error detected: Value '[MetricTransformation(metricName=metric1, metricNamespace=space, metricValue=1, defaultValue=null, "
        "unit=null, dimensions=null), MetricTransformation(metricName=metric2, metricNamespace=space, metricValue=1, defaultValue=null, unit=null, "
        "dimensions=null)]' at 'metricTransformations' failed to satisfy constraint: Member must have length less than or equal to 1"
    )
    transformation = {"metricName": "m", "metricNamespace": "n", "metricValue": "1", "defaultValue": 0, "dimensions": {"a": "$.a"}}
    assert refused(logs.put_metric_filter, logGroupName=group, filterName="f", filterPattern="{ $.a = * }", metricTransformations=[transformation]) == (
        "InvalidParameterException",
        "Invalid metric transformation: dimensions and default value are mutually exclusive properties.")
    assert refused(lambda: put_metric(logs, group, "f", "{ $.a = ")) [0] == "InvalidParameterException"
    assert refused(lambda: put_metric(logs, group, "f", "x" * 1025))[1].endswith(
        "at 'filterPattern' failed to satisfy constraint: Member must have length less than or equal to 1024")


def test_patterns_can_be_tried(logs):
    lines = ["127.0.0.1 GET 200", "127.0.0.1 PUT 500"]
    [match] = logs.test_metric_filter(filterPattern="[ip, method, status = 5*]", logEventMessages=lines)["matches"]
    assert match == {"eventNumber": 2, "eventMessage": lines[1],
                     "extractedValues": {"$ip": "127.0.0.1", "$method": "PUT", "$status": "500"}}
    [match] = logs.test_metric_filter(filterPattern='{ $.a.b = 1 }', logEventMessages=['{"a":{"b":1}}', '{"a":2}'])["matches"]
    assert match["extractedValues"] == {"$.a.b": "1"}


def test_default_values_are_shown_as_doubles(logs, group, raw):
    put_metric(logs, group, "Errors", "x", defaultValue=0)
    assert b'"defaultValue":0.0' in raw.logs("DescribeMetricFilters", {"logGroupName": group}).body


def test_an_accounts_flood_holds_up_nobody_else(server, client, logs, group, watcher, until):
    """Eight batches that take their time, then one event of another account: it is counted before the flood is through."""
    from harness import aws

    def count(account, namespace):
        url = f"{server.endpoint}/_millrace/log-metrics?account={account}&region=us-east-1"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return sum(p["sum"] for m in json.load(answer)["metrics"] if m["namespace"] == namespace for p in m["datapoints"])

    other = aws.new_account()
    theirs = aws.make_client(server.endpoint, "logs", other)
    theirs.create_log_group(logGroupName="g")
    theirs.create_log_stream(logGroupName="g", logStreamName="s")
    put_metric(theirs, "g", "m", "")
    account = client("sts").get_caller_identity()["Account"]
    put_metric(logs, group, "m", "")
    logs.put_subscription_filter(logGroupName=group, filterName="all", filterPattern="", destinationArn=watcher[0])
    import random

    noise = random.Random(1)
    lines = [base64.b64encode(noise.randbytes(75)).decode() for _ in range(7000)]
    for _ in range(8):
        t = now()
        logs.put_log_events(logGroupName=group, logStreamName="main", logEvents=[{"timestamp": t, "message": line} for line in lines])
    theirs.put_log_events(logGroupName="g", logStreamName="s", logEvents=[{"timestamp": now(), "message": "one"}])
    until(lambda: count(other, "g") == 1, "the other account's event")
    assert count(account, group) < 8 * 7000
    logs.delete_subscription_filter(logGroupName=group, filterName="all")
