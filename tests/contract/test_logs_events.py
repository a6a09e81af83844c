"""CloudWatch Logs: groups, streams, events in and out, by the rules that AWS documents."""

import json
import re

import pytest

from harness.logs import group, logs, now, refused  # noqa: F401

HOUR, DAY = 3_600_000, 86_400_000


def put(logs, group, *events, stream="main"):
    return logs.put_log_events(
        logGroupName=group, logStreamName=stream, logEvents=[{"timestamp": t, "message": m} for t, m in events]
    )


def test_a_group_and_its_stream_as_described(logs, group):
    assert refused(logs.create_log_group, logGroupName=group) == (
        "ResourceAlreadyExistsException", "The specified log group already exists")
    assert refused(logs.create_log_stream, logGroupName=group, logStreamName="main") == (
        "ResourceAlreadyExistsException", "The specified log stream already exists")
    [entry] = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    assert entry["arn"].endswith(f":log-group:{group}:*")
    assert entry["metricFilterCount"] == 0 and entry["storedBytes"] == 0 and "retentionInDays" not in entry
    [stream] = logs.describe_log_streams(logGroupName=group)["logStreams"]
    assert "lastEventTimestamp" not in stream and stream["storedBytes"] == 0
    t = now()
    put(logs, group, (t - 5, "one"), (t, "twelve"))
    [stream] = logs.describe_log_streams(logGroupName=group)["logStreams"]
    assert (stream["firstEventTimestamp"], stream["lastEventTimestamp"]) == (t - 5, t)
    assert logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["storedBytes"] == len("onetwelve")
    logs.delete_log_stream(logGroupName=group, logStreamName="main")
    assert logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["storedBytes"] == 0


