"""SQS: FIFO queues, dead-letter queues and moving their messages back."""

import json

import pytest
from botocore.exceptions import ClientError
from harness.own_server import endpoint, server  # noqa: F401


@pytest.fixture
def sqs(client):
    return client("sqs")


@pytest.fixture
def fifo(sqs, unique):
    """fifo(ContentBasedDeduplication="true") -> the URL of a new FIFO queue."""
    return lambda **attributes: sqs.create_queue(
        QueueName=unique("q") + ".fifo", Attributes={"FifoQueue": "true", **attributes})["QueueUrl"]


@pytest.fixture
def arn_of(sqs):
    return lambda url: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def send(sqs, url, body, group="g", deduplication=None, **more):
    ids = {"MessageDeduplicationId": deduplication} if deduplication else {}
    return sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=group, **ids, **more)


def receive(sqs, url, count=10, **more):
    return sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=count, AttributeNames=["All"], **more).get("Messages", [])


def bodies(messages):
    return [m["Body"] for m in messages]


def refused(call, **arguments):
    with pytest.raises(ClientError) as error:
        call(**arguments)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def test_order_within_groups_and_groups_in_flight(sqs, fifo):
    url = fifo(ContentBasedDeduplication="true")
    for body in ("a1", "b1", "a2", "b2", "a3"):
        send(sqs, url, body, group=body[0])
    first = receive(sqs, url, 1)
    assert bodies(first) == ["a1"]
    assert bodies(receive(sqs, url)) == ["b1", "b2"], "group a waits while a1 is in flight"
    assert receive(sqs, url) == []
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first[0]["ReceiptHandle"])
    assert bodies(receive(sqs, url)) == ["a2", "a3"]


def test_what_is_not_deleted_comes_again_first(sqs, fifo, emulator_clock):
    url = fifo(ContentBasedDeduplication="true", VisibilityTimeout="30")
    for body in ("a1", "a2"):
        send(sqs, url, body)
    assert bodies(receive(sqs, url, 1)) == ["a1"]
    assert receive(sqs, url) == []
    emulator_clock.advance(31)
    (again,) = receive(sqs, url, 1)
    assert again["Body"] == "a1" and again["Attributes"]["ApproximateReceiveCount"] == "2"


def test_duplicates_are_taken_once_within_five_minutes(sqs, fifo, emulator_clock):
    url = fifo()
    first = send(sqs, url, "one", deduplication="d")
    second = send(sqs, url, "another body", deduplication="d")
    assert (first["MessageId"], first["SequenceNumber"]) == (second["MessageId"], second["SequenceNumber"])
    (message,) = receive(sqs, url)
    assert message["Body"] == "one"
    assert message["Attributes"]["MessageGroupId"] == "g" and message["Attributes"]["MessageDeduplicationId"] == "d"
    assert message["Attributes"]["SequenceNumber"] == first["SequenceNumber"] and len(first["SequenceNumber"]) == 20
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    send(sqs, url, "still", deduplication="d")
    assert receive(sqs, url) == [], "deleting doesn't forget the id"
    emulator_clock.advance(301)
    third = send(sqs, url, "later", deduplication="d")
    assert third["SequenceNumber"] > first["SequenceNumber"]
    assert bodies(receive(sqs, url)) == ["later"]


def test_deduplication_by_content_and_by_group(sqs, fifo):
    url = fifo(ContentBasedDeduplication="true")
    send(sqs, url, "same", group="a")
    send(sqs, url, "same", group="b")
    assert bodies(receive(sqs, url)) == ["same"]
    url = fifo(ContentBasedDeduplication="true", DeduplicationScope="messageGroup", FifoThroughputLimit="perMessageGroupId")
    send(sqs, url, "same", group="a")
    send(sqs, url, "same", group="b")
    send(sqs, url, "same", group="b")
    assert len(receive(sqs, url)) == 2


def test_a_batch_keeps_its_order(sqs, fifo):
    url = fifo(ContentBasedDeduplication="true")
    entries = [{"Id": str(i), "MessageBody": f"m{i}", "MessageGroupId": "g"} for i in range(10)]
    sent = sqs.send_message_batch(QueueUrl=url, Entries=entries)["Successful"]
    assert [s["SequenceNumber"] for s in sent] == sorted(s["SequenceNumber"] for s in sent)
    assert bodies(receive(sqs, url)) == [f"m{i}" for i in range(10)]


def test_attributes(sqs, fifo, unique):
    url = fifo()
    shown = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert {name: shown[name] for name in ("FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit")} == {
        "FifoQueue": "true", "ContentBasedDeduplication": "false", "DeduplicationScope": "queue", "FifoThroughputLimit": "perQueue"}
    standard = sqs.create_queue(QueueName=unique("q"))["QueueUrl"]
    assert "FifoQueue" not in sqs.get_queue_attributes(QueueUrl=standard, AttributeNames=["All"])["Attributes"]


