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


def policy_of(sqs, url):
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"]).get("Attributes", {})
    return json.loads(attributes["Policy"]) if attributes else None


def refused(call, **arguments):
    with pytest.raises(ClientError) as error:
        call(**arguments)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def test_permissions_are_statements_of_the_policy(queue, raw, account):
    sqs, url = queue
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sqs.add_permission(QueueUrl=url, Label="partner", AWSAccountIds=["111122223333"], Actions=["SendMessage"])
    first = {"Sid": "partner", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "SQS:SendMessage",
             "Resource": arn}
    assert policy_of(sqs, url) == {"Version": "2012-10-17", "Id": arn + "/SQSDefaultPolicy", "Statement": [first]}
    body = {"QueueUrl": url, "Label": "two", "AWSAccountIds": ["111122223333", "444455556666"], "Actions": ["ReceiveMessage", "DeleteMessage"]}
    headers = {"X-Amz-Target": "AmazonSQS.AddPermission", "Content-Type": "application/x-amz-json-1.0"}
    assert raw("sqs", headers=headers, body=json.dumps(body)).status == 200
    second = policy_of(sqs, url)["Statement"][1]
    assert second["Principal"] == {"AWS": ["arn:aws:iam::111122223333:root", "arn:aws:iam::444455556666:root"]}
    assert second["Action"] == ["SQS:ReceiveMessage", "SQS:DeleteMessage"]
    assert refused(sqs.add_permission, QueueUrl=url, Label="partner", AWSAccountIds=["111122223333"], Actions=["*"]) == (
        "InvalidParameterValue", "Value partner for parameter Label is invalid. Reason: Already exists.")
    sqs.remove_permission(QueueUrl=url, Label="partner")
    assert refused(sqs.remove_permission, QueueUrl=url, Label="partner")[0] == "InvalidParameterValue"
    sqs.remove_permission(QueueUrl=url, Label="two")
    assert policy_of(sqs, url) is None, "without statements there is no policy"


def test_a_permission_lets_the_other_account_in(queue, client, raw):
    sqs, url = queue
    other = "222233334444"
    user = raw.query("iam", "CreateUser", "2010-05-08", {"UserName": "sender"}, account=other)
    assert user.status in (200, 409)
    keys = raw.query("iam", "CreateAccessKey", "2010-05-08", {"UserName": "sender"}, account=other).text
    key, secret = (keys.partition(f"<{tag}>")[2].partition("<")[0] for tag in ("AccessKeyId", "SecretAccessKey"))
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]}
    raw.query("iam", "PutUserPolicy", "2010-05-08", {"UserName": "sender", "PolicyName": "p", "PolicyDocument": json.dumps(document)}, account=other)

    def send():
        headers = {"X-Amz-Target": "AmazonSQS.SendMessage", "Content-Type": "application/x-amz-json-1.0"}
        return raw("sqs", headers=headers, body=json.dumps({"QueueUrl": url, "MessageBody": "x"}), account=key, secret=secret).status

    assert send() == 403
    sqs.add_permission(QueueUrl=url, Label="other", AWSAccountIds=[other], Actions=["SendMessage"])
    assert send() == 200
    sqs.remove_permission(QueueUrl=url, Label="other")
    assert send() == 403


def test_messages_hold_what_xml_may_hold(queue):
    sqs, url = queue
    assert refused(sqs.send_message, QueueUrl=url, MessageBody="a\x01b")[0] == "InvalidMessageContents"
    answer = sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "bad", "MessageBody": "\x00"}, {"Id": "good", "MessageBody": "a\tb\r\n日本"}])
    assert [e["Id"] for e in answer["Successful"]] == ["good"]
    assert [(e["Id"], e["Code"], e["SenderFault"]) for e in answer["Failed"]] == [("bad", "InvalidMessageContents", True)]
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "a\tb\r\n日本"


def test_empty_lists_ask_for_nothing(queue):
    sqs, url = queue
    assert "Attributes" not in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[])
    sqs.send_message(QueueUrl=url, MessageBody="x")
    (message,) = sqs.receive_message(QueueUrl=url, AttributeNames=[], MessageAttributeNames=[])["Messages"]
    assert set(message) == {"MessageId", "ReceiptHandle", "MD5OfBody", "Body"}
    assert refused(sqs.send_message_batch, QueueUrl=url, Entries=[])[0] == "AWS.SimpleQueueService.EmptyBatchRequest"


