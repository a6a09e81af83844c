"""SNS beyond queues and functions: subscribed servers, phones, devices."""

import json
import urllib.request

import pytest
from botocore.exceptions import ClientError

from harness.web import Web


@pytest.fixture(scope="module")
def sns(client):
    return client("sns")


@pytest.fixture
def topic(sns, unique):
    return sns.create_topic(Name=unique("topic"))["TopicArn"]


@pytest.fixture
def web():
    with Web() as running:
        yield running
        running.shutdown()


def refused(call, **arguments):
    with pytest.raises(ClientError) as error:
        call(**arguments)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def arrived(web, drain, type):
    drain()
    return [r for r in web.requests if r["headers"]["x-amz-sns-message-type"] == type]


def visit(url):
    with urllib.request.urlopen(url) as answer:
        return answer.read().decode()


def test_a_server_confirms_and_gets_notifications(sns, topic, web, drain):
    pending = sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=web.url + "/in", ReturnSubscriptionArn=True)["SubscriptionArn"]
    (asked,) = arrived(web, drain, "SubscriptionConfirmation")
    body = json.loads(asked["body"])
    assert (asked["method"], asked["path"], asked["headers"]["Content-Type"]) == ("POST", "/in", "text/plain; charset=UTF-8")
    assert (asked["headers"]["x-amz-sns-topic-arn"], asked["headers"]["x-amz-sns-message-id"]) == (topic, body["MessageId"])
    assert list(body) == ["Type", "MessageId", "Token", "TopicArn", "Message", "SubscribeURL", "Timestamp", "SignatureVersion",
                          "Signature", "SigningCertURL"]
    sns.publish(TopicArn=topic, Message="too early")
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"][0]["SubscriptionArn"] == "PendingConfirmation"
    assert f"<SubscriptionArn>{pending}</SubscriptionArn>" in visit(body["SubscribeURL"])
    assert sns.get_subscription_attributes(SubscriptionArn=pending)["Attributes"]["PendingConfirmation"] == "false"
    sent = sns.publish(TopicArn=topic, Message="hello", Subject="s")
    (got,) = arrived(web, drain, "Notification")
    assert (got["headers"]["x-amz-sns-subscription-arn"], got["headers"]["x-amz-sns-message-id"]) == (pending, sent["MessageId"])
    note = json.loads(got["body"])
    assert (note["Message"], note["Subject"], note["MessageId"]) == ("hello", "s", sent["MessageId"])
    visit(note["UnsubscribeURL"])
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []
    assert json.loads(arrived(web, drain, "UnsubscribeConfirmation")[0]["body"])["TopicArn"] == topic


def test_raw_delivery_and_dead_letters(sns, client, topic, web, drain, unique):
    sqs = client("sqs")
    url = sqs.create_queue(QueueName=unique("dead"))["QueueUrl"]
    dead = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": dead}}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=web.url,
                  Attributes={"RawMessageDelivery": "true", "RedrivePolicy": json.dumps({"deadLetterTargetArn": dead})})
    (asked,) = arrived(web, drain, "SubscriptionConfirmation")
    sns.confirm_subscription(TopicArn=topic, Token=json.loads(asked["body"])["Token"])
    sns.publish(TopicArn=topic, Message='{"default":"all","http":"web"}', MessageStructure="json")
    (got,) = arrived(web, drain, "Notification")
    assert (got["body"], got["headers"]["x-amz-sns-rawdelivery"]) == ("web", "true")
    web.answer = lambda request: (500, {}, "")
    sns.publish(TopicArn=topic, Message="lost")
    drain()
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    assert message["Body"] == "lost"


def test_confirming_needs_the_token(sns, topic):
    assert refused(sns.confirm_subscription, TopicArn=topic, Token="none") == ("InvalidParameter", "Invalid parameter: Token")
    assert refused(sns.confirm_subscription, TopicArn=topic + "x", Token="none") == ("NotFound", "Topic does not exist")


