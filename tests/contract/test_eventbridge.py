"""EventBridge: buses, rules and targets as SDKs see them, and events all the way to what they are sent to."""

import json
import time

import botocore.exceptions
import pytest

from harness import waiting
from harness.aws import new_account
from harness.own_server import endpoint, server  # noqa: F401

DETAIL = {"orderId": "o-1", "items": [{"sku": "a"}], "state": "new"}


@pytest.fixture(scope="module")
def events(client):
    return client("events")


@pytest.fixture
def bus(events, unique):
    name = unique("bus")
    events.create_event_bus(Name=name)
    return name


@pytest.fixture
def rule(events, bus, unique):
    """rule(pattern, *targets, **settings) -> its name, on `bus` unless it has a schedule."""

    def make(pattern, *targets, on=bus, **settings):
        name = unique("rule")
        if pattern is not None:
            settings["EventPattern"] = pattern if isinstance(pattern, str) else json.dumps(pattern)
        events.put_rule(Name=name, EventBusName=on, **settings)
        if targets:
            answer = events.put_targets(Rule=name, EventBusName=on, Targets=list(targets))
            assert (answer["FailedEntryCount"], answer["FailedEntries"]) == (0, [])
        return name

    return make


class Queue:
    """A queue that EventBridge may send to."""

    def __init__(self, client, account, name, **attributes):
        self.sqs, self.arn = client("sqs"), f"arn:aws:sqs:us-east-1:{account}:{name}"
        self.url = self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        self.allow()

    def allow(self, **condition):
        statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage",
                     "Resource": self.arn, **condition}
        self.set_policy(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))

    def set_policy(self, text):
        self.sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": text})

    def messages(self):
        got = self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, MessageAttributeNames=["All"],
                                       AttributeNames=["All"]).get("Messages", [])
        for message in got:
            self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return got

    def bodies(self):
        return [message["Body"] for message in self.messages()]


@pytest.fixture
def queue(client, account, unique):
    return Queue(client, account, unique("queue"))


@pytest.fixture
def dead_letters(client, account, unique):
    return Queue(client, account, unique("dead"))


@pytest.fixture
def put(events, bus, drain):
    """put(detail, ...) sends one event and waits until all is delivered."""

    def send(detail=DETAIL, source="my.app", type="orderPlaced", on=bus, **more):
        entry = {"Source": source, "DetailType": type, "EventBusName": on,
                 "Detail": detail if isinstance(detail, str) else json.dumps(detail), **more}
        answer = events.put_events(Entries=[entry])
        drain()
        return answer["Entries"][0]

    return send


def refusal(call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as error:
        call(**arguments)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def test_an_update_of_a_bus_keeps_only_the_description_by_itself(events, unique, account, raw):
    """Terraform takes key and dead letters away by leaving them out, a description by an empty text."""
    name = unique("bus")
    key, dead = f"arn:aws:kms:us-east-1:{account}:key/k", {"Arn": f"arn:aws:sqs:us-east-1:{account}:dead"}
    events.create_event_bus(Name=name)

    def call(operation, **members):
        return raw("events", "POST", "/", json.dumps({"Name": name, **members}), {
            "X-Amz-Target": f"AWSEvents.{operation}", "Content-Type": "application/x-amz-json-1.1"}).json()

    def update(**members):
        call("UpdateEventBus", **members)
        got = call("DescribeEventBus")
        return [got.get(member) for member in ("Description", "KmsKeyIdentifier", "DeadLetterConfig")]

    assert update(Description="d", KmsKeyIdentifier=key, DeadLetterConfig=dead) == ["d", key, dead]
    assert update(KmsKeyIdentifier=key) == ["d", key, None]
    assert update(DeadLetterConfig={}, Description="") == [None, None, None]
    events.delete_event_bus(Name=name)


def test_buses_live_and_go(events, account, unique, raw):
    name = unique("bus")
    arn = f"arn:aws:events:us-east-1:{account}:event-bus/{name}"
    assert events.create_event_bus(Name=name, Tags=[{"Key": "a", "Value": "b"}])["EventBusArn"] == arn
    assert refusal(events.create_event_bus, Name=name) == (
        "ResourceAlreadyExistsException", f"Event bus {name} already exists.")
    assert events.describe_event_bus(Name=arn)["Name"] == name
    assert events.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "a", "Value": "b"}]
    described = raw("events", "POST", "/", json.dumps({"Name": name, "Description": "d"}), {
        "X-Amz-Target": "AWSEvents.UpdateEventBus", "Content-Type": "application/x-amz-json-1.1"}).json()
    assert described["Description"] == "d" and described["Arn"] == arn
    assert {bus["Name"] for bus in events.list_event_buses()["EventBuses"]} >= {"default", name}
    events.delete_event_bus(Name=name)
    events.delete_event_bus(Name=name)
    assert refusal(events.describe_event_bus, Name=name) == (
        "ResourceNotFoundException", f"Event bus {name} does not exist.")
    assert refusal(events.delete_event_bus, Name="default") == (
        "ValidationException", "Cannot delete event bus default.")
    assert events.describe_event_bus()["Arn"].endswith(":event-bus/default")


