"""EventBridge Scheduler: schedules and groups as SDKs see them, and what they send on the emulator's clock."""

import datetime
import json

import botocore.exceptions
import pytest

from harness import waiting
from harness.own_server import endpoint, server  # noqa: F401


@pytest.fixture(scope="module")
def scheduler(client):
    return client("scheduler")


@pytest.fixture
def role(make_role):
    return make_role(service="scheduler.amazonaws.com")


class Queue:
    """No policy lets anybody in: the schedule's role does."""

    def __init__(self, sqs, account, name):
        self.sqs, self.arn = sqs, f"arn:aws:sqs:us-east-1:{account}:{name}"
        self.url = sqs.create_queue(QueueName=name)["QueueUrl"]

    def messages(self):
        got = self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]).get("Messages", [])
        for message in got:
            self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return got

    def bodies(self):
        return [message["Body"] for message in self.messages()]


@pytest.fixture
def queue(client, account, unique):
    return Queue(client("sqs"), account, unique("queue"))


@pytest.fixture
def schedule(scheduler, unique, role, queue):
    made = []

    def make(expression, target=None, window=None, **settings):
        name = unique("schedule")
        scheduler.create_schedule(Name=name, ScheduleExpression=expression, FlexibleTimeWindow=window or {"Mode": "OFF"},
                                  Target={"Arn": queue.arn, "RoleArn": role, **(target or {})}, **settings)
        made.append((name, settings.get("GroupName", "default")))
        return name

    yield make
    for name, group in made:
        try:
            scheduler.delete_schedule(Name=name, GroupName=group)
        except botocore.exceptions.ClientError:
            pass


def refusal(call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as error:
        call(**arguments)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def test_schedules_live_and_go(scheduler, account, schedule, role, queue):
    name = schedule("rate(1 hour)", {"Input": ' {"a": 1}'}, State="DISABLED", Description="d")
    shown = scheduler.get_schedule(Name=name)
    assert isinstance(shown.pop("CreationDate"), datetime.datetime) and shown.pop("LastModificationDate")
    shown.pop("ResponseMetadata"), shown.pop("ActionAfterCompletion", None)
    assert shown == {
        "Arn": f"arn:aws:scheduler:us-east-1:{account}:schedule/default/{name}", "Name": name, "GroupName": "default",
        "ScheduleExpression": "rate(1 hour)", "ScheduleExpressionTimezone": "UTC", "State": "DISABLED", "Description": "d",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": queue.arn, "RoleArn": role, "Input": ' {"a": 1}',
                   "RetryPolicy": {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185}}}
    # Scheduler's user guide writes `rate(1 hours)`; rules refuse it.
    scheduler.update_schedule(Name=name, ScheduleExpression="rate(1 hours)", FlexibleTimeWindow={"Mode": "OFF"},
                              Target={"Arn": queue.arn, "RoleArn": role}, State="DISABLED")
    changed = scheduler.get_schedule(Name=name)
    assert changed["ScheduleExpression"] == "rate(1 hours)" and "Description" not in changed
    (listed,) = scheduler.list_schedules(NamePrefix=name)["Schedules"]
    assert listed["Target"] == {"Arn": queue.arn}
    assert refusal(scheduler.create_schedule, Name=name, ScheduleExpression="rate(1 hour)", FlexibleTimeWindow={"Mode": "OFF"},
                   Target={"Arn": queue.arn, "RoleArn": role}) == ("ConflictException", f"Schedule {name} already exists.")
    scheduler.delete_schedule(Name=name)
    assert refusal(scheduler.get_schedule, Name=name) == ("ResourceNotFoundException", f"Schedule {name} does not exist.")


def test_a_request_sent_again_with_its_token_is_answered_alike(scheduler, queue, role, unique):
    name = unique("s")
    once = {"Name": name, "ScheduleExpression": "rate(1 hour)", "FlexibleTimeWindow": {"Mode": "OFF"}, "State": "DISABLED",
            "Target": {"Arn": queue.arn, "RoleArn": role}, "ClientToken": "one"}
    assert scheduler.create_schedule(**once)["ScheduleArn"] == scheduler.create_schedule(**once)["ScheduleArn"]
    assert refusal(scheduler.create_schedule, **{**once, "ClientToken": "two"})[0] == "ConflictException"
    group = {"Name": name, "ClientToken": "one"}
    assert scheduler.create_schedule_group(**group)["ScheduleGroupArn"] == scheduler.create_schedule_group(**group)["ScheduleGroupArn"]
    assert refusal(scheduler.create_schedule_group, Name=name, ClientToken="two")[0] == "ConflictException"


