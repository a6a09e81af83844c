"""Invoke in its three types, what happens to events, function URLs."""

import base64
import json
import urllib.error
import urllib.request

import pytest
from botocore.exceptions import ClientError
from harness.own_server import endpoint, server  # noqa: F401

ECHO = "def handler(event, context): return {'event': event, 'arn': context.invoked_function_arn}\n"


def refused(call, *args, **kwargs):
    with pytest.raises(ClientError) as error:
        call(*args, **kwargs)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


@pytest.fixture
def lam(client):
    return client("lambda")


def test_request_response(lam, make_function, account):
    name = make_function(ECHO)
    answer = lam.invoke(FunctionName=name, Payload=b'{"a": 1}')
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST") and "FunctionError" not in answer
    assert answer["ResponseMetadata"]["HTTPHeaders"]["content-type"] == "application/json"
    assert json.loads(answer["Payload"].read()) == {"event": {"a": 1}, "arn": f"arn:aws:lambda:us-east-1:{account}:function:{name}"}
    assert json.loads(lam.invoke(FunctionName=name)["Payload"].read())["event"] == {}
    assert json.loads(lam.invoke(FunctionName=name, Qualifier="$LATEST")["Payload"].read())["arn"].endswith(f"{name}:$LATEST")


# What an event may hold that readers of JSON differ in.
EVENTS = [
    b"{}", b"[]", b'""', b"0", b"-0", b"-0.0", b"null", b"true", b"[false,null]", b'{"":{"":[{}]}}', b'{"a":1,"b":2,"a":{"c":[3]}}',
    b"[9223372036854775807,9223372036854775808,-9223372036854775809,123456789012345678901234567890123456789]",
    b"[1.0,0.1,1e21,1E2,-2.5e-7,0.30000000000000004,123456789012345678,1234567890123456789]",
    b'["\\u00e9","\\ud83d\\ude00","\\u0000","\\/\\b\\f\\n\\r\\t\\"\\\\"]',
    '{"é":"\U0001f600","long":"%s"}'.encode() % (b"x" * 5000),
    b" \t\r\n[ 1 ,\n2 ] ", b"[" * 150 + b"]" * 150, b"[" * 250 + b"]" * 250,
    json.dumps({f"name-{n}": {"S": f"value-{n}", f"name-{n % 7}": n} for n in range(2000)}).encode(),
]


def test_the_event_is_what_json_loads_makes_of_it(lam, make_function):
    name = make_function("def handler(event, context): return repr(event)\n")
    for event in EVENTS:
        assert json.loads(lam.invoke(FunctionName=name, Payload=event)["Payload"].read()) == repr(json.loads(event)), event[:100]


def test_log_tail(lam, make_function):
    name = make_function("def handler(event, context): print('seen by me')\n")
    answer = lam.invoke(FunctionName=name, LogType="Tail")
    tail = base64.b64decode(answer["LogResult"]).decode()
    assert "seen by me\n" in tail and tail.startswith("START RequestId: ") and "REPORT RequestId: " in tail
    assert answer["Payload"].read() == b"null"


def test_function_error_is_still_200(lam, make_function):
    name = make_function("def handler(event, context): raise KeyError('what')\n")
    answer = lam.invoke(FunctionName=name)
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    document = json.loads(answer["Payload"].read())
    assert (document["errorType"], document["errorMessage"]) == ("KeyError", "'what'")


def test_dry_run(lam, make_function):
    assert lam.invoke(FunctionName=make_function(ECHO), InvocationType="DryRun")["StatusCode"] == 204
    assert refused(lam.invoke, FunctionName="nobody", InvocationType="DryRun")[0] == "ResourceNotFoundException"


def test_invoke_says_latest_of_a_missing_function(lam, account):
    for kind in ("RequestResponse", "Event"):
        assert refused(lam.invoke, FunctionName="nobody", InvocationType=kind) == (
            "ResourceNotFoundException", f"Function not found: arn:aws:lambda:us-east-1:{account}:function:nobody:$LATEST")