def test_wrong_use_is_refused_in_aws_words(sqs, fifo, unique):
    url, standard = fifo(), sqs.create_queue(QueueName=unique("q"))["QueueUrl"]
    assert refused(sqs.send_message, QueueUrl=url, MessageBody="x") == (
        "MissingParameter", "The request must contain the parameter MessageGroupId.")
    assert refused(sqs.send_message, QueueUrl=url, MessageBody="x", MessageGroupId="g") == (
        "InvalidParameterValue",
        "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly")
    assert refused(sqs.send_message, QueueUrl=standard, MessageBody="x", MessageDeduplicationId="d") == (
        "InvalidParameterValue", "Value d for parameter MessageDeduplicationId is invalid. Reason: The request include parameter "
        "that is not valid for this queue type.")
    assert refused(sqs.send_message, QueueUrl=url, MessageBody="x", MessageGroupId="g", MessageDeduplicationId="d", DelaySeconds=1)[0] == (
        "InvalidParameterValue")
    assert refused(sqs.create_queue, QueueName=unique("q"), Attributes={"FifoQueue": "true"}) == (
        "InvalidParameterValue", "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end "
        "with .fifo suffix and be 1 to 80 in length")
    assert refused(sqs.create_queue, QueueName=unique("q"), Attributes={"ContentBasedDeduplication": "true"}) == (
        "InvalidAttributeName", "Unknown Attribute ContentBasedDeduplication.")


def test_redrive_policies_are_checked(sqs, fifo, unique, arn_of, account):
    def policy(target, count):
        return {"RedrivePolicy": json.dumps({"deadLetterTargetArn": target, "maxReceiveCount": count})}

    url = sqs.create_queue(QueueName=unique("q"))["QueueUrl"]
    missing = f"arn:aws:sqs:us-east-1:{account}:nowhere"
    text = policy(missing, 3)["RedrivePolicy"]
    assert refused(sqs.set_queue_attributes, QueueUrl=url, Attributes=policy(missing, 3)) == (
        "InvalidParameterValue", f"Value {text} for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist.")
    dead = arn_of(fifo())
    assert refused(sqs.set_queue_attributes, QueueUrl=url, Attributes=policy(dead, 3))[1].endswith(
        "Dead letter queue must be same type of queue as the source.")
    dead = arn_of(sqs.create_queue(QueueName=unique("q"))["QueueUrl"])
    assert refused(sqs.set_queue_attributes, QueueUrl=url, Attributes=policy(dead, 0))[1].endswith(
        "Invalid value for maxReceiveCount: 0, valid values are from 1 to 1000 both inclusive.")
    sqs.set_queue_attributes(QueueUrl=url, Attributes=policy(dead, "3"))


@pytest.mark.parametrize("kind", ["standard", "fifo"])
def test_dead_letters_are_moved_back(sqs, unique, arn_of, raw, kind):
    suffix, attributes, ids = (".fifo", {"FifoQueue": "true", "ContentBasedDeduplication": "true"}, {"MessageGroupId": "g"}) \
        if kind == "fifo" else ("", {}, {})
    dead = sqs.create_queue(QueueName=unique("dead") + suffix, Attributes=attributes)["QueueUrl"]
    dead_arn = arn_of(dead)
    url = sqs.create_queue(QueueName=unique("q") + suffix, Attributes={
        **attributes, "VisibilityTimeout": "0",
        "RedrivePolicy": json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 1})})["QueueUrl"]
    assert sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"] == [url]
    for body in ("one", "two"):
        sqs.send_message(QueueUrl=url, MessageBody=body, **ids)
    assert sorted(bodies(receive(sqs, url))) == ["one", "two"]
    assert receive(sqs, url) == []

    def call(operation, body):  # Debian's boto3 doesn't know these yet
        headers = {"X-Amz-Target": "AmazonSQS." + operation, "Content-Type": "application/x-amz-json-1.0"}
        return raw("sqs", headers=headers, body=json.dumps(body)).json()

    assert "TaskHandle" in call("StartMessageMoveTask", {"SourceArn": dead_arn})
    (task,) = call("ListMessageMoveTasks", {"SourceArn": dead_arn})["Results"]
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 2)
    assert receive(sqs, dead) == []
    assert sorted(bodies(receive(sqs, url))) == ["one", "two"]
    assert call("StartMessageMoveTask", {"SourceArn": arn_of(url)})["message"] == (
        "Source queue must be configured as a Dead Letter Queue.")


def test_a_receive_gives_as_many_of_one_group_as_it_can(sqs, fifo):
    url = fifo(ContentBasedDeduplication="true")
    for body in ("g1-1", "g2-1", "g1-2", "g3-1", "g2-2", "g1-3"):
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=body[:2])
    got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert [m["Body"] for m in got] == ["g1-1", "g1-2", "g1-3", "g2-1", "g2-2", "g3-1"]
