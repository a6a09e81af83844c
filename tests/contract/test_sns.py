"""SNS: standard topics, their subscriptions, and what queues and functions get."""

import html
import json
import urllib.parse

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def sns(client):
    return client("sns")


@pytest.fixture
def topic(sns, unique):
    return sns.create_topic(Name=unique("topic"))["TopicArn"]


class Inbox:
    """A queue that a topic may send to."""

    def __init__(self, sqs, name, topic, may_receive=True):
        self.sqs, self.url = sqs, sqs.create_queue(QueueName=name)["QueueUrl"]
        self.arn = sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        if may_receive:
            statement = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
                         "Resource": self.arn, "Condition": {"ArnEquals": {"aws:SourceArn": topic}}}
            policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": policy})

    def messages(self):
        found = []
        while page := self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]).get("Messages"):
            found += page
        return found

    def bodies(self):
        return [m["Body"] for m in self.messages()]


@pytest.fixture
def inbox(client, unique, topic):
    return lambda **more: Inbox(client("sqs"), unique("inbox"), topic, **more)


def refused(call, **arguments):
    with pytest.raises(ClientError) as error:
        call(**arguments)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def test_a_topics_life(sns, topic, account, unique):
    name = topic.rpartition(":")[2]
    assert topic == f"arn:aws:sns:us-east-1:{account}:{name}"
    assert sns.create_topic(Name=name)["TopicArn"] == topic, "creating it again is the same topic"
    assert topic in [t["TopicArn"] for t in sns.list_topics()["Topics"]]
    attributes = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert {attributes[n] for n in ("SubscriptionsConfirmed", "SubscriptionsPending", "SubscriptionsDeleted")} == {"0"}
    assert (attributes["Owner"], attributes["TopicArn"], attributes["DisplayName"]) == (account, topic, "")
    assert json.loads(attributes["Policy"])["Statement"][0]["Sid"] == "__default_statement_ID"
    sns.set_topic_attributes(TopicArn=topic, AttributeName="DisplayName", AttributeValue="News")
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["DisplayName"] == "News"
    sns.tag_resource(ResourceArn=topic, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    sns.untag_resource(ResourceArn=topic, TagKeys=["a"])
    assert sns.list_tags_for_resource(ResourceArn=topic)["Tags"] == [{"Key": "b", "Value": "2"}]
    sns.delete_topic(TopicArn=topic)
    sns.delete_topic(TopicArn=topic)
    assert refused(sns.get_topic_attributes, TopicArn=topic) == ("NotFound", "Topic does not exist")
    assert refused(sns.create_topic, Name="no spaces")[1] == "Invalid parameter: Topic Name"


def test_a_queue_gets_the_notification(sns, topic, inbox):
    box = inbox()
    subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=box.arn)["SubscriptionArn"]
    assert subscription.startswith(topic + ":")
    sent = sns.publish(TopicArn=topic, Message="hello", Subject="greeting",
                       MessageAttributes={"kind": {"DataType": "String", "StringValue": "order"}})
    (body,) = box.bodies()
    got = json.loads(body)
    assert {n: got[n] for n in ("Type", "MessageId", "TopicArn", "Subject", "Message", "SignatureVersion", "MessageAttributes")} == {
        "Type": "Notification", "MessageId": sent["MessageId"], "TopicArn": topic, "Subject": "greeting", "Message": "hello",
        "SignatureVersion": "1", "MessageAttributes": {"kind": {"Type": "String", "Value": "order"}}}
    assert {"Timestamp", "Signature", "SigningCertURL", "UnsubscribeURL"} <= set(got)
    sns.unsubscribe(SubscriptionArn=subscription)
    sns.publish(TopicArn=topic, Message="nobody listens")
    assert box.bodies() == []


def test_raw_delivery_is_the_message_with_its_attributes(sns, topic, inbox):
    box = inbox()
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=box.arn, Attributes={"RawMessageDelivery": "true"})
    sns.publish(TopicArn=topic, Message='{"a":1}', MessageAttributes={"n": {"DataType": "Number", "StringValue": "5"}})
    (message,) = box.messages()
    assert message["Body"] == '{"a":1}'
    assert message["MessageAttributes"] == {"n": {"DataType": "Number", "StringValue": "5"}}