def test_a_bus_has_a_policy(events, account, bus):
    assert refusal(events.put_permission, EventBusName=bus, Action="events:Fly", Principal="111122223333", StatementId="one") == (
        "ValidationException", "Provided value in parameter 'action' is not supported.")
    events.put_permission(EventBusName=bus, Action="events:PutEvents", Principal="111122223333", StatementId="one")
    policy = json.loads(events.describe_event_bus(Name=bus)["Policy"])
    assert policy["Statement"] == [{
        "Sid": "one", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
        "Action": "events:PutEvents", "Resource": f"arn:aws:events:us-east-1:{account}:event-bus/{bus}"}]
    assert refusal(events.remove_permission, EventBusName=bus, StatementId="two") == (
        "ResourceNotFoundException", "Statement with the provided id does not exist.")
    events.remove_permission(EventBusName=bus, StatementId="one")
    assert "Policy" not in events.describe_event_bus(Name=bus)
    events.put_permission(EventBusName=bus, Policy=json.dumps(policy))
    events.remove_permission(EventBusName=bus, RemoveAllPermissions=True)
    assert "Policy" not in events.describe_event_bus(Name=bus)


def test_another_account_needs_the_buses_policy(client, events, account, bus, rule, queue, drain):
    rule({"source": ["theirs"]}, {"Id": "q", "Arn": queue.arn})
    stranger = new_account()
    theirs = client("events", account=stranger)
    entry = {"Source": "theirs", "DetailType": "t", "Detail": "{}",
             "EventBusName": f"arn:aws:events:us-east-1:{account}:event-bus/{bus}"}
    assert refusal(theirs.put_events, Entries=[entry])[0] == "AccessDeniedException"
    events.put_permission(EventBusName=bus, Action="events:PutEvents", Principal=stranger, StatementId="s")
    theirs.put_events(Entries=[entry])
    drain()
    assert [json.loads(body)["account"] for body in queue.bodies()] == [stranger]


