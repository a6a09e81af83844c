"""Event source mappings: the API. What they do with records is tested beside the streams and queues."""

import json

import pytest
from botocore.exceptions import ClientError

DISCARD = "def handler(event, context): return None\n"


def refused(call, *args, **kwargs):
    with pytest.raises(ClientError) as error:
        call(*args, **kwargs)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


@pytest.fixture
def lam(client):
    return client("lambda")


@pytest.fixture
def stream(client, make_table):
    name = make_table(stream="NEW_AND_OLD_IMAGES")
    return client("dynamodb").describe_table(TableName=name)["Table"]["LatestStreamArn"]


@pytest.fixture
def queue_arn(client, unique):
    sqs = client("sqs")
    url = sqs.create_queue(QueueName=unique("q"))["QueueUrl"]
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def settled(lam, until, uuid):
    states = ("Enabled", "Disabled")
    return until(lambda: (m := lam.get_event_source_mapping(UUID=uuid))["State"] in states and m, "the mapping settles")


def test_create_shows_the_defaults(raw, make_function, stream, account):
    name = make_function(DISCARD)
    body = {"FunctionName": name, "EventSourceArn": stream, "StartingPosition": "TRIM_HORIZON"}
    answer = raw("lambda", "POST", "/2015-03-31/event-source-mappings/", json.dumps(body))
    assert answer.status == 202
    shown = answer.json()
    uuid, modified = shown.pop("UUID"), shown.pop("LastModified")
    assert isinstance(modified, float)
    assert shown == {
        "StartingPosition": "TRIM_HORIZON", "BatchSize": 100, "MaximumBatchingWindowInSeconds": 0, "ParallelizationFactor": 1,
        "EventSourceArn": stream, "FunctionArn": f"arn:aws:lambda:us-east-1:{account}:function:{name}",
        "LastProcessingResult": "No records processed", "State": "Creating", "StateTransitionReason": "User action",
        "DestinationConfig": {"OnFailure": {}}, "MaximumRecordAgeInSeconds": -1, "BisectBatchOnFunctionError": False,
        "MaximumRetryAttempts": -1, "TumblingWindowInSeconds": 0, "FunctionResponseTypes": [],
        "EventSourceMappingArn": f"arn:aws:lambda:us-east-1:{account}:event-source-mapping:{uuid}"}


def test_life_of_a_mapping(lam, make_function, stream, until):
    name = make_function(DISCARD)
    uuid = lam.create_event_source_mapping(FunctionName=name, EventSourceArn=stream, StartingPosition="LATEST")["UUID"]
    assert settled(lam, until, uuid)["State"] == "Enabled"
    assert lam.update_event_source_mapping(UUID=uuid, Enabled=False)["State"] == "Disabling"
    assert settled(lam, until, uuid)["State"] == "Disabled"
    assert lam.update_event_source_mapping(UUID=uuid, BatchSize=7)["State"] == "Updating"
    assert settled(lam, until, uuid)["BatchSize"] == 7
    assert lam.update_event_source_mapping(UUID=uuid, Enabled=True)["State"] == "Enabling"
    settled(lam, until, uuid)
    assert lam.delete_event_source_mapping(UUID=uuid)["State"] == "Deleting"
    for call in (lam.get_event_source_mapping, lam.update_event_source_mapping, lam.delete_event_source_mapping):
        assert refused(call, UUID=uuid) == ("ResourceNotFoundException", "The resource you requested does not exist.")


def test_filters_are_shown_only_if_there_are_any(lam, make_function, stream, until):
    pattern = '{"eventName":["INSERT"],"a":["\\u003c"]}'
    criteria = {"Filters": [{"Pattern": pattern}]}
    name = make_function(DISCARD)
    created = lam.create_event_source_mapping(FunctionName=name, EventSourceArn=stream, StartingPosition="LATEST", FilterCriteria=criteria)
    assert created["FilterCriteria"] == criteria
    settled(lam, until, created["UUID"])
    assert "FilterCriteria" not in lam.update_event_source_mapping(UUID=created["UUID"], FilterCriteria={})
    assert "FilterCriteria" not in settled(lam, until, created["UUID"])