@pytest.mark.parametrize("changed, message", [
    ({"ScheduleExpression": "rate(10 seconds)"}, "Invalid Schedule Expression rate(10 seconds)."),
    ({"ScheduleExpression": " rate(10 minutes)"}, "Invalid Schedule Expression  rate(10 minutes)."),
    ({"ScheduleExpression": "at(2021-12-31)"}, "Invalid Schedule Expression at(2021-12-31)."),
    ({"ScheduleExpressionTimezone": "Mars/Base"}, "Invalid ScheduleExpressionTimezone Mars/Base."),
])
def test_schedules_that_are_refused(scheduler, unique, role, queue, changed, message):
    arguments = {"Name": unique("s"), "ScheduleExpression": "rate(1 hour)", "FlexibleTimeWindow": {"Mode": "OFF"},
                 "Target": {"Arn": queue.arn, "RoleArn": role}, **changed}
    assert refusal(scheduler.create_schedule, **arguments) == ("ValidationException", message)


def test_the_role_must_trust_scheduler(scheduler, unique, make_role, queue):
    assert refusal(scheduler.create_schedule, Name=unique("s"), ScheduleExpression="rate(1 hour)",
                   FlexibleTimeWindow={"Mode": "OFF"}, Target={"Arn": queue.arn, "RoleArn": make_role()}) == (
        "ValidationException", "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.")


def test_groups_live_and_go(scheduler, account, unique, schedule):
    group = unique("group")
    arn = scheduler.create_schedule_group(Name=group, Tags=[{"Key": "a", "Value": "b"}])["ScheduleGroupArn"]
    assert arn == f"arn:aws:scheduler:us-east-1:{account}:schedule-group/{group}"
    assert scheduler.get_schedule_group(Name=group)["State"] == "ACTIVE"
    assert scheduler.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "b"}]
    scheduler.tag_resource(ResourceArn=arn, Tags=[{"Key": "c", "Value": "d"}])
    scheduler.untag_resource(ResourceArn=arn, TagKeys=["a"])
    assert scheduler.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "c", "Value": "d"}]
    assert {g["Name"] for g in scheduler.list_schedule_groups()["ScheduleGroups"]} >= {"default", group}
    name = schedule("rate(1 hour)", GroupName=group, State="DISABLED")
    assert scheduler.get_schedule(Name=name, GroupName=group)["GroupName"] == group
    assert [s["Name"] for s in scheduler.list_schedules(GroupName=group)["Schedules"]] == [name]
    scheduler.delete_schedule_group(Name=group)
    assert refusal(scheduler.get_schedule_group, Name=group) == (
        "ResourceNotFoundException", f"Schedule group {group} does not exist.")
    assert refusal(scheduler.delete_schedule_group, Name="default")[0] == "ValidationException"


def test_a_rate_fires_at_once_and_then_each_interval(schedule, queue, drain, emulator_clock):
    name = schedule("rate(5 minutes)", {"Input": '{"at":"<aws.scheduler.scheduled-time>","arn":"<aws.scheduler.schedule-arn>"}'})
    got = []
    waiting.until(lambda: drain() or got.extend(queue.bodies()) or got, "the first firing")
    assert json.loads(got[0])["arn"].endswith(f"schedule/default/{name}")
    emulator_clock.advance(601)
    waiting.until(lambda: drain() or got.extend(queue.bodies()) or len(got) == 3, "two more")
    times = [datetime.datetime.fromisoformat(json.loads(body)["at"].replace("Z", "+00:00")) for body in got]
    assert sorted((b - a).total_seconds() for a, b in zip(sorted(times), sorted(times)[1:])) == [300, 300]


def test_once_in_a_time_zone_and_then_no_more(scheduler, schedule, queue, drain, emulator_clock, role):
    at = emulator_clock.show()["now_ms"] / 1000
    tokyo = datetime.datetime.fromtimestamp(at + 120, datetime.timezone(datetime.timedelta(hours=9)))
    name = schedule(f"at({tokyo:%Y-%m-%dT%H:%M:%S})", {"Input": "hello"}, ScheduleExpressionTimezone="Asia/Tokyo")
    drain()
    assert queue.bodies() == []
    emulator_clock.advance(121)
    got = []
    waiting.until(lambda: drain() or got.extend(queue.bodies()) or got, "the firing")
    assert got == ["hello"] and scheduler.get_schedule(Name=name)["State"] == "ENABLED"
    emulator_clock.advance(86400)
    drain()
    assert queue.bodies() == []