def test_a_queue_whose_policy_does_not_allow_it_gets_nothing(sns, topic, inbox):
    closed, open_one = inbox(may_receive=False), inbox()
    for box in (closed, open_one):
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=box.arn)
    sns.publish(TopicArn=topic, Message="hello")
    assert closed.bodies() == [] and len(open_one.bodies()) == 1


def test_what_cannot_be_delivered_goes_to_the_subscriptions_dead_letter_queue(sns, topic, inbox):
    closed, dead = inbox(may_receive=False), inbox()
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=closed.arn,
                  Attributes={"RedrivePolicy": json.dumps({"deadLetterTargetArn": dead.arn})})
    sns.publish(TopicArn=topic, Message="lost")
    assert json.loads(dead.bodies()[0])["Message"] == "lost"


@pytest.mark.parametrize("policy, scope, passes, fails", [
    ({"kind": ["order", {"prefix": "pre"}]}, "MessageAttributes", {"kind": "prepaid"}, {"kind": "refund"}),
    ({"n": [{"numeric": [">", 5]}]}, "MessageAttributes", {"n": 6}, {"n": 5}),
    ({"tags": ["x"]}, "MessageAttributes", {"tags": ["y", "x"]}, {"tags": ["y"]}),
    ({"kind": [{"exists": False}]}, "MessageAttributes", {"n": 1}, {"kind": "order"}),
    ({"a": {"b": ["x"]}}, "MessageBody", {"a": {"b": "x"}}, {"a": {"b": "y"}}),
])
def test_filter_policies(sns, topic, inbox, policy, scope, passes, fails):
    box = inbox()
    attributes = {"RawMessageDelivery": "true", "FilterPolicy": json.dumps(policy), "FilterPolicyScope": scope}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=box.arn, Attributes=attributes)

    def typed(value):
        if isinstance(value, list):
            return {"DataType": "String.Array", "StringValue": json.dumps(value)}
        return {"DataType": "Number" if isinstance(value, int) else "String", "StringValue": str(value)}

    for name, document in (("passes", passes), ("fails", fails)):
        if scope == "MessageBody":
            sns.publish(TopicArn=topic, Message=json.dumps(document))
        else:
            sns.publish(TopicArn=topic, Message=name, MessageAttributes={key: typed(value) for key, value in document.items()})
    assert box.bodies() == [json.dumps(passes) if scope == "MessageBody" else "passes"]


def test_a_function_gets_the_event(sns, topic, make_function, make_table, client, until):
    calls = make_table()
    function = make_function("""
import boto3, json, os
def handler(event, context):
    boto3.client("dynamodb").put_item(TableName=os.environ["CALLS"], Item={"pk": {"S": "call"}, "event": {"S": json.dumps(event)}})
""", Environment={"Variables": {"CALLS": calls}})
    lam = client("lambda")
    arn = lam.get_function_configuration(FunctionName=function)["FunctionArn"]
    lam.add_permission(FunctionName=function, StatementId="sns", Action="lambda:InvokeFunction", Principal="sns.amazonaws.com", SourceArn=topic)
    subscription = sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)["SubscriptionArn"]
    sns.publish(TopicArn=topic, Message="hello")
    item = until(lambda: client("dynamodb").get_item(TableName=calls, Key={"pk": {"S": "call"}}).get("Item"), "the call")
    event = json.loads(item["event"]["S"])
    (record,) = event["Records"]
    assert (record["EventSource"], record["EventVersion"], record["EventSubscriptionArn"]) == ("aws:sns", "1.0", subscription)
    assert record["Sns"]["Message"] == "hello" and record["Sns"]["Subject"] is None and record["Sns"]["MessageAttributes"] == {}


def test_a_message_for_each_protocol(sns, topic, inbox):
    box = inbox()
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=box.arn, Attributes={"RawMessageDelivery": "true"})
    sns.publish(TopicArn=topic, MessageStructure="json", Message=json.dumps({"default": "for all", "sqs": "for queues"}))
    sns.publish(TopicArn=topic, MessageStructure="json", Message=json.dumps({"default": "for all"}))
    assert sorted(box.bodies()) == ["for all", "for queues"]
    assert refused(sns.publish, TopicArn=topic, MessageStructure="json", Message='{"sqs":"x"}') == (
        "InvalidParameter", "Invalid parameter: Message Structure - No default entry in JSON message body")


