"""SNS: FIFO topics, what they want of messages and what their queues get."""

import hashlib
import json

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def sns(client):
    return client("sns")


@pytest.fixture
def topic(sns, unique):
    return sns.create_topic(Name=unique("topic") + ".fifo", Attributes={"FifoTopic": "true"})["TopicArn"]


def refused(call, **arguments):
    with pytest.raises(ClientError) as error:
        call(**arguments)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


@pytest.fixture
def queue(client, unique, topic):
    """Makes a queue that the topic may send to: its URL and ARN."""
    sqs = client("sqs")

    def make(fifo=True):
        name = unique("queue") + (".fifo" if fifo else "")
        url = sqs.create_queue(QueueName=name, Attributes={"FifoQueue": "true"} if fifo else {})["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        policy = {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}}
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
        return url, arn

    return make


def messages(sqs, url):
    found = []
    while page := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"]).get("Messages"):
        for message in page:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        found += page
    return found


def test_names_end_in_fifo(sns, unique):
    fifo = {"FifoTopic": "true"}
    for arguments in ({"Name": unique("a") + ".fifo"}, {"Name": unique("b"), "Attributes": fifo}, {"Name": ".fifo", "Attributes": fifo},
                      {"Name": "a.b.fifo", "Attributes": fifo}):
        assert refused(sns.create_topic, **arguments) == ("InvalidParameter", "Invalid parameter: Topic Name")


def test_attributes(sns, topic):
    shown = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert {name: shown[name] for name in ("FifoTopic", "ContentBasedDeduplication", "FifoThroughputScope")} == {
        "FifoTopic": "true", "ContentBasedDeduplication": "false", "FifoThroughputScope": "Topic"}
    sns.set_topic_attributes(TopicArn=topic, AttributeName="ContentBasedDeduplication", AttributeValue="true")
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["ContentBasedDeduplication"] == "true"
    assert refused(sns.set_topic_attributes, TopicArn=topic, AttributeName="FifoTopic", AttributeValue="false") == (
        "InvalidParameter", "Invalid parameter: AttributeName")
    again = sns.create_topic(Name=topic.rpartition(":")[2], Attributes={"FifoTopic": "true", "ContentBasedDeduplication": "true"})
    assert again["TopicArn"] == topic
    assert refused(sns.create_topic, Name=topic.rpartition(":")[2],
                   Attributes={"FifoTopic": "true", "ContentBasedDeduplication": "false"})[1] == (
        "Invalid parameter: Attributes Reason: Topic already exists with different attributes")


def test_what_a_message_needs(sns, topic, unique):
    assert refused(sns.publish, TopicArn=topic, Message="m") == (
        "InvalidParameter", "Invalid parameter: The MessageGroupId parameter is required for FIFO topics")
    needs_id = ("InvalidParameter", "Invalid parameter: The topic should either have ContentBasedDeduplication enabled or "
                                    "MessageDeduplicationId provided explicitly")
    assert refused(sns.publish, TopicArn=topic, Message="m", MessageGroupId="g") == needs_id
    entries = [{"Id": "1", "Message": "m", "MessageGroupId": "g", "MessageDeduplicationId": "d"},
               {"Id": "2", "Message": "m", "MessageGroupId": "g"}]
    assert refused(sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=entries) == needs_id
    standard = sns.create_topic(Name=unique("standard"))["TopicArn"]
    assert refused(sns.publish, TopicArn=standard, Message="m", MessageDeduplicationId="d")[1] == (
        "Invalid parameter: MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not "
        "valid for this topic type")


def test_a_fifo_queue_gets_each_message_once_and_in_order(sns, client, topic, queue):
    sqs, (url, arn) = client("sqs"), queue()
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    sent = [sns.publish(TopicArn=topic, Message=text, MessageGroupId="g", MessageDeduplicationId=text) for text in "abca"]
    numbers = [answer["SequenceNumber"] for answer in sent]
    assert all(len(number) == 20 for number in numbers) and numbers[:3] == sorted(set(numbers[:3]))
    assert (sent[3]["MessageId"], numbers[3]) == (sent[0]["MessageId"], numbers[0])
    got = messages(sqs, url)
    bodies = [json.loads(message["Body"]) for message in got]
    assert [body["Message"] for body in bodies] == ["a", "b", "c"]
    assert set(bodies[0]) == {"Type", "MessageId", "SequenceNumber", "TopicArn", "Message", "Timestamp", "UnsubscribeURL"}
    assert (bodies[0]["MessageId"], bodies[0]["SequenceNumber"]) == (sent[0]["MessageId"], numbers[0])
    assert (got[1]["Attributes"]["MessageGroupId"], got[1]["Attributes"]["MessageDeduplicationId"]) == ("g", "b")


def test_content_decides_where_the_topic_says_so(sns, client, topic, queue):
    sqs, (url, arn) = client("sqs"), queue()
    sns.set_topic_attributes(TopicArn=topic, AttributeName="ContentBasedDeduplication", AttributeValue="true")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    entries = [{"Id": str(n), "Message": text, "MessageGroupId": "g"} for n, text in enumerate(["x", "x", "y"])]
    answer = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    assert len(answer["Successful"]) == 3 and all(len(entry["SequenceNumber"]) == 20 for entry in answer["Successful"])
    got = messages(sqs, url)
    assert [message["Body"] for message in got] == ["x", "y"]
    assert got[0]["Attributes"]["MessageDeduplicationId"] == hashlib.sha256(b"x").hexdigest()


def test_a_standard_queue_may_be_subscribed_and_others_may_not(sns, client, topic, queue, account):
    sqs, (url, arn) = client("sqs"), queue(fifo=False)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    sns.publish(TopicArn=topic, Message="m", MessageGroupId="g", MessageDeduplicationId="d")
    (got,) = messages(sqs, url)
    assert json.loads(got["Body"])["Message"] == "m" and got["Attributes"]["MessageGroupId"] == "g"
    assert refused(sns.subscribe, TopicArn=topic, Protocol="lambda", Endpoint=f"arn:aws:lambda:us-east-1:{account}:function:f") == (
        "InvalidParameter", "Invalid parameter: Invalid protocol type: lambda")
    policy = json.dumps({"deadLetterTargetArn": arn})
    assert refused(sns.subscribe, TopicArn=topic, Protocol="sqs", Endpoint=queue()[1], Attributes={"RedrivePolicy": policy})[1] == (
        "Invalid parameter: Attributes Reason: RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.")


def test_a_new_topic_of_the_name_remembers_nothing(sns, topic):
    first = sns.publish(TopicArn=topic, Message="m", MessageGroupId="g", MessageDeduplicationId="d")
    sns.delete_topic(TopicArn=topic)
    sns.create_topic(Name=topic.rpartition(":")[2], Attributes={"FifoTopic": "true"})
    assert sns.publish(TopicArn=topic, Message="m", MessageGroupId="g", MessageDeduplicationId="d")["MessageId"] != first["MessageId"]