def test_payloads_that_are_refused(lam, make_function):
    name = make_function(ECHO)
    code, message = refused(lam.invoke, FunctionName=name, Payload=b"{\x87")
    assert code == "InvalidRequestContentException"
    assert message == (
        "Could not parse request body into json: Could not parse payload into json: Invalid UTF-8 start byte 0x87\n at [Source: "
        "REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 3]")
    assert refused(lam.invoke, FunctionName=name, Payload=b" " * 6291457) == (
        "RequestEntityTooLargeException", "6291457 byte payload is too large for the RequestResponse invocation type (limit 6291456 bytes)")
    assert refused(lam.invoke, FunctionName=name, Payload=b" " * 1048577, InvocationType="Event") == (
        "RequestEntityTooLargeException", "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)")


def test_response_that_is_too_large(lam, make_function):
    answer = lam.invoke(FunctionName=make_function("def handler(event, context): return 'x' * 6291555\n"))
    assert answer["FunctionError"] == "Unhandled"
    assert json.loads(answer["Payload"].read()) == {
        "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
        "errorType": "Function.ResponseSizeTooLarge"}


# -- events


@pytest.fixture
def queue(client, unique):
    sqs = client("sqs")
    url = sqs.create_queue(QueueName=unique("q"))["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    def receive():
        answer = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10, MessageAttributeNames=["All"])
        return answer["Messages"][0]

    def holds_one():
        shown = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"]
        return shown["ApproximateNumberOfMessages"] == "1"

    receive.arn, receive.holds_one = arn, holds_one
    return receive


def test_event_success_destination(lam, make_function, queue, account):
    name = make_function("def handler(event, context): return {'ok': event['n']}\n")
    shown = lam.put_function_event_invoke_config(FunctionName=name, DestinationConfig={"OnSuccess": {"Destination": queue.arn}})
    assert shown["FunctionArn"].endswith(f"{name}:$LATEST") and "MaximumRetryAttempts" not in shown
    answer = lam.invoke(FunctionName=name, InvocationType="Event", Payload=b'{"n": 5}')
    assert answer["StatusCode"] == 202 and answer["Payload"].read() == b"" and "ExecutedVersion" not in answer
    record = json.loads(queue()["Body"])
    assert list(record) == ["version", "timestamp", "requestContext", "requestPayload", "responseContext", "responsePayload"]
    assert record["requestContext"] == {"requestId": answer["ResponseMetadata"]["RequestId"],
                                        "functionArn": f"arn:aws:lambda:us-east-1:{account}:function:{name}:$LATEST",
                                        "condition": "Success", "approximateInvokeCount": 1}
    assert record["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST"}
    assert (record["requestPayload"], record["responsePayload"]) == ({"n": 5}, {"ok": 5})