def test_batches(sns, topic, inbox):
    box = inbox()
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=box.arn, Attributes={"RawMessageDelivery": "true"})
    answer = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[{"Id": str(i), "Message": f"m{i}"} for i in range(10)])
    assert sorted(e["Id"] for e in answer["Successful"]) == [str(i) for i in range(10)] and not answer.get("Failed")
    assert sorted(box.bodies()) == [f"m{i}" for i in range(10)]
    assert refused(sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=[{"Id": "a", "Message": "x"}] * 2)[0] == "BatchEntryIdsNotDistinct"
    assert refused(sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=[
        {"Id": str(i), "Message": "x"} for i in range(11)])[0] == "TooManyEntriesInBatchRequest"


def test_subscriptions_are_listed_and_described(sns, topic, inbox, account):
    box = inbox()
    subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=box.arn)["SubscriptionArn"]
    assert sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=box.arn)["SubscriptionArn"] == subscription
    expected = {"SubscriptionArn": subscription, "Owner": account, "Protocol": "sqs", "Endpoint": box.arn, "TopicArn": topic}
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == [expected]
    assert expected in sns.list_subscriptions()["Subscriptions"]
    sns.set_subscription_attributes(SubscriptionArn=subscription, AttributeName="FilterPolicy", AttributeValue='{"a":["b"]}')
    attributes = sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
    assert attributes["FilterPolicy"] == '{"a":["b"]}' and attributes["FilterPolicyScope"] == "MessageAttributes"
    assert (attributes["PendingConfirmation"], attributes["RawMessageDelivery"]) == ("false", "false")
    sns.set_subscription_attributes(SubscriptionArn=subscription, AttributeName="FilterPolicy", AttributeValue="{}")
    assert "FilterPolicy" not in sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
    assert sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@example.com")["SubscriptionArn"] == "pending confirmation"
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["SubscriptionsPending"] == "1"
    sns.delete_topic(TopicArn=topic)
    assert refused(sns.get_subscription_attributes, SubscriptionArn=subscription) == ("NotFound", "Subscription does not exist")


def test_what_is_refused(sns, topic, account):
    missing = f"arn:aws:sns:us-east-1:{account}:missing"
    for call, more in ((sns.publish, {"Message": "x"}), (sns.subscribe, {"Protocol": "sqs", "Endpoint": f"arn:aws:sqs:us-east-1:{account}:q"}),
                       (sns.list_subscriptions_by_topic, {})):
        assert refused(call, TopicArn=missing, **more) == ("NotFound", "Topic does not exist")
    assert refused(sns.publish, TopicArn=topic, Message="") == ("InvalidParameter", "Invalid parameter: Empty message")
    assert refused(sns.publish, TopicArn=topic, Message="x" * 262_145) == ("InvalidParameter", "Invalid parameter: Message too long")
    assert refused(sns.subscribe, TopicArn=topic, Protocol="pigeon", Endpoint="x") == (
        "InvalidParameter", "Invalid parameter: Amazon SNS does not support this protocol string: pigeon")
    assert refused(sns.subscribe, TopicArn=topic, Protocol="sqs", Endpoint="x")[1] == "Invalid parameter: SQS endpoint ARN"
    assert refused(sns.set_topic_attributes, TopicArn=topic, AttributeName="Colour", AttributeValue="x")[1] == "Invalid parameter: AttributeName"