def test_rules_live_and_go(events, account, bus, unique):
    name, pattern = unique("rule"), '{ "source": ["x"] }'
    arn = events.put_rule(Name=name, EventBusName=bus, EventPattern=pattern, Description="d",
                          Tags=[{"Key": "k", "Value": "v"}])["RuleArn"]
    assert arn == f"arn:aws:events:us-east-1:{account}:rule/{bus}/{name}"
    shown = events.describe_rule(Name=name, EventBusName=bus)
    shown.pop("ResponseMetadata")
    assert shown == {"Name": name, "Arn": arn, "EventPattern": pattern, "State": "ENABLED", "Description": "d",
                     "EventBusName": bus, "CreatedBy": account}
    assert events.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "k", "Value": "v"}]
    events.tag_resource(ResourceARN=arn, Tags=[{"Key": "k", "Value": "w"}])
    events.untag_resource(ResourceARN=arn, TagKeys=["absent"])
    assert events.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "k", "Value": "w"}]
    events.disable_rule(Name=name, EventBusName=bus)
    assert [r["State"] for r in events.list_rules(EventBusName=bus)["Rules"]] == ["DISABLED"]
    events.enable_rule(Name=name, EventBusName=bus)
    events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "q", "Arn": f"arn:aws:sqs:us-east-1:{account}:q"}])
    assert refusal(events.delete_rule, Name=name, EventBusName=bus) == (
        "ValidationException", "Rule can't be deleted since it has targets.")
    assert events.list_rule_names_by_target(
        TargetArn=f"arn:aws:sqs:us-east-1:{account}:q", EventBusName=bus)["RuleNames"] == [name]
    events.remove_targets(Rule=name, EventBusName=bus, Ids=["q"])
    events.delete_rule(Name=name, EventBusName=bus)
    events.delete_rule(Name=name, EventBusName=bus)
    assert refusal(events.describe_rule, Name=name, EventBusName=bus) == (
        "ResourceNotFoundException", f"Rule {name} does not exist on EventBus {bus}.")


@pytest.mark.parametrize("settings, expected", [
    ({}, ("ValidationException", "Parameter(s) EventPattern or ScheduleExpression must be specified.")),
    ({"ScheduleExpression": "rate(1 minutes)"}, ("ValidationException", "Parameter ScheduleExpression is not valid.")),
    ({"ScheduleExpression": "at(2030-01-01T00:00:00)"},
     ("ValidationException", "Parameter ScheduleExpression is not valid.")),
    ({"EventBusName": "absent-bus", "EventPattern": '{"source":["x"]}'},
     ("ResourceNotFoundException", "Event bus absent-bus does not exist.")),
])
def test_rules_that_are_refused(events, unique, settings, expected):
    assert refusal(events.put_rule, Name=unique("rule"), **settings) == expected


def test_a_schedule_is_for_the_default_bus(events, bus, unique):
    assert refusal(events.put_rule, Name=unique("r"), EventBusName=bus, ScheduleExpression="rate(1 minute)") == (
        "ValidationException", "ScheduleExpression is supported only on the default event bus.")


@pytest.mark.parametrize("pattern, reason", [
    ('{"source":"x"}', '"source" must be an object or an array'),
    ('{"source":[]}', "Empty arrays are not allowed"),
    ('{"source":[{"EXISTS":true}]}', "Unrecognized match type EXISTS"),
    ("[1]", "Filter is not an object"),
    ("this is no pattern", "Unrecognized token 'this': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"),
    ("{'a': ['b']}", "Unexpected character (''' (code 39)): was expecting double-quote to start field name"),
])
def test_patterns_that_are_refused(events, unique, pattern, reason):
    code, message = refusal(events.put_rule, Name=unique("r"), EventPattern=pattern)
    assert code == "InvalidEventPatternException"
    assert message.startswith(f"Event pattern is not valid. Reason: {reason}\n at [Source: (String)\"{pattern}\"; line: 1")