def test_wrong_types_get_errors_of_the_client(queue, raw):
    _, url = queue
    for operation, body in (("SendMessage", {"MessageBody": 5}), ("SendMessage", {"MessageBody": "x", "DelaySeconds": {}}),
                            ("SendMessage", {"MessageBody": "x", "MessageAttributes": "y"}),
                            ("SendMessage", {"MessageBody": "x", "MessageAttributes": {"k": 5}}),
                            ("SendMessage", {"MessageBody": "x", "MessageSystemAttributes": ["y"]}),
                            ("SendMessageBatch", {"Entries": "x"}), ("SendMessageBatch", {"Entries": ["x"]}), ("SendMessageBatch", {}),
                            ("ReceiveMessage", {"AttributeNames": "All"}), ("ReceiveMessage", {"AttributeNames": [5]}),
                            ("GetQueueAttributes", {"AttributeNames": {"a": 1}}), ("DeleteMessageBatch", {"Entries": [5]}),
                            ("ChangeMessageVisibilityBatch", {"Entries": [{"Id": 5}]}), ("ChangeMessageVisibility", {"VisibilityTimeout": []}),
                            ("CreateQueue", {"QueueName": "q", "Attributes": "x"}), ("CreateQueue", {"QueueName": "q", "tags": {"a": 5}}),
                            ("TagQueue", {"Tags": [1]}), ("UntagQueue", {"TagKeys": "x"}), ("AddPermission", {"Label": 5}),
                            ("AddPermission", {"Label": "l", "AWSAccountIds": "x", "Actions": []}), ("StartMessageMoveTask", {"SourceArn": 5}),
                            ("ListQueues", {"MaxResults": "x"}), ("ListQueues", {"NextToken": 5}), ("SetQueueAttributes", {"Attributes": {"Policy": 5}})):
        headers = {"X-Amz-Target": "AmazonSQS." + operation, "Content-Type": "application/x-amz-json-1.0"}
        answer = raw("sqs", headers=headers, body=json.dumps({"QueueUrl": url, **body}))
        assert answer.status < 500, (operation, body, answer)


def test_a_long_poll_ends_when_a_delayed_or_hidden_message_comes_into_sight(queue, until):
    import threading
    sqs, url = queue
    sqs.send_message(QueueUrl=url, MessageBody="late", DelaySeconds=1)
    assert sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"][0]["Body"] == "late"
    sqs.send_message(QueueUrl=url, MessageBody="hidden")
    (message,) = sqs.receive_message(QueueUrl=url, VisibilityTimeout=600)["Messages"]
    got = []
    waiting = threading.Thread(target=lambda: got.extend(sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]))
    waiting.start()
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    waiting.join(15)
    assert [m["Body"] for m in got] == ["hidden"]


def test_a_dead_letter_queue_goes_on_counting(client, unique):
    sqs = client("sqs")
    dead = sqs.create_queue(QueueName=unique("dead"))["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    url = sqs.create_queue(QueueName=unique("q"), Attributes={
        "RedrivePolicy": json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})})["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="m")
    assert sqs.receive_message(QueueUrl=url, VisibilityTimeout=0)["Messages"]
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    got = sqs.receive_message(QueueUrl=dead, AttributeNames=["All"])["Messages"][0]
    assert got["Attributes"]["ApproximateReceiveCount"] == "2"


def test_a_message_that_nobody_holds_can_be_hidden_by_an_old_handle(client, unique):
    sqs = client("sqs")
    url = sqs.create_queue(QueueName=unique("q"))["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="m")
    old = sqs.receive_message(QueueUrl=url, VisibilityTimeout=0)["Messages"][0]["ReceiptHandle"]
    for _ in range(2):  # it is there, again and again
        assert len(sqs.receive_message(QueueUrl=url, VisibilityTimeout=0)["Messages"]) == 1
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=old, VisibilityTimeout=60)
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
