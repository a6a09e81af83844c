"""SQS: what is refused and in which words, and moving messages back."""

import hashlib
import json
import struct
import time

import pytest
from botocore.exceptions import ClientError

GROUPED = {"MessageGroupId": "g", "MessageDeduplicationId": "d"}


@pytest.fixture
def queue(client, unique):
    sqs = client("sqs")
    return sqs, sqs.create_queue(QueueName=unique("q"))["QueueUrl"]


@pytest.fixture
def call(raw):
    """call("SendMessage", {...}): the JSON protocol, which Debian's boto3 doesn't speak."""
    def send(operation, body):
        return raw("sqs", headers={"X-Amz-Target": "AmazonSQS." + operation, "Content-Type": "application/x-amz-json-1.0"},
                   body=json.dumps(body))
    return send


def refused(call, **arguments):
    with pytest.raises(ClientError) as error:
        call(**arguments)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


@pytest.mark.parametrize("entry_id", ["", "bad!id", "x" * 81, "ä", "a b"])
def test_ids_of_batch_entries(queue, call, entry_id):
    sqs, url = queue
    text = "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long."
    for operation, entry in (("SendMessageBatch", {"MessageBody": "x"}), ("DeleteMessageBatch", {"ReceiptHandle": "x"}),
                             ("ChangeMessageVisibilityBatch", {"ReceiptHandle": "x", "VisibilityTimeout": 1})):
        answer = call(operation, {"QueueUrl": url, "Entries": [{"Id": "good"}, {"Id": entry_id} | entry]})
        assert (answer.status, answer.json()["__type"], answer.json()["message"]) == (
            400, "com.amazonaws.sqs#InvalidBatchEntryId", text), operation
        assert answer.headers["x-amzn-query-error"] == "AWS.SimpleQueueService.InvalidBatchEntryId;Sender"
    assert sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "x" * 80, "MessageBody": "x"}])["Successful"]


def test_empty_batches(queue, call):
    _, url = queue
    for operation in ("SendMessageBatch", "DeleteMessageBatch", "ChangeMessageVisibilityBatch"):
        answer = call(operation, {"QueueUrl": url, "Entries": []}).json()
        assert answer["message"] == f"There should be at least one {operation}RequestEntry in the request."


