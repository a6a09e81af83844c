"""CloudWatch Logs: what is refused and in which words, as boto3 would never send it."""

import pytest

from harness.logs import group, logs, now, refused  # noqa: F401

KINESIS = "arn:aws:kinesis:us-east-1:111122223333:stream/none"
ROLE = "arn:aws:iam::111122223333:role/none"
ONE = "1 validation error detected: "
INVALID, MISSING = "InvalidParameterException", "ResourceNotFoundException"
TOO_LONG = "Invalid LogGroup or LogStream, both must have length less than or equal to 512."
STARRED = "arn:aws:logs:us-east-1:111122223333:log-group:g:*"
NO_STAR = (ONE + f"Value '{STARRED}' at 'logGroupIdentifier' failed to satisfy constraint: Member must satisfy regular expression pattern: "
           r"[\w#+=/:,.@-]*")


@pytest.fixture
def answer(raw):
    """answer("PutLogEvents", ...) -> (code, message) of a refusal."""

    def answer(operation, **body):
        response = raw.logs(operation, body)
        assert response.status == 400, response
        return response.json()["__type"], response.json()["message"]

    return answer


@pytest.mark.parametrize("operation, body, code, message", [
    ("CreateLogGroup", {}, INVALID, ONE + "Value null at 'logGroupName' failed to satisfy constraint: Member must not be null"),
    ("CreateLogGroup", {"logGroupName": "a b"}, INVALID,
     ONE + r"Value 'a b' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+"),
    ("CreateLogGroup", {"logGroupName": "g", "logGroupClass": "COLD"}, INVALID,
     ONE + "Value 'COLD' at 'logGroupClass' failed to satisfy constraint: Member must satisfy enum value set: [STANDARD, INFREQUENT_ACCESS, DELIVERY]"),
    ("CreateLogGroup", {"logGroupName": 5}, "SerializationException", "NUMBER_VALUE cannot be converted to String"),
    ("CreateLogStream", {"logGroupName": "none", "logStreamName": "s"}, MISSING, "The specified log group does not exist."),
    ("CreateLogStream", {"logGroupName": "none", "logStreamName": "a:b"}, INVALID,
     ONE + "Value 'a:b' at 'logStreamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [^:*]*"),
    ("DescribeLogGroups", {"limit": 51}, INVALID, ONE + "Value '51' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 50"),
    ("DescribeLogGroups", {"nextToken": "none"}, INVALID, "The specified nextToken is invalid."),
    ("DescribeLogGroups", {"nextToken": "bm9uZQ=="}, INVALID, "The specified nextToken is invalid."),
    ("DescribeLogGroups", {"accountIdentifiers": ["1"]}, INVALID, None),
    ("DescribeLogGroups", {"logGroupNamePrefix": "a", "logGroupNamePattern": "a"}, INVALID,
     "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."),
    ("PutRetentionPolicy", {"logGroupName": "none", "retentionInDays": 2}, INVALID,
     ONE + "Value '2' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, "
     "400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]"),
    ("PutRetentionPolicy", {"logGroupName": "none", "retentionInDays": 1}, MISSING, "The specified log group does not exist."),
    ("ListTagsForResource", {"resourceArn": "arn:aws:logs:us-east-1:111122223333:log-group:none"}, MISSING, "The specified log group does not exist."),
    # Nothing here is a Kinesis or Firehose stream, so AWS's words for one that doesn't exist.
    ("PutDestination", {"destinationName": "d", "targetArn": KINESIS, "roleArn": ROLE}, INVALID,
     "Could not deliver test message to specified Kinesis stream. Check if the given kinesis stream is in ACTIVE state. "),
    ("PutDestination", {"destinationName": "d", "targetArn": KINESIS}, INVALID, ONE + "Value null at 'roleArn' failed to satisfy constraint: Member must not be null"),
    ("PutDestination", {"destinationName": "d", "targetArn": "arn:aws:s3:::b", "roleArn": ROLE}, INVALID, "Invalid targetArn: arn:aws:s3:::b"),
    ("DeleteDestination", {"destinationName": "d"}, MISSING, "The specified destination does not exist."),
    ("PutDestinationPolicy", {"destinationName": "d", "accessPolicy": "{}"}, MISSING, "The specified destination does not exist."),
    ("CreateLogGroup", {"logGroupName": "x" * 513}, INVALID, TOO_LONG),
    ("CreateLogStream", {"logGroupName": "g", "logStreamName": "x" * 513}, INVALID, TOO_LONG),
    ("PutLogEvents", {"logGroupName": "x" * 513, "logStreamName": "s"}, INVALID, TOO_LONG),
    ("DescribeLogStreams", {"logGroupIdentifier": STARRED}, INVALID, NO_STAR),
    ("GetLogEvents", {"logGroupIdentifier": STARRED, "logStreamName": "s"}, INVALID, NO_STAR),
    ("FilterLogEvents", {"logGroupIdentifier": STARRED}, INVALID, NO_STAR),
    ("GetLogGroupFields", {"logGroupIdentifier": STARRED}, INVALID, NO_STAR),
    ("GetLogEvents", {"logStreamName": "s"}, INVALID, ONE + "Value null at 'logGroupName' failed to satisfy constraint: Member must not be null"),
    ("GetLogEvents", {"logGroupName": "g", "logGroupIdentifier": "g", "logStreamName": "s"}, "ValidationException",
     "LogGroup name and LogGroup ARN are mutually exclusive parameters."),
    ("TestMetricFilter", {"filterPattern": "", "logEventMessages": []}, INVALID,
     ONE + "Value '[]' at 'logEventMessages' failed to satisfy constraint: Member must have length greater than or equal to 1"),
])
def test_refusals(answer, operation, body, code, message):
    got = answer(operation, **body)
    assert got[0] == code and message in (None, got[1]), got


