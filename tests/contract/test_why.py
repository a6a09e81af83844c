"""`millrace why` and /_millrace/mappings: what became of a mapping's records, and why a function was not called."""

import json
import subprocess
import urllib.parse

import pytest
from harness.deliveries import dead_letters, delivery, on_failure  # noqa: F401
from harness.own_server import endpoint, server  # noqa: F401
from harness.server import binary, clean_environment

ONLY_INSERTS = {"Filters": [{"Pattern": json.dumps({"eventName": ["INSERT"], "dynamodb": {"NewImage": {"v": {"S": [{"prefix": "a"}]}}}})}]}


@pytest.fixture
def why(server):  # noqa: F811
    def ask(of, code=0):
        done = subprocess.run([str(binary()), "why", of], env=clean_environment(MILLRACE_URL=server.endpoint), capture_output=True,
                              text=True, timeout=60)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout if code == 0 else done.stderr

    return ask


@pytest.fixture
def mappings(raw):
    def ask(of=""):
        answer = raw("", "GET", f"/_millrace/mappings?of={urllib.parse.quote(of)}", sign=False)
        assert answer.status == 200
        return json.loads(answer.body)["mappings"]

    return ask


def test_a_filtered_record_tells_what_did_not_match(delivery, drain, why, mappings):  # noqa: F811
    d = delivery()
    d.map(FilterCriteria=ONLY_INSERTS)
    d.write("a1", "a2", "b1")
    drain()
    (shown,) = mappings(d.table)
    assert shown["records"] == {"delivered": 1, "filteredOut": 2, "expired": 0, "givenUp": 0}
    assert shown["invocations"] == {"all": 1, "failed": 0, "throttled": 0}
    delivered = [e for e in shown["recent"] if e["what"] == "delivered"]
    assert [(e["records"], e["first"]) for e in delivered] == [(1, 'INSERT {"pk":{"S":"a"}}')] and delivered[0]["requestId"]
    last = [e for e in shown["recent"] if e["what"] == "filtered out"][-1]
    assert (last["first"], last["reason"]) == ('INSERT {"pk":{"S":"b"}}', 'dynamodb.NewImage.v.S is "b1"')
    told = why(d.function)
    assert f"{d.table} -> " in told and "1 records delivered, 2 filtered out" in told and 'dynamodb.NewImage.v.S is "b1"' in told
    d.write("a3")
    drain()
    assert mappings(d.uuid)[0]["recent"][-1]["reason"] == 'eventName is "MODIFY"'
    d.delete()


def test_a_failing_record_tells_the_error_and_where_it_went(delivery, drain, dead_letters, why, mappings):  # noqa: F811
    d = delivery()
    d.map(MaximumRetryAttempts=0, DestinationConfig=on_failure(dead_letters.arn))
    d.write("a1:raise")
    drain()
    failed, given_up = mappings(d.stream)[0]["recent"]
    assert (failed["what"], failed["reason"]) == ("failed", "Exception: asked to")
    assert given_up["what"] == "given up" and given_up["reason"].startswith("the retries are used up; sent to arn:aws:sqs:")
    assert "Exception: asked to" in why(d.table)
    d.delete()


def test_a_disabled_mapping_says_so(delivery, why):  # noqa: F811
    d = delivery()
    d.map(Enabled=False)
    assert "It is disabled" in why(d.uuid)
    d.delete()


def test_a_name_without_a_mapping(why):
    assert "No event source mapping reads nobody or calls it" in why("nobody", code=1)


def test_a_queues_messages(client, unique, make_function, until, drain, mappings):
    sqs, lam = client("sqs"), client("lambda")
    url = sqs.create_queue(QueueName=unique("work"))["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    name = make_function("def handler(event, context): pass\n")
    uuid = lam.create_event_source_mapping(
        EventSourceArn=arn, FunctionName=name, FilterCriteria={"Filters": [{"Pattern": json.dumps({"body": {"kind": ["good"]}})}]})["UUID"]
    until(lambda: lam.get_event_source_mapping(UUID=uuid)["State"] == "Enabled", "the mapping settles")
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"kind": "bad"}))
    sent = sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"kind": "good"}))["MessageId"]
    drain()
    recent = mappings(uuid)[0]["recent"]
    assert {(e["what"], e.get("reason")) for e in recent} == {("filtered out", 'body.kind is "bad"'), ("delivered", None)}
    assert [e["first"] for e in recent if e["what"] == "delivered"] == [f"message {sent}"]
    lam.delete_event_source_mapping(UUID=uuid)


def test_only_the_newest_hundred_are_kept(delivery, drain, mappings):  # noqa: F811
    d = delivery("def handler(event, context): pass\n")
    d.map(BatchSize=1)
    d.write(*(f"a{n}" for n in range(105)))
    drain()
    (shown,) = mappings(d.uuid)
    assert shown["records"]["delivered"] == 105 and len(shown["recent"]) == 100
    d.delete()


