"""REST APIs (API Gateway version 1): requests to what is deployed, all the way through authorizers and integrations."""

import base64
import http.server
import json
import threading

import pytest
import requests

from harness.own_server import endpoint, server  # noqa: F401
from harness.rest_api import Api, function_uri, message
from harness.rest_fixtures import function, new_api, rest  # noqa: F401

ECHO = "import json\ndef handler(event, context): return {'statusCode': 200, 'body': json.dumps(event)}"
SAID = "import json\ndef handler(event, context): return json.loads(event['body'])"
PLAIN = "def handler(event, context): return event"


def test_the_proxy_event(new_api, function, account):
    api = new_api()
    api.stage_settings = {"variables": {"k": "v"}}
    api.proxy("ANY", "/items/{proxy+}", function(ECHO))
    answer = api("POST", "/items/a%2Fb/7?a=1&a=2&b=x+y", data="text", headers={
        "Content-Type": "text/plain", "X-Twice": "1", "User-Agent": "agent", "Authorization": "Bearer t"})
    assert answer.headers["Content-Type"] == "application/json" and {"x-amzn-RequestId", "x-amz-apigw-id", "X-Amzn-Trace-Id"} <= set(
        answer.headers)
    event = answer.json()
    context, headers, multi = event.pop("requestContext"), event.pop("headers"), event.pop("multiValueHeaders")
    assert event == {
        "resource": "/items/{proxy+}", "path": "/items/a%2Fb/7", "httpMethod": "POST",
        "queryStringParameters": {"a": "2", "b": "x y"}, "multiValueQueryStringParameters": {"a": ["1", "2"], "b": ["x y"]},
        "pathParameters": {"proxy": "a%2Fb/7"}, "stageVariables": {"k": "v"}, "body": "text", "isBase64Encoded": False}
    assert headers["X-Twice"] == "1" and multi["X-Twice"] == ["1"] and headers["X-Forwarded-Proto"] == "https"
    assert headers["Authorization"] == "Bearer t" and "Content-Length" not in headers and "Connection" not in headers
    identity = context.pop("identity")
    assert identity == {**dict.fromkeys(["accessKey", "accountId", "caller", "cognitoAuthenticationProvider",
                                         "cognitoAuthenticationType", "cognitoIdentityId", "cognitoIdentityPoolId",
                                         "principalOrgId", "user", "userArn"]), "sourceIp": "127.0.0.1", "userAgent": "agent"}
    assert set(context) == {"accountId", "apiId", "deploymentId", "domainName", "domainPrefix", "extendedRequestId", "httpMethod",
                            "path", "protocol", "requestId", "requestTime", "requestTimeEpoch", "resourceId", "resourcePath", "stage"}
    assert (context["accountId"], context["apiId"], context["path"], context["stage"], context["resourcePath"]) == (
        account, api.id, "/dev/items/a%2Fb/7", "dev", "/items/{proxy+}")
    assert context["requestId"] == answer.headers["x-amzn-RequestId"]


def test_what_the_event_has_nothing_for_is_null(new_api, function):
    event = new_api().proxy("GET", "/", function(ECHO))("GET", "/").json()
    assert [event[name] for name in ("queryStringParameters", "multiValueQueryStringParameters", "pathParameters",
                                     "stageVariables", "body")] == [None] * 5


@pytest.mark.parametrize("result, status, body", [
    ({"statusCode": 201, "body": "made", "headers": {"X-A": True}}, 201, "made"),
    ({"statusCode": "202"}, 202, ""),
    ({"headers": {"X-A": "b"}}, 200, ""),
    ({"statusCode": 200, "headers": None, "body": None}, 200, ""),
    ({}, 502, None), ("text", 502, None), ({"statusCode": "many"}, 502, None), ({"statusCode": 200, "more": 1}, 502, None),
    ({"statusCode": 200, "body": {"a": 1}}, 502, None), ({"statusCode": 200, "multiValueHeaders": {"a": "b"}}, 502, None),
])
def test_what_a_proxys_result_becomes(said, result, status, body):
    answer = said("POST", "/", json=result)
    assert answer.status_code == status
    if body is None:
        assert answer.json() == {"message": "Internal server error"}
        assert answer.headers["x-amzn-ErrorType"] == "InternalServerErrorException"
    else:
        assert answer.text == body