def test_queue_source_has_another_shape(lam, make_function, queue_arn, until):
    name = make_function(DISCARD)
    created = lam.create_event_source_mapping(FunctionName=name, EventSourceArn=queue_arn)
    assert (created["BatchSize"], created["StateTransitionReason"]) == (10, "USER_INITIATED")
    assert not {"StartingPosition", "LastProcessingResult", "DestinationConfig", "MaximumRetryAttempts"} & set(created)
    settled(lam, until, created["UUID"])


def test_a_disabled_queue_mapping_is_disabled_at_once(lam, make_function, queue_arn):
    created = lam.create_event_source_mapping(EventSourceArn=queue_arn, FunctionName=make_function(DISCARD), Enabled=False)
    assert created["State"] == "Disabled"


@pytest.mark.parametrize("member, value", [
    ("ParallelizationFactor", 1), ("MaximumRecordAgeInSeconds", 60), ("BisectBatchOnFunctionError", False),
    ("MaximumRetryAttempts", 2), ("TumblingWindowInSeconds", 0)])
def test_a_queue_has_nothing_that_only_streams_have(raw, make_function, queue_arn, member, value):
    body = {"FunctionName": make_function(DISCARD), "EventSourceArn": queue_arn, member: value}
    answer = raw("lambda", "POST", "/2015-03-31/event-source-mappings", json.dumps(body))
    assert (answer.headers["x-amzn-errortype"], answer.json()["message"]) == (
        "InvalidParameterValueException", f"Unsupported {member} parameter for given event source mapping type.")


def test_a_stream_is_not_scaled_like_a_queue(raw, make_function, stream):
    body = {"FunctionName": make_function(DISCARD), "EventSourceArn": stream, "StartingPosition": "LATEST",
            "ScalingConfig": {"MaximumConcurrency": 2}}
    answer = raw("lambda", "POST", "/2015-03-31/event-source-mappings", json.dumps(body))
    assert answer.json()["message"] == "Unsupported ScalingConfig parameter for given event source mapping type."


def test_a_queue_has_no_starting_position(lam, make_function, queue_arn):
    assert refused(lam.create_event_source_mapping, EventSourceArn=queue_arn, FunctionName=make_function(DISCARD),
                   StartingPosition="LATEST") == (
        "InvalidParameterValueException", "StartingPosition is not valid for SQS event sources.")


def test_the_same_queue_mapping_twice(lam, make_function, queue_arn):
    name = make_function(DISCARD)
    first = lam.create_event_source_mapping(EventSourceArn=queue_arn, FunctionName=name)
    assert refused(lam.create_event_source_mapping, EventSourceArn=queue_arn, FunctionName=name) == (
        "ResourceConflictException",
        f'An event source mapping with SQS arn (" {queue_arn} ") and function (" {name} ") already exists. Please update or delete the '
        f"existing mapping with UUID {first['UUID']}")


def test_listing(lam, make_function, queue_arn, stream):
    name = make_function(DISCARD)
    made = {lam.create_event_source_mapping(FunctionName=name, EventSourceArn=queue_arn)["UUID"],
            lam.create_event_source_mapping(FunctionName=name, EventSourceArn=stream, StartingPosition="LATEST")["UUID"]}
    listed = lam.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    assert {m["UUID"] for m in listed} == made
    assert len(lam.list_event_source_mappings(EventSourceArn=stream)["EventSourceMappings"]) == 1
    assert lam.list_event_source_mappings(FunctionName="nobody")["EventSourceMappings"] == []
    assert lam.list_event_source_mappings(EventSourceArn=stream + "x")["EventSourceMappings"] == []