@pytest.mark.parametrize("target, message", [
    ({"Id": "a b", "Arn": "arn:aws:sqs:us-east-1:1:q"},
     "1 validation error detected: Value 'a b' at 'targets.1.member.id' failed to satisfy constraint: Member must "
     "satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+"),
    ({"Id": "t", "Arn": "nonsense"},
     "Parameter nonsense is not valid. Reason: Provided Arn is not in correct format."),
    ({"Id": "t", "Arn": "arn:aws:sqs:us-east-1:1:q", "Input": "{}", "InputPath": "$.detail"},
     "Only one of Input, InputPath, or InputTransformer must be provided for target t."),
    ({"Id": "t", "Arn": "arn:aws:sqs:us-east-1:1:q", "InputTransformer": {"InputTemplate": '"<x>"'}},
     "InputTemplate for target t contains invalid placeholder x."),
    ({"Id": "t", "Arn": "arn:aws:sqs:us-east-1:1:q.fifo"},
     "Parameter(s) SqsParameters must be specified for target: t."),
    ({"Id": "t", "Arn": "arn:aws:events:us-east-1:1:event-bus/b"},
     "RoleArn is required for target arn:aws:events:us-east-1:1:event-bus/b."),
])
def test_targets_that_are_refused(events, bus, rule, target, message):
    name = rule({"source": ["x"]})
    assert refusal(events.put_targets, Rule=name, EventBusName=bus, Targets=[target]) == ("ValidationException", message)


def test_a_rule_has_five_targets(events, bus, rule):
    targets = [{"Id": str(i), "Arn": f"arn:aws:sqs:us-east-1:1:{i}"} for i in range(6)]
    name = rule({"source": ["x"]}, *targets[:5])
    assert refusal(events.put_targets, Rule=name, EventBusName=bus, Targets=targets[5:]) == (
        "LimitExceededException", "The requested resource exceeds the maximum number allowed.")
    first = events.list_targets_by_rule(Rule=name, EventBusName=bus, Limit=2)
    rest = events.list_targets_by_rule(Rule=name, EventBusName=bus, NextToken=first["NextToken"])
    assert first["Targets"] + rest["Targets"] == targets[:5]


def test_an_event_comes_as_aws_words_it(account, rule, queue, put):
    rule({"source": ["my.app"], "detail": {"state": [{"anything-but": "old"}]}}, {"Id": "q", "Arn": queue.arn})
    sent = put('{ "orderId": 7, "state": "new" }', Resources=["arn:aws:x"], Time=1714564800.75)
    put({"state": "old"})
    assert queue.bodies() == [
        f'{{"version":"0","id":"{sent["EventId"]}","detail-type":"orderPlaced","source":"my.app","account":"{account}",'
        '"time":"2024-05-01T12:00:00Z","region":"us-east-1","resources":["arn:aws:x"],'
        '"detail":{"orderId":7,"state":"new"}}']


def test_entries_fail_one_by_one(events, bus, rule, queue, drain):
    rule({"source": [{"prefix": ""}]}, {"Id": "q", "Arn": queue.arn})
    good = {"Source": "s", "DetailType": "t", "Detail": "{}", "EventBusName": bus}
    answer = events.put_events(Entries=[
        good, {**good, "Detail": "[1]"}, {**good, "Detail": "{"}, {**good, "Source": ""}, {**good, "Source": "aws.x"},
        {key: value for key, value in good.items() if key != "DetailType"}, {**good, "EventBusName": "absent"}])
    drain()
    assert answer["FailedEntryCount"] == 5
    assert [(e.get("ErrorCode"), e.get("ErrorMessage")) for e in answer["Entries"]] == [
        (None, None), ("MalformedDetail", "Detail is malformed."), ("MalformedDetail", "Detail is malformed."),
        ("InvalidArgument", "Parameter Source is not valid. Reason: Source is a required argument."),
        ("NotAuthorizedForSourceException", "Not authorized for the source."),
        ("InvalidArgument", "Parameter DetailType is not valid. Reason: DetailType is a required argument."),
        (None, None)]
    assert len(queue.bodies()) == 1


def test_a_request_has_its_limits(events, bus):
    entry = {"Source": "s", "DetailType": "t", "Detail": "{}"}
    code, message = refusal(events.put_events, Entries=[entry] * 11)
    assert code == "ValidationException" and message.endswith(
        "]' at 'entries' failed to satisfy constraint: Member must have length less than or equal to 10")
    assert "PutEventsRequestEntry(time=null, source=s, resources=null, detailType=t, detail={}, eventBusName=null" in message
    big = {**entry, "Detail": json.dumps({"x": "y" * 262_144})}
    assert refusal(events.put_events, Entries=[big]) == (
        "ValidationException", "Total size of the entries in the request is over the limit.")


