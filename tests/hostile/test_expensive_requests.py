"""Requests of the newer services that could cost much more than they look like: bounded in time and memory, and others are
answered meanwhile."""

import json
import re
import threading
import time

import pytest
import requests
from botocore.exceptions import ClientError

from harness import aws, waiting
from harness.server import Server, is_sanitized

MIB = 1 << 20
SECONDS = 40 if is_sanitized() else 8  # of the processor
PATIENCE = 150  # seconds by the clock: the machine may be busy with other things
ACCOUNT = "000000000000"


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("expensive") / "server.log") as running:
        yield running
        assert running.alive(), running.log()


@pytest.fixture(scope="module")
def of(own):
    made = {}
    return lambda service: made.setdefault(service, aws.make_client(own.endpoint, service, ACCOUNT, parameter_validation=False, read_timeout=PATIENCE))


def resident_bytes(server):
    with open(f"/proc/{server.process.pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+) kB", status.read()).group(1)) << 10


@pytest.fixture
def bounded(own):
    """with bounded(): what is done there takes SECONDS of the processor at most, 300 MiB at most, and stops nobody else."""

    class Bounded:
        def __enter__(self):
            self.memory, self.began, self.over, self.slowest = resident_bytes(own), own.cpu_seconds(), threading.Event(), 0
            self.asking = threading.Thread(target=self.ask)
            self.asking.start()

        def ask(self):
            while not self.over.wait(0.05):
                began = time.monotonic()
                requests.post(own.endpoint, json={}, timeout=60, headers={
                    "X-Amz-Target": "DynamoDB_20120810.ListTables", "Content-Type": "application/x-amz-json-1.0",
                    "Authorization": f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0"})
                self.slowest = max(self.slowest, time.monotonic() - began)

        def __exit__(self, kind, *_):
            took = own.cpu_seconds() - self.began
            self.over.set()
            self.asking.join()
            if kind is None:
                assert own.alive()
                assert took < SECONDS, f"{took:.1f} s"
                assert self.slowest < PATIENCE / 5, f"another waited for {self.slowest:.1f} s"
                # Freed pages go back to the system within a second.
                end = time.monotonic() + 3
                while (grown := resident_bytes(own) - self.memory) >= 300 * MIB and time.monotonic() < end:
                    time.sleep(0.1)
                assert grown < 300 * MIB or is_sanitized(), f"grew by {grown // MIB} MiB, three seconds later"

    return Bounded


def tried(call, **arguments):
    """The answer, or nothing where it was refused by a 4xx."""
    try:
        return call(**arguments)
    except ClientError as error:
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] < 500, error
        return None


# -- CloudWatch


def test_data_of_500_queries(of, bounded):
    dimensions = [{"Name": f"dimension-{i}", "Value": "v" * 100} for i in range(30)]
    queries = [{"Id": f"m{i}", "MetricStat": {"Metric": {"Namespace": "n", "MetricName": "m", "Dimensions": dimensions}, "Period": 60, "Stat": "Sum"}}
               for i in range(500)]
    with bounded():
        tried(of("cloudwatch").get_metric_data, MetricDataQueries=queries, StartTime=0, EndTime=10_000_000_000)


EXPRESSIONS = {
    "parentheses": "(" * 2000 + "1" + ")" * 2000, "signs": "-" * 2000 + "1", "sums": "+".join(["1"] * 1000), "itself": "e1+e1",
    "functions": "ABS(" * 400 + "1" + ")" * 400, "ifs": "IF(1," * 300 + "1" + ",1)" * 300, "every metric": "+".join(["SUM(METRICS())"] * 100),
    "filled": "FILL(m0, 0)", "lists": "[" * 1000 + "1" + "]" * 1000, "search": "SEARCH('{n} m', 'Sum', 60)",
}


@pytest.mark.parametrize("what", EXPRESSIONS)
def test_metric_math(of, bounded, what):
    metric = {"Id": "m0", "MetricStat": {"Metric": {"Namespace": "n", "MetricName": "m"}, "Period": 1, "Stat": "Sum"}}
    queries = [metric] + [{"Id": f"e{i}", "Expression": EXPRESSIONS[what]} for i in range(1, 400)]
    with bounded():
        try:
            tried(of("cloudwatch").get_metric_data, MetricDataQueries=queries, StartTime=0, EndTime=2_000_000_000)
        except ClientError as error:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_points_of_all_time_by_the_second(of, bounded):
    watch = of("cloudwatch")
    now = int(time.time())
    for begin in range(0, 10_000, 1000):
        watch.put_metric_data(Namespace="many", MetricData=[
            {"MetricName": "m", "Timestamp": now - begin - i, "Value": i % 7, "StorageResolution": 1} for i in range(1000)])
    with bounded():
        tried(watch.get_metric_statistics, Namespace="many", MetricName="m", StartTime=0, EndTime=2_000_000_000, Period=1, Statistics=["Sum"])
        tried(watch.get_metric_data, StartTime=0, EndTime=2_000_000_000, MetricDataQueries=[
            {"Id": f"m{i}", "MetricStat": {"Metric": {"Namespace": "many", "MetricName": "m"}, "Period": 1, "Stat": "p99"}} for i in range(20)])


@pytest.mark.parametrize("period", [1, 86_400])
def test_500_percentiles_of_many_points(of, bounded, period):
    """An answer ends where it has read much, also where it shows little; all its pages together are every query once."""
    watch = of("cloudwatch")
    now = int(time.time())
    for begin in range(0, 10_000, 1000):
        watch.put_metric_data(Namespace="percentiles", MetricData=[
            {"MetricName": "m", "Timestamp": now - begin - i, "Value": i % 7, "StorageResolution": 1} for i in range(1000)])
    queries = [{"Id": f"m{i}", "MetricStat": {"Metric": {"Namespace": "percentiles", "MetricName": "m"}, "Period": period, "Stat": f"p{i / 5}"}}
               for i in range(500)]
    with bounded():
        page = watch.get_metric_data(StartTime=0, EndTime=2_000_000_000, MetricDataQueries=queries)
    seen = [result["Id"] for result in page["MetricDataResults"]]
    assert 1 <= len(seen) < 120 and sum(len(result["Values"]) for result in page["MetricDataResults"]) <= 100_800
    assert page["MetricDataResults"][0]["StatusCode"] == "Complete"
    if period > 1:
        page = watch.get_metric_data(StartTime=0, EndTime=2_000_000_000, MetricDataQueries=queries, NextToken=page["NextToken"])
        assert page["MetricDataResults"][0]["Id"] == f"m{len(seen)}"


def test_an_expression_of_more_points_than_a_request_reads(of, bounded):
    watch = of("cloudwatch")
    now = int(time.time())
    for begin in range(0, 10_000, 1000):
        watch.put_metric_data(Namespace="summed", MetricData=[
            {"MetricName": "m", "Timestamp": now - begin - i, "Value": 1, "StorageResolution": 1} for i in range(1000)])
    queries = [{"Id": f"m{i}", "ReturnData": False, "MetricStat": {"Metric": {"Namespace": "summed", "MetricName": "m"}, "Period": 86_400, "Stat": "p99"}}
               for i in range(400)]
    queries.append({"Id": "all", "Expression": "SUM(METRICS())"})
    with bounded():
        page = watch.get_metric_data(StartTime=0, EndTime=2_000_000_000, MetricDataQueries=queries)
    (result,) = page["MetricDataResults"]
    assert result["StatusCode"] == "PartialData" and "NextToken" not in page and 1 <= max(result["Values"]) < 120


def test_lists_of_lists(of, bounded):
    """Ten queries that each name the one before a hundred times."""
    queries = [{"Id": "m0", "MetricStat": {"Metric": {"Namespace": "n", "MetricName": "m"}, "Period": 60, "Stat": "Sum"}}]
    queries += [{"Id": f"m{i}", "Expression": "[" + ",".join([f"m{i - 1}"] * 100) + "]"} for i in range(1, 10)]
    with bounded():
        assert tried(of("cloudwatch").get_metric_data, MetricDataQueries=queries, StartTime=0, EndTime=2_000_000_000) is None


COSTLY = {
    "sums": "+".join(["SUM(METRICS())"] * 130), "sorts": "SORT(" * 60 + "METRICS()" + ",SUM,ASC)" * 60, "lists": "[" + ",".join(["SUM(METRICS())"] * 120) + "]",
    "arguments": "ABS(" + ",".join(["METRICS()"] * 180) + ")", "products": "*".join(["m0", "METRICS()"] * 60), "searches": "+".join(["SUM(SEARCH('{math} m', 'Sum', 1))"] * 55),
}


@pytest.mark.parametrize("what", COSTLY)
def test_math_over_many_points(of, bounded, what):
    watch = of("cloudwatch")
    now = int(time.time())
    for begin in range(0, 4000, 1000):
        watch.put_metric_data(Namespace="math", MetricData=[
            {"MetricName": "m", "Timestamp": now - begin - i, "Value": 1, "StorageResolution": 1} for i in range(1000)])
    queries = [{"Id": f"m{i}", "ReturnData": False, "MetricStat": {"Metric": {"Namespace": "math", "MetricName": "m"}, "Period": 1, "Stat": "Sum"}}
               for i in range(200)]
    queries += [{"Id": f"e{i}", "Expression": COSTLY[what]} for i in range(200)]
    with bounded():
        tried(watch.get_metric_data, StartTime=now - 5000, EndTime=now + 10, MetricDataQueries=queries)


ENDLESS = {
    "a metric": {"Namespace": "n", "MetricName": "m", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 100_000_000},
    "a product that isn't a number": {"Namespace": "n", "MetricName": "m", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1 << 62},
    "a period that isn't one": {"Namespace": "n", "MetricName": "m", "Statistic": "Sum", "Period": 60 << 56, "EvaluationPeriods": 1},
    "metrics": {"Metrics": [{"Id": "m", "MetricStat": {"Metric": {"Namespace": "n", "MetricName": "m"}, "Period": 60, "Stat": "Sum"}}],
                "EvaluationPeriods": 100_000_000},
    "an expression": {"Metrics": [{"Id": "e", "Expression": "TIME_SERIES(1)", "Period": 1}], "EvaluationPeriods": 86_401},
}


@pytest.mark.parametrize("what", ENDLESS)
def test_alarms_that_look_back_for_ever(own, bounded, what):
    """Each minute an alarm weighs all its periods, missing ones too."""
    alarm = {"AlarmName": "endless", "ComparisonOperator": "GreaterThanThreshold", "Threshold": 1, "TreatMissingData": "breaching", **ENDLESS[what]}
    with bounded():
        answer = requests.post(own.endpoint, data=json.dumps(alarm), timeout=PATIENCE, headers={
            "X-Amz-Target": "GraniteServiceVersion20100801.PutMetricAlarm", "Content-Type": "application/x-amz-json-1.0",
            "Authorization": f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/us-east-1/monitoring/aws4_request, SignedHeaders=host, Signature=0"})
    assert answer.status_code == 400, answer.text


TIMES = {
    "GraniteServiceVersion20100801.GetMetricData": '{"StartTime":-9e18,"EndTime":%s,"MetricDataQueries":[{"Id":"e","Expression":"TIME_SERIES(5)"}]}',
    "GraniteServiceVersion20100801.PutMetricData": '{"Namespace":"n","MetricData":[{"MetricName":"m","Value":1,"Timestamp":%s}]}',
    "GraniteServiceVersion20100801.PutAlarmMuteRule":
        '{"Name":"r","Rule":{"Schedule":{"Expression":"cron(0 2 * * *)","Duration":"PT4H"}},"StartDate":%s,"ExpireDate":%s}',
    "AWSEvents.PutEvents": '{"Entries":[{"Source":"s","DetailType":"t","Detail":"{}","Time":%s}]}',
    "DynamoDB_20120810.ListBackups": '{"TimeRangeLowerBound":%s,"TimeRangeUpperBound":%s}',
    "Logs_20140328.FilterLogEvents": '{"logGroupName":"g","startTime":%s,"endTime":%s}',
}
SERVICES = {"GraniteServiceVersion20100801": "monitoring", "AWSEvents": "events", "DynamoDB_20120810": "dynamodb", "Logs_20140328": "logs"}


@pytest.mark.parametrize("target", TIMES)
@pytest.mark.parametrize("seconds", ["1e300", "-1e300", "9.2e18", "-9.2e18", "1e17", "253402300800"])
def test_times_beyond_all_years(own, bounded, target, seconds):
    with bounded():
        answer = requests.post(own.endpoint, data=TIMES[target].replace("%s", seconds), timeout=PATIENCE, headers={
            "X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1",
            "Authorization": f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/us-east-1/{SERVICES[target.split('.')[0]]}/aws4_request, "
                             "SignedHeaders=host, Signature=0"})
    assert answer.status_code < 500, answer.text


def test_statistics_of_all_years_are_too_many_points(own):
    """Also where the years' difference isn't a number."""
    answer = requests.post(own.endpoint, timeout=PATIENCE, headers={
        "X-Amz-Target": "GraniteServiceVersion20100801.GetMetricStatistics", "Content-Type": "application/x-amz-json-1.0",
        "Authorization": f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/us-east-1/monitoring/aws4_request, SignedHeaders=host, Signature=0"},
        data='{"Namespace":"n","MetricName":"m","StartTime":-9.2e18,"EndTime":9.2e18,"Period":60,"Statistics":["Sum"]}')
    assert answer.status_code == 400 and "exceeds the limit of 1440" in answer.text, answer.text


def test_statistics_of_many_percentiles(of):
    with pytest.raises(ClientError) as refused:
        of("cloudwatch").get_metric_statistics(Namespace="n", MetricName="m", StartTime=0, EndTime=60, Period=60,
                                               ExtendedStatistics=[f"p{i}" for i in range(11)])
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_a_thousand_metrics_of_150_values(of, bounded):
    data = [{"MetricName": f"m{i}", "Values": [float(v) for v in range(150)], "Counts": [1.0] * 150,
             "Dimensions": [{"Name": f"d{d}", "Value": "v" * 200} for d in range(5)]} for i in range(1000)]
    with bounded():
        tried(of("cloudwatch").put_metric_data, Namespace="wide", MetricData=data)
        tried(of("cloudwatch").list_metrics, Namespace="wide")


@pytest.mark.parametrize("body", [b"\x81" * 1_000_000, b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff", b"\xbb\x0f\xff\xff\xff\xff\xff\xff\xff", b"\x7b\x0f\xff\xff\xff\xff\xff\xff\xff",
                                  b"\xa1" * 500_000, b"\x7f" * 1_000_000, b"\x5f" * 1_000_000, b"\xa1\x7f" * 500_000, b"\xbf" * 500_000, b"\x9f" * 1_000_000, b"\xc1" * 1_000_000, b"\xbf" + b"\x61a\x01" * 1_000_000, b"", b"\xff", b"\x1b"], ids=lambda body: body[:4].hex() or "nothing")
def test_cbor_that_is_none(own, body):
    answer = requests.post(f"{own.endpoint}/service/GraniteServiceVersion20100801/operation/PutMetricData", data=body, timeout=PATIENCE, headers={
        "Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor",
        "Authorization": f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/us-east-1/monitoring/aws4_request, SignedHeaders=host, Signature=0"})
    assert 400 <= answer.status_code < 500 and own.alive()


@pytest.mark.parametrize("rule", ["NOT " * 2500 + "TRUE", "(" * 5000 + "TRUE" + ")" * 5000, "TRUE AND " * 1100 + "TRUE", "ALARM(" * 1000, '"' * 10_000, "ALARM('" + "x" * 9000], ids=lambda rule: rule[:9])
def test_rules_of_composite_alarms(of, bounded, rule):
    with bounded():
        tried(of("cloudwatch").put_composite_alarm, AlarmName="composite", AlarmRule=rule)


def test_composites_of_composites(of, bounded):
    """Each of thirty names the one before it twice; then the first changes."""
    watch = of("cloudwatch")
    watch.put_metric_alarm(AlarmName="c0", MetricName="m", Namespace="n", Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=1,
                           ComparisonOperator="GreaterThanThreshold")
    with bounded():
        for i in range(1, 30):
            tried(watch.put_composite_alarm, AlarmName=f"c{i}", AlarmRule=f"ALARM(c{i - 1}) OR ALARM(c{i - 1})")
        tried(watch.put_composite_alarm, AlarmName="c1", AlarmRule="ALARM(c0) OR ALARM(c29)")
        for state in ("ALARM", "OK"):
            tried(watch.set_alarm_state, AlarmName="c0", StateValue=state, StateReason="x")
    watch.put_composite_alarm(AlarmName="c1", AlarmRule="FALSE")  # opens the circle
    for i in range(30):
        watch.delete_alarms(AlarmNames=[f"c{29 - i}"])


# -- EventBridge, Scheduler, Pipes


def event(detail="{}"):
    return json.dumps({"id": "x", "account": ACCOUNT, "source": "s", "time": "2026-01-01T00:00:00Z", "region": "us-east-1", "resources": [],
                       "detail-type": "t", "detail": json.loads(detail)})


OR = [{"a": ["x"]}, {"b": ["x"]}, {"c": ["x"]}]
PATTERNS = {
    "stars": ({"detail": {"t": [{"wildcard": "*a" * 60 + "*b"}]}}, {"t": "a" * 50_000}),
    "many stars": ({"detail": {"t": [{"wildcard": "*".join("abcdefgh" * 20)}]}}, {"t": "abcdefgh" * 5_000}),
    "choices of choices": ({"detail": {f"n{i}": {"$or": OR} for i in range(20)}}, {f"n{i}": {"c": "y"} for i in range(20)}),
    "choices in choices": ({"detail": json.loads('{"$or":[{"a":["y"]},' * 60 + "{\"a\":[\"x\"]}" + "]}" * 60)}, {"a": "x"}),
    "long lists": ({"detail": {"t": [str(i) for i in range(400)]}}, {"t": [str(i) for i in range(20_000)]}),
    "what isn't one of many": ({"detail": {"t": [{"anything-but": [str(i) for i in range(300)]}]}}, {"t": [str(i) for i in range(20_000)]}),
    "deep lists": ({"detail": {"a": {"b": {"c": ["x"]}}}}, {"a": [{"b": [{"c": ["y"]}] * 100}] * 100}),
    "deep": ({"detail": json.loads('{"a":' * 100 + '["x"]' + "}" * 100)}, json.loads('{"a":' * 100 + '"x"' + "}" * 100)),
    "networks": ({"detail": {"t": [{"cidr": "10.0.0.0/8"}]}}, {"t": ["10.1.2.3"] * 20_000}),
}


@pytest.mark.parametrize("what", PATTERNS)
def test_patterns(of, bounded, what):
    pattern, detail = PATTERNS[what]
    with bounded():
        tried(of("events").test_event_pattern, EventPattern=json.dumps(pattern), Event=event(json.dumps(detail)))


def test_a_template_that_names_a_large_value_often(own, of, bounded):
    sqs = of("sqs")
    url = sqs.create_queue(QueueName="templates")["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:templates"
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}]})})
    events = of("events")
    events.put_rule(Name="templates", EventPattern=json.dumps({"source": ["templates"]}))
    events.put_targets(Rule="templates", Targets=[{"Id": str(i), "Arn": arn, "InputTransformer": {
        "InputPathsMap": {"a": "$.detail"}, "InputTemplate": "[" + ",".join(["<a>"] * 2000) + "]"}} for i in range(5)])
    with bounded():
        for _ in range(3):
            events.put_events(Entries=[{"Source": "templates", "DetailType": "t", "Detail": json.dumps({"x": "y" * 200_000})}])
        waiting.drain(own.endpoint, timeout_s=PATIENCE)
    events.remove_targets(Rule="templates", Ids=[str(i) for i in range(5)])


@pytest.mark.parametrize("expression", ["cron(0 0 30 2 ? *)", "cron(0 0 31 4 ? 2030)", "cron(0 0 ? * 2#5 2199)", "cron(0 0 29 2 ? 2100)", "cron(* * * * ? *)",
                                        "cron(0-59/1 0-23/1 1-31/1 1-12/1 ? 1970-2199/1)", "cron(" + ",".join("0" * 5000) + " * * * ? *)", "rate(999999999999 days)",
                                        "at(9999-12-31T23:59:59)", "cron(0 0 LW 2 ? 2199)"])
def test_schedules_that_hardly_ever_fire(of, bounded, expression):
    with bounded():
        tried(of("events").put_rule, Name="never", ScheduleExpression=expression)
        for zone in ("America/New_York", "Asia/Kathmandu", "../../../etc/passwd", "A" * 50):
            tried(of("scheduler").create_schedule, Name="never", ScheduleExpression=expression, ScheduleExpressionTimezone=zone,
                  FlexibleTimeWindow={"Mode": "OFF"}, Target={"Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:q", "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/r"})
            tried(of("scheduler").delete_schedule, Name="never")
    tried(of("events").delete_rule, Name="never")


@pytest.mark.slow
def test_an_event_that_reaches_many_rules(own, of, bounded):
    events = of("events")
    bus = "many"
    events.create_event_bus(Name=bus)
    for i in range(100):
        events.put_rule(Name=f"r{i}", EventBusName=bus, EventPattern=json.dumps({"source": ["x"]}))
        events.put_targets(Rule=f"r{i}", EventBusName=bus, Targets=[{"Id": str(t), "Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:nowhere"} for t in range(5)])
    with bounded():
        events.put_events(Entries=[{"Source": "x", "DetailType": "t", "EventBusName": bus, "Detail": json.dumps({"x": "y" * 20_000})}] * 10)
        waiting.drain(own.endpoint, timeout_s=PATIENCE)


# -- keys, parameters, secrets


@pytest.mark.slow
def test_large_keys_stop_nobody(of, bounded):
    def make(_):
        tried(aws.make_client(of("kms").meta.endpoint_url, "kms", ACCOUNT).create_key, KeySpec="RSA_4096", KeyUsage="SIGN_VERIFY")

    threads = [threading.Thread(target=make, args=(i,)) for i in range(24)]
    for thread in threads:
        thread.start()
    slowest = 0
    while any(thread.is_alive() for thread in threads):
        asked = time.monotonic()
        of("dynamodb").list_tables()
        slowest = max(slowest, time.monotonic() - asked)
        time.sleep(0.05)
    for thread in threads:
        thread.join()
    assert slowest < PATIENCE / 5, slowest  # without a bound of keys at once every worker makes one


@pytest.mark.slow
def test_many_grants(of, bounded):
    kms = of("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    for i in range(1000):
        kms.create_grant(KeyId=key, GranteePrincipal=f"arn:aws:iam::{ACCOUNT}:root", Name=f"g{i}", Operations=["Decrypt"])
    with bounded():
        for _ in range(100):
            kms.encrypt(KeyId=key, Plaintext=b"x")
        kms.list_grants(KeyId=key, Limit=10)


def test_versions_that_nobody_names_go(of, own, bounded):
    """A secret keeps about a hundred versions, a parameter a hundred."""
    secrets = of("secretsmanager")
    secrets.create_secret(Name="versions", SecretString="x")
    for i in range(300):
        secrets.put_secret_value(SecretId="versions", SecretString=f"{i}" + "x" * 1000)
    listed = secrets.list_secret_version_ids(SecretId="versions", IncludeDeprecated=True, MaxResults=100)
    pages = 1
    while "NextToken" in listed:
        listed = secrets.list_secret_version_ids(SecretId="versions", IncludeDeprecated=True, MaxResults=100, NextToken=listed["NextToken"])
        pages += 1
    assert pages <= 2
    ssm = of("ssm")
    for i in range(150):
        ssm.put_parameter(Name="/versions", Value=str(i), Type="String", Overwrite=True)
    history = [one for page in ssm.get_paginator("get_parameter_history").paginate(Name="/versions") for one in page["Parameters"]]
    assert len(history) == 100


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "^(([a-z])+.)+[A-Z]([a-z])+$", "(x{1,1000}){1,1000}", "(" * 1000 + ")" * 1000, "(?=a)", "\\1", "[" * 1000])
def test_patterns_of_parameters(of, bounded, pattern):
    with bounded():
        tried(of("ssm").put_parameter, Name="/pattern", Value="a" * 4000 + "!", Type="String", AllowedPattern=pattern, Overwrite=True)