@pytest.fixture(scope="module")
def said(rest, server, client, package, account):
    """An API whose POST / answers what it is sent: shared, for it changes nothing."""
    role = client("iam").create_role(RoleName="said", AssumeRolePolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
                                                "Principal": {"Service": "lambda.amazonaws.com"}}]}))["Role"]["Arn"]
    client("lambda").create_function(FunctionName="said", Runtime="python3.12", Handler="index.handler", Role=role,
                                     Code={"ZipFile": package(SAID)})
    client("lambda").add_permission(FunctionName="said", StatementId="s", Action="lambda:InvokeFunction",
                                    Principal="apigateway.amazonaws.com")
    return Api(rest, server, "said", binaryMediaTypes=["image/*"]).proxy("POST", "/", function_uri(account, "said"))


def test_headers_of_a_proxys_result(said):
    answer = said("POST", "/", json={"statusCode": 200, "multiValueHeaders": {"X-M": ["a", "b"]}, "headers": {"x-m": "c", "X-N": 1}})
    assert answer.raw.headers.getlist("X-M") == ["a", "b", "c"] and answer.headers["X-N"] == "1"
    assert answer.headers["Content-Type"] == "application/json"


def test_binary_types(said, new_api, function):
    result = {"statusCode": 200, "isBase64Encoded": True, "body": base64.b64encode(b"\x00\xff").decode()}
    assert said("POST", "/", json=result, headers={"Accept": "image/png"}).content == b"\x00\xff"
    assert said("POST", "/", json=result, headers={"Accept": "text/html"}).text == result["body"]
    api = new_api(binaryMediaTypes=["image/*"]).proxy("POST", "/", function(ECHO))
    event = api("POST", "/", data=b"\x00\xff", headers={"Content-Type": "image/png"}).json()
    assert event["isBase64Encoded"] is True and base64.b64decode(event["body"]) == b"\x00\xff"


def test_a_function_that_fails_is_late_or_closed(new_api, function, account):
    api = new_api()
    api.proxy("GET", "/fails", function("def handler(event, context): raise ValueError('x')"))
    api.proxy("GET", "/closed", function(ECHO, allowed=None))
    api.proxy("GET", "/nobody", function_uri(account, "nobody"))
    api.method("GET", "/late", {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "timeoutInMillis": 50,
                                "uri": function("import time\ndef handler(event, context): time.sleep(2)")})
    api.method("GET", "/verb", {"type": "AWS_PROXY", "integrationHttpMethod": "GET", "uri": function(ECHO)})
    assert message(api("GET", "/fails")) == (502, {"message": "Internal server error"})
    for path in ("/closed", "/nobody", "/verb"):
        assert message(api("GET", path)) == (500, {"message": "Internal server error"}), path
    assert message(api("GET", "/late")) == (504, {"message": "Endpoint request timed out"})


def test_the_functions_policy_sees_the_resources_path(client, new_api, function, make_function, account):
    name = make_function(ECHO)
    api = new_api().proxy("GET", "/items/{id}", function_uri(account, name))

    def allow(pattern):
        client("lambda").add_permission(
            FunctionName=name, StatementId="s", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com",
            SourceArn=f"arn:aws:execute-api:us-east-1:{account}:{api.id}{pattern}")
        status = api("GET", "/items/7").status_code
        client("lambda").remove_permission(FunctionName=name, StatementId="s")
        return status

    assert [allow(p) for p in ("/*/*", "/*/*/*", "/*/GET/items/{id}", "/*/GET/items/*", "/*/POST/*", "", "/prod/*")] == [
        200, 200, 200, 200, 500, 500, 500]