def test_event_failure_goes_to_both(lam, make_function, queue, client, unique):
    sqs = client("sqs")
    dead_url = sqs.create_queue(QueueName=unique("dead"))["QueueUrl"]
    dead = sqs.get_queue_attributes(QueueUrl=dead_url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    name = make_function("def handler(event, context): raise ValueError('never')\n", DeadLetterConfig={"TargetArn": dead})
    lam.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": queue.arn}})
    request_id = lam.invoke(FunctionName=name, InvocationType="Event", Payload=b'{"n": 1}')["ResponseMetadata"]["RequestId"]
    record = json.loads(queue()["Body"])
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["responseContext"]["functionError"] == "Unhandled"
    assert record["responsePayload"]["errorType"] == "ValueError"
    message = sqs.receive_message(QueueUrl=dead_url, WaitTimeSeconds=10, MessageAttributeNames=["All"])["Messages"][0]
    assert message["Body"] == '{"n": 1}'
    attributes = {k: (v["DataType"], v["StringValue"]) for k, v in message["MessageAttributes"].items()}
    assert attributes == {"RequestID": ("String", request_id), "ErrorCode": ("Number", "200"), "ErrorMessage": ("String", "never")}


def test_event_is_retried_after_one_and_two_minutes(lam, make_function, queue, emulator_clock, until, client):
    name = make_function("def handler(event, context): raise ValueError('no')\n")
    lam.put_function_event_invoke_config(FunctionName=name, DestinationConfig={"OnFailure": {"Destination": queue.arn}})
    lam.invoke(FunctionName=name, InvocationType="Event", Payload=b"{}")

    def starts():
        try:
            return client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}", filterPattern='"START RequestId"')["events"]
        except ClientError:  # no log group before the first run
            return []

    for attempts in (1, 2, 3):
        # In steps: the pause begins when the failure before it has been seen, which may still be to come.
        until(lambda n=attempts: len(starts()) == n or not emulator_clock.advance(10), f"attempt {attempts}")
    record = json.loads(queue()["Body"])
    assert record["requestContext"]["approximateInvokeCount"] == 3
    first, second, third = starts()
    assert {e["message"].split()[2] for e in starts()} == {record["requestContext"]["requestId"]}  # the same each time
    assert second["timestamp"] - first["timestamp"] >= 60_000 and third["timestamp"] - second["timestamp"] >= 120_000


def test_event_that_is_too_old_isnt_retried(lam, make_function, queue, emulator_clock, until, client):
    name = make_function("def handler(event, context): raise ValueError('no')\n")
    lam.put_function_event_invoke_config(FunctionName=name, MaximumEventAgeInSeconds=60,
                                         DestinationConfig={"OnFailure": {"Destination": queue.arn}})
    lam.invoke(FunctionName=name, InvocationType="Event", Payload=b'{"n": 2}')

    def ran():
        try:
            return client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}", filterPattern='"REPORT RequestId"')["events"]
        except ClientError:  # no log group before the first run
            return []

    until(ran, "the first attempt")
    until(lambda: emulator_clock.advance(61) and queue.holds_one(), "the record of its end")  # the retry may still have to be entered
    record = json.loads(queue()["Body"])
    assert (record["requestContext"]["condition"], record["requestContext"]["approximateInvokeCount"]) == ("EventAgeExceeded", 1)
    assert record["requestPayload"] == {"n": 2}


def test_event_for_a_function_with_no_concurrency(lam, make_function, queue):
    name = make_function(ECHO)
    lam.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    lam.put_function_event_invoke_config(FunctionName=name, DestinationConfig={"OnFailure": {"Destination": queue.arn}})
    assert lam.invoke(FunctionName=name, InvocationType="Event", Payload=b"{}")["StatusCode"] == 202
    record = json.loads(queue()["Body"])
    assert record["requestPayload"] == {}
    assert (record["requestContext"]["condition"], record["requestContext"]["approximateInvokeCount"]) == ("ZeroReservedConcurrency", 0)


# Events that reserved concurrency holds up wait in line, oldest first, and freed capacity lets them in: no pauses.
def test_throttled_events_wait_for_capacity(lam, client, make_function, make_table, until):
    table = make_table()
    name = make_function(
        "import boto3, json, os, time\n"
        "table = boto3.client('dynamodb')\n"
        "def handler(event, context):\n"
        "    time.sleep(event['s'])\n"
        f"    table.put_item(TableName='{table}', Item={{'pk': {{'S': str(event['n'])}}, 'at': {{'N': str(time.monotonic_ns())}}}})\n",
        Timeout=30)
    lam.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
    for n in range(13):
        lam.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps({"n": n, "s": 0 if n else 2}))

    def done():
        items = client("dynamodb").scan(TableName=table, ConsistentRead=True)["Items"]
        return len(items) == 13 and [item["pk"]["S"] for item in sorted(items, key=lambda item: int(item["at"]["N"]))]

    order = [int(n) for n in until(done, "all events", timeout_s=20)]  # with pauses it would be minutes
    # One on its way to be throttled may be overtaken by the next.
    assert order[0] == 0 and all(abs(n - place) <= 2 for place, n in enumerate(order)), order


