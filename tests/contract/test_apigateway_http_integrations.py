"""HTTP APIs in front of other servers and of services; their access logs."""

import http.server
import json
import threading

import botocore.exceptions
import pytest
import requests

from harness.own_server import endpoint, server  # noqa: F401


@pytest.fixture(scope="module")
def api(client):
    return client("apigatewayv2")


@pytest.fixture
def deployed(api, unique, server):
    """deployed({"GET /x": {integration}}, **stage settings) -> call(method, path, ...) of a $default stage."""

    def make(routes, **stage):
        made = api.create_api(Name=unique("api"), ProtocolType="HTTP")["ApiId"]
        for key, integration in routes.items():
            settings = {"PayloadFormatVersion": "1.0", **integration}
            target = api.create_integration(ApiId=made, **settings)["IntegrationId"]
            api.create_route(ApiId=made, RouteKey=key, Target=f"integrations/{target}")
        api.create_stage(ApiId=made, StageName="$default", AutoDeploy=True, **stage)
        return lambda method, path, **options: requests.request(
            method, f"{server.endpoint}/_aws/execute-api/{made}{path}", timeout=20, **options)

    return make


class Backend(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        said = json.dumps({"method": self.command, "path": self.path, "body": body, "headers": {
            name: self.headers.get(name) for name in ("X-A", "X-B", "X-Gone", "Via")}}).encode()
        self.send_response(418 if "teapot" in self.path else 200)
        self.send_header("X-Back", "end")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    do_GET = do_PUT = do_POST

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def backend():
    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Backend)
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    thread.join()
    running.server_close()


def test_a_proxy_passes_requests_on(deployed, backend):
    call = deployed({
        "ANY /p/{proxy+}": {"IntegrationType": "HTTP_PROXY", "IntegrationMethod": "ANY", "IntegrationUri": backend + "/base/{proxy}"},
        "$default": {"IntegrationType": "HTTP_PROXY", "IntegrationMethod": "ANY", "IntegrationUri": backend + "/all"}})
    answer = call("PUT", "/p/a/b?q=1&q=2", data="body", headers={"X-A": "a"})
    said = answer.json()
    assert (answer.status_code, answer.headers["X-Back"], said["method"], said["path"], said["body"], said["headers"]["X-A"]) == (
        200, "end", "PUT", "/base/a/b?q=1&q=2", "body", "a")
    assert said["headers"]["Via"] == "HTTP/1.1 AmazonAPIGateway"
    assert call("GET", "/other/x").json()["path"] == "/all/other/x", "the $default route appends the whole path"


def test_parameters_are_mapped(deployed, backend):
    call = deployed({"POST /m/{id}": {
        "IntegrationType": "HTTP_PROXY", "IntegrationMethod": "POST", "IntegrationUri": backend + "/x",
        "RequestParameters": {"overwrite:path": "/to/${request.path.id}", "append:header.X-B": "$request.body.b",
                              "overwrite:header.X-A": "${context.httpMethod}-${request.querystring.q}", "remove:header.X-Gone": "''",
                              "overwrite:querystring.q": "$request.header.X-A", "overwrite:header.Authorization": "no"},
        "ResponseParameters": {"418": {"overwrite:statuscode": "202", "append:header.X-Seen": "$response.header.X-Back",
                                       "remove:header.X-Back": "''"}}}})
    said = call("POST", "/m/7?q=1", json={"b": "bb"}, headers={"X-A": "a", "X-Gone": "g"}).json()
    assert said["headers"]["X-B"] == "bb" and said["headers"]["X-A"] == "POST-1" and said["headers"]["X-Gone"] is None
    assert said["path"] == "/to/7?q=a"
    answer = deployed({"GET /t": {
        "IntegrationType": "HTTP_PROXY", "IntegrationMethod": "GET", "IntegrationUri": backend + "/teapot",
        "ResponseParameters": {"418": {"overwrite:statuscode": "202", "append:header.X-Seen": "$response.header.X-Back",
                                       "remove:header.X-Back": "''"}}}})("GET", "/t")
    assert (answer.status_code, answer.headers["X-Seen"], answer.headers.get("X-Back")) == (202, "end", None)


def test_a_backend_that_is_not_there(deployed):
    call = deployed({"GET /": {"IntegrationType": "HTTP_PROXY", "IntegrationMethod": "GET", "IntegrationUri": "http://127.0.0.1:1/"}})
    assert (call("GET", "/").status_code, call("GET", "/").json()) == (503, {"message": "Service Unavailable"})