def test_routing(new_api, server):
    api = new_api()
    for path in ("/", "/pets", "/pets/{id}", "/pets/dog", "/{proxy+}"):
        api.mock("GET", path, response={"responseTemplates": {"application/json": "$context.resourcePath $input.params('proxy')"}})
    api.mock("ANY", "/any")

    def ask(path, verb="GET"):
        return api(verb, path).text.strip()

    assert [ask(p) for p in ("/", "/pets", "/pets/", "/pets/7", "/pets/dog", "/pets/7/toys", "/x//y")] == [
        "/", "/pets", "/pets", "/pets/{id}", "/pets/dog", "/{proxy+} pets/7/toys", "/{proxy+} x//y"]
    assert api("DELETE", "/any").status_code == 200
    refused = api("POST", "/pets")
    assert message(refused) == (403, {"message": "Missing Authentication Token"})
    assert refused.headers["x-amzn-ErrorType"] == "MissingAuthenticationTokenException"
    assert api("POST", "/pets", headers={"Authorization": "Bearer x"}).json()["message"] == (
        "'x' not a valid key=value pair (missing equal-sign) in Authorization header: 'Bearer x'.")
    assert message(api("GET", "/pets", stage="prod")) == (403, {"message": "Forbidden"})
    for url, headers in ((f"/restapis/{api.id}/dev/_user_request_/pets", {}),
                         ("/dev/pets", {"Host": f"{api.id}.execute-api.us-east-1.amazonaws.com"}),
                         ("/dev/pets", {"Host": f"{api.id}.execute-api.localhost"})):
        answer = requests.get(server.endpoint + url, headers=headers, timeout=20)
        assert (answer.status_code, answer.text.strip()) == (200, "/pets"), url


def test_a_deployment_is_frozen(new_api, rest):
    api = new_api().template("one")
    assert api("POST", "/").text == "one"
    rest.update_integration_response(restApiId=api.id, resourceId=api.paths["/"], httpMethod="POST", statusCode="200",
                                     patchOperations=[{"op": "replace", "path": "/responseTemplates/application~1json", "value": "two"}])
    assert api("POST", "/").text == "one"
    api.dirty = True
    assert api("POST", "/").text == "two"
    rest.update_rest_api(restApiId=api.id, patchOperations=[{"op": "replace", "path": "/disableExecuteApiEndpoint", "value": "true"}])
    assert message(api("POST", "/")) == (403, {"message": "Forbidden"})


def test_cors_is_a_mock(new_api):
    allowed = {"method.response.header.Access-Control-Allow-Origin": "'*'",
               "method.response.header.Access-Control-Allow-Methods": "'GET,OPTIONS'"}
    api = new_api().mock("OPTIONS", "/", response={"responseParameters": allowed})
    answer = api("OPTIONS", "/", headers={"Origin": "https://app.example", "Access-Control-Request-Method": "GET"})
    assert (answer.status_code, answer.text) == (200, "")
    assert answer.headers["Access-Control-Allow-Origin"] == "*" and answer.headers["Access-Control-Allow-Methods"] == "GET,OPTIONS"


def test_templates_see_the_request(new_api, function):
    template = """#set($r = $input.path('$'))
{"id": $input.json('$.id'), "q": "$input.params('q')", "header": "$input.params().header.get('X-A')", "none": "$r.none",
 "text": "$util.escapeJavaScript($r.text)", "list": [#foreach($one in $r.list)$one#if($foreach.hasNext),#end#end],
 "context": "$context.httpMethod $context.stage $context.resourcePath $stageVariables.k", "path": "$input.params('id')"}"""
    api = new_api()
    api.stage_settings = {"variables": {"k": "v"}}
    api.method("POST", "/{id}", {"type": "AWS", "integrationHttpMethod": "POST", "uri": function(PLAIN),
                                 "requestTemplates": {"application/json": template}}, [("200", {})])
    answer = api("POST", "/7?q=1", json={"id": {"a": 1}, "text": 'x "y"', "list": [1, 2]}, headers={"X-A": "b"})
    assert message(answer) == (200, {"id": {"a": 1}, "q": "1", "header": "b", "none": "", "text": 'x "y"', "list": [1, 2],
                                     "context": "POST dev /{id} v", "path": "7"})


