"""X-Amzn-Trace-Id: a trace goes on from service to service, to the function that it ends at."""

import json

import pytest
import requests

from harness import rest_api

TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
SHOWS = ("import os, json, boto3\n"
         "def handler(event, context):\n"
         "    print('TRACE', os.environ.get('_X_AMZN_TRACE_ID'))\n"
         "    return os.environ.get('_X_AMZN_TRACE_ID')\n")


@pytest.fixture
def queue(client, unique):
    """A queue that every service may send to."""
    sqs = client("sqs")
    url = sqs.create_queue(QueueName=unique("q"))["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}]}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    return url, arn


def trace_of_message(client, url):
    (message,) = client("sqs").receive_message(QueueUrl=url, AttributeNames=["All"], WaitTimeSeconds=5)["Messages"]
    return message["Attributes"].get("AWSTraceHeader")


def sends_trace(client):
    """The client's requests carry the header from now on."""
    client.meta.events.register("before-sign", lambda request, **_: request.headers.add_header("X-Amzn-Trace-Id", TRACE))
    return client


def test_a_message_keeps_its_senders_trace(client, queue):
    url, _ = queue
    tracing = sends_trace(client("sqs", read_timeout=61))
    tracing.send_message(QueueUrl=url, MessageBody="x")
    assert trace_of_message(client, url) == TRACE
    tracing.send_message_batch(QueueUrl=url, Entries=[{"Id": "a", "MessageBody": "x"}])
    assert trace_of_message(client, url) == TRACE
    client("sqs").send_message(QueueUrl=url, MessageBody="x")
    assert trace_of_message(client, url) is None


def test_notifications_carry_it_on(client, queue, unique, drain):
    url, arn = queue
    sns = client("sns")
    topic = sns.create_topic(Name=unique("topic"))["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    sends_trace(client("sns", read_timeout=61)).publish(TopicArn=topic, Message="x")
    assert trace_of_message(client, url) == TRACE
    s3, bucket = client("s3"), unique("bucket")
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_notification_configuration(Bucket=bucket, SkipDestinationValidation=True, NotificationConfiguration={
        "QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]})
    drain()
    while client("sqs").receive_message(QueueUrl=url).get("Messages"):
        pass  # the test event
    sends_trace(client("s3", read_timeout=61)).put_object(Bucket=bucket, Key="k")
    assert trace_of_message(client, url) == TRACE


def test_buses_carry_it_on(client, queue, unique, make_role):
    """An entry's own, else the request's; to a queue, and over another bus. What functions ran before isn't AWS's to count there."""
    url, arn = queue
    events = client("events")
    other = events.create_event_bus(Name=unique("bus"))["EventBusArn"]
    source = unique("source")
    pattern = json.dumps({"source": [source]})
    for bus, target in (("default", {"Arn": other, "RoleArn": make_role(service="events.amazonaws.com")}), (other, {"Arn": arn})):
        events.put_rule(Name=source, EventBusName=bus, EventPattern=pattern)
        events.put_targets(Rule=source, EventBusName=bus, Targets=[{"Id": "i", **target}])
    entry = {"Source": source, "DetailType": "d", "Detail": "{}"}
    sends_trace(client("events", read_timeout=61)).put_events(Entries=[entry])
    assert trace_of_message(client, url) == TRACE
    events.put_events(Entries=[{**entry, "TraceHeader": "Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=1:0a3b22c1:4"}])
    assert trace_of_message(client, url) == "Root=1-5759e988-bd862e3fe1be46a994272793"


def test_functions_behind_an_api_see_it(client, server, make_function, account):
    name = make_function("import os\ndef handler(event, context):\n    return {'statusCode': 200, 'body': os.environ.get('_X_AMZN_TRACE_ID')}\n")
    client("lambda").add_permission(FunctionName=name, StatementId="s", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com")
    api = rest_api.Api(client("apigateway"), server, name).proxy("GET", "/", rest_api.function_uri(account, name))
    http = client("apigatewayv2")
    made = http.create_api(Name=name, ProtocolType="HTTP", Target=f"arn:aws:lambda:us-east-1:{account}:function:{name}")
    for get in (lambda headers: api("GET", "/", headers=headers).text,
                lambda headers: requests.get(f"{server.endpoint}/_aws/execute-api/{made['ApiId']}/$default/", headers=headers, timeout=20).text):
        assert get({"X-Amzn-Trace-Id": TRACE + ";Lineage=1:0a3b22c1:4"}).startswith(TRACE + ";Lineage=1:")
        assert ":4" not in get({"X-Amzn-Trace-Id": TRACE + ";Lineage=1:0a3b22c1:4"})
        assert get({}).startswith("Root=1-")


def test_functions_see_it(client, make_function, account, unique, drain, until):
    name = make_function(SHOWS)
    tracing = sends_trace(client("lambda", read_timeout=61))
    assert json.load(tracing.invoke(FunctionName=name)["Payload"]).startswith(TRACE + ";Lineage=1:")
    tracing.invoke(FunctionName=name, InvocationType="Event")
    arn = f"arn:aws:lambda:us-east-1:{account}:function:{name}"
    client("lambda").add_permission(FunctionName=name, StatementId="sns", Action="lambda:InvokeFunction",
                                    Principal="sns.amazonaws.com")
    topic = client("sns").create_topic(Name=unique("topic"))["TopicArn"]
    client("sns").subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
    sends_trace(client("sns", read_timeout=62)).publish(TopicArn=topic, Message="x")
    drain()

    def traces():
        events = client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}", filterPattern="TRACE")["events"]
        return [event["message"].split()[1].rpartition(";Lineage=1:")[0] for event in events]
    until(lambda: traces() == [TRACE] * 3, "three invocations with the trace")
