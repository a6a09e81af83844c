import datetime
import json

import botocore.exceptions

from harness import waiting


def put(stack, account, order):
    entry = {"EventBusName": stack.output("bus_arn"), "Source": "partner", "DetailType": "order", "Detail": json.dumps({"id": order})}
    answer = stack.client("events", account).put_events(Entries=[entry])
    stack.drain()
    return answer["FailedEntryCount"]


def heard(stack):
    stack.drain()
    return [(one["order"], one["replay"]) for one in stack.printed_json("/aws/lambda/partners-listener") if not one["forwarded"]]


def exercise(stack):
    assert put(stack, stack.other_account, "a") == 0
    assert put(stack, stack.account, "mine") == 0
    assert heard(stack) == [("a", None)]
    assert [one["forwarded"] for one in stack.printed_json("/aws/lambda/partners-listener")].count(True) == 1
    try:
        assert put(stack, "111111111111", "strange") > 0
    except botocore.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDeniedException"
    events = stack.client("events")
    assert events.describe_archive(ArchiveName="partners-archive")["EventCount"] == 2
    now = datetime.datetime.now(datetime.timezone.utc)
    events.start_replay(ReplayName="again", EventSourceArn=stack.output("archive_arn"), Destination={"Arn": stack.output("bus_arn")},
                        EventStartTime=now - datetime.timedelta(hours=1), EventEndTime=now + datetime.timedelta(hours=1))
    waiting.until(lambda: events.describe_replay(ReplayName="again")["State"] == "COMPLETED", "the replay")
    waiting.until(lambda: ("a", "again") in heard(stack), "the replayed event")


def update(stack):
    stack.edit("main.tf", "retention_days   = 14", "retention_days   = 30")
    stack.edit("main.tf", 'description = "What partners tell"', 'description = "What partners say"')
    stack.edit("main.tf", '"events:ListTargetsByRule", ', "")
    return {"aws_cloudwatch_event_archive.partners", "aws_cloudwatch_event_bus.partners", "aws_cloudwatch_event_bus_policy.partners"}


def after_update(stack):
    assert put(stack, stack.other_account, "b") == 0
    assert ("b", None) in heard(stack)