def test_overrides(new_api):
    api = new_api().mock("POST", "/", response={"responseTemplates": {"application/json": (
        "#set($context.responseOverride.status = 418)#set($context.responseOverride.header.X-Out = 'o')"
        "$context.requestOverride.path.seen")}},
        template="#set($context.requestOverride.path.seen = 'p'){\"statusCode\": 200}")
    answer = api("POST", "/", json={})
    assert (answer.status_code, answer.text, answer.headers["X-Out"]) == (418, "p", "o")


def test_a_template_that_fails_is_an_internal_error(new_api):
    assert message(new_api().template("#if(")("POST", "/")) == (500, {"message": "Internal server error"})


def test_mock_status_decides_the_response(new_api):
    api = new_api().method("POST", "/", {"type": "MOCK", "requestTemplates": {
        "application/json": "{statusCode: $input.json('$.status')}"}}, [
            ("200", {}), ("404", {"selectionPattern": "4\\d{2}", "responseTemplates": {"application/json": '{"no": true}'}})])
    assert api("POST", "/", json={"status": 200}).status_code == 200
    assert message(api("POST", "/", json={"status": 404})) == (404, {"no": True})
    assert message(api("POST", "/", json={"status": "many"})) == (500, {"message": "Internal server error"})


def test_passthrough(new_api):
    for behaviour, expected in (("NEVER", 415), ("WHEN_NO_TEMPLATES", 415), ("WHEN_NO_MATCH", 200)):
        api = new_api().mock("POST", "/", request={"passthroughBehavior": behaviour})
        answer = api("POST", "/", data='{"statusCode": 200}', headers={"Content-Type": "text/plain"})
        assert answer.status_code == expected, behaviour
        if expected == 415:
            assert answer.json() == {"message": "Unsupported Media Type"} and answer.headers["x-amzn-ErrorType"] == "BadRequestException"


def test_a_function_behind_templates(new_api, function):
    api = new_api().method("POST", "/{id}", {
        "type": "AWS", "integrationHttpMethod": "POST",
        "uri": function("def handler(event, context):\n    if event['id'] == 'bad': raise ValueError('Not Found: bad')\n    return event"),
        "requestTemplates": {"application/json": '{"id": "$input.params(\'id\')", "body": $input.json("$")}'}}, [
            ("200", {"responseTemplates": {"application/json": '{"got": $input.json("$.body.a")}'},
                     "responseParameters": {"method.response.header.X-Id": "integration.response.body.id"}}),
            ("404", {"selectionPattern": "Not Found.*",
                     "responseTemplates": {"application/json": '{"error": "$input.path("$.errorMessage")"}'}})])
    answer = api("POST", "/7", json={"a": 1})
    assert message(answer) == (200, {"got": 1}) and answer.headers["X-Id"] == "7"
    assert message(api("POST", "/bad", json={})) == (404, {"error": "Not Found: bad"})


@pytest.fixture
def gateway_role(make_role):
    return lambda *statements: make_role(*statements, service="apigateway.amazonaws.com")


def test_a_table_behind_templates(new_api, gateway_role, make_table, dynamodb, account):
    table = make_table()
    api, ok = new_api(), [("200", {}), ("400", {"selectionPattern": "4\\d{2}"})]
    arn = f"arn:aws:dynamodb:us-east-1:{account}:table/{table}"
    roles = [gateway_role({"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": arn})] * 2 + [
        gateway_role({"Effect": "Allow", "Action": "dynamodb:Scan", "Resource": arn})]
    for path, role in zip(("/items", "/more", "/denied"), roles):
        api.method("POST", path, {
            "type": "AWS", "integrationHttpMethod": "POST", "credentials": role,
            "uri": "arn:aws:apigateway:us-east-1:dynamodb:action/PutItem", "requestTemplates": {"application/json": (
                '{"TableName": "' + table + '", "Item": {"pk": {"S": "$input.path(\'$.id\')"}}}')}}, ok)
    assert message(api("POST", "/items", json={"id": "a"})) == (200, {})
    assert dynamodb.get_item(TableName=table, Key={"pk": {"S": "a"}})["Item"] == {"pk": {"S": "a"}}
    refused = api("POST", "/denied", json={"id": "b"})
    assert refused.status_code == 400 and "AccessDeniedException" in refused.json()["__type"]
    untrusting = new_api().method("POST", "/", {"type": "AWS", "integrationHttpMethod": "POST", "credentials": f"arn:aws:iam::{account}:role/x",
                                                "uri": "arn:aws:apigateway:us-east-1:dynamodb:action/Scan"}, ok)
    assert message(untrusting("POST", "/", json={})) == (500, {"message": "Internal server error"})