# -- what every service reads


DEEP = "[" * 100_000
TARGETS = {
    "events": ["AWSEvents.PutEvents", "AWSEvents.PutRule", "AWSEvents.TestEventPattern"], "kms": ["TrentService.Encrypt", "TrentService.CreateKey"],
    "ssm": ["AmazonSSM.PutParameter", "AmazonSSM.DescribeParameters"], "secretsmanager": ["secretsmanager.CreateSecret", "secretsmanager.ListSecrets"],
    "monitoring": ["GraniteServiceVersion20100801.PutMetricData"], "application-autoscaling": ["AnyScaleFrontendService.RegisterScalableTarget"],
    "sqs": ["AmazonSQS.SendMessage"], "logs": ["Logs_20140328.PutLogEvents"],
}


@pytest.mark.parametrize("service", TARGETS)
@pytest.mark.parametrize("body", ["deep", "inside", "wide", "numbers", "names"])
def test_documents_of_every_service(own, service, body):
    text = {"deep": DEEP, "inside": '{"x":' * 50_000 + "1" + "}" * 50_000, "wide": json.dumps({f"n{i}": i for i in range(200_000)}),
            "numbers": '{"Limit":1e999999,"MaxResults":-99999999999999999999999,"RetentionDays":1e300,"PendingWindowInDays":1e300}',
            "names": '{"' + "x" * 1_000_000 + '":1,"Tags":[' + "{}," * 100_000 + "{}]}"}[body]
    for target in TARGETS[service]:
        began = own.cpu_seconds()
        answer = requests.post(own.endpoint, data=text, timeout=PATIENCE, headers={
            "X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1",
            "Authorization": f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0"})
        assert answer.status_code < 500 and own.alive() and own.cpu_seconds() - began < SECONDS, (target, answer.status_code, answer.text[:200])


PATHS = [("POST", "/schedules/x", "scheduler"), ("POST", "/v1/pipes/x", "pipes"), ("POST", "/restapis", "apigateway"), ("POST", "/v2/apis", "apigateway"),
         ("PUT", "/restapis/x", "apigateway"), ("PATCH", "/restapis/x", "apigateway"), ("POST", "/apikeys", "apigateway"), ("POST", "/2015-03-31/functions", "lambda")]


@pytest.mark.parametrize("method, path, service", PATHS)
@pytest.mark.parametrize("body", ["deep", "inside", "wide", "operations"])
def test_documents_of_services_with_paths(own, method, path, service, body):
    text = {"deep": DEEP, "inside": '{"x":' * 50_000 + "1" + "}" * 50_000, "wide": json.dumps({f"n{i}": i for i in range(200_000)}),
            "operations": json.dumps({"patchOperations": [{"op": "replace", "path": "/" * 1000, "value": "x"}] * 20_000})}[body]
    began = own.cpu_seconds()
    answer = requests.request(method, own.endpoint + path, data=text, timeout=PATIENCE, headers={
        "Content-Type": "application/json",
        "Authorization": f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0"})
    assert answer.status_code < 500 and own.alive() and own.cpu_seconds() - began < SECONDS, (answer.status_code, answer.text[:200])