def test_a_function_gets_an_event(client, account, schedule, make_function, drain, emulator_clock):
    function = make_function("import json\ndef handler(event, context): print('got', json.dumps(event))")
    name = schedule("rate(1 hour)", {"Arn": f"arn:aws:lambda:us-east-1:{account}:function:{function}"})
    logs = client("logs")

    def lines():
        drain()
        try:
            found = logs.filter_log_events(logGroupName=f"/aws/lambda/{function}")["events"]
        except botocore.exceptions.ClientError:
            return []
        return [e["message"] for e in found if e["message"].startswith("got ")]

    waiting.until(lines, "the function to run")
    event = json.loads(lines()[0][4:])
    assert (event["source"], event["detail-type"], event["detail"], event["account"]) == (
        "aws.scheduler", "Scheduled Event", "{}", account)
    assert event["resources"] == [f"arn:aws:scheduler:us-east-1:{account}:schedule/default/{name}"]


def test_what_fails_goes_to_the_dead_letters(client, account, unique, schedule, queue, drain):
    dead = Queue(client("sqs"), account, unique("dead"))
    schedule("rate(1 hour)", {"Arn": queue.arn + "-gone", "Input": "x", "DeadLetterConfig": {"Arn": dead.arn},
                              "RetryPolicy": {"MaximumRetryAttempts": 0}})
    got = []
    waiting.until(lambda: drain() or got.extend(dead.messages()) or got, "the dead letter")
    attributes = {name: value["StringValue"] for name, value in got[0]["MessageAttributes"].items()}
    assert got[0]["Body"] == "x" and attributes["ERROR_CODE"] == "AWS.SimpleQueueService.NonExistentQueue"
    assert attributes["TARGET_ARN"] == queue.arn + "-gone" and attributes["IS_PAYLOAD_TRUNCATED"] == "false"


def test_a_role_without_permission(client, account, unique, schedule, queue, make_role, drain):
    dead = Queue(client("sqs"), account, unique("dead"))
    role = make_role({"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": dead.arn}, service="scheduler.amazonaws.com")
    schedule("rate(1 hour)", {"RoleArn": role, "DeadLetterConfig": {"Arn": dead.arn}})
    got = []
    waiting.until(lambda: drain() or got.extend(dead.messages()) or got, "the dead letter")
    assert "AccessDenied" in got[0]["MessageAttributes"]["ERROR_CODE"]["StringValue"] and queue.bodies() == []


def test_universal_targets(scheduler, schedule, queue, drain):
    schedule("rate(1 hour)", {"Arn": "arn:aws:scheduler:::aws-sdk:sqs:sendMessage",
                              "Input": json.dumps({"QueueUrl": queue.url, "MessageBody": "by its operation"})})
    got = []
    waiting.until(lambda: drain() or got.extend(queue.bodies()) or got, "the message")
    assert got == ["by its operation"]


def test_a_schedule_may_go_when_it_is_over(scheduler, unique, queue, role, drain, emulator_clock):
    name = unique("s")
    at = emulator_clock.show()["now_ms"] / 1000
    body = {"ScheduleExpression": f"at({datetime.datetime.utcfromtimestamp(at + 60):%Y-%m-%dT%H:%M:%S})",
            "FlexibleTimeWindow": {"Mode": "OFF"}, "Target": {"Arn": queue.arn, "RoleArn": role}}
    try:
        scheduler.create_schedule(Name=name, ActionAfterCompletion="DELETE", **body)
    except botocore.exceptions.ParamValidationError:
        pytest.skip("this boto3 doesn't know ActionAfterCompletion")
    emulator_clock.advance(61)
    waiting.until(lambda: drain() or scheduler.list_schedules(NamePrefix=name)["Schedules"] == [], "the schedule to go")
    assert len(queue.bodies()) == 1


@pytest.mark.parametrize("more", [
    {"StartDate": 2_000_000_000, "EndDate": 1_900_000_000},
    {"Target": {"Arn": "arn:aws:scheduler:::aws-sdk:dynamodb:getItem", "Input": "{}"}}])
def test_schedules_that_make_no_sense(client, make_role, more):
    target = {"Arn": "arn:aws:sqs:us-east-1:000000000000:q", **more.pop("Target", {}), "RoleArn": make_role(service="scheduler.amazonaws.com")}
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        client("scheduler").create_schedule(Name="s", ScheduleExpression="rate(1 hour)", FlexibleTimeWindow={"Mode": "OFF"}, Target=target, **more)
    assert refused.value.response["Error"]["Code"] == "ValidationException"