# ---- rules, schedules, pipes, alarms

@pytest.fixture
def bus(client, unique):
    name = unique("bus")
    client("events").create_event_bus(Name=name)
    return name


def put_event(client, bus, detail):
    client("events").put_events(Entries=[{"EventBusName": bus, "Source": "shop", "DetailType": "order", "Detail": json.dumps(detail)}])


def test_a_rule_tells_the_field_that_did_not_match(client, bus, unique, why, drain):
    events, rule = client("events"), unique("rule")
    events.put_rule(Name=rule, EventBusName=bus, EventPattern=json.dumps({"source": ["shop"], "detail": {"state": ["paid"]}}))
    put_event(client, bus, {"state": "open"})
    put_event(client, bus, {"state": "paid"})
    drain()
    told = why(rule)
    assert f"rule {rule} on bus {bus}: ENABLED" in told and "It has no target." in told
    lines = [line for line in told.splitlines() if "(order from shop)" in line]
    assert lines[0].endswith('doesn\'t match: detail.state is "open"') and lines[1].endswith("matches")
    events.disable_rule(Name=rule, EventBusName=bus)
    assert "It is disabled" in why(bus)


def test_a_rule_tells_who_refused_its_event(client, account, bus, unique, why, drain):
    events, sqs, rule, queue = client("events"), client("sqs"), unique("rule"), unique("queue")
    sqs.create_queue(QueueName=queue)
    events.put_rule(Name=rule, EventBusName=bus, EventPattern='{"source":["shop"]}')
    arn = f"arn:aws:sqs:us-east-1:{account}:{queue}"
    events.put_targets(Rule=rule, EventBusName=bus, Targets=[{"Id": "q", "Arn": arn}])
    put_event(client, bus, {})
    drain()
    told = why(rule)
    assert f"given up: {arn}" in told
    assert f"events.amazonaws.com is not authorized to perform: sqs:SendMessage on resource: {arn}" in told


def test_a_schedule_tells_when_it_fires_next(client, unique, make_role, why, drain):
    scheduler, name = client("scheduler"), unique("schedule")
    scheduler.create_schedule(Name=name, ScheduleExpression="cron(30 2 ? * * 2199)", ScheduleExpressionTimezone="Europe/Berlin",
                              FlexibleTimeWindow={"Mode": "OFF"}, Target={"Arn": "arn:aws:sqs:us-east-1:000000000000:gone", "RoleArn": make_role(service="scheduler.amazonaws.com")})
    told = why(name)
    assert f"schedule {name} in group default: ENABLED" in told
    assert "cron(30 2 ? * * 2199) in Europe/Berlin, fires next at 2199-01-01T01:30:00Z" in told


def test_a_pipe_tells_what_its_filter_dropped(client, unique, make_role, make_table, dynamodb, account, why, drain, until):
    table, queue, pipe = make_table(stream="NEW_IMAGE"), unique("queue"), unique("pipe")
    client("sqs").create_queue(QueueName=queue)
    pipes = client("pipes")
    pipes.create_pipe(Name=pipe, RoleArn=make_role(service="pipes.amazonaws.com"), Target=f"arn:aws:sqs:us-east-1:{account}:{queue}",
                      Source=dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"], SourceParameters={
                          "DynamoDBStreamParameters": {"StartingPosition": "TRIM_HORIZON"},
                          "FilterCriteria": {"Filters": [{"Pattern": json.dumps({"eventName": ["REMOVE"]})}]}})
    until(lambda: pipes.describe_pipe(Name=pipe)["CurrentState"] == "RUNNING", "the pipe runs")
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "a"}})
    drain()
    assert 'eventName is "INSERT"' in why(pipe)


def test_an_alarm_tells_its_reason(client, unique, why):
    watch, name = client("cloudwatch"), unique("alarm")
    watch.put_metric_alarm(AlarmName=name, Namespace="Nowhere", MetricName="m", Statistic="Sum", Period=60, EvaluationPeriods=2, Threshold=1,
                           ComparisonOperator="GreaterThanThreshold", ActionsEnabled=False)
    told = why(name)
    assert f"alarm {name}: INSUFFICIENT_DATA\n  Unchecked: Initial alarm creation" in told
    assert "GreaterThanThreshold 1.0 in 2 of 2 periods of 60 s; missing data: missing" in told
    assert "metric: Nowhere m; it has no data of the last three hours" in told and "Its actions are disabled." in told
    watch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="because")
    told = why(name)
    assert "ALARM\n  because" in told and "Alarm updated from INSUFFICIENT_DATA to ALARM" in told
