"""What operators of APIs look at and turn: rates and quotas, metrics, execution logs, test invocations. The clock is moved
here."""

import datetime
import json

import botocore.exceptions
import pytest
import requests

from harness.own_server import endpoint, server  # noqa: F401
from harness.rest_api import Api, function_uri, message
from harness import waiting
from harness.server import Server

ECHO = "import json\ndef handler(event, context): return {'statusCode': 200, 'body': json.dumps(event)}"
TOO_MANY = (429, {"message": "Too Many Requests"})


@pytest.fixture(scope="module")
def rest(client):
    return client("apigateway")


@pytest.fixture(scope="module")
def http(client):
    return client("apigatewayv2")


@pytest.fixture
def new_api(rest, server, unique):
    return lambda **settings: Api(rest, server, unique("api"), **settings)


@pytest.fixture
def function(client, make_function, account):
    def make(source, allowed=True):
        name = make_function(source)
        if allowed:
            client("lambda").add_permission(FunctionName=name, StatementId="gateway", Action="lambda:InvokeFunction",
                                            Principal="apigateway.amazonaws.com")
        return name

    return make


@pytest.fixture
def logging_role(rest, make_role):
    """The account's role for logs."""
    role = make_role({"Effect": "Allow", "Action": "logs:*", "Resource": "*"}, service="apigateway.amazonaws.com")
    rest.update_account(patchOperations=[{"op": "replace", "path": "/cloudwatchRoleArn", "value": role}])
    return role


def settings(rest, api, **values):
    """settings(..., **{"/*/*/throttling/rateLimit": "1"})"""
    rest.update_stage(restApiId=api, stageName="dev", patchOperations=[
        {"op": "replace", "path": path, "value": value} for path, value in values.items()])


def test_a_methods_rate(new_api, rest, emulator_clock):
    """A burst, then as many as the rate lets through; each method has a bucket of its own."""
    api = new_api().mock("GET", "/a").mock("GET", "/b")
    api("GET", "/a")
    emulator_clock.freeze()
    settings(rest, api.id, **{"/*/*/throttling/rateLimit": "1", "/*/*/throttling/burstLimit": "2"})
    assert [api("GET", "/a").status_code for _ in range(3)] == [200, 200, 429]
    refused = api("GET", "/a")
    assert message(refused) == TOO_MANY and refused.headers["x-amzn-ErrorType"] == "TooManyRequestsException"
    assert api("GET", "/b").status_code == 200
    emulator_clock.advance(1)
    assert [api("GET", "/a").status_code for _ in range(2)] == [200, 429]
    settings(rest, api.id, **{"/*/*/throttling/rateLimit": "-1", "/*/*/throttling/burstLimit": "-1"})
    assert {api("GET", "/a").status_code for _ in range(5)} == {200}, "-1 is what Terraform sends for no limit"
    emulator_clock.resume()


def test_rates_of_plans_are_each_keys_own(new_api, rest, emulator_clock):
    api = new_api().mock("GET", "/a", apiKeyRequired=True).mock("GET", "/b", apiKeyRequired=True)
    api("GET", "/a")
    plan = rest.create_usage_plan(name="p", throttle={"rateLimit": 1.0, "burstLimit": 2}, apiStages=[
        {"apiId": api.id, "stage": "dev", "throttle": {"/b/GET": {"rateLimit": 1.0, "burstLimit": 1}}}])["id"]
    keys = [rest.create_api_key(enabled=True, name=name) for name in "ab"]
    for key in keys:
        rest.create_usage_plan_key(usagePlanId=plan, keyId=key["id"], keyType="API_KEY")
    ask = lambda key, path="/a": api("GET", path, headers={"x-api-key": keys[key]["value"]})  # noqa: E731
    emulator_clock.freeze()
    assert [ask(0).status_code for _ in range(3)] == [200, 200, 429] and message(ask(0)) == TOO_MANY
    assert [ask(1, "/b").status_code for _ in range(2)] == [200, 429], "the method's own rate"
    emulator_clock.resume()


