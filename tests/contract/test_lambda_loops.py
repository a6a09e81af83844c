"""Functions whose events lead back to them are stopped; functions that run for each tenant apart."""

import base64
import datetime
import io
import json
import zipfile

import pytest
from harness import rest_api
from harness.tables import refusal

# Hands each event on to where it came from. SDKs in functions send their trace on; so the chain is known.
SENDS = """
import boto3, os
sqs, sns, s3, fn = (boto3.client(name) for name in ("sqs", "sns", "s3", "lambda"))
def handler(event, context):
    print("RUN")
    kind, target = os.environ["KIND"], os.environ["TARGET"]
    if kind == "queue":
        sqs.send_message(QueueUrl=target, MessageBody="again")
    elif kind == "topic":
        sns.publish(TopicArn=target, Message="again")
    elif kind == "bucket":
        s3.put_object(Bucket=target, Key="k", Body=b"again")
    elif kind == "invoke":
        fn.invoke(FunctionName=context.function_name, InvocationType="Event", Payload=b"{}")
"""


@pytest.fixture
def queue(client, unique):
    def make(**attributes):
        sqs = client("sqs")
        url = sqs.create_queue(QueueName=unique("q"), Attributes=attributes)["QueueUrl"]
        return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return make


@pytest.fixture
def sender(client, make_function, account):
    """A function that hands events on, and how often it ran."""
    def make(kind, target, **settings):
        name = make_function(SENDS, Timeout=30, Environment={"Variables": {"KIND": kind, "TARGET": target}}, **settings)
        for service in ("sns", "s3"):
            client("lambda").add_permission(FunctionName=name, StatementId=service, Action="lambda:InvokeFunction",
                                            Principal=service + ".amazonaws.com")

        def runs():
            try:
                events = client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}", filterPattern="RUN")["events"]
            except client("logs").exceptions.ResourceNotFoundException:
                return 0
            return len(events)
        return name, f"arn:aws:lambda:us-east-1:{account}:function:{name}", runs
    return make


def dropped(client, name):
    cloudwatch = client("cloudwatch")
    now = datetime.datetime.now(datetime.timezone.utc)
    points = cloudwatch.get_metric_statistics(
        Namespace="AWS/Lambda", MetricName="RecursiveInvocationsDropped", Statistics=["Sum"], Period=3600,
        Dimensions=[{"Name": "FunctionName", "Value": name}], StartTime=now - datetime.timedelta(hours=2),
        EndTime=now + datetime.timedelta(hours=1))["Datapoints"]
    return sum(point["Sum"] for point in points)


def test_a_function_that_sends_to_its_own_queue_is_stopped(client, queue, sender, until, drain):
    dead_url, dead = queue()
    url, arn = queue(VisibilityTimeout="30", RedrivePolicy=json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 1}))
    name, _, runs = sender("queue", url)
    mapping = client("lambda").create_event_source_mapping(FunctionName=name, EventSourceArn=arn)["UUID"]
    client("sqs").send_message(QueueUrl=url, MessageBody="first")
    until(lambda: runs() == 16, "sixteen runs")
    drain()
    assert runs() == 16 and dropped(client, name) == 1
    attributes = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert attributes["ApproximateNumberOfMessagesNotVisible"] == "1", "the message waits for its redrive policy"
    # Another message is none of the loop's, and isn't held up by it.
    client("sqs").send_message(QueueUrl=url, MessageBody="other")
    until(lambda: runs() > 16, "another chain")
    client("lambda").delete_event_source_mapping(UUID=mapping)


@pytest.mark.parametrize("kind", ["topic", "bucket", "invoke"])
def test_events_that_come_back_end_as_failures(kind, client, queue, sender, unique, until, drain):
    failed_url, failed = queue()
    dead_url, dead = queue()
    target = {"topic": lambda: client("sns").create_topic(Name=unique("t"))["TopicArn"],
              "bucket": lambda: unique("bucket"), "invoke": lambda: "-"}[kind]()
    name, arn, runs = sender(kind, target, DeadLetterConfig={"TargetArn": dead})
    client("lambda").put_function_event_invoke_config(
        FunctionName=name, DestinationConfig={"OnFailure": {"Destination": failed}})
    if kind == "topic":
        client("sns").subscribe(TopicArn=target, Protocol="lambda", Endpoint=arn)
        client("sns").publish(TopicArn=target, Message="first")
    elif kind == "bucket":
        client("s3").create_bucket(Bucket=target)
        client("s3").put_bucket_notification_configuration(Bucket=target, NotificationConfiguration={
            "LambdaFunctionConfigurations": [{"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"]}]})
        client("s3").put_object(Bucket=target, Key="k", Body=b"first")
    else:
        client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=b"{}")
    until(lambda: runs() == 16, "sixteen runs")
    drain()
    assert runs() == 16 and dropped(client, name) == 1
    (record,) = client("sqs").receive_message(QueueUrl=failed_url, WaitTimeSeconds=5)["Messages"]
    context = json.loads(record["Body"])["requestContext"]
    assert (context["condition"], context["functionArn"]) == ("RecursiveInvocation", arn + ":$LATEST")
    (letter,) = client("sqs").receive_message(QueueUrl=dead_url, WaitTimeSeconds=5, MessageAttributeNames=["All"])["Messages"]
    assert letter["MessageAttributes"]["ErrorCode"]["StringValue"] == "400"
    assert "recursive loop" in letter["MessageAttributes"]["ErrorMessage"]["StringValue"]