def test_rejected_events_are_told_and_the_rest_is_kept(logs, group):
    t = now()
    answer = logs.put_log_events(logGroupName=group, logStreamName="main", sequenceToken="anything", logEvents=[
        {"timestamp": t, "message": "kept"}, {"timestamp": t + 3 * HOUR, "message": "too new"}])
    assert answer["rejectedLogEventsInfo"] == {"tooNewLogEventStartIndex": 1}
    answer = put(logs, group, (t - 14 * DAY - HOUR, "too old"), (t - 14 * DAY - 5000, "too old as well"), (t - 14 * DAY + 60_000, "old enough"))
    assert answer["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 2}
    logs.put_retention_policy(logGroupName=group, retentionInDays=3)
    answer = put(logs, group, (t - 3 * DAY - HOUR, "expired"), (t - 3 * DAY + 60_000, "not yet"))
    assert answer["rejectedLogEventsInfo"] == {"expiredLogEventEndIndex": 1}
    messages = [e["message"] for e in logs.get_log_events(logGroupName=group, logStreamName="main", startFromHead=True)["events"]]
    assert messages == ["not yet", "kept"]  # the retention hides what was stored before it


def test_batches_that_are_refused(logs, group, raw):
    t = now()
    code, message = refused(lambda: put(logs, group, (t, "b"), (t - 1, "a")))
    assert (code, message) == (
        "InvalidParameterException", "Log events in a single PutLogEvents request must be in chronological order.")
    assert refused(lambda: put(logs, group, (t - 2 * DAY, "a"), (t, "b")))[0] == "InvalidParameterException"
    half = "x" * (1_048_576 // 2)
    assert refused(lambda: put(logs, group, (t, half), (t, half)))[0] == "InvalidParameterException"
    code, message = refused(lambda: put(logs, group, *[(t, "x")] * 10_001))
    assert code == "InvalidParameterException" and "Member must have length less than or equal to 10000" in message
    assert refused(lambda: put(logs, group, (t, "x"), stream="nowhere")) == (
        "ResourceNotFoundException", "The specified log stream does not exist.")
    assert refused(lambda: put(logs, group + "x", (t, "x"))) == (
        "ResourceNotFoundException", "The specified log group does not exist.")
    answer = raw.logs("PutLogEvents", {"logGroupName": group, "logStreamName": "main", "logEvents": []})
    assert answer.status == 400 and "logEvents" in answer.json()["message"]
    assert logs.get_log_events(logGroupName=group, logStreamName="main")["events"] == []


def test_paging_a_stream_both_ways(logs, group):
    t = now()
    put(logs, group, *[(t + n, str(n)) for n in range(10)])
    page = logs.get_log_events(logGroupName=group, logStreamName="main", limit=4)
    assert [e["message"] for e in page["events"]] == ["6", "7", "8", "9"]
    back = logs.get_log_events(logGroupName=group, logStreamName="main", limit=4, nextToken=page["nextBackwardToken"])
    assert [e["message"] for e in back["events"]] == ["2", "3", "4", "5"]
    end = logs.get_log_events(logGroupName=group, logStreamName="main", nextToken=page["nextForwardToken"])
    assert end["events"] == [] and end["nextForwardToken"] == page["nextForwardToken"]
    put(logs, group, (t + 10, "10"))
    more = logs.get_log_events(logGroupName=group, logStreamName="main", nextToken=end["nextForwardToken"])
    assert [e["message"] for e in more["events"]] == ["10"]
    window = logs.get_log_events(logGroupName=group, logStreamName="main", startTime=t + 2, endTime=t + 4, startFromHead=True)
    assert [e["message"] for e in window["events"]] == ["2", "3"]
    assert refused(logs.get_log_events, logGroupName=group, logStreamName="main", nextToken="x") == (
        "InvalidParameterException", "The specified nextToken is invalid.")


def test_tokens_belong_to_their_stream(logs, group):
    logs.create_log_stream(logGroupName=group, logStreamName="other")
    t = now()
    put(logs, group, *[(t + n, str(n)) for n in range(3)])
    page = logs.get_log_events(logGroupName=group, logStreamName="main", limit=1)
    for token in (page["nextForwardToken"], page["nextBackwardToken"]):
        assert re.fullmatch(r"[fb]/\d{56}/s", token)
        turned = {"f": "b", "b": "f"}[token[0]] + token[1:]
        for stream, wrong in (("other", token), ("main", turned), ("main", token[:-3] + str(9 - int(token[-3])) + "/s")):
            assert refused(logs.get_log_events, logGroupName=group, logStreamName=stream, nextToken=wrong) == (
                "InvalidParameterException", "The specified nextToken is invalid.")


@pytest.mark.parametrize("more", [{}, {"startFromHead": True}])
def test_the_tokens_of_an_empty_stream_find_what_comes_later(logs, group, more):
    page = logs.get_log_events(logGroupName=group, logStreamName="main", **more)
    put(logs, group, (now(), "later"))
    for token, found in ((page["nextForwardToken"], ["later"]), (page["nextBackwardToken"], [])):
        events = logs.get_log_events(logGroupName=group, logStreamName="main", nextToken=token)["events"]
        assert [e["message"] for e in events] == found
    late = logs.get_log_events(logGroupName=group, logStreamName="main", startTime=2**62)["nextForwardToken"]
    assert logs.get_log_events(logGroupName=group, logStreamName="main", nextToken=late)["events"] == []


def test_filtering_over_streams(logs, group):
    t = now()
    for number, stream in enumerate(("a1", "a2", "b")):
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
        put(logs, group, (t + number, json.dumps({"level": "ERROR", "n": number})), (t + 10, "plain"), stream=stream)

    def found(**more):
        events = logs.filter_log_events(logGroupName=group, filterPattern='{ $.level = "ERROR" }', **more)["events"]
        return [json.loads(e["message"])["n"] for e in events]

    assert found() == [0, 1, 2]
    assert found(logStreamNamePrefix="a") == [0, 1]
    assert found(logStreamNames=["a2", "b"]) == [1, 2]
    assert found(startTime=t + 1, endTime=t + 1) == [1]
    pages, token = [], {}
    while True:
        page = logs.filter_log_events(logGroupName=group, limit=2, **token)
        pages += page["events"]
        if "nextToken" not in page:
            break
        token = {"nextToken": page["nextToken"]}
    assert len(pages) == 6 and len({e["eventId"] for e in pages}) == 6
    assert refused(logs.filter_log_events, logGroupName=group, logStreamNames=["a1"], logStreamNamePrefix="a")[0] == "InvalidParameterException"
    code, message = refused(logs.filter_log_events, logGroupName=group, limit=10_001)
    assert (code, message) == ("InvalidParameterException",
                               "1 validation error detected: Value '10001' at 'limit' failed to satisfy constraint: "
                               "Member must have value less than or equal to 10000")


def test_an_infrequent_access_group_refuses_what_aws_refuses(raw, unique):
    name = unique("ia")
    assert raw.logs("CreateLogGroup", {"logGroupName": name, "logGroupClass": "INFREQUENT_ACCESS"}).status == 200
    assert raw.logs("CreateLogStream", {"logGroupName": name, "logStreamName": "s"}).status == 200
    event = {"timestamp": now(), "message": "m"}
    assert raw.logs("PutLogEvents", {"logGroupName": name, "logStreamName": "s", "logEvents": [event]}).status == 200
    for operation, more in (("DescribeSubscriptionFilters", {}), ("FilterLogEvents", {}), ("GetLogEvents", {"logStreamName": "s"}),
                            ("DescribeMetricFilters", {})):
        answer = raw.logs(operation, {"logGroupName": name, **more})
        assert answer.json() == {"__type": "ValidationException", "message": "This operation is only supported on the Standard log class."}


def test_deletion_protection_and_keys(raw, unique, client, account):
    name = unique("kept")
    key = client("kms").create_key(Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"Service": "logs.us-east-1.amazonaws.com"}, "Action": "kms:*", "Resource": "*"}]}))["KeyMetadata"]["Arn"]
    assert raw.logs("CreateLogGroup", {"logGroupName": name, "deletionProtectionEnabled": True}).status == 200
    assert raw.logs("DeleteLogGroup", {"logGroupName": name}).status == 400
    assert raw.logs("PutLogGroupDeletionProtection", {"logGroupIdentifier": name, "deletionProtectionEnabled": False}).status == 200
    assert raw.logs("AssociateKmsKey", {"logGroupName": name, "kmsKeyId": key}).status == 200
    assert raw.logs("DescribeLogGroups", {"logGroupNamePrefix": name}).json()["logGroups"][0]["kmsKeyId"] == key
    assert raw.logs("DisassociateKmsKey", {"logGroupName": name}).status == 200
    assert "kmsKeyId" not in raw.logs("DescribeLogGroups", {"logGroupNamePrefix": name}).json()["logGroups"][0]
    assert [g["logGroupName"] for g in raw.logs("ListLogGroups", {"logGroupNamePattern": "^" + name[:20]}).json()["logGroups"]] == [name]
    assert raw.logs("DeleteLogGroup", {"logGroupName": name}).status == 200


def test_tags_by_name_and_by_arn_are_the_same(logs, group):
    arn = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["arn"].removesuffix(":*")
    logs.tag_log_group(logGroupName=group, tags={"a": "1"})
    logs.tag_resource(resourceArn=arn, tags={"b": "2"})
    assert logs.list_tags_log_group(logGroupName=group)["tags"] == {"a": "1", "b": "2"}
    logs.untag_log_group(logGroupName=group, tags=["a"])
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "2"}


def test_polling_as_the_command_line_follows(logs, group):
    """`aws logs tail --follow` asks again from the newest timestamp and drops the event ids that it has seen."""
    seen, lines, start = set(), [], now() - 60_000

    def poll():
        nonlocal start
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=start, interleaved=True)
        for event in (e for page in pages for e in page["events"]):
            if event["eventId"] not in seen:
                lines.append(event["message"])
                seen.add(event["eventId"])
            start = max(start, event["timestamp"])

    t = now()
    put(logs, group, (t - 1, "a"), (t, "b"))
    poll()
    put(logs, group, (t, "c"))  # as late as the newest that was seen
    poll()
    poll()
    assert lines == ["a", "b", "c"]