def test_a_routes_rate(http, server, function, account, emulator_clock):
    made = http.create_api(Name="x", ProtocolType="HTTP", Target=f"arn:aws:lambda:us-east-1:{account}:function:{function(ECHO)}")["ApiId"]
    http.create_route(ApiId=made, RouteKey="GET /own")
    ask = lambda path="/": requests.get(f"{server.endpoint}/_aws/execute-api/{made}{path}", timeout=20)  # noqa: E731
    emulator_clock.freeze()
    http.update_stage(ApiId=made, StageName="$default", DefaultRouteSettings={"ThrottlingRateLimit": 1.0, "ThrottlingBurstLimit": 1},
                      RouteSettings={"GET /own": {"ThrottlingRateLimit": 5.0, "ThrottlingBurstLimit": 3}})
    assert ask().status_code == 200 and message(ask()) == TOO_MANY
    assert [ask("/own").status_code for _ in range(4)] == [500, 500, 500, 429]
    # What Terraform's provider sends of settings that name no rate closes a stage on AWS. Here --throttle does.
    http.update_stage(ApiId=made, StageName="$default", DefaultRouteSettings={"ThrottlingRateLimit": 0.0, "ThrottlingBurstLimit": 0})
    assert {ask().status_code for _ in range(3)} == {200}
    emulator_clock.resume()


def test_throttle_closes_what_aws_closes(tmp_path, account):
    with Server(tmp_path / "log", arguments=["--throttle"]) as own:
        import boto3
        made = {"endpoint_url": own.endpoint, "region_name": "us-east-1", "aws_access_key_id": account, "aws_secret_access_key": "x"}
        http = boto3.client("apigatewayv2", **made)
        api = http.create_api(Name="x", ProtocolType="HTTP", Target="http://127.0.0.1:1/")["ApiId"]
        ask = lambda: requests.get(f"{own.endpoint}/_aws/execute-api/{api}/", timeout=20)  # noqa: E731
        assert ask().status_code == 503
        http.update_stage(ApiId=api, StageName="$default", DefaultRouteSettings={"ThrottlingRateLimit": 0.0, "ThrottlingBurstLimit": 0})
        assert message(ask()) == TOO_MANY


def test_quotas_survive_and_are_shown(tmp_path, account):
    import boto3
    made = {"region_name": "us-east-1", "aws_access_key_id": account, "aws_secret_access_key": "x"}
    with Server(tmp_path / "log", data_dir=tmp_path / "data") as own:
        rest = boto3.client("apigateway", endpoint_url=own.endpoint, **made)
        api = Api(rest, own, "x").mock("GET", "/", apiKeyRequired=True)
        key = rest.create_api_key(enabled=True, name="k")
        api("GET", "/")
        plan = rest.create_usage_plan(name="p", apiStages=[{"apiId": api.id, "stage": "dev"}],
                                      quota={"limit": 5, "offset": 1, "period": "DAY"})["id"]
        rest.create_usage_plan_key(usagePlanId=plan, keyId=key["id"], keyType="API_KEY")
        ask = lambda: api("GET", "/", headers={"x-api-key": key["value"]})  # noqa: E731
        assert [ask().status_code for _ in range(2)] == [200, 200]
        waiting.drain(own.endpoint)  # what was queued before is committed: no request waits for its count
        own.kill()
        own.start()
        rest = api.rest = boto3.client("apigateway", endpoint_url=own.endpoint, **made)
        today = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")
        usage = lambda: rest.get_usage(usagePlanId=plan, startDate=today, endDate=today)["items"]  # noqa: E731
        assert usage() == {key["id"]: [[2, 2]]}
        assert [ask().status_code for _ in range(3)] == [200, 200, 429]
        assert message(ask()) == (429, {"message": "Limit Exceeded"})
        changed = rest.update_usage(usagePlanId=plan, keyId=key["id"], patchOperations=[
            {"op": "replace", "path": "/remaining", "value": "1"}])
        assert changed["items"] == {key["id"]: [[4, 1]]}
        assert [ask().status_code for _ in range(2)] == [200, 429]
        with pytest.raises(botocore.exceptions.ClientError):
            rest.get_usage(usagePlanId=plan, startDate="today", endDate=today)


def sums(client, names, **dimensions):
    now = datetime.datetime.now(datetime.timezone.utc)
    watch = client("cloudwatch")
    out = {}
    for name in names:
        points = watch.get_metric_statistics(
            Namespace="AWS/ApiGateway", MetricName=name, StartTime=now - datetime.timedelta(hours=1),
            EndTime=now + datetime.timedelta(hours=1), Period=3600 * 24, Statistics=["Sum", "SampleCount"],
            Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()])["Datapoints"]
        out[name] = sum(point["Sum"] for point in points)
        out[name + "#"] = sum(point["SampleCount"] for point in points)
    return out


