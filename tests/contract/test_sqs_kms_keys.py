"""SQS: a queue under a customer's KMS key takes and gives messages only to who may use it, while it can be used."""

import json

import pytest
from harness.tables import refusal, until


@pytest.fixture
def sqs(client):
    return client("sqs")


@pytest.fixture
def key(client):
    return client("kms").create_key()["KeyMetadata"]["Arn"]


@pytest.fixture
def make_queue(sqs, unique):
    def make(key, **attributes):
        return sqs.create_queue(QueueName=unique("queue"), Attributes={"KmsMasterKeyId": key, **attributes})["QueueUrl"]

    return make


def test_aws_own_key_asks_for_nothing(make_queue, make_principal):
    queue = make_queue("alias/aws/sqs")
    user = make_principal({"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}).client("sqs")
    user.send_message(QueueUrl=queue, MessageBody="m")
    assert user.receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "m"


def test_a_key_that_cant_be_used(sqs, client, make_queue, key, account):
    queue = make_queue(key)
    sqs.send_message(QueueUrl=queue, MessageBody="m")
    client("kms").disable_key(KeyId=key)
    disabled = ("KMS.DisabledException", f"{key} is disabled.")
    assert refusal(sqs.send_message, QueueUrl=queue, MessageBody="m") == refusal(sqs.receive_message, QueueUrl=queue) == disabled
    assert refusal(sqs.send_message_batch, QueueUrl=queue, Entries=[{"Id": "a", "MessageBody": "m"}]) == disabled
    client("kms").schedule_key_deletion(KeyId=key)
    assert refusal(sqs.send_message, QueueUrl=queue, MessageBody="m")[0] == "KMS.InvalidStateException"
    absent = f"arn:aws:kms:us-east-1:{account}:key/00000000-0000-4000-8000-000000000000"
    assert refusal(sqs.send_message, QueueUrl=make_queue(absent), MessageBody="m") == ("KMS.NotFoundException", f"Key '{absent}' does not exist")


def test_the_json_protocol_names_the_shape(raw, make_queue, key, client):
    queue = make_queue(key)
    client("kms").disable_key(KeyId=key)
    answer = raw("sqs", "POST", "/", json.dumps({"QueueUrl": queue, "MessageBody": "m"}), {
        "X-Amz-Target": "AmazonSQS.SendMessage", "Content-Type": "application/x-amz-json-1.0"})
    assert (answer.status, answer.json()["__type"]) == (400, "com.amazonaws.sqs#KmsDisabled")
    assert answer.headers["x-amzn-query-error"] == "KMS.DisabledException;Sender"


def test_who_may_not_use_the_key(sqs, make_queue, key, make_principal):
    queue = make_queue(key)
    allowed = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}
    stranger = make_principal(allowed).client("sqs")
    code, message = refusal(stranger.send_message, QueueUrl=queue, MessageBody="m")
    assert code == "KMS.AccessDeniedException" and f"kms:GenerateDataKey on resource: {key}" in message
    sender = make_principal(allowed, {"Effect": "Allow", "Action": ["kms:GenerateDataKey", "kms:Decrypt"], "Resource": key})
    sender.client("sqs").send_message(QueueUrl=queue, MessageBody="m")
    code, message = refusal(stranger.receive_message, QueueUrl=queue)
    assert code == "KMS.AccessDeniedException" and f"kms:Decrypt on resource: {key}" in message
    assert sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "m"


def test_a_topic_delivers_where_the_key_lets_it(sqs, client, make_queue, key, unique, account):
    sns, kms = client("sns"), client("kms")
    queue = make_queue(key)
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = sns.create_topic(Name=unique("topic"))["TopicArn"]
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}]})})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    sns.publish(TopicArn=topic, Message="lost")
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": ["kms:GenerateDataKey*", "kms:Decrypt"], "Resource": "*"}]}))
    sns.publish(TopicArn=topic, Message="found")
    assert until(lambda: sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages"))[0]["Body"] == "found"
    assert sqs.receive_message(QueueUrl=queue).get("Messages", []) == []
