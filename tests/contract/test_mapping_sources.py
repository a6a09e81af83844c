"""Mappings whose stream, table, role, queue or function changes or goes away under them."""

import json

import pytest
from botocore.exceptions import ClientError
from harness.deliveries import delivery  # noqa: F401
from harness.own_server import endpoint, server  # noqa: F401


@pytest.fixture
def role_of(client):
    """role_of(function): the name of its execution role."""
    return lambda function: client("lambda").get_function_configuration(FunctionName=function)["Role"].rpartition("/")[2]


def allow(client, role, *actions, on="*"):
    statements = [{"Effect": "Allow", "Action": list(actions), "Resource": on}]
    if on != "*":  # everything but the source, for the handler
        statements.append({"Effect": "Allow", "NotAction": ["dynamodb:Get*s", "dynamodb:Get*r", "dynamodb:*Stream*"], "Resource": "*"})
    client("iam").put_role_policy(RoleName=role, PolicyName="allowed",
                                  PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements}))


def test_a_table_made_anew_has_another_stream(delivery, drain, emulator_clock):  # noqa: F811
    d = delivery()
    d.map()
    d.write("a1")
    drain()
    d.dynamodb.delete_table(TableName=d.table)
    emulator_clock.advance(1)  # labels are times
    made = d.dynamodb.create_table(
        TableName=d.table, AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})["TableDescription"]
    d.write("b1")
    drain()
    assert d.calls() == ["a1"], "the mapping is on the old table's stream"
    old, d.stream = d.stream, made["LatestStreamArn"]
    assert old != d.stream
    d.map()
    drain()
    assert d.calls() == ["a1", "b1"]


def test_a_stream_disabled_under_its_mapping_is_delivered_to_its_end(delivery, drain):  # noqa: F811
    d = delivery()
    d.map(BatchSize=1)
    d.write("a1:wait go", "b1")
    d.wait_for_calls(1)
    d.dynamodb.update_table(TableName=d.table, StreamSpecification={"StreamEnabled": False})
    d.write("c1")
    d.release("go")
    drain()
    assert d.calls() == ["a1", "b1"]
    assert (d.get()["State"], d.get()["LastProcessingResult"]) == ("Enabled", "OK")


@pytest.mark.parametrize("lost", ["GetRecords", "GetShardIterator", "DescribeStream", "ListStreams"])
def test_the_poller_needs_what_creating_the_mapping_needs(delivery, drain, client, emulator_clock, role_of, lost):  # noqa: F811
    d = delivery()
    d.map()
    table, role = d.stream.split("/stream/")[0], role_of(d.function)
    actions = [f"dynamodb:{a}" for a in ("GetRecords", "GetShardIterator", "DescribeStream", "ListStreams")]
    allow(client, role, *(a for a in actions if a != f"dynamodb:{lost}"), on=table + "/stream/*")
    d.write("a1")
    d._until(lambda: d.get()["LastProcessingResult"].startswith(f"PROBLEM: Cannot access stream {d.stream}."), "the problem shows")
    allow(client, role, *actions, on=table + "/stream/*")  # the policy of AWS's tutorial
    emulator_clock.advance(10)
    drain()
    assert d.calls() == ["a1"] and d.get()["LastProcessingResult"] == "OK"


def test_records_wait_while_the_role_may_not_read_them(delivery, drain, client, emulator_clock, role_of):  # noqa: F811
    d = delivery()
    d.map()
    d.write("a1")
    drain()
    role = role_of(d.function)
    allow(client, role, "dynamodb:PutItem")
    d.write("b1")
    d._until(lambda: d.get()["LastProcessingResult"] == f"PROBLEM: Cannot access stream {d.stream}. Please ensure the role can perform "
             "the GetRecords, GetShardIterator, DescribeStream, and ListStreams Actions on your stream in IAM.", "the problem shows")
    assert d.get()["State"] == "Enabled" and d.calls() == ["a1"]
    allow(client, role, "*")
    emulator_clock.advance(10)
    drain()
    assert d.calls() == ["a1", "b1"] and d.get()["LastProcessingResult"] == "OK"