def test_a_queue_and_a_topic_behind_templates(new_api, gateway_role, client, unique, account):
    queue = unique("queue")
    url = client("sqs").create_queue(QueueName=queue)["QueueUrl"]
    topic = client("sns").create_topic(Name=unique("topic"))["TopicArn"]
    form = {"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"}
    api = new_api()
    api.method("POST", "/queue", {
        "type": "AWS", "integrationHttpMethod": "POST", "credentials": gateway_role(), "requestParameters": form,
        "uri": f"arn:aws:apigateway:us-east-1:sqs:path/{account}/{queue}",
        "requestTemplates": {"application/json": "Action=SendMessage&MessageBody=$util.urlEncode($input.body)"}}, [("200", {})])
    api.method("POST", "/topic", {
        "type": "AWS", "integrationHttpMethod": "POST", "credentials": gateway_role(), "requestParameters": form,
        "uri": "arn:aws:apigateway:us-east-1:sns:action/Publish",
        "requestTemplates": {"application/json": f"Action=Publish&TopicArn=$util.urlEncode('{topic}')&Message=hello"}}, [("200", {})])
    sent = api("POST", "/queue", data='{"a": "b c&d"}', headers={"Content-Type": "application/json"})
    assert sent.status_code == 200, sent.text
    received = client("sqs").receive_message(QueueUrl=url)["Messages"][0]
    assert received["Body"] == '{"a": "b c&d"}'
    assert sent.json()["SendMessageResponse"]["SendMessageResult"]["MessageId"] == received["MessageId"]
    published = api("POST", "/topic", json={})
    assert published.status_code == 200 and published.json()["PublishResponse"]["PublishResult"]["MessageId"]