@pytest.mark.parametrize("protocol, endpoint, message", [
    ("http", "https://localhost/x", "Invalid parameter: Endpoint must match the specified protocol"),
    ("https", "http://localhost/x", "Invalid parameter: Endpoint must match the specified protocol"),
    ("sms", "call me", "Invalid parameter: Invalid SMS endpoint: call me"),
    ("email", "nobody", "Invalid parameter: Email address"),
])
def test_endpoints_are_looked_at(sns, topic, protocol, endpoint, message):
    assert refused(sns.subscribe, TopicArn=topic, Protocol=protocol, Endpoint=endpoint) == ("InvalidParameter", message)


def test_phones(sns, topic):
    assert sns.publish(PhoneNumber="+15551234567", Message="m")["MessageId"]
    assert refused(sns.publish, PhoneNumber="+0", Message="m") == (
        "InvalidParameter", "Invalid parameter: PhoneNumber Reason: +0 is not valid to publish to")
    arn = sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint="+15551234567")["SubscriptionArn"]
    assert sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["PendingConfirmation"] == "false"
    sns.set_sms_attributes(attributes={"DefaultSMSType": "Transactional", "DefaultSenderID": "me"})
    assert sns.get_sms_attributes(attributes=["DefaultSMSType"])["attributes"] == {"DefaultSMSType": "Transactional"}
    assert sns.get_sms_attributes()["attributes"] == {"DefaultSMSType": "Transactional", "DefaultSenderID": "me"}
    assert sns.check_if_phone_number_is_opted_out(phoneNumber="+15551234567")["isOptedOut"] is False
    assert sns.list_phone_numbers_opted_out()["phoneNumbers"] == []
    assert sns.get_sms_sandbox_account_status()["IsInSandbox"] is True


def test_devices(sns, account, unique):
    name = unique("app")
    application = sns.create_platform_application(Name=name, Platform="GCM", Attributes={"PlatformCredential": "secret"})["PlatformApplicationArn"]
    assert application == f"arn:aws:sns:us-east-1:{account}:app/GCM/{name}"
    assert sns.get_platform_application_attributes(PlatformApplicationArn=application)["Attributes"] == {"Enabled": "true"}
    assert {"PlatformApplicationArn": application, "Attributes": {"Enabled": "true"}} in sns.list_platform_applications()["PlatformApplications"]
    endpoint = sns.create_platform_endpoint(PlatformApplicationArn=application, Token="t", CustomUserData="u")["EndpointArn"]
    assert endpoint.startswith(f"arn:aws:sns:us-east-1:{account}:endpoint/GCM/{name}/")
    assert sns.create_platform_endpoint(PlatformApplicationArn=application, Token="t", CustomUserData="u")["EndpointArn"] == endpoint
    assert refused(sns.create_platform_endpoint, PlatformApplicationArn=application, Token="t", CustomUserData="v") == (
        "InvalidParameter",
        f"Invalid parameter: Token Reason: Endpoint {endpoint} already exists with the same Token, but different attributes.")
    attributes = {"Enabled": "true", "Token": "t", "CustomUserData": "u"}
    assert sns.get_endpoint_attributes(EndpointArn=endpoint)["Attributes"] == attributes
    assert sns.list_endpoints_by_platform_application(PlatformApplicationArn=application)["Endpoints"] == [
        {"EndpointArn": endpoint, "Attributes": attributes}]
    assert sns.publish(TargetArn=endpoint, Message="m")["MessageId"]
    sns.set_endpoint_attributes(EndpointArn=endpoint, Attributes={"Enabled": "false"})
    assert refused(sns.publish, TargetArn=endpoint, Message="m") == ("EndpointDisabled", "Endpoint is disabled")
    sns.delete_endpoint(EndpointArn=endpoint)
    assert refused(sns.get_endpoint_attributes, EndpointArn=endpoint) == ("NotFound", "Endpoint does not exist")
    assert refused(sns.publish, TargetArn=endpoint, Message="m") == (
        "InvalidParameter", "Invalid parameter: TargetArn Reason: No endpoint found for the target arn specified")
    sns.delete_platform_application(PlatformApplicationArn=application)
    assert refused(sns.get_platform_application_attributes, PlatformApplicationArn=application)[0] == "NotFound"