def test_records_wait_when_the_role_is_gone(delivery, client, role_of):  # noqa: F811
    d = delivery()
    d.map()
    role, iam = role_of(d.function), client("iam")
    iam.delete_role_policy(RoleName=role, PolicyName="allowed")
    iam.delete_role(RoleName=role)
    d.write("a1")
    d._until(lambda: d.get()["LastProcessingResult"].startswith("PROBLEM: Cannot access stream"), "the problem shows")
    assert d.get()["State"] == "Enabled" and d.calls() == []
    d.delete()


def test_a_new_function_gets_what_the_old_ones_call_did_not(delivery, drain):  # noqa: F811
    d, other = delivery(), delivery()
    d.map(BatchSize=1)
    d.write("a1:wait go", "b1")
    d.wait_for_calls(1)
    assert d.lam.update_event_source_mapping(UUID=d.uuid, FunctionName=other.function)["State"] == "Updating"
    d.release("go")
    drain()
    assert d.calls() == ["a1"]
    assert other.calls() == ["b1"]


def test_a_mapping_cannot_become_another_ones_double(delivery):  # noqa: F811
    d, other = delivery(), delivery()
    d.map()
    first = d.uuid
    d.function, d_function = other.function, d.function
    d.map()
    with pytest.raises(ClientError) as error:
        d.lam.update_event_source_mapping(UUID=d.uuid, FunctionName=d_function)
    assert error.value.response["Error"] == {"Code": "ResourceConflictException", "Message": (
        f'The event source arn (" {d.stream} ") and function (" {d_function} ") provided mapping already exists. Please update or '
        f"delete the existing mapping with UUID {first}"), **{k: v for k, v in error.value.response["Error"].items() if k == "Type"}}
    assert d.get()["FunctionArn"].endswith(":function:" + other.function)
    assert d.update(FunctionName=other.function)["State"] == "Enabled", "its own function is no conflict"


# -- queues


@pytest.fixture
def queue(client, unique):
    sqs = client("sqs")
    url = sqs.create_queue(QueueName=unique("q"))["QueueUrl"]
    return sqs, url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


RECORD_BODIES = """
import os, uuid, boto3
def handler(event, context):
    for record in event["Records"]:
        boto3.client("dynamodb").put_item(TableName=os.environ["CALLS"], Item={
            "pk": {"S": str(uuid.uuid4())}, "body": {"S": record["body"]}})
"""


def received(d):
    return sorted(i["body"]["S"] for i in d.dynamodb.scan(TableName=d.calls_table, ConsistentRead=True)["Items"])


def test_messages_wait_while_the_role_may_not_receive_them(delivery, drain, client, emulator_clock, role_of, queue):  # noqa: F811
    sqs, url, arn = queue
    d = delivery(RECORD_BODIES)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "60"})
    d.lam.create_event_source_mapping(EventSourceArn=arn, FunctionName=d.function)
    role = role_of(d.function)
    allow(client, role, "dynamodb:*")
    sqs.send_message(QueueUrl=url, MessageBody="one")
    drain()
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert counts["ApproximateNumberOfMessages"] == "1" and received(d) == []
    allow(client, role, "*")
    emulator_clock.advance(10)
    d._until(lambda: received(d) == ["one"], "the message is delivered")


def test_a_queue_made_anew_goes_on_feeding_its_mapping(delivery, drain, queue):  # noqa: F811
    sqs, url, arn = queue
    d = delivery(RECORD_BODIES)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "60"})
    d.lam.create_event_source_mapping(EventSourceArn=arn, FunctionName=d.function)
    sqs.send_message(QueueUrl=url, MessageBody="one")
    drain()
    sqs.delete_queue(QueueUrl=url)
    url = sqs.create_queue(QueueName=arn.rpartition(":")[2], Attributes={"VisibilityTimeout": "60"})["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="two")
    drain()
    assert received(d) == ["one", "two"]