def test_no_destinations_are_there(logs):
    assert logs.describe_destinations()["destinations"] == []


@pytest.mark.parametrize("destination, more, code, message", [
    ("arn:aws:logs:us-east-1:111122223333:destination:d", {}, MISSING, "The specified destination does not exist."),
    (KINESIS, {}, INVALID, "destinationArn for vendor kinesis cannot be used without roleArn"),
    (KINESIS, {"roleArn": ROLE}, INVALID, "Could not deliver test message to specified Kinesis stream. Check if the given kinesis stream is in ACTIVE state. "),
    ("arn:aws:firehose:us-east-1:111122223333:deliverystream/d", {"roleArn": ROLE}, INVALID,
     "Could not deliver test message to specified Firehose stream. Check if the given firehose stream is in ACTIVE state. "),
    ("arn:aws:s3:::b", {}, INVALID, "PutSubscriptionFilter operation cannot work with destinationArn for vendor s3"),
])
def test_subscriptions_to_what_is_not_here(logs, group, destination, more, code, message):
    assert refused(logs.put_subscription_filter, logGroupName=group, filterName="f", filterPattern="", destinationArn=destination, **more) == (code, message)
    assert logs.describe_subscription_filters(logGroupName=group)["subscriptionFilters"] == []


def test_batches_that_are_refused(answer, group):
    at = lambda *events: {"logGroupName": group, "logStreamName": "main", "logEvents": [{"timestamp": t, "message": m} for t, m in events]}  # noqa: E731
    t = now()
    assert answer("PutLogEvents", **at()) == (
        INVALID, ONE + "Value '[]' at 'logEvents' failed to satisfy constraint: Member must have length greater than or equal to 1")
    assert answer("PutLogEvents", **at((t, ""))) == (
        INVALID, ONE + "Value '' at 'logEvents.1.member.message' failed to satisfy constraint: Member must have length greater than or equal to 1")
    assert answer("PutLogEvents", **at((t, "x" * (1_048_576 - 25)))) == (INVALID, "Log event too large: 1048577 bytes exceeds limit of 1048576")
    half = "x" * (524_288 - 26)
    assert answer("PutLogEvents", **at((t, half), (t, half + "x"))) == (INVALID, "Upload too large: 1048577 bytes exceeds limit of 1048576")
    code, message = answer("PutLogEvents", **at(*[(t, "m")] * 10_001))
    assert code == INVALID and message.endswith("at 'logEvents' failed to satisfy constraint: Member must have length less than or equal to 10000")
    for name, words in (({"logGroupName": "none"}, "The specified log group does not exist."), ({"logStreamName": "none"}, "The specified log stream does not exist.")):
        assert answer("PutLogEvents", **{**at((t, "m")), **name}) == (MISSING, words)


def test_streams_that_are_named_must_exist(logs, group):
    assert refused(logs.filter_log_events, logGroupName=group, logStreamNames=["main", "none"]) == (MISSING, "The specified log stream does not exist.")
    assert logs.filter_log_events(logGroupName=group, logStreamNamePrefix="none")["events"] == []


def test_groups_by_their_identifiers(raw, group, logs, unique):
    other = unique("/other")
    logs.create_log_group(logGroupName=other)
    arn = logs.describe_log_groups(logGroupNamePrefix=other)["logGroups"][0]["arn"].removesuffix(":*")
    found = raw.logs("DescribeLogGroups", {"logGroupIdentifiers": [group, arn, "none"]}).json()["logGroups"]
    assert sorted(g["logGroupName"] for g in found) == sorted([group, other])


def test_reserved_tags(logs, group):
    code, _ = refused(logs.tag_log_group, logGroupName=group, tags={"aws:mine": "1"})
    assert code == INVALID and logs.list_tags_log_group(logGroupName=group)["tags"] == {}


def test_queries_that_a_class_does_not_know(raw, unique, answer):
    name = unique("/rare")
    assert raw.logs("CreateLogGroup", {"logGroupName": name, "logGroupClass": "INFREQUENT_ACCESS"}).status == 200
    period = {"logGroupName": name, "startTime": 1, "endTime": 2}
    assert raw.logs("StartQuery", {**period, "queryString": "stats count(*)"}).status == 200
    assert answer("StartQuery", **period, queryString="pattern @message")[0] == "ValidationException"
    assert answer("FilterLogEvents", logGroupName=name) == ("ValidationException", "This operation is only supported on the Standard log class.")