def test_permissions_are_statements_of_the_policy(sns, topic):
    sns.add_permission(TopicArn=topic, Label="partner", AWSAccountId=["111122223333"], ActionName=["Publish"])
    assert refused(sns.add_permission, TopicArn=topic, Label="partner", AWSAccountId=["111122223333"], ActionName=["Publish"]) == (
        "InvalidParameter", "Invalid parameter: Statement already exists")
    added = json.loads(sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"])["Statement"]
    assert added[1:] == [{"Sid": "partner", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
                          "Action": "SNS:Publish", "Resource": topic}]
    sns.remove_permission(TopicArn=topic, Label="partner")
    assert [s["Sid"] for s in json.loads(sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"])["Statement"]] == [
        "__default_statement_ID"]


def test_wrong_forms_get_errors_of_the_client(raw, topic):
    """Whatever stands where a list or a map belongs: a 4xx, never a failure of the server."""
    for form in ("Action=Publish&TopicArn=T&Message=x&MessageAttributes=y", "Action=Publish&TopicArn=T&Message=x&MessageAttributes.entry.1.Name=y",
                 "Action=Subscribe&TopicArn=T&Protocol=sqs&Endpoint=x&Attributes=z", "Action=CreateTopic&Name=n&Tags=x",
                 "Action=CreateTopic&Name=n&Attributes.entry.1.key=DisplayName", "Action=TagResource&ResourceArn=T&Tags.member.1=x",
                 "Action=UntagResource&ResourceArn=T&TagKeys=x", "Action=PublishBatch&TopicArn=T&PublishBatchRequestEntries=x",
                 "Action=PublishBatch&TopicArn=T&PublishBatchRequestEntries.member.1=x", "Action=AddPermission&TopicArn=T&Label=l&AWSAccountId=1"):
        body = form.replace("T&", urllib.parse.quote(topic, safe="") + "&")
        answer = raw("sns", headers={"Content-Type": "application/x-www-form-urlencoded"}, body=body + "&Version=2010-03-31")
        assert answer.status < 500, (form, answer.status)


def test_subscribe_looks_for_the_topic_first_and_takes_no_fifo_queue(sns, client, topic, unique):
    sqs = client("sqs")
    url = sqs.create_queue(QueueName=unique("q") + ".fifo", Attributes={"FifoQueue": "True"})["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    with pytest.raises(ClientError) as caught:
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    assert caught.value.response["Error"]["Code"] == "InvalidParameter"
    assert caught.value.response["Error"]["Message"].endswith("FIFO SQS Queues can not be subscribed to standard SNS topics")
    with pytest.raises(ClientError) as caught:
        sns.subscribe(TopicArn=topic + "x", Protocol="sqs", Endpoint="nonsense")
    assert caught.value.response["Error"]["Code"] == "NotFound"


def test_raw_delivery_is_a_flag_in_any_case(sns, topic, inbox):
    box = inbox()
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=box.arn, Attributes={"RawMessageDelivery": "True"})
    sns.publish(TopicArn=topic, Message="plain")
    assert box.bodies() == ["plain"]


@pytest.mark.parametrize("parameters, code, text", [
    ({"Subject": ""}, "InvalidParameter", "Invalid parameter: Subject"),
    ({"Subject": "x" * 101}, "InvalidParameter", "Invalid parameter: Subject"),
    ({"Subject": "a\nb"}, "InvalidParameter", "Invalid parameter: Subject"),
    ({"MessageAttributes": {"a": {"DataType": "Text", "StringValue": "x"}}}, "ParameterValueInvalid",
     "The message attribute 'a' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String."),
    ({"MessageAttributes": {"a": {"DataType": "String", "StringValue": ""}}}, "ParameterValueInvalid",
     "The message attribute 'a' must contain non-empty message attribute value for message attribute type 'String'."),
    ({"MessageAttributes": {"a": {"DataType": "Binary", "StringValue": "x"}}}, "ParameterValueInvalid",
     "The message attribute 'a' with type 'Binary' must use field 'Binary'."),
    ({"MessageAttributes": {"a": {"DataType": "Number", "StringValue": "x"}}}, "ParameterValueInvalid",
     "Could not cast message attribute 'a' value to number."),
    ({"MessageAttributes": {"AWS.a": {"DataType": "String", "StringValue": "x"}}}, "ParameterValueInvalid",
     "You can't use message attribute names beginning with 'AWS.' or 'Amazon.'."),
    ({"Message": "x" * 262_000, "MessageAttributes": {"a": {"DataType": "String", "StringValue": "x" * 200}}},
     "InvalidParameter", "Invalid parameter: Message too long"),
])
def test_messages_that_are_refused(sns, topic, parameters, code, text):
    assert refused(sns.publish, **{"TopicArn": topic, "Message": "x", **parameters}) == (code, text)


def test_messages_at_the_bounds(sns, topic):
    sns.publish(TopicArn=topic, Message="x", Subject="ä" * 100)
    sns.publish(TopicArn=topic, Message="x" * 262_000, MessageAttributes={"a": {"DataType": "String.kind", "StringValue": "x" * 100}})


@pytest.mark.parametrize("entry_id", ["", "bad!id", "x" * 81])
def test_ids_of_batch_entries(sns, topic, entry_id):
    assert refused(sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=[{"Id": entry_id, "Message": "x"}]) == (
        "InvalidBatchEntryId", "The Id of a batch entry in a batch request doesn't abide by the specification.")


def test_a_batch_that_is_too_long_together(sns, topic):
    entries = [{"Id": str(i), "Message": "x" * 140_000} for i in range(2)]
    assert refused(sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=entries)[0] == "BatchRequestTooLong"


def test_duplicate_and_too_many_tags(sns, topic, unique):
    twice = [{"Key": "k", "Value": "a"}, {"Key": "k", "Value": "b"}]
    for call in (lambda: sns.create_topic(Name=unique("topic"), Tags=twice), lambda: sns.tag_resource(ResourceArn=topic, Tags=twice)):
        assert refused(call) == ("InvalidParameter", "Invalid parameter: Duplicated keys are not allowed.")
    sns.tag_resource(ResourceArn=topic, Tags=[{"Key": str(i), "Value": ""} for i in range(50)])
    assert refused(sns.tag_resource, ResourceArn=topic, Tags=[{"Key": "x", "Value": ""}])[0] == "TagLimitExceeded"


def test_topics_of_another_region(client, sns, topic):
    there = client("sns", region="eu-west-1")
    assert refused(there.publish, TopicArn=topic, Message="x") == ("InvalidParameter", "Invalid parameter: TopicArn")
    assert refused(there.get_topic_attributes, TopicArn=topic)[0] == "InvalidParameter"
    assert refused(there.delete_topic, TopicArn=topic)[0] == "InvalidParameter"
    sns.get_topic_attributes(TopicArn=topic)


def test_what_a_function_did_not_get_is_a_notification_in_the_dead_letter_queue(sns, topic, inbox, account):
    dead = inbox()
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=f"arn:aws:lambda:us-east-1:{account}:function:missing",
                  Attributes={"RedrivePolicy": json.dumps({"deadLetterTargetArn": dead.arn})})
    sns.publish(TopicArn=topic, Message="lost", Subject="s")
    (body,) = [json.loads(body) for body in dead.bodies()]
    assert (body["Type"], body["Message"], body["Subject"], body["TopicArn"]) == ("Notification", "lost", "s", topic)


def test_message_groups_reach_standard_queues(sns, raw, topic, inbox):
    box = inbox()
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=box.arn)
    assert raw.query("sns", "Publish", "2010-03-31", {"TopicArn": topic, "Message": "x", "MessageGroupId": "tenant"}).status == 200
    (message,) = box.sqs.receive_message(QueueUrl=box.url, AttributeNames=["All"])["Messages"]
    assert message["Attributes"]["MessageGroupId"] == "tenant"