def test_tags(lam, make_function, queue_arn):
    created = lam.create_event_source_mapping(FunctionName=make_function(DISCARD), EventSourceArn=queue_arn)
    arn = f"arn:aws:lambda:us-east-1:{created['FunctionArn'].split(':')[4]}:event-source-mapping:{created['UUID']}"
    lam.tag_resource(Resource=arn, Tags={"a": "1"})
    assert lam.list_tags(Resource=arn)["Tags"] == {"a": "1"}
    missing = arn[:-4] + "0000"
    assert refused(lam.list_tags, Resource=missing)[1] == f"Event source mapping not found: {missing}"


# -- what is refused, in this order


def test_unrecognized_source(lam):
    assert refused(lam.create_event_source_mapping, FunctionName="nobody", EventSourceArn="arn:aws:dynamodb:us-east-1:000000000001:table/t") == (
        "InvalidParameterValueException", "Unrecognized event source.")
    assert refused(lam.create_event_source_mapping, FunctionName="nobody")[1] == "Unrecognized event source."


def test_constraints_come_before_everything(lam):
    assert refused(lam.create_event_source_mapping, FunctionName="nobody", StartingPosition="invalid") == (
        "ValidationException", "1 validation error detected: Value 'invalid' at 'startingPosition' failed to satisfy constraint: Member "
        "must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]")
    assert refused(lam.create_event_source_mapping, FunctionName="nobody", BatchSize=10001)[1] == (
        "1 validation error detected: Value '10001' at 'batchSize' failed to satisfy constraint: Member must have value less than or "
        "equal to 10000")


def test_refusals_before_the_function_is_looked_at(lam, stream):
    base = {"FunctionName": "nobody", "EventSourceArn": stream}
    assert refused(lam.create_event_source_mapping, **base) == (
        "InvalidParameterValueException", "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: "
        "Member must not be null.")
    target = {"OnSuccess": {"Destination": "arn:aws:sqs:us-east-1:123456789012:q"}}
    assert refused(lam.create_event_source_mapping, **base, StartingPosition="LATEST", DestinationConfig=target)[1] == (
        "Unsupported DestinationConfig parameter for given event source mapping type.")
    assert refused(lam.create_event_source_mapping, **base, StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=1)[1] == (
        f"Unsupported starting position for arn type: {stream}")
    bad = {"Filters": [{"Pattern": "{"}]}
    assert refused(lam.create_event_source_mapping, **base, StartingPosition="LATEST", FilterCriteria=bad)[1] == (
        "Invalid filter pattern definition.")
    assert refused(lam.create_event_source_mapping, **base, StartingPosition="LATEST") == (
        "InvalidParameterValueException", "Function does not exist")


def test_role_must_be_able_to_read(lam, make_function, make_role, stream):
    table = stream.split("/stream/")[0]
    for missing in ("GetRecords", "GetShardIterator", "DescribeStream", "ListStreams"):
        others = [f"dynamodb:{a}" for a in ("GetRecords", "GetShardIterator", "DescribeStream", "ListStreams") if a != missing]
        role = make_role({"Effect": "Allow", "Action": others, "Resource": "*"})
        name = make_function(DISCARD, Role=role)
        assert refused(lam.create_event_source_mapping, FunctionName=name, EventSourceArn=stream, StartingPosition="LATEST") == (
            "InvalidParameterValueException",
            f"Cannot access stream {stream}. Please ensure the role can perform the GetRecords, GetShardIterator, DescribeStream, and "
            "ListStreams Actions on your stream in IAM.")
    four = [f"dynamodb:{a}" for a in ("GetRecords", "GetShardIterator", "DescribeStream", "ListStreams")]
    elsewhere = make_role({"Effect": "Allow", "Action": four, "Resource": [table, table + "2/stream/*"]})
    assert refused(lam.create_event_source_mapping, FunctionName=make_function(DISCARD, Role=elsewhere), EventSourceArn=stream,
                   StartingPosition="LATEST")[1].startswith(f"Cannot access stream {stream}.")
    # The policy of AWS's tutorial, one of the stream's own ARN, one of everything.
    for resource in (table + "/stream/*", stream, "*"):
        role = make_role({"Effect": "Allow", "Action": four, "Resource": resource})
        assert lam.create_event_source_mapping(FunctionName=make_function(DISCARD, Role=role), EventSourceArn=stream,
                                               StartingPosition="LATEST"), resource