# More capacity, not only freed capacity, lets events in.
def test_raised_concurrency_lets_throttled_events_in(lam, client, make_function, make_table, until):
    table = make_table()
    name = make_function(
        "import boto3, time\n"
        "def handler(event, context):\n"
        f"    boto3.client('dynamodb').put_item(TableName='{table}', Item={{'pk': {{'S': event['n']}}}})\n"
        "    time.sleep(event['s'])\n", Timeout=60)
    lam.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
    there = lambda n: "Item" in client("dynamodb").get_item(TableName=table, Key={"pk": {"S": n}}, ConsistentRead=True)  # noqa: E731
    lam.invoke(FunctionName=name, InvocationType="Event", Payload=b'{"n": "long", "s": 40}')
    until(lambda: there("long"), "the long event")
    lam.invoke(FunctionName=name, InvocationType="Event", Payload=b'{"n": "next", "s": 0}')
    lam.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=2)
    until(lambda: there("next"), "the other event, beside the long one", timeout_s=20)


def test_the_callers_trace_goes_on(lam, raw, make_function):
    name = make_function("import os\ndef handler(event, context): return os.environ['_X_AMZN_TRACE_ID']\n")
    trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
    path = f"/2015-03-31/functions/{name}/invocations"
    assert raw("lambda", "POST", path, b"{}", {"X-Amzn-Trace-Id": trace}).json().rpartition(";Lineage=1:")[0] == trace
    assert raw("lambda", "POST", path, b"{}").json().startswith("Root=1-")


def test_event_invoke_config_errors(lam, make_function, account):
    name = make_function(ECHO)
    arn = f"arn:aws:lambda:us-east-1:{account}:function:{name}"
    assert refused(lam.put_function_event_invoke_config, FunctionName=name)[1] == (
        "You must specify at least one of error handling or destination setting.")
    assert refused(lam.get_function_event_invoke_config, FunctionName=name)[1] == f"The function {arn}:$LATEST doesn't have an EventInvokeConfig"
    assert refused(lam.put_function_event_invoke_config, FunctionName=name, DestinationConfig={"OnSuccess": {"Destination": arn}})[1] == (
        "You can't specify the function as a destination for itself.")
    lam.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=1, MaximumEventAgeInSeconds=60)
    shown = lam.get_function_event_invoke_config(FunctionName=name)
    assert (shown["MaximumRetryAttempts"], shown["MaximumEventAgeInSeconds"]) == (1, 60)
    assert shown["DestinationConfig"] == {"OnSuccess": {}, "OnFailure": {}}
    lam.delete_function_event_invoke_config(FunctionName=name)
    assert refused(lam.delete_function_event_invoke_config, FunctionName=name)[0] == "ResourceNotFoundException"


# -- function URLs


@pytest.fixture
def fetch(server):
    """fetch(url_id, path, ...): (status, headers, body) by the path form, which needs no resolver."""

    def call(url_id, path="/", method="GET", body=None, headers=(), host=None):
        target = server.endpoint + (path if host else f"/_lambda-url/{url_id}{path}")
        request = urllib.request.Request(target, method=method, data=body, headers=dict(headers))
        if host:
            request.add_header("Host", host)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, {k.lower(): v for k, v in error.headers.items()}, error.read()

    return call


@pytest.fixture
def open_url(lam, open_to_all):
    """open_url(function) -> the id of its new URL, which everybody may call."""

    def make(name, **settings):
        open_to_all(name)
        return url_id(lam.create_function_url_config(FunctionName=name, AuthType="NONE", **settings))

    return make


def url_id(created):
    return created["FunctionUrl"].split("//")[1].split(".")[0]