@pytest.mark.parametrize("operation, member, more", [
    ("get_topic_attributes", "TopicArn", {}), ("list_subscriptions_by_topic", "TopicArn", {}), ("delete_topic", "TopicArn", {}),
    ("publish", "TopicArn", {"Message": "x"}), ("list_tags_for_resource", "ResourceArn", {}), ("unsubscribe", "SubscriptionArn", {}),
    ("get_subscription_attributes", "SubscriptionArn", {}),
    ("set_subscription_attributes", "SubscriptionArn", {"AttributeName": "RawMessageDelivery", "AttributeValue": "true"})])
def test_arns_that_are_none(sns, operation, member, more):
    for text, elements in (("x", 1), ("arn:aws:sns", 3)):
        assert refused(getattr(sns, operation), **{member: text}, **more) == (
            "InvalidParameter", f"Invalid parameter: {member} Reason: An ARN must have at least 6 elements, not {elements}")


@pytest.mark.parametrize("action, member", [
    ("GetTopicAttributes", "topicArn"), ("DeleteTopic", "topicArn"), ("ListSubscriptionsByTopic", "topicArn"),
    ("GetSubscriptionAttributes", "subscriptionArn"), ("Unsubscribe", "subscriptionArn")])
def test_what_must_be_there(raw, action, member):
    answer = raw.query("sns", action, "2010-03-31")
    assert answer.status == 400 and (
        f"1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null" in html.unescape(answer.text))