@pytest.mark.parametrize("settings, expected", [
    ({"Input": '{ "constant": 1 }'}, '{ "constant": 1 }'),
    ({"InputPath": "$.detail.orderId"}, '"o-1"'),
    ({"InputPath": "$.detail.items[0]"}, '{"sku":"a"}'),
    ({"InputTransformer": {"InputPathsMap": {"id": "$.detail.orderId", "items": "$.detail.items"},
                           "InputTemplate": '{"id":<id>,"items":<items>,"text":"order <id>","none":<aws.events.rule-name>}'}},
     None),
    ({"InputTransformer": {"InputPathsMap": {"t": "$.detail-type"}, "InputTemplate": '"Event of type <t>"'}},
     '"Event of type orderPlaced"'),
])
def test_what_a_target_gets(rule, queue, put, settings, expected):
    name = rule({"source": ["my.app"]}, {"Id": "q", "Arn": queue.arn, **settings})
    put()
    if expected is None:
        expected = json.dumps({"id": "o-1", "items": [{"sku": "a"}], "text": "order o-1", "none": name},
                              separators=(",", ":"))
    assert queue.bodies() == [expected]


def test_what_is_no_json_goes_to_the_dead_letters(account, bus, rule, queue, dead_letters, put):
    name = rule({"source": ["my.app"]}, {
        "Id": "q", "Arn": queue.arn, "DeadLetterConfig": {"Arn": dead_letters.arn},
        "InputTransformer": {"InputPathsMap": {"i": "$.detail.items"}, "InputTemplate": '{"x":"<i>"}'}})
    put()
    assert queue.bodies() == []
    (message,) = dead_letters.messages()
    assert json.loads(message["Body"])["detail"] == DETAIL
    attributes = {key: value["StringValue"] for key, value in message["MessageAttributes"].items()}
    assert attributes.pop("ERROR_MESSAGE")
    assert attributes == {"RULE_ARN": f"arn:aws:events:us-east-1:{account}:rule/{bus}/{name}", "TARGET_ARN": queue.arn,
                          "ERROR_CODE": "INVALID_JSON"}


def test_a_queue_that_lets_nobody_in(account, bus, rule, queue, dead_letters, put):
    queue.allow(Condition={"ArnEquals": {"aws:SourceArn": f"arn:aws:events:us-east-1:{account}:rule/another"}})
    name = rule({"source": ["my.app"]}, {"Id": "q", "Arn": queue.arn, "DeadLetterConfig": {"Arn": dead_letters.arn}})
    put()
    assert [m["MessageAttributes"]["ERROR_CODE"]["StringValue"] for m in dead_letters.messages()] == ["NO_PERMISSIONS"]
    queue.allow(Condition={"ArnEquals": {"aws:SourceArn": f"arn:aws:events:us-east-1:{account}:rule/{bus}/{name}"}})
    put()
    assert len(queue.bodies()) == 1 and dead_letters.messages() == []


def test_a_queue_that_is_gone(rule, queue, dead_letters, put):
    rule({"source": ["my.app"]}, {"Id": "q", "Arn": queue.arn + "-gone", "DeadLetterConfig": {"Arn": dead_letters.arn}})
    put()
    # Without the queue there is no policy either, that would let EventBridge in.
    assert [m["MessageAttributes"]["ERROR_CODE"]["StringValue"] for m in dead_letters.messages()] == ["NO_PERMISSIONS"]


def test_a_fifo_queue_gets_its_group(client, account, unique, rule, put):
    fifo = Queue(client, account, unique("q") + ".fifo", FifoQueue="true")
    rule({"source": ["my.app"]}, {"Id": "q", "Arn": fifo.arn, "SqsParameters": {"MessageGroupId": "g"}})
    put()
    (message,) = fifo.messages()
    assert message["Attributes"]["MessageGroupId"] == "g"