def test_role_must_be_able_to_receive(lam, make_function, make_role, queue_arn):
    actions = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
    for missing in actions:
        role = make_role({"Effect": "Allow", "Action": [f"sqs:{a}" for a in actions if a != missing], "Resource": "*"},
                         {"Effect": "Allow", "Action": f"sqs:{missing}", "Resource": queue_arn + "2"})
        assert refused(lam.create_event_source_mapping, FunctionName=make_function(DISCARD, Role=role), EventSourceArn=queue_arn) == (
            "InvalidParameterValueException", f"The provided execution role does not have permissions to call {missing} on SQS")
    for resource in (queue_arn, "*"):
        role = make_role({"Effect": "Allow", "Action": [f"sqs:{a}" for a in actions], "Resource": resource})
        assert lam.create_event_source_mapping(FunctionName=make_function(DISCARD, Role=role), EventSourceArn=queue_arn), resource


def test_stream_must_exist(lam, make_function, account):
    gone = f"arn:aws:dynamodb:us-east-1:{account}:table/gone/stream/2024-01-01T00:00:00.000"
    assert refused(lam.create_event_source_mapping, FunctionName=make_function(DISCARD), EventSourceArn=gone, StartingPosition="LATEST")[1] == (
        f"Stream not found: {gone}")


def test_queue_must_exist(lam, make_function, account):
    gone = f"arn:aws:sqs:us-east-1:{account}:gone"
    assert refused(lam.create_event_source_mapping, FunctionName=make_function(DISCARD), EventSourceArn=gone)[1] == (
        "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified "
        "queue does not exist.")


def test_the_same_mapping_twice(lam, make_function, stream):
    name = make_function(DISCARD)
    uuid = lam.create_event_source_mapping(FunctionName=name, EventSourceArn=stream, StartingPosition="LATEST")["UUID"]
    assert refused(lam.create_event_source_mapping, FunctionName=name, EventSourceArn=stream, StartingPosition="LATEST") == (
        "ResourceConflictException",
        f'The event source arn (" {stream} ") and function (" {name} ") provided mapping already exists. Please update or delete the '
        f"existing mapping with UUID {uuid}")


def test_deleting_the_function_leaves_the_mapping(lam, make_function, stream, until):
    name = make_function(DISCARD)
    uuid = lam.create_event_source_mapping(FunctionName=name, EventSourceArn=stream, StartingPosition="LATEST")["UUID"]
    settled(lam, until, uuid)
    lam.delete_function(FunctionName=name)
    assert lam.get_event_source_mapping(UUID=uuid)["State"] == "Enabled"
    assert lam.delete_event_source_mapping(UUID=uuid)["State"] == "Deleting"


@pytest.mark.parametrize("member, value, bound", [
    ("BatchSize", 0, "greater than or equal to 1"), ("BatchSize", 10001, "less than or equal to 10000"),
    ("MaximumBatchingWindowInSeconds", -1, "greater than or equal to 0"),
    ("MaximumBatchingWindowInSeconds", 301, "less than or equal to 300"),
    ("ParallelizationFactor", 0, "greater than or equal to 1"), ("ParallelizationFactor", 11, "less than or equal to 10"),
    ("MaximumRecordAgeInSeconds", -2, "greater than or equal to -1"),
    ("MaximumRecordAgeInSeconds", 59, "greater than or equal to 60"),
    ("MaximumRecordAgeInSeconds", 604801, "less than or equal to 604800"),
    ("MaximumRetryAttempts", -2, "greater than or equal to -1"), ("MaximumRetryAttempts", 10001, "less than or equal to 10000"),
    ("TumblingWindowInSeconds", -1, "greater than or equal to 0"), ("TumblingWindowInSeconds", 901, "less than or equal to 900"),
])
def test_bounds(raw, make_function, stream, member, value, bound):
    body = {"FunctionName": "nobody", "EventSourceArn": stream, "StartingPosition": "LATEST", member: value}
    answer = raw("lambda", "POST", "/2015-03-31/event-source-mappings", json.dumps(body))
    assert answer.status == 400 and answer.headers["x-amzn-errortype"] == "ValidationException"
    path = member[0].lower() + member[1:]
    assert answer.json()["message"] == (
        f"1 validation error detected: Value '{value}' at '{path}' failed to satisfy constraint: Member must have value {bound}")


