"""API destinations and deployed APIs as targets of rules: the requests that arrive, connections' secrets, retries, refusals."""

import base64
import json

import pytest

from harness.own_server import endpoint, server  # noqa: F401
from harness.tables import until
from harness.web import Web


@pytest.fixture
def web():
    with Web() as running:
        yield running
        running.shutdown()


@pytest.fixture(scope="module")
def events(client):
    return client("events")


@pytest.fixture
def dead(client, account, unique):
    sqs, name = client("sqs"), unique("dead")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:{account}:{name}"
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Statement": [
        {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}]})})

    class Dead:
        def __init__(self):
            self.arn = arn

        def attributes(self):
            messages = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"]).get("Messages", [])
            return [{k: v["StringValue"] for k, v in m["MessageAttributes"].items()} for m in messages]

    return Dead()


BASIC = {"AuthorizationType": "BASIC", "AuthParameters": {"BasicAuthParameters": {"Username": "u", "Password": "p"}}}


@pytest.fixture
def send(events, unique, make_role, web, dead, drain):
    """send(connection, target settings, detail=...) -> puts an event that a rule sends to an API destination at `web`."""

    def go(connection=BASIC, path="/hook", method="POST", detail=None, url=None, role=None, wait=True, rate=300, n=1, **target):
        bus, name = unique("bus"), unique("name")
        events.create_event_bus(Name=bus)
        made = events.create_connection(Name=name, **connection)
        arn = events.create_api_destination(Name=name, ConnectionArn=made["ConnectionArn"], HttpMethod=method,
                                            InvocationRateLimitPerSecond=rate, InvocationEndpoint=url or web.url + path)["ApiDestinationArn"]
        events.put_rule(Name="r", EventBusName=bus, EventPattern='{"source":["s"]}')
        events.put_targets(Rule="r", EventBusName=bus, Targets=[{
            "Id": "t", "Arn": arn, "RoleArn": role or make_role(service="events.amazonaws.com"), "DeadLetterConfig": {"Arn": dead.arn}, **target}])
        events.put_events(Entries=[{"EventBusName": bus, "Source": "s", "DetailType": "t", "Detail": json.dumps(detail or {"n": 1})}] * n)
        if wait:
            drain()
        return name

    return go


def test_the_request_that_arrives(send, web):
    send(InputPath="$.detail")
    (request,) = web.requests
    assert (request["method"], request["path"], json.loads(request["body"])) == ("POST", "/hook", {"n": 1})
    headers = request["headers"]
    assert headers["Authorization"] == "Basic " + base64.b64encode(b"u:p").decode()
    assert headers["User-Agent"] == "Amazon/EventBridge/ApiDestinations"
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert (headers["Range"], headers["Accept-Encoding"], headers["Connection"]) == ("bytes=0-1048575", "gzip,deflate", "close")


def test_parameters_of_target_and_connection(send, web):
    connection = {"AuthorizationType": "API_KEY", "AuthParameters": {
        "ApiKeyAuthParameters": {"ApiKeyName": "X-Key", "ApiKeyValue": "k1"},
        "InvocationHttpParameters": {
            "HeaderParameters": [{"Key": "X-Both", "Value": "connection", "IsValueSecret": True}],
            "QueryStringParameters": [{"Key": "q", "Value": "a b"}], "BodyParameters": [{"Key": "extra", "Value": "1"}]}}}
    send(connection, path="/orders/*/lines/*", detail={"id": "o/1"}, InputPath="$.detail", HttpParameters={
        "PathParameterValues": ["$.detail.id", "7"], "HeaderParameters": {"X-Both": "target", "X-Type": "$.detail-type"},
        "QueryStringParameters": {"s": "$.source"}})
    (request,) = web.requests
    path, _, query = request["path"].partition("?")
    assert path == "/orders/o%2F1/lines/7" and sorted(query.split("&")) == ["q=a%20b", "s=s"]
    headers = request["headers"]
    assert (headers["X-Key"], headers["X-Both"], headers["X-Type"]) == ("k1", "connection", "t")
    assert json.loads(request["body"]) == {"id": "o/1", "extra": "1"}


def test_a_connections_secret_lies_in_secrets_manager(client, events, send, web, unique):
    name = send({"AuthorizationType": "API_KEY", "AuthParameters": {
        "ApiKeyAuthParameters": {"ApiKeyName": "X-Key", "ApiKeyValue": "k1"},
        "InvocationHttpParameters": {"HeaderParameters": [{"Key": "h", "Value": "hidden", "IsValueSecret": True}]}}})
    shown = events.describe_connection(Name=name)
    assert shown["AuthParameters"]["InvocationHttpParameters"] == {"HeaderParameters": [{"Key": "h", "IsValueSecret": True}]}
    secrets = client("secretsmanager")
    value = json.loads(secrets.get_secret_value(SecretId=shown["SecretArn"])["SecretString"])
    assert (value["api_key_name"], value["api_key_value"]) == ("X-Key", "k1")
    events.update_connection(Name=name, AuthorizationType="BASIC", AuthParameters=BASIC["AuthParameters"])
    value = json.loads(secrets.get_secret_value(SecretId=shown["SecretArn"])["SecretString"])
    assert value == {"username": "u", "password": "p"}
    events.delete_connection(Name=name)
    with pytest.raises(secrets.exceptions.ResourceNotFoundException):
        secrets.get_secret_value(SecretId=shown["SecretArn"])