FUNCTION = """
import json
def handler(event, context):
    print("got", json.dumps(event))
"""


def lines_of(client, function):
    logs = client("logs")
    return [e["message"] for e in logs.filter_log_events(logGroupName=f"/aws/lambda/{function}")["events"]
            if e["message"].startswith("got ")]


def test_a_function_lets_the_rule_in(client, account, bus, rule, make_function, put, drain):
    function = make_function(FUNCTION)
    arn = f"arn:aws:lambda:us-east-1:{account}:function:{function}"
    name = rule({"source": ["my.app"]}, {"Id": "f", "Arn": arn})
    put({"n": 1})
    client("lambda").add_permission(FunctionName=function, StatementId="s", Action="lambda:InvokeFunction",
                                    Principal="events.amazonaws.com",
                                    SourceArn=f"arn:aws:events:us-east-1:{account}:rule/{bus}/{name}")
    put({"n": 2})
    assert [json.loads(line[4:])["detail"] for line in lines_of(client, function)] == [{"n": 2}]


def test_a_topic_and_a_log_group(client, account, unique, rule, queue, put):
    sns, logs = client("sns"), client("logs")
    topic, group = sns.create_topic(Name=unique("topic"))["TopicArn"], "/aws/events/" + unique("group")
    policy = lambda action, resource: json.dumps({"Version": "2012-10-17", "Statement": [{  # noqa: E731
        "Effect": "Allow", "Principal": {"Service": ["events.amazonaws.com", "delivery.logs.amazonaws.com"]},
        "Action": action, "Resource": resource}]})
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy("sns:Publish", topic))
    queue.set_policy(json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
        "Resource": queue.arn}]}))
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn, Attributes={"RawMessageDelivery": "true"})
    logs.create_log_group(logGroupName=group)
    arn = f"arn:aws:logs:us-east-1:{account}:log-group:{group}"
    logs.put_resource_policy(policyName=unique("p"), policyDocument=policy(
        ["logs:CreateLogStream", "logs:PutLogEvents"], f"{arn}:*"))
    rule({"source": ["my.app"]}, {"Id": "t", "Arn": topic}, {"Id": "l", "Arn": arn})
    put()
    assert [json.loads(body)["detail"] for body in queue.bodies()] == [DETAIL]
    assert [json.loads(e["message"])["detail"] for e in logs.filter_log_events(logGroupName=group)["events"]] == [DETAIL]


def test_a_bus_sends_to_another(client, events, account, unique, rule, queue, make_role, put):
    other = events.create_event_bus(Name=unique("other"))["EventBusArn"]
    role = make_role(service="events.amazonaws.com")
    rule({"source": ["my.app"]}, {"Id": "b", "Arn": other, "RoleArn": role})
    rule({"source": ["my.app"]}, {"Id": "q", "Arn": queue.arn}, on=other)
    sent = put()
    assert [json.loads(body)["id"] for body in queue.bodies()] == [sent["EventId"]]


def test_test_event_pattern(events):
    event = {"id": "1", "account": "1", "source": "s", "time": "2024-01-01T00:00:00Z", "region": "r", "resources": [],
             "detail-type": "t", "detail": {"ip": "10.0.0.7"}}
    test = lambda pattern: events.test_event_pattern(  # noqa: E731
        EventPattern=json.dumps(pattern), Event=json.dumps(event))["Result"]
    assert test({"detail": {"ip": [{"cidr": "10.0.0.0/24"}]}}) and not test({"detail": {"ip": [{"cidr": "10.1.0.0/24"}]}})
    assert test({"$or": [{"source": ["x"]}, {"detail-type": [{"wildcard": "t*"}]}]})
    event.pop("id")
    assert refusal(events.test_event_pattern, EventPattern='{"a":[1]}', Event=json.dumps(event)) == (
        "ValidationException", "Parameter Event is not valid.")