def test_lists_and_texts_have_bounds(raw, make_function, stream):
    def message(**more):
        body = {"FunctionName": "nobody", "EventSourceArn": stream, "StartingPosition": "LATEST", **more}
        answer = raw("lambda", "POST", "/2015-03-31/event-source-mappings", json.dumps(body))
        assert answer.headers["x-amzn-errortype"] == "ValidationException", answer.json()
        return answer.json()["message"]

    assert "'functionResponseTypes' failed to satisfy constraint" in message(FunctionResponseTypes=["Other"])
    assert "[ReportBatchItemFailures]" in message(FunctionResponseTypes=["Other"])
    assert "Member must have length less than or equal to 1" in message(FunctionResponseTypes=["ReportBatchItemFailures"] * 2)
    pattern = json.dumps({"eventName": ["x" * 4100]})
    assert "Member must have length less than or equal to 4096" in message(FilterCriteria={"Filters": [{"Pattern": pattern}]})
    destination = "arn:aws:sqs:us-east-1:123456789012:" + "q" * 350
    assert "Member must have length less than or equal to 350" in message(
        DestinationConfig={"OnFailure": {"Destination": destination}})


@pytest.mark.parametrize("pattern", ["single-string", '[{"eventName": ["INSERT"=123}]', "null", '{"eventSource":"aws:sqs"}', '{"eventSource":[]}'])
def test_filter_patterns_that_aws_refused(lam, stream, pattern):
    assert refused(lam.create_event_source_mapping, FunctionName="nobody", EventSourceArn=stream, StartingPosition="LATEST",
                   FilterCriteria={"Filters": [{"Pattern": pattern}]}) == (
        "InvalidParameterValueException", "Invalid filter pattern definition.")


def test_update_takes_every_setting_and_update_errors_are_create_errors(lam, make_function, stream, until):
    uuid = lam.create_event_source_mapping(FunctionName=make_function(DISCARD), EventSourceArn=stream, StartingPosition="LATEST")["UUID"]
    settled(lam, until, uuid)
    settings = {"BatchSize": 7, "MaximumBatchingWindowInSeconds": 5, "ParallelizationFactor": 2, "MaximumRecordAgeInSeconds": 60,
                "BisectBatchOnFunctionError": True, "MaximumRetryAttempts": 3, "TumblingWindowInSeconds": 10,
                "FunctionResponseTypes": ["ReportBatchItemFailures"]}
    lam.update_event_source_mapping(UUID=uuid, **settings)
    shown = settled(lam, until, uuid)
    assert {name: shown[name] for name in settings} == settings
    other = make_function(DISCARD)
    lam.update_event_source_mapping(UUID=uuid, FunctionName=other)
    assert settled(lam, until, uuid)["FunctionArn"].endswith(":function:" + other)
    assert refused(lam.update_event_source_mapping, UUID=uuid, FunctionName="nobody") == (
        "InvalidParameterValueException", "Function does not exist")
    bad = {"Filters": [{"Pattern": "{"}]}
    assert refused(lam.update_event_source_mapping, UUID=uuid, FilterCriteria=bad)[1] == "Invalid filter pattern definition."