@pytest.mark.parametrize("name, value, message", [
    ("FilterPolicy", '{"a": "b"}', 'FilterPolicy: "a" must be an object or an array'),
    ("FilterPolicy", "{", "FilterPolicy: failed to parse JSON."),
    ("FilterPolicy", '{"a": {"b": ["c"]}}', "Filter policy scope MessageAttributes does not support nested filter policy"),
    ("FilterPolicy", json.dumps({key: ["v"] for key in "abcdef"}), "FilterPolicy: Filter policy can not have more than 5 keys"),
    ("FilterPolicy", json.dumps({key: list("abcdefghijklm") for key in "abc"}), "FilterPolicy: Filter policy is too complex"),
    ("FilterPolicyScope", "Both", "FilterPolicyScope: Invalid value [Both]. Please use either MessageBody or MessageAttributes"),
    ("RawMessageDelivery", "yes", "RawMessageDelivery: Invalid value [yes]. Must be true or false."),
    ("RedrivePolicy", "{", "RedrivePolicy: failed to parse JSON."),
    ("RedrivePolicy", '{"deadLetterTargetArn": "queue"}', "RedrivePolicy: deadLetterTargetArn is an invalid arn"),
])
def test_subscriptions_attributes_are_looked_at(sns, topic, account, name, value, message):
    queue = f"arn:aws:sqs:us-east-1:{account}:anything"
    code, words = refused(sns.subscribe, TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes={name: value})
    assert (code, words.split("\n")[0]) == ("InvalidParameter", "Invalid parameter: Attributes Reason: " + message)
    arn = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)["SubscriptionArn"]
    code, words = refused(sns.set_subscription_attributes, SubscriptionArn=arn, AttributeName=name, AttributeValue=value)
    assert (code, words.split("\n")[0]) == ("InvalidParameter", "Invalid parameter: " + message)


def test_making_a_topic_again(sns, unique):
    name, tag = unique("topic"), {"Key": "a", "Value": "1"}
    arn = sns.create_topic(Name=name, Tags=[tag, {"Key": "b", "Value": "2"}], Attributes={"DisplayName": "d"})["TopicArn"]
    for same in ({}, {"Tags": [tag]}, {"Attributes": {"DisplayName": "d"}}):
        assert sns.create_topic(Name=name, **same)["TopicArn"] == arn
    assert refused(sns.create_topic, Name=name, Tags=[{"Key": "a", "Value": "3"}])[1] == (
        "Invalid parameter: Tags Reason: Topic already exists with different tags")
    assert refused(sns.create_topic, Name=name, Attributes={"DisplayName": "e"})[1] == (
        "Invalid parameter: Attributes Reason: Topic already exists with different attributes")


def test_tags_of_a_missing_topic(sns, topic):
    for call in (lambda: sns.list_tags_for_resource(ResourceArn=topic + "x"),
                 lambda: sns.tag_resource(ResourceArn=topic + "x", Tags=[{"Key": "a", "Value": "1"}])):
        assert refused(call) == ("ResourceNotFound", "Resource does not exist")


def test_policies_are_of_topics_actions(sns, topic, account):
    message = ("InvalidParameter", "Invalid parameter: Policy statement action out of service scope!")
    policy = {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": topic}}
    assert refused(sns.set_topic_attributes, TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(policy)) == message
    assert refused(sns.add_permission, TopicArn=topic, Label="l", AWSAccountId=[account], ActionName=["Fly"]) == message


def test_a_data_protection_policy_is_kept(sns, topic):
    assert "DataProtectionPolicy" not in sns.get_data_protection_policy(ResourceArn=topic)
    sns.put_data_protection_policy(ResourceArn=topic, DataProtectionPolicy='{"Name": "p"}')
    assert sns.get_data_protection_policy(ResourceArn=topic)["DataProtectionPolicy"] == '{"Name": "p"}'