def test_a_schedule_fires_on_the_emulators_clock(events, rule, queue, emulator_clock, drain):
    name, got = rule(None, {"Id": "q", "Arn": queue.arn}, on="default", ScheduleExpression="rate(5 minutes)"), []

    def come(count):
        drain()
        got.extend(json.loads(body) for body in queue.bodies())
        return len(got) == count

    assert come(0)
    emulator_clock.advance(301)
    waiting.until(lambda: come(1), "a scheduled event")
    event = got[0]
    assert (event["detail-type"], event["source"], event["detail"]) == ("Scheduled Event", "aws.events", {})
    assert event["resources"] == [events.describe_rule(Name=name)["Arn"]]
    emulator_clock.advance(900)
    waiting.until(lambda: come(4), "three more")
    assert len({event["time"] for event in got}) == 4
    events.disable_rule(Name=name)
    emulator_clock.advance(900)
    assert come(4)
    events.remove_targets(Rule=name, Ids=["q"])
    events.delete_rule(Name=name)


def test_an_archive_is_replayed(events, account, bus, rule, queue, put, unique, drain):
    name, source = unique("archive"), f"arn:aws:events:us-east-1:{account}:event-bus/{bus}"
    made = events.create_archive(ArchiveName=name, EventSourceArn=source, EventPattern='{"source":["kept"]}')
    assert made["State"] == "ENABLED" and made["ArchiveArn"] == f"arn:aws:events:us-east-1:{account}:archive/{name}"
    rule({"source": ["kept", "other"]}, {"Id": "q", "Arn": queue.arn})
    first, _ = put(source="kept"), put(source="other")
    assert len(queue.bodies()) == 2
    shown = events.describe_archive(ArchiveName=name)
    assert (shown["EventCount"], shown["RetentionDays"]) == (1, 0) and shown["SizeBytes"] > 100
    assert [a["ArchiveName"] for a in events.list_archives(EventSourceArn=source)["Archives"]] == [name]
    replay, now = unique("replay"), time.time()
    window = {"EventStartTime": now - 86400, "EventEndTime": now + 864000}
    begun = events.start_replay(ReplayName=replay, EventSourceArn=made["ArchiveArn"], Destination={"Arn": source}, **window)
    assert begun["State"] == "STARTING"
    drain()
    (again,) = [json.loads(body) for body in queue.bodies()]
    assert (again["id"], again["replay-name"]) == (first["EventId"], replay)
    assert list(again)[5:8] == ["time", "region", "replay-name"]
    assert events.describe_replay(ReplayName=replay)["State"] == "COMPLETED"
    assert events.describe_archive(ArchiveName=name)["EventCount"] == 1
    for changed, message in [
            ({"ReplayName": replay}, f"Replay {replay} already exists."),
            ({"EventEndTime": now - 90000}, "Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime."),
            ({"Destination": {"Arn": source + "x"}}, "Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted."),
            ({"EventSourceArn": made["ArchiveArn"] + "x"}, f"Parameter EventSourceArn is not valid. Reason: Archive {name}x does not exist.")]:
        arguments = {"ReplayName": unique("r"), "EventSourceArn": made["ArchiveArn"], "Destination": {"Arn": source}, **window}
        assert refusal(events.start_replay, **{**arguments, **changed})[1] == message
    assert refusal(events.update_archive, ArchiveName=name)[1] == (
        "At least one of EventPattern, RetentionDays or Description must be provided.")
    events.update_archive(ArchiveName=name, RetentionDays=3)
    events.delete_archive(ArchiveName=name)
    assert refusal(events.describe_archive, ArchiveName=name) == (
        "ResourceNotFoundException", f"Archive {name} does not exist.")