def test_function_url_event(open_url, make_function, fetch):
    url = open_url(make_function("def handler(event, context): return event\n"))
    status, headers, body = fetch(url, "/some/path?a=1&b=x&a=2", headers={"X-Mine": "yes", "Cookie": "c1=1; c2=2"})
    event = json.loads(body)
    assert status == 200 and headers["content-type"] == "application/json"
    assert (event["version"], event["rawPath"], event["rawQueryString"]) == ("2.0", "/some/path", "a=1&b=x&a=2")
    assert event["queryStringParameters"] == {"a": "1,2", "b": "x"}
    assert event["headers"]["x-mine"] == "yes" and event["cookies"] == ["c1=1", "c2=2"]
    assert event["requestContext"]["http"]["method"] == "GET" and event["isBase64Encoded"] is False and "body" not in event
    text = json.loads(fetch(url, "/", "POST", b'{"x": 1}', {"Content-Type": "application/json"})[2])
    assert (text["body"], text["isBase64Encoded"]) == ('{"x": 1}', False)
    binary = json.loads(fetch(url, "/", "POST", b"\x00\xff", {"Content-Type": "application/octet-stream"})[2])
    assert (base64.b64decode(binary["body"]), binary["isBase64Encoded"]) == (b"\x00\xff", True)
    by_host = json.loads(fetch(url, "/by-host", host=f"{url}.lambda-url.us-east-1.localhost")[2])
    assert by_host["rawPath"] == "/by-host" and by_host["requestContext"]["domainPrefix"] == url
    # What stands between the client and AWS's front isn't shown; several slashes are one.
    assert "connection" not in event["headers"] and event["headers"]["x-forwarded-port"].isdigit()
    slashes = json.loads(fetch(url, "//a///b")[2])
    assert (slashes["rawPath"], slashes["requestContext"]["http"]["path"]) == ("/a/b", "/a/b")


def test_function_url_answers(open_url, make_function, fetch):
    url = open_url(make_function(
        "import base64\n"
        "def handler(event, context):\n"
        "    if event['rawPath'] == '/fails': raise ValueError()\n"
        "    if event['rawPath'] == '/text': return 'plain'\n"
        "    if event['rawPath'] == '/list': return ['hello', 3, True]\n"
        "    return {'statusCode': 418, 'headers': {'X-Tea': 'pot', 'Content-Type': 'text/plain'}, 'cookies': ['a=1'],\n"
        "            'body': base64.b64encode(b'\\x01short').decode(), 'isBase64Encoded': True}\n"))
    status, headers, body = fetch(url)
    assert (status, headers["x-tea"], headers["content-type"], headers["set-cookie"], body) == (418, "pot", "text/plain", "a=1", b"\x01short")
    assert fetch(url, "/text")[2] == b"plain"
    assert fetch(url, "/list")[2] == b'["hello",3,true]'  # written anew, without blanks
    assert fetch(url, "/fails")[0] == 502
    status, headers, body = fetch(url, "/", "POST", b" " * 6291457)
    assert (status, headers["x-amzn-errortype"]) == (413, "RequestEntityTooLargeException")


def test_function_url_needs_two_permissions(lam, raw, make_function, fetch):
    name = make_function(ECHO)
    url = url_id(lam.create_function_url_config(FunctionName=name, AuthType="NONE"))
    assert fetch(url)[0] == 403
    lam.add_permission(FunctionName=name, StatementId="url", Action="lambda:InvokeFunctionUrl", Principal="*", FunctionUrlAuthType="NONE")
    assert fetch(url)[0] == 403
    grant = {"StatementId": "invoke", "Action": "lambda:InvokeFunction", "Principal": "*", "InvokedViaFunctionUrl": True}
    added = raw("lambda", "POST", f"/2015-03-31/functions/{name}/policy", json.dumps(grant))
    assert json.loads(added.json()["Statement"])["Condition"] == {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}
    assert fetch(url)[0] == 200
    # The second permission doesn't open the function to those who don't come through its URL.
    stranger = raw("lambda", "POST", f"/2015-03-31/functions/arn:aws:lambda:us-east-1:{raw.account}:function:{name}/invocations", b"{}",
                   account="999999999999")
    assert stranger.status == 403
    lam.update_function_url_config(FunctionName=name, AuthType="AWS_IAM")
    assert fetch(url)[0] == 403