def test_fifo_batches_fail_as_a_whole(client, unique):
    sqs = client("sqs")
    url = sqs.create_queue(QueueName=unique("q") + ".fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    good = {"Id": "a", "MessageBody": "x", **GROUPED}

    def send(**lacking):
        return refused(sqs.send_message_batch, QueueUrl=url, Entries=[good, {"Id": "b", "MessageBody": "y", **lacking}])

    assert send(MessageDeduplicationId="e") == ("MissingParameter", "The request must contain the parameter MessageGroupId.")
    assert send(MessageGroupId="g")[0] == "InvalidParameterValue"
    assert "Messages" not in sqs.receive_message(QueueUrl=url), "nothing of the batch was taken"
    answer = sqs.send_message_batch(QueueUrl=url, Entries=[good, {"Id": "b", "MessageBody": "", **GROUPED}])
    assert [len(answer["Successful"]), len(answer["Failed"])] == [1, 1]


def test_a_queues_kind_stays(client, queue, unique):
    sqs, url = queue
    for value in ("false", "true"):
        assert refused(sqs.set_queue_attributes, QueueUrl=url, Attributes={"FifoQueue": value}) == (
            "InvalidAttributeName", "Unknown Attribute FifoQueue.")
    assert refused(sqs.create_queue, QueueName=unique("q"), Attributes={"FifoQueue": "false"}) == (
        "InvalidAttributeName", "Unknown Attribute FifoQueue.")
    assert refused(sqs.create_queue, QueueName=unique("q"), Attributes={"ContentBasedDeduplication": "false"})[0] == (
        "InvalidAttributeName")
    fifo = sqs.create_queue(QueueName=unique("q") + ".fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    assert refused(sqs.set_queue_attributes, QueueUrl=fifo, Attributes={"FifoQueue": "false"}) == (
        "InvalidAttributeValue", "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.")
    sqs.set_queue_attributes(QueueUrl=fifo, Attributes={"FifoQueue": "true"})


@pytest.mark.parametrize("wanted, got", [(["*"], {"foo", "foo.x", "bar"}), (["All"], {"foo", "foo.x", "bar"}),
                                         ([".*"], {"foo", "foo.x", "bar"}), (["foo.*"], {"foo", "foo.x"}),
                                         (["bar", "none"], {"bar"})])
def test_message_attributes_by_name(queue, wanted, got):
    sqs, url = queue
    sqs.send_message(QueueUrl=url, MessageBody="x", MessageAttributes={
        name: {"DataType": "String", "StringValue": "v"} for name in ("foo", "foo.x", "bar")})
    (message,) = sqs.receive_message(QueueUrl=url, MessageAttributeNames=wanted)["Messages"]
    assert set(message["MessageAttributes"]) == got


def digest_of(name, value):
    parts = b"".join(struct.pack(">I", len(part)) + part for part in (name, b"String"))
    return hashlib.md5(parts + b"\x01" + struct.pack(">I", len(value)) + value).hexdigest()


def test_the_digest_of_system_attributes(queue):
    sqs, url = queue
    trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
    system = {"AWSTraceHeader": {"DataType": "String", "StringValue": trace}}
    digest = digest_of(b"AWSTraceHeader", trace.encode())
    sent = sqs.send_message(QueueUrl=url, MessageBody="x", MessageSystemAttributes=system)
    assert sent["MD5OfMessageSystemAttributes"] == digest
    (batch,) = sqs.send_message_batch(QueueUrl=url, Entries=[
        {"Id": "a", "MessageBody": "x", "MessageSystemAttributes": system}])["Successful"]
    assert batch["MD5OfMessageSystemAttributes"] == digest
    assert "MD5OfMessageSystemAttributes" not in sqs.send_message(QueueUrl=url, MessageBody="x")
    assert refused(sqs.send_message, QueueUrl=url, MessageBody="x", MessageSystemAttributes={
        "Other": {"DataType": "String", "StringValue": "x"}})[0] == "InvalidParameterValue"


def test_attributes_hold_what_xml_may_hold(queue, call):
    _, url = queue
    for value in ("\x00", "a\x1ab", "\ufffe"):
        answer = call("SendMessage", {"QueueUrl": url, "MessageBody": "x", "MessageAttributes": {
            "a": {"DataType": "String", "StringValue": value}}})
        assert (answer.status, answer.headers["x-amzn-query-error"]) == (400, "InvalidParameterValueException;Sender")
    assert call("SendMessage", {"QueueUrl": url, "MessageBody": "x", "MessageAttributes": {
        "a": {"DataType": "String", "StringValue": "tab\tand\n\U0001f600"}}}).status == 200


@pytest.mark.parametrize("name, kind, value", [
    ("AWS.x", "String", "x"), ("amazon.x", "String", "x"), (".a", "String", "x"), ("a.", "String", "x"), ("a..b", "String", "x"),
    ("a b", "String", "x"), ("a" * 257, "String", "x"), ("n", "Number", "x"), ("n", "Number.int", "1e"), ("n", "Number", "1,5")])
def test_message_attributes_that_are_refused(queue, name, kind, value):
    sqs, url = queue
    attributes = {name: {"DataType": kind, "StringValue": value}}
    assert refused(sqs.send_message, QueueUrl=url, MessageBody="x", MessageAttributes=attributes)[0] == "InvalidParameterValue"


@pytest.mark.parametrize("attributes, message", [
    ({"a": {"DataType": "text", "StringValue": "x"}},
     "The type of message (user) attribute 'a' is invalid. You must use only the following supported type prefixes: Binary, Number, String."),
    ({"a": {"DataType": "String", "StringValue": ""}}, "Message (user) attribute 'a' must contain a non-empty value of type 'String'."),
    ({"": {"DataType": "String", "StringValue": "x"}}, "The request must contain non-empty message attribute name."),
])
def test_words_for_message_attributes(queue, call, attributes, message):
    _, url = queue
    answer = call("SendMessage", {"QueueUrl": url, "MessageBody": "x", "MessageAttributes": attributes})
    assert (answer.status, answer.json()["message"]) == (400, message)


def test_actions_that_nobody_else_may_be_given(queue, call, account):
    _, url = queue
    for action, reason in (("DeleteQueue", "Only the queue owner is allowed to invoke this action."),
                           ("Fly", "Please refer to the appropriate WSDL for a list of valid actions. ")):
        answer = call("AddPermission", {"QueueUrl": url, "Label": "l", "AWSAccountIds": [account], "Actions": [action]})
        assert answer.json()["message"] == f"Value SQS:{action} for parameter ActionName is invalid. Reason: {reason}"


def test_message_attributes_at_the_bounds(queue):
    sqs, url = queue
    for number in ("1", "-1.5", "+.5", "5.", "1e-10", "230.000000000000000001"):
        sqs.send_message(QueueUrl=url, MessageBody="x", MessageAttributes={"n": {"DataType": "Number", "StringValue": number}})
    sqs.send_message(QueueUrl=url, MessageBody="x", MessageAttributes={
        "A-b_c.9" + "x" * 249: {"DataType": "String", "StringValue": "x"}, "AWSx": {"DataType": "String", "StringValue": "x"}})


def test_names_of_errors_in_json(queue, call):
    _, url = queue
    for body, name in (({"QueueUrl": url, "MessageBody": "x", "DelaySeconds": 901}, "InvalidParameterValueException"),
                       ({"QueueUrl": url, "MessageBody": ""}, "MissingRequiredParameterException")):
        answer = call("SendMessage", body)
        assert answer.headers["x-amzn-query-error"] == name + ";Sender"
        assert answer.json()["__type"].split("#")[1] == name


def test_a_message_made_visible_opens_its_group(client, unique):
    sqs = client("sqs")
    url = sqs.create_queue(QueueName=unique("q") + ".fifo",
                           Attributes={"FifoQueue": "true", "ContentBasedDeduplication": "true"})["QueueUrl"]
    for body in ("1", "2", "3"):
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="g")
    first, _ = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=2)["Messages"]
    assert "Messages" not in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=2)
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"], VisibilityTimeout=0)
    assert [m["Body"] for m in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]] == ["1"]


