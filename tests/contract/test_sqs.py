"""SQS: standard queues, through boto3 (query protocol) and raw JSON."""
import hashlib
import json

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def queue(client, unique):
    sqs = client("sqs")
    url = sqs.create_queue(QueueName=unique("q"))["QueueUrl"]
    yield sqs, url
    sqs.delete_queue(QueueUrl=url)


def test_a_message_is_received_hidden_and_deleted(queue):
    sqs, url = queue
    sent = sqs.send_message(QueueUrl=url, MessageBody="hello",
                            MessageAttributes={"k": {"DataType": "String", "StringValue": "v"}})
    assert sent["MD5OfMessageBody"] == hashlib.md5(b"hello").hexdigest()
    got = sqs.receive_message(QueueUrl=url, AttributeNames=["All"], MessageAttributeNames=["All"])["Messages"][0]
    assert got["Body"] == "hello" and got["MessageId"] == sent["MessageId"]
    assert got["MessageAttributes"]["k"]["StringValue"] == "v"
    assert got["Attributes"]["ApproximateReceiveCount"] == "1"
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert attributes["ApproximateNumberOfMessagesNotVisible"] == "1"
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"], VisibilityTimeout=0)
    again = sqs.receive_message(QueueUrl=url)["Messages"][0]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=again["ReceiptHandle"])
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert attributes["ApproximateNumberOfMessages"] == attributes["ApproximateNumberOfMessagesNotVisible"] == "0"


def test_batches_report_each_entry(queue):
    sqs, url = queue
    answer = sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": str(i), "MessageBody": f"m{i}"} for i in range(10)])
    assert len(answer["Successful"]) == 10
    got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert sorted(m["Body"] for m in got) == sorted(f"m{i}" for i in range(10))
    done = sqs.delete_message_batch(QueueUrl=url, Entries=[{"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]}
                                                           for i, m in enumerate(got)])
    assert len(done["Successful"]) == 10
    with pytest.raises(ClientError) as error:
        sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "a", "MessageBody": "x"}, {"Id": "a", "MessageBody": "y"}])
    assert error.value.response["Error"]["Code"] == "AWS.SimpleQueueService.BatchEntryIdsNotDistinct"


def test_a_missing_queue_has_the_code_of_each_protocol(client, raw, unique):
    with pytest.raises(ClientError) as error:
        client("sqs").get_queue_url(QueueName=unique("none"))
    assert error.value.response["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"
    answer = raw("sqs", headers={"X-Amz-Target": "AmazonSQS.GetQueueUrl", "Content-Type": "application/x-amz-json-1.0"},
                 body=json.dumps({"QueueName": unique("none")}))
    assert answer.json()["__type"] == "com.amazonaws.sqs#QueueDoesNotExist"
    assert answer.headers["x-amzn-query-error"] == "AWS.SimpleQueueService.NonExistentQueue;Sender"


def test_a_message_received_too_often_goes_to_the_dead_letter_queue(client, unique):
    sqs = client("sqs")
    dead = sqs.create_queue(QueueName=unique("dead"))["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    url = sqs.create_queue(QueueName=unique("main"), Attributes={
        "VisibilityTimeout": "0", "RedrivePolicy": json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 2})})["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="poison")
    assert [len(sqs.receive_message(QueueUrl=url).get("Messages", [])) for _ in range(3)] == [1, 1, 0]
    assert sqs.receive_message(QueueUrl=dead)["Messages"][0]["Body"] == "poison"


def test_a_long_poll_ends_with_the_message(queue):
    import threading
    sqs, url = queue
    got = []
    waiting = threading.Thread(target=lambda: got.extend(sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]))
    waiting.start()
    sqs.send_message(QueueUrl=url, MessageBody="late")
    waiting.join(15)
    assert [m["Body"] for m in got] == ["late"]


def test_tags_and_attributes_are_kept(queue):
    sqs, url = queue
    sqs.tag_queue(QueueUrl=url, Tags={"a": "1", "b": "2"})
    sqs.untag_queue(QueueUrl=url, TagKeys=["a"])
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"b": "2"}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "7"})
    assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"] == {"VisibilityTimeout": "7"}
    with pytest.raises(ClientError) as error:
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "99999"})
    assert error.value.response["Error"]["Code"] == "InvalidAttributeValue"