def test_function_url_of_nobody(fetch):
    status, _, body = fetch("nosuchurl")
    assert (status, json.loads(body)) == (403, {"Message": None})


def test_function_url_auth_type_is_for_urls_only(lam, make_function):
    assert refused(lam.add_permission, FunctionName=make_function(ECHO), StatementId="a", Action="lambda:InvokeFunction", Principal="*",
                   FunctionUrlAuthType="NONE") == (
        "InvalidParameterValueException", "FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action")


# A caller by AWS_IAM needs both permissions too, of the function's policy or of its own.
def test_function_url_of_a_user_with_one_permission(lam, client, raw, make_function, unique, until):
    name = make_function(ECHO)
    path = "/_lambda-url/" + url_id(lam.create_function_url_config(FunctionName=name, AuthType="AWS_IAM")) + "/"
    iam, user = client("iam"), unique("user")
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]

    def ask(*actions):
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}
        iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps(policy))
        return raw("lambda", "GET", path, account=key["AccessKeyId"], secret=key["SecretAccessKey"]).status

    assert ask("lambda:InvokeFunctionUrl") == 403
    assert ask("lambda:InvokeFunction") == 403
    assert ask("lambda:InvokeFunctionUrl", "lambda:InvokeFunction") == 200


def test_function_url_signed_by_its_caller(lam, raw, make_function, account):
    name = make_function("def handler(event, context): return event['requestContext']['authorizer']['iam']\n")
    url = lam.create_function_url_config(FunctionName=name, AuthType="AWS_IAM")["FunctionUrl"].split("//")[1].split(".")[0]
    answer = raw("lambda", "GET", f"/_lambda-url/{url}/")
    assert answer.status == 200
    caller = answer.json()
    assert (caller["accountId"], caller["accessKey"], caller["userArn"]) == (account, account, f"arn:aws:iam::{account}:root")


def test_function_url_cors(open_url, make_function, fetch):
    url = open_url(make_function(ECHO), Cors={"AllowOrigins": ["http://localhost:3000"], "AllowMethods": ["GET"], "MaxAge": 5})
    status, headers, body = fetch(url, "/", "OPTIONS", headers={"Origin": "http://localhost:3000", "Access-Control-Request-Method": "GET"})
    assert (status, body) == (200, b"")
    assert headers["access-control-allow-origin"] == "http://localhost:3000"
    assert (headers["access-control-allow-methods"], headers["access-control-max-age"]) == ("GET", "5")
    assert "access-control-allow-origin" in fetch(url, headers={"Origin": "http://localhost:3000"})[1]
    assert "access-control-allow-origin" not in fetch(url, headers={"Origin": "http://localhost:3001"})[1]


def test_function_url_and_pages_of_elsewhere(open_url, make_function, fetch):
    url = open_url(make_function(ECHO), Cors={"AllowOrigins": ["https://app.example.com"]})
    assert fetch(url, headers={"Origin": "https://app.example.com"})[0] == 200
    assert fetch(url, headers={"Origin": "https://evil.example.com"})[0] == 403


def test_function_url_config(lam, make_function, account):
    name = make_function(ECHO)
    created = lam.create_function_url_config(FunctionName=name, AuthType="NONE")
    assert "InvokeMode" not in created
    shown = lam.get_function_url_config(FunctionName=name)
    assert shown["FunctionUrl"] == created["FunctionUrl"] and "LastModifiedTime" in shown
    assert refused(lam.create_function_url_config, FunctionName=name, AuthType="NONE") == (
        "ResourceConflictException",
        f"Failed to create function url config for [functionArn = arn:aws:lambda:us-east-1:{account}:function:{name}]. Error message:  "
        "FunctionUrlConfig exists for this Lambda function")
    lam.delete_function_url_config(FunctionName=name)
    assert refused(lam.get_function_url_config, FunctionName=name)[1] == "The resource you requested does not exist."