class Backend(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        said = json.dumps({"path": self.path, "body": body, "a": self.headers.get("X-A"), "m": self.headers.get("X-M")}).encode()
        self.send_response(418 if "teapot" in self.path else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Back", "end")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    do_GET = do_POST

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


def test_http_backends(new_api, backend):
    api = new_api()
    api.method("ANY", "/p/{proxy+}", {
        "type": "HTTP_PROXY", "integrationHttpMethod": "ANY", "uri": backend + "/base/{proxy}",
        "requestParameters": {"integration.request.path.proxy": "method.request.path.proxy",
                              "integration.request.header.X-M": "'mapped'"}}, requestParameters={"method.request.path.proxy": True})
    api.method("POST", "/m", {"type": "HTTP", "integrationHttpMethod": "POST", "uri": backend + "/teapot",
                              "requestTemplates": {"application/json": '{"wrapped": $input.json("$")}'}}, [
        ("200", {}), ("409", {"selectionPattern": "418", "responseTemplates": {"application/json": "$input.path('$.body')"},
                              "responseParameters": {"method.response.header.X-Seen": "integration.response.header.X-Back"}})])
    answer = api("POST", "/p/a/b?q=1", data="x", headers={"X-A": "b"})
    assert answer.status_code == 200 and answer.headers["X-Back"] == "end"
    assert answer.json() == {"path": "/base/a/b?q=1", "body": "x", "a": "b", "m": "mapped"}
    assert api("GET", "/p/teapot").status_code == 418
    mapped = api("POST", "/m", json={"k": 1})
    assert (mapped.status_code, mapped.text, mapped.headers["X-Seen"]) == (409, '{"wrapped": {"k":1}}', "end")
    closed = new_api().method("GET", "/", {"type": "HTTP_PROXY", "integrationHttpMethod": "GET", "uri": "http://127.0.0.1:1/"})
    assert message(closed("GET", "/")) == (504, {"message": "Internal server error"})


def test_validators(new_api, rest):
    api = new_api()
    rest.create_model(restApiId=api.id, name="M", contentType="application/json", schema=json.dumps({
        "type": "object", "required": ["a"], "properties": {"a": {"type": "integer", "minimum": 1}}}))
    validator = rest.create_request_validator(restApiId=api.id, name="v", validateRequestBody=True, validateRequestParameters=True)["id"]
    api.mock("POST", "/", requestValidatorId=validator, requestModels={"application/json": "M"}, requestParameters={
        "method.request.header.x-b": True, "method.request.querystring.q": True, "method.request.header.x-a": True})
    rest.put_gateway_response(restApiId=api.id, responseType="BAD_REQUEST_BODY", responseTemplates={
        "application/json": '{"message": $context.error.messageString, "why": "$context.error.validationErrorString"}'})
    assert message(api("POST", "/", json={"a": 1})) == (
        400, {"message": "Missing required request parameters: [x-a, x-b, q]"})
    given = {"x-a": "1", "x-b": "2"}
    assert api("POST", "/?q=1", json={"a": 1}, headers=given).status_code == 200
    for body in ({}, {"a": "x"}, {"a": 0}):
        answer = api("POST", "/?q=1", json=body, headers=given)
        assert answer.status_code == 400 and '"message": "Invalid request body"' in answer.text, body
    assert 'object has missing required properties (["a"])' in api("POST", "/?q=1", headers=given).text


def test_gateway_responses_word_what_the_gateway_says(new_api, rest):
    api = new_api().mock("GET", "/")
    rest.put_gateway_response(restApiId=api.id, responseType="DEFAULT_4XX", responseParameters={
        "gatewayresponse.header.Access-Control-Allow-Origin": "'*'", "gatewayresponse.header.X-H": "method.request.header.X-In"})
    rest.put_gateway_response(restApiId=api.id, responseType="MISSING_AUTHENTICATION_TOKEN", statusCode="404", responseTemplates={
        "application/json": '{"said": $context.error.messageString, "type": "$context.error.responseType", "id": "$context.requestId"}'})
    answer = api("GET", "/none")
    assert answer.status_code == 404 and answer.json() == {
        "said": "Missing Authentication Token", "type": "MISSING_AUTHENTICATION_TOKEN", "id": answer.headers["x-amzn-RequestId"]}
    api.mock("GET", "/key", apiKeyRequired=True)
    answer = api("GET", "/key", headers={"X-In": "y"})
    assert message(answer) == (403, {"message": "Forbidden"})
    assert (answer.headers["Access-Control-Allow-Origin"], answer.headers["X-H"]) == ("*", "y")


def test_access_logs(new_api, rest, client, gateway_role, account, unique, until):
    group = unique("/aws/api")
    client("logs").create_log_group(logGroupName=group)
    api = new_api().mock("GET", "/items/{id}")
    assert api("GET", "/items/7").status_code == 200
    rest.update_account(patchOperations=[{"op": "replace", "path": "/cloudwatchRoleArn", "value": gateway_role()}])
    rest.update_stage(restApiId=api.id, stageName="dev", patchOperations=[
        {"op": "replace", "path": "/accessLogSettings/destinationArn", "value": f"arn:aws:logs:us-east-1:{account}:log-group:{group}"},
        {"op": "replace", "path": "/accessLogSettings/format", "value": (
            '{"id":"$context.requestId","path":"$context.resourcePath","status":"$context.status","none":"$context.authorizer.x"}')}])
    answer = api("GET", "/items/7")
    lines = until(lambda: client("logs").filter_log_events(logGroupName=group)["events"], "a line of the access log")
    assert json.loads(lines[0]["message"]) == {
        "id": answer.headers["x-amzn-RequestId"], "path": "/items/{id}", "status": "200", "none": "-"}


def test_a_bus_and_a_bucket_behind_templates(new_api, gateway_role, client, unique, account, until):
    """The services' own APIs: PutEvents by action, objects by path."""
    queue, bucket, rule = unique("queue"), unique("bucket"), unique("rule")
    url = client("sqs").create_queue(QueueName=queue, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}]})})["QueueUrl"]
    client("events").put_rule(Name=rule, EventPattern=json.dumps({"source": ["shop"]}))
    client("events").put_targets(Rule=rule, Targets=[{"Id": "q", "Arn": f"arn:aws:sqs:us-east-1:{account}:{queue}"}])
    client("s3").create_bucket(Bucket=bucket)
    role = gateway_role({"Effect": "Allow", "Action": ["events:PutEvents", "s3:*"], "Resource": "*"})
    api, aws = new_api(), {"type": "AWS", "credentials": role}
    api.method("POST", "/events", {
        **aws, "integrationHttpMethod": "POST", "uri": "arn:aws:apigateway:us-east-1:events:action/PutEvents",
        "requestParameters": {"integration.request.header.X-Amz-Target": "'AWSEvents.PutEvents'",
                              "integration.request.header.Content-Type": "'application/x-amz-json-1.1'"},
        "requestTemplates": {"application/json": (
            # escapeJavaScript escapes single quotes, which JSON doesn't: AWS's guide has people take that back.
            '#set($detail = $util.escapeJavaScript($input.json("$")).replaceAll("\\\\\'", "\'"))'
            '{"Entries": [{"Source": "shop", "DetailType": "order", "Detail": "$detail", "EventBusName": "default"}]}')}},
        [("200", {})])
    path = {"method.request.path.key": True}
    into = {"integration.request.path.key": "method.request.path.key"}
    uri = f"arn:aws:apigateway:us-east-1:s3:path/{bucket}/{{key}}"
    api.method("PUT", "/objects/{key}", {**aws, "integrationHttpMethod": "PUT", "uri": uri, "requestParameters": into},
               [("200", {})], requestParameters=path)
    api.method("GET", "/objects/{key}", {**aws, "integrationHttpMethod": "GET", "uri": uri, "requestParameters": into},
               [("200", {"responseParameters": {"method.response.header.ETag": "integration.response.header.ETag"}}),
                ("404", {"selectionPattern": "404"})], requestParameters=path)
    answer = api("POST", "/events", json={"n": 1, "quote": "it's"})
    assert answer.status_code == 200 and answer.json()["FailedEntryCount"] == 0, answer.text
    got = until(lambda: client("sqs").receive_message(QueueUrl=url).get("Messages"), "the event")
    assert json.loads(got[0]["Body"])["detail"] == {"n": 1, "quote": "it's"}
    assert api("PUT", "/objects/a.txt", data="hello", headers={"Content-Type": "text/plain"}).status_code == 200
    stored = api("GET", "/objects/a.txt")
    assert (stored.status_code, stored.text) == (200, "hello") and stored.headers["ETag"]
    assert api("GET", "/objects/none").status_code == 404