def test_a_message_is_sent_to_a_queue(api, deployed, client, make_role, unique):
    url = client("sqs").create_queue(QueueName=unique("queue"))["QueueUrl"]
    role = make_role({"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}, service="apigateway.amazonaws.com")
    call = deployed({"POST /send": {
        "IntegrationType": "AWS_PROXY", "IntegrationSubtype": "SQS-SendMessage", "CredentialsArn": role,
        "RequestParameters": {"QueueUrl": url, "MessageBody": "$request.body.text",
                              "MessageAttributes": '{"k": {"DataType": "String", "StringValue": "${request.header.x-k}"}}'}}})
    answer = call("POST", "/send", json={"text": "hello"}, headers={"X-K": "v"})
    assert answer.status_code == 200 and "MessageId" in answer.text
    received = client("sqs").receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"][0]
    assert (received["Body"], received["MessageAttributes"]["k"]["StringValue"]) == ("hello", "v")


def test_an_event_is_put_on_a_bus(deployed, client, make_role, unique, account, until):
    queue, rule = unique("queue"), unique("rule")
    url = client("sqs").create_queue(QueueName=queue, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}]})})["QueueUrl"]
    client("events").put_rule(Name=rule, EventPattern=json.dumps({"source": ["http"]}))
    client("events").put_targets(Rule=rule, Targets=[{"Id": "q", "Arn": f"arn:aws:sqs:us-east-1:{account}:{queue}"}])
    role = make_role({"Effect": "Allow", "Action": "events:PutEvents", "Resource": "*"}, service="apigateway.amazonaws.com")
    call = deployed({"POST /events": {
        "IntegrationType": "AWS_PROXY", "IntegrationSubtype": "EventBridge-PutEvents", "CredentialsArn": role,
        "RequestParameters": {"Source": "http", "DetailType": "$request.header.x-type", "Detail": "$request.body"}}})
    assert call("POST", "/events", json={"n": 1}, headers={"X-Type": "order"}).json()["FailedEntryCount"] == 0
    event = json.loads(until(lambda: client("sqs").receive_message(QueueUrl=url).get("Messages"), "the event")[0]["Body"])
    assert (event["detail-type"], event["detail"]) == ("order", {"n": 1})


def test_a_role_instead_of_the_functions_policy(deployed, make_function, make_role, account):
    """credentials_arn: the role's permissions count."""
    arn = f"arn:aws:lambda:us-east-1:{account}:function:" + make_function("def handler(event, context): return 'x'")
    allowed, other = (make_role({"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": resource},
                                service="apigateway.amazonaws.com") for resource in (arn, "arn:aws:lambda:us-east-1:1:function:no"))
    proxy = {"IntegrationType": "AWS_PROXY", "IntegrationUri": arn, "PayloadFormatVersion": "2.0"}
    call = deployed({"GET /role": {**proxy, "CredentialsArn": allowed}, "GET /other": {**proxy, "CredentialsArn": other},
                     "GET /none": dict(proxy)})
    assert [call("GET", path).status_code for path in ("/role", "/other", "/none")] == [200, 500, 500]


@pytest.mark.parametrize("integration, message", [
    ({"IntegrationSubtype": "SQS-SendMessage", "CredentialsArn": "arn:aws:iam::1:role/r", "RequestParameters": {"QueueUrl": "x"}},
     "Parameter: MessageBody is required for integration subtype: SQS-SendMessage"),
    ({"IntegrationSubtype": "SQS-SendMessage", "RequestParameters": {"QueueUrl": "x", "MessageBody": "y"}},
     "CredentialsArn must be specified for integrations with a subtype")])
def test_a_subtypes_needs_are_checked(api, unique, integration, message):
    made = api.create_api(Name=unique("api"), ProtocolType="HTTP")["ApiId"]
    with pytest.raises(botocore.exceptions.ClientError) as error:
        api.create_integration(ApiId=made, IntegrationType="AWS_PROXY", PayloadFormatVersion="1.0", **integration)
    assert error.value.response["Error"]["Code"] == "BadRequestException" and message in str(error.value)


def test_access_logs(deployed, backend, client, account, unique, until):
    group = unique("/aws/http")
    client("logs").create_log_group(logGroupName=group)
    call = deployed({"GET /items/{id}": {"IntegrationType": "HTTP_PROXY", "IntegrationMethod": "GET", "IntegrationUri": backend}},
                    AccessLogSettings={"DestinationArn": f"arn:aws:logs:us-east-1:{account}:log-group:{group}", "Format": (
                        '{"id":"$context.requestId","route":"$context.routeKey","status":"$context.status","ip":'
                        '"$context.identity.sourceIp","integration":"$context.integrationStatus","error":"$context.error.message"}')})
    answer = call("GET", "/items/7")
    lines = until(lambda: client("logs").filter_log_events(logGroupName=group)["events"], "a line of the access log")
    assert json.loads(lines[0]["message"]) == {"id": answer.headers["apigw-requestid"], "route": "GET /items/{id}", "status": "200",
                                               "ip": "127.0.0.1", "integration": "200", "error": "-"}