def test_metrics_of_rest_apis(new_api, rest, client, function, account):
    api = new_api().proxy("GET", "/ok", function_uri(account, function(ECHO))).proxy(
        "GET", "/closed", function_uri(account, function(ECHO, allowed=False)))
    name = rest.get_rest_api(restApiId=api.id)["name"]
    api("GET", "/ok")
    settings(rest, api.id, **{"/ok/GET/metrics/enabled": "true"})
    for path in ("/ok", "/ok", "/closed", "/none"):
        api("GET", path)
    names = ("Count", "4XXError", "5XXError", "Latency", "IntegrationLatency")
    for dimensions in ({"ApiName": name}, {"ApiName": name, "Stage": "dev"}):
        told = sums(client, names, **dimensions)
        assert (told["Count"], told["4XXError"], told["5XXError"]) == (5, 1, 1), dimensions
        assert told["4XXError#"] == told["Latency#"] == 5 and told["IntegrationLatency#"] == 4
    method = sums(client, names, ApiName=name, Stage="dev", Resource="/ok", Method="GET")
    assert (method["Count"], method["5XXError"]) == (2, 0), "of a method where its settings say so"


def test_metrics_of_http_apis(http, server, client, function, account):
    made = http.create_api(Name="x", ProtocolType="HTTP", RouteKey="GET /ok",
                           Target=f"arn:aws:lambda:us-east-1:{account}:function:{function(ECHO)}")["ApiId"]
    http.update_stage(ApiId=made, StageName="$default", DefaultRouteSettings={"DetailedMetricsEnabled": True})
    for path in ("/ok", "/none"):
        requests.get(f"{server.endpoint}/_aws/execute-api/{made}{path}", timeout=20)
    names = ("Count", "4xx", "5xx", "Latency", "IntegrationLatency", "DataProcessed")
    told = sums(client, names, ApiId=made)
    assert (told["Count"], told["4xx"], told["5xx"], told["IntegrationLatency#"]) == (2, 1, 0, 1) and told["DataProcessed"] > 100
    assert sums(client, names, ApiId=made, Stage="$default")["Count"] == 2
    assert sums(client, names, ApiId=made, Stage="$default", Route="GET /ok")["Count"] == 1


def test_execution_logs(new_api, rest, client, function, account, until, logging_role):
    api = new_api().proxy("GET", "/ok", function_uri(account, function(ECHO))).proxy(
        "GET", "/closed", function_uri(account, function(ECHO, allowed=False)))
    api("GET", "/ok")
    group = f"API-Gateway-Execution-Logs_{api.id}/dev"

    def lines(answer, last):
        mark = f"({answer.headers['x-amzn-RequestId']}) "

        def found():
            events = client("logs").filter_log_events(logGroupName=group)["events"]
            mine = [event["message"][len(mark):] for event in events if event["message"].startswith(mark)]
            return mine if mine and mine[-1].startswith(last) else None

        return until(found, "the execution's last line")

    settings(rest, api.id, **{"/*/*/logging/loglevel": "INFO"})
    short = lines(api("GET", "/ok?secret=1"), "Method completed")
    assert short[1:] == [f"Starting execution for request: {short[1].split()[-1]}", "HTTP Method: GET, Resource Path: /ok",
                         "Successfully completed execution", "Method completed with status: 200"]
    settings(rest, api.id, **{"/*/*/logging/dataTrace": "true"})
    whole = "\n".join(lines(api("GET", "/ok?q=1"), "Method completed"))
    for part in ("Method request query string: {q=1}", "Endpoint request URI: https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/",
                 "Endpoint response body before transformations: {", "Method response headers: {"):
        assert part in whole, part
    settings(rest, api.id, **{"/*/*/logging/loglevel": "ERROR"})
    api("GET", "/ok")
    assert lines(api("GET", "/closed"), "Method completed")[1:] == [
        "Execution failed due to configuration error: Invalid permissions on Lambda function", "Method completed with status: 500"]