def test_connections_and_api_destinations_are_kept(events, unique):
    name = unique("connection")
    made = events.create_connection(Name=name, AuthorizationType="API_KEY", AuthParameters={
        "ApiKeyAuthParameters": {"ApiKeyName": "x-key", "ApiKeyValue": "secret"}})
    assert made["ConnectionState"] == "AUTHORIZED"
    shown = events.describe_connection(Name=name)
    assert shown["AuthParameters"] == {"ApiKeyAuthParameters": {"ApiKeyName": "x-key"}}
    assert f"secret:events!connection/{name}/" in shown["SecretArn"]
    destination = unique("destination")
    events.create_api_destination(Name=destination, ConnectionArn=made["ConnectionArn"],
                                  InvocationEndpoint="https://example.com/*", HttpMethod="POST")
    shown = events.describe_api_destination(Name=destination)
    assert (shown["ApiDestinationState"], shown["InvocationRateLimitPerSecond"]) == ("ACTIVE", 300)
    events.update_api_destination(Name=destination, InvocationRateLimitPerSecond=5)
    assert events.list_api_destinations(NamePrefix=destination)["ApiDestinations"][0]["InvocationRateLimitPerSecond"] == 5
    events.delete_api_destination(Name=destination)
    assert refusal(events.describe_api_destination, Name=destination)[1] == (
        f"Failed to describe the api-destination(s). An api-destination '{destination}' does not exist.")
    assert events.delete_connection(Name=name)["ConnectionState"] == "DELETING"
    assert refusal(events.describe_connection, Name=name)[1] == (
        f"Failed to describe the connection(s). Connection '{name}' does not exist.")


def test_a_bucket_tells_the_default_bus(s3, events, account, rule, queue, bucket, drain):
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}})
    name = rule({"source": ["aws.s3"], "detail": {"bucket": {"name": [bucket]}}}, {"Id": "q", "Arn": queue.arn}, on="default")
    s3.put_object(Bucket=bucket, Key="a b/ü", Body=b"hello")
    s3.delete_object(Bucket=bucket, Key="a b/ü")
    drain()
    created, deleted = [json.loads(body) for body in queue.bodies()]
    assert (created["detail-type"], created["account"], created["resources"]) == (
        "Object Created", account, [f"arn:aws:s3:::{bucket}"])
    detail = created["detail"]
    assert detail["object"].pop("sequencer") and detail.pop("request-id")
    assert detail == {
        "version": "0", "bucket": {"name": bucket}, "requester": account, "source-ip-address": "127.0.0.1",
        "object": {"key": "a b/ü", "size": 5, "etag": "5d41402abc4b2a76b9719d911017c592"}, "reason": "PutObject"}
    assert (deleted["detail-type"], deleted["detail"]["deletion-type"], deleted["detail"]["reason"]) == (
        "Object Deleted", "Permanently Deleted", "DeleteObject")
    assert "size" not in deleted["detail"]["object"]
    events.remove_targets(Rule=name, Ids=["q"])
    events.delete_rule(Name=name)


def test_a_functions_destination_is_a_bus(client, events, account, bus, rule, queue, make_function, drain):
    function = make_function("def handler(event, context): return {'ok': event['n']}")
    arn = f"arn:aws:events:us-east-1:{account}:event-bus/{bus}"
    client("lambda").put_function_event_invoke_config(
        FunctionName=function, DestinationConfig={"OnSuccess": {"Destination": arn}})
    rule({"source": ["lambda"]}, {"Id": "q", "Arn": queue.arn})
    client("lambda").invoke(FunctionName=function, InvocationType="Event", Payload=b'{"n":3}')
    drain()
    (event,) = [json.loads(body) for body in queue.bodies()]
    assert event["detail-type"] == "Lambda Function Invocation Result - Success"
    assert event["resources"] == [arn, f"arn:aws:lambda:us-east-1:{account}:function:{function}:$LATEST"]
    assert event["detail"]["responsePayload"] == {"ok": 3}