def test_stage_variables_choose_functions_and_backends(new_api, make_function, client, account, backend, rest):
    """`${stageVariables.x}` in URIs: a function's alias, a server's path."""
    name = make_function("import os\ndef handler(event, context): return {'statusCode': 200, 'body': context.invoked_function_arn.split(':')[-1]}")
    lam = client("lambda")
    version = lam.publish_version(FunctionName=name)["Version"]
    lam.create_alias(FunctionName=name, Name="live", FunctionVersion=version)
    api = new_api()
    api.stage_settings = {"variables": {"alias": "live", "place": "deep/er"}}
    api.proxy("GET", "/f", function_uri(account, name + ":${stageVariables.alias}"))
    api.method("GET", "/h", {"type": "HTTP_PROXY", "integrationHttpMethod": "GET", "uri": backend + "/${stageVariables.place}"})
    assert message(api("GET", "/f"))[0] == 500, "the alias has no permission yet"
    lam.add_permission(FunctionName=name, Qualifier="live", StatementId="g", Action="lambda:InvokeFunction",
                       Principal="apigateway.amazonaws.com", SourceArn=f"arn:aws:execute-api:us-east-1:{account}:{api.id}/*/GET/f")
    assert api("GET", "/f").text == "live"
    assert "/deep/er" in api("GET", "/h").text