def test_test_invocations_of_methods(new_api, rest, function, account):
    """The method as it is now, without deployment and authorizer; the log says what was sent and answered."""
    api = new_api().proxy("GET", "/items/{id}", function_uri(account, function(ECHO)), authorizationType="AWS_IAM")
    answer = rest.test_invoke_method(restApiId=api.id, resourceId=api.paths["/items/{id}"], httpMethod="GET",
                                     pathWithQueryString="/items/7?a=1", headers={"X-H": "h"}, stageVariables={"v": "1"})
    event = json.loads(answer["body"])
    assert answer["status"] == 200 and answer["latency"] >= 0 and answer["headers"]["Content-Type"] == "application/json"
    assert (event["pathParameters"], event["queryStringParameters"], event["stageVariables"]) == ({"id": "7"}, {"a": "1"}, {"v": "1"})
    assert event["requestContext"]["stage"] == "test-invoke-stage" and event["headers"]["X-H"] == "h"
    first, *lines = answer["log"].splitlines()
    request = event["requestContext"]["requestId"]
    assert first == f"Execution log for request {request}"
    words = [line.split(" : ", 1)[1] for line in lines]
    assert words[0] == f"Starting execution for request: {request}" and words[1] == "HTTP Method: GET, Resource Path: /items/{id}"
    assert words[2:4] == ["Method request path: {id=7}", "Method request query string: {a=1}"]
    assert words[-2:] == ["Successfully completed execution", "Method completed with status: 200"]
    mock = new_api().mock("POST", "/", template='{"statusCode": "x"}')
    failed = rest.test_invoke_method(restApiId=mock.id, resourceId=mock.paths["/"], httpMethod="POST", body="{}")
    assert (failed["status"], failed["body"]) == (500, '{"message":"Internal server error"}')
    assert "Unable to parse statusCode" in failed["log"]
    with pytest.raises(botocore.exceptions.ClientError) as error:
        rest.test_invoke_method(restApiId=mock.id, resourceId=mock.paths["/"], httpMethod="GET")
    assert error.value.response["Error"] == {"Code": "NotFoundException", "Message": "Invalid Method identifier specified"}


def test_test_invocations_of_authorizers(new_api, rest, function, account):
    source = """
def handler(event, context):
    if event["authorizationToken"] == "no": raise Exception("Unauthorized")
    return {"principalId": "p", "context": {"k": 1}, "policyDocument": {"Version": "2012-10-17", "Statement": [
        {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": event["methodArn"]}]}}
"""
    api = new_api()
    made = rest.create_authorizer(restApiId=api.id, name="a", type="TOKEN", authorizerUri=function_uri(account, function(source)),
                                  identitySource="method.request.header.Auth")["id"]
    test = lambda **given: rest.test_invoke_authorizer(restApiId=api.id, authorizerId=made, **given)  # noqa: E731
    answer = test(headers={"Auth": "yes"})
    assert (answer["clientStatus"], answer["principalId"], answer["authorization"]) == (200, "p", {"k": ["1"]})
    assert "ESTestInvoke-stage/GET/" in answer["policy"] and "Successfully completed authorizer execution" in answer["log"]
    assert test(headers={"Auth": "no"})["clientStatus"] == 401 and test(headers={})["clientStatus"] == 401


def test_trace_tells_what_became_of_a_request(new_api, http, server, function, account):
    """Which route or method it met, and why it ended as it did; what it called hangs below."""

    def told(of):
        return requests.get(f"{server.endpoint}/_millrace/trace", params={"of": of, "form": "text", "last": 50}, timeout=20).text

    name = function(ECHO)
    made = http.create_api(Name="x", ProtocolType="HTTP", RouteKey="GET /ok",
                           Target=f"arn:aws:lambda:us-east-1:{account}:function:{name}")["ApiId"]
    http.create_route(ApiId=made, RouteKey="GET /iam", AuthorizationType="AWS_IAM", Target=http.get_routes(ApiId=made)["Items"][0]["Target"])
    for path in ("/ok", "/none", "/iam"):
        requests.get(f"{server.endpoint}/_aws/execute-api/{made}{path}", timeout=20)
    text = told(made)
    assert f"route GET /ok of HTTP API {made}, stage $default: 200" in text and "no route takes GET /none" in text, text
    closed = new_api().proxy("GET", "/closed", function_uri(account, function(ECHO, allowed=False)))
    answer = closed("GET", "/closed")
    text = told(answer.headers["x-amzn-RequestId"])
    assert "method GET /closed" in text and "Invalid permissions on Lambda function" in text, text