def test_a_loop_that_is_allowed_goes_on(client, raw, queue, sender, until):
    url, arn = queue()
    name, _, runs = sender("queue", url)
    assert raw("lambda", "PUT", f"/2024-08-31/functions/{name}/recursion-config", '{"RecursiveLoop": "Allow"}').status == 200
    mapping = client("lambda").create_event_source_mapping(FunctionName=name, EventSourceArn=arn)["UUID"]
    client("sqs").send_message(QueueUrl=url, MessageBody="first")
    until(lambda: runs() > 20, "more than twenty runs")
    client("lambda").delete_event_source_mapping(UUID=mapping)
    client("sqs").delete_queue(QueueUrl=url)


def test_invoke_tells_its_caller(client, raw, make_function):
    name = make_function("def handler(event, context):\n    import os\n    return os.environ['_X_AMZN_TRACE_ID']\n")
    path, trace = f"/2015-03-31/functions/{name}/invocations", ""
    for time in range(16):
        trace = raw("lambda", "POST", path, b"{}", {"X-Amzn-Trace-Id": trace} if trace else {}).json()
        assert trace.endswith(f":{time}")
    response = raw("lambda", "POST", path, b"{}", {"X-Amzn-Trace-Id": trace})
    assert (response.status, response.headers["x-amzn-errortype"]) == (400, "RecursiveInvocationException")


# --- tenants

SHOWS_TENANT = "n = 0\ndef handler(event, context):\n    global n\n    n += 1\n    return [context.tenant_id, n]\n"


@pytest.fixture
def tenants(raw, client, make_role, unique):
    """A function with tenants, by raw requests: this boto3 may not know them."""
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("index.py", SHOWS_TENANT)
    name = unique("tenants")
    made = raw("lambda", "POST", "/2015-03-31/functions", json.dumps({
        "FunctionName": name, "Runtime": "python3.12", "Handler": "index.handler", "Role": make_role(),
        "Code": {"ZipFile": base64.b64encode(code.getvalue()).decode()},
        "TenancyConfig": {"TenantIsolationMode": "PER_TENANT"}}))
    assert made.status == 201 and made.json()["TenancyConfig"] == {"TenantIsolationMode": "PER_TENANT"}
    client("lambda").get_waiter("function_active_v2").wait(FunctionName=name)
    return name


def test_each_tenant_has_its_own_environments(raw, tenants):
    def invoke(tenant, **headers):
        return raw("lambda", "POST", f"/2015-03-31/functions/{tenants}/invocations", b"{}",
                   ({"X-Amz-Tenant-Id": tenant} if tenant else {}) | headers)
    assert [invoke(t).json() for t in ("blue", "green", "blue", "blue", "green")] == [
        ["blue", 1], ["green", 1], ["blue", 2], ["blue", 3], ["green", 2]]
    for kind in ("RequestResponse", "Event", "DryRun"):
        refused = invoke("", **{"X-Amz-Invocation-Type": kind})
        assert (refused.status, refused.headers["x-amzn-errortype"]) == (400, "InvalidParameterValueException")
        assert refused.json()["message"] == (
            "The invoked function is enabled with tenancy configuration. Add a valid tenant ID in your request and try again.")
    assert invoke("red", **{"X-Amz-Invocation-Type": "Event"}).status == 202
    assert invoke("no!").json()["message"].startswith("1 validation error detected: Value 'no!' at 'tenantId' failed")


def test_functions_without_tenants_take_none(raw, make_function):
    name = make_function(SHOWS_TENANT)
    path = f"/2015-03-31/functions/{name}/invocations"
    assert raw("lambda", "POST", path, b"{}").json() == [None, 1]
    assert raw("lambda", "POST", path, b"{}", {"X-Amz-Tenant-Id": "blue"}).headers["x-amzn-errortype"] == (
        "InvalidParameterValueException")


def test_a_rest_api_names_the_tenant(client, server, tenants, account):
    """Where its integration maps X-Amz-Tenant-Id; a request without it isn't run."""
    client("lambda").add_permission(FunctionName=tenants, StatementId="s", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com")
    uri = rest_api.function_uri(account, tenants)
    api = rest_api.Api(client("apigateway"), server, tenants)
    mapped = {"integration.request.header.X-Amz-Tenant-Id": "method.request.header.x-tenant"}
    accepted = {"method.request.header.x-tenant": False}
    api.method("GET", "/mapped", {"type": "AWS", "integrationHttpMethod": "POST", "uri": uri, "requestParameters": mapped},
               [("200", {})], requestParameters=accepted)
    api.method("GET", "/proxy", {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": uri, "requestParameters": mapped},
               requestParameters=accepted)
    assert api("GET", "/mapped", headers={"x-tenant": "blue"}).json() == ["blue", 1]
    assert api("GET", "/proxy", headers={"x-tenant": "green"}).status_code == 502, "it ran: a list is no proxy's result"
    assert api("GET", "/mapped", headers={"x-tenant": "green"}).json() == ["green", 2]
    for path in ("/mapped", "/proxy"):
        assert api("GET", path).status_code == 500


def test_what_functions_with_tenants_cannot_have(client, tenants, queue):
    lam = client("lambda")
    _, arn = queue()
    assert refusal(lam.create_event_source_mapping, FunctionName=tenants, EventSourceArn=arn)[0] == "InvalidParameterValueException"
    assert refusal(lam.create_function_url_config, FunctionName=tenants, AuthType="NONE")[0] == "InvalidParameterValueException"
    version = lam.publish_version(FunctionName=tenants)["Version"]
    assert refusal(lam.put_provisioned_concurrency_config, FunctionName=tenants, Qualifier=version,
                   ProvisionedConcurrentExecutions=1)[0] == "InvalidParameterValueException"