def test_client_credentials(events, send, web):
    tokens = iter(["one", "two"])
    web.answer = lambda r: ((200, {}, json.dumps({"access_token": next(tokens), "expires_in": 3600})) if r["path"].startswith("/token")
                            else (200 if r["headers"]["Authorization"] == "Bearer two" else 401, {}, ""))
    name = send({"AuthorizationType": "OAUTH_CLIENT_CREDENTIALS", "AuthParameters": {"OAuthParameters": {
        "AuthorizationEndpoint": web.url + "/token", "HttpMethod": "POST", "ClientParameters": {"ClientID": "id", "ClientSecret": "secret"},
        "OAuthHttpParameters": {"BodyParameters": [{"Key": "scope", "Value": "all"}]}}}})
    asked = web.of("/token")
    assert len(asked) == 2  # the first token was refused
    assert set(asked[0]["body"].split("&")) == {"grant_type=client_credentials", "client_id=id", "client_secret=secret", "scope=all"}
    assert [r["headers"]["Authorization"] for r in web.of("/hook")] == ["Bearer one", "Bearer two"]
    shown = events.describe_connection(Name=name)["AuthParameters"]["OAuthParameters"]
    assert shown["ClientParameters"] == {"ClientID": "id"}


def test_what_can_be_tried_again(send, web, dead):
    answers = iter([(503, {}, ""), (429, {"Retry-After": "1"}, ""), (200, {}, "")])
    web.answer = lambda request: next(answers)
    send()
    assert len(web.requests) == 3 and dead.attributes() == []


@pytest.mark.parametrize("answer, code, attempts", [((404, {}, ""), "SDK_CLIENT_ERROR", 1), ((500, {}, ""), "ERROR_FROM_TARGET", 2)])
def test_what_is_given_up(send, web, dead, answer, code, attempts):
    web.answer = lambda request: answer
    send(RetryPolicy={"MaximumRetryAttempts": attempts - 1})
    assert len(web.requests) == attempts
    (letter,) = dead.attributes()
    assert (letter["ERROR_CODE"], letter["ERROR_MESSAGE"]) == (code, f"The API destination answered with the status {answer[0]}.")


def test_nobody_there(send, dead):
    send(url="http://127.0.0.1:9/", RetryPolicy={"MaximumRetryAttempts": 0})
    assert dead.attributes()[0]["ERROR_CODE"] == "CONNECTION_FAILURE"


def test_other_machines_are_not_asked(send, dead):
    send(url="https://example.com/hook")
    (letter,) = dead.attributes()
    assert letter["ERROR_CODE"] == "INVALID_PARAMETER" and letter["ERROR_MESSAGE"].startswith("millrace sends to API destinations on this machine alone")


def test_a_role_that_may_not(send, web, dead, make_role):
    send(role=make_role({"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}, service="events.amazonaws.com"))
    (letter,) = dead.attributes()
    assert letter["ERROR_CODE"] == "NO_PERMISSIONS" and "events:InvokeApiDestination" in letter["ERROR_MESSAGE"]
    assert web.requests == []


def test_a_rate(send, web, emulator_clock):
    emulator_clock.freeze()
    try:
        send(rate=1, n=3, wait=False)
        for n in (1, 2, 3):
            until(lambda: len(web.requests) == n)  # noqa: B023
            emulator_clock.advance(1)
    finally:
        emulator_clock.resume()


def test_a_deployed_api(client, events, unique, make_role, make_function, drain, account):
    function = make_function("def handler(event, context):\n    print('got', event['path'], event['body'])\n    return {'statusCode': 200, 'body': ''}")
    client("lambda").add_permission(FunctionName=function, StatementId="api", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com")
    gateway = client("apigateway")
    api = gateway.create_rest_api(name=unique("api"))["id"]
    (root,) = gateway.get_resources(restApiId=api)["items"]
    resource = gateway.create_resource(restApiId=api, parentId=root["id"], pathPart="orders")["id"]
    gateway.put_method(restApiId=api, resourceId=resource, httpMethod="POST", authorizationType="AWS_IAM")
    gateway.put_integration(restApiId=api, resourceId=resource, httpMethod="POST", type="AWS_PROXY", integrationHttpMethod="POST",
                            uri="arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
                                f"arn:aws:lambda:us-east-1:{account}:function:{function}/invocations")
    gateway.create_deployment(restApiId=api, stageName="live")
    bus = unique("bus")
    events.create_event_bus(Name=bus)
    events.put_rule(Name="r", EventBusName=bus, EventPattern='{"source":["s"]}')
    events.put_targets(Rule="r", EventBusName=bus, Targets=[{
        "Id": "t", "Arn": f"arn:aws:execute-api:us-east-1:{account}:{api}/live/POST/orders", "InputPath": "$.detail",
        "RoleArn": make_role(service="events.amazonaws.com")}])
    events.put_events(Entries=[{"EventBusName": bus, "Source": "s", "DetailType": "t", "Detail": '{"n":5}'}])
    drain()
    logged = client("logs").filter_log_events(logGroupName=f"/aws/lambda/{function}", filterPattern="got")["events"]
    assert [e["message"].strip() for e in logged] == ['got /orders {"n":5}']


def test_a_schedule_calls_an_operation(client, unique, make_role, make_table, dynamodb, drain):
    table, scheduler = make_table(), client("scheduler")
    scheduler.create_schedule(Name=unique("s"), ScheduleExpression="rate(1 day)", FlexibleTimeWindow={"Mode": "OFF"}, Target={
        "Arn": "arn:aws:scheduler:::aws-sdk:dynamodb:putItem", "RoleArn": make_role(service="scheduler.amazonaws.com"),
        "Input": json.dumps({"TableName": table, "Item": {"pk": {"S": "<aws.scheduler.scheduled-time>"}}})})
    until(lambda: dynamodb.scan(TableName=table)["Count"] == 1)
    assert dynamodb.scan(TableName=table)["Items"][0]["pk"]["S"].endswith("Z")