@pytest.fixture
def dead_letters(client, unique):
    """(queue URL, dead-letter queue's URL and ARN) with `count` messages in the latter."""
    sqs = client("sqs")

    def make(count):
        dead = sqs.create_queue(QueueName=unique("dead"))["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        url = sqs.create_queue(QueueName=unique("q"), Attributes={
            "VisibilityTimeout": "0", "RedrivePolicy": json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})})["QueueUrl"]
        for number in range(count):
            sqs.send_message(QueueUrl=url, MessageBody=str(number))
        while sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            pass
        return url, dead, arn
    return make


def test_move_tasks_that_are_refused(call, dead_letters, account):
    _, _, arn = dead_letters(0)
    answer = call("CancelMessageMoveTask", {"TaskHandle": "bad"})
    assert (answer.headers["x-amzn-query-error"], answer.json()["message"]) == (
        "InvalidParameterValueException;Sender", "Value bad for parameter TaskHandle is invalid.")
    missing = f"arn:aws:sqs:us-east-1:{account}:missing"
    answer = call("StartMessageMoveTask", {"SourceArn": arn, "DestinationArn": missing})
    assert answer.json() == {"__type": "com.amazonaws.sqs#ResourceNotFoundException",
                             "message": "The resource that you specified for the DestinationArn parameter doesn't exist."}
    assert call("StartMessageMoveTask", {"SourceArn": missing}).json()["message"] == (
        "The resource that you specified for the SourceArn parameter doesn't exist.")
    assert call("StartMessageMoveTask", {"SourceArn": "queue"}).json()["message"] == (
        "You must use this format to specify the SourceArn: arn:<partition>:<service>:<region>:<account-id>:<resource-id>")
    for rate in (0, 501):
        assert call("StartMessageMoveTask", {"SourceArn": arn, "MaxNumberOfMessagesPerSecond": rate}).status == 400


def test_a_move_task_keeps_its_rate_and_can_be_cancelled(client, call, dead_letters):
    sqs = client("sqs")
    url, dead, arn = dead_letters(5)
    started = time.monotonic()
    handle = call("StartMessageMoveTask", {"SourceArn": arn, "MaxNumberOfMessagesPerSecond": 1}).json()["TaskHandle"]
    (task,) = call("ListMessageMoveTasks", {"SourceArn": arn}).json()["Results"]
    assert (task["Status"], task["TaskHandle"], task["ApproximateNumberOfMessagesToMove"],
            task["MaxNumberOfMessagesPerSecond"]) == ("RUNNING", handle, 5, 1)
    again = call("StartMessageMoveTask", {"SourceArn": arn})
    assert again.json()["__type"] == "com.amazonaws.sqs#UnsupportedOperation"
    cancelled = call("CancelMessageMoveTask", {"TaskHandle": handle}).json()
    assert cancelled["ApproximateNumberOfMessagesMoved"] <= 1 + (time.monotonic() - started)
    (task,) = call("ListMessageMoveTasks", {"SourceArn": arn}).json()["Results"]
    assert task["Status"] == "CANCELLED" and "TaskHandle" not in task
    assert call("CancelMessageMoveTask", {"TaskHandle": handle}).json()["message"] == "Task does not exist."
    left = int(sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["All"])["Attributes"]["ApproximateNumberOfMessages"])
    assert left >= 3
    call("StartMessageMoveTask", {"SourceArn": arn})
    end = time.monotonic() + 5
    while call("ListMessageMoveTasks", {"SourceArn": arn}).json()["Results"][0]["Status"] != "COMPLETED":
        assert time.monotonic() < end
        time.sleep(0.02)
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert counts["ApproximateNumberOfMessages"] == "5"
