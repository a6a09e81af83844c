"""HTTP APIs (API Gateway version 2): the control plane as SDKs see it, and requests all the way to a function."""

import base64
import http.server
import json
import pathlib
import subprocess
import threading

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import botocore.exceptions
import pytest
import requests

from harness.own_server import endpoint, server  # noqa: F401

ECHO = "import json\ndef handler(event, context): return event"
ANSWER = """
import json
def handler(event, context): return json.loads(event["body"])
"""
JWT = json.loads((pathlib.Path(__file__).parents[1] / "data" / "jwt.json").read_text())


@pytest.fixture(scope="module")
def api(client):
    return client("apigatewayv2")


@pytest.fixture
def function_arn(client, make_function, account):
    def make(source, allowed=True, name=None):
        name = name or make_function(source)
        if allowed:
            client("lambda").add_permission(
                FunctionName=name, StatementId="gateway", Action="lambda:InvokeFunction",
                Principal="apigateway.amazonaws.com", SourceArn=f"arn:aws:execute-api:us-east-1:{account}:*/*/*")
        return f"arn:aws:lambda:us-east-1:{account}:function:{name}"

    return make


@pytest.fixture
def deployed(api, unique, server, function_arn):
    """deployed(source, routes=["GET /items"], version="2.0", stage="$default", **api settings): calls the API."""

    def make(source=ECHO, routes=("$default",), version="2.0", stage="$default", allowed=True, route_settings=None,
             stage_settings=None, **settings):
        made = api.create_api(Name=unique("api"), ProtocolType="HTTP", **settings)["ApiId"]
        target = api.create_integration(ApiId=made, IntegrationType="AWS_PROXY", PayloadFormatVersion=version,
                                        IntegrationUri=function_arn(source, allowed))["IntegrationId"]
        for key in routes:
            api.create_route(ApiId=made, RouteKey=key, Target=f"integrations/{target}", **(route_settings or {}))
        api.create_stage(ApiId=made, StageName=stage, AutoDeploy=True, **(stage_settings or {}))
        return Deployed(server.endpoint, made)

    return make


class Deployed:
    def __init__(self, endpoint, api_id):
        self.endpoint, self.id = endpoint, api_id

    def __call__(self, method, path, **options):
        return requests.request(method, f"{self.endpoint}/_aws/execute-api/{self.id}{path}", timeout=20, **options)


def code_of(error):
    return error.value.response["Error"]["Code"]


def test_an_api_and_its_parts_live_and_go(api, unique):
    made = api.create_api(Name=unique("api"), ProtocolType="HTTP", Description="d", Tags={"a": "b"})
    assert made["ApiEndpoint"] == f"https://{made['ApiId']}.execute-api.us-east-1.amazonaws.com"
    assert (made["RouteSelectionExpression"], made["ApiKeySelectionExpression"], made["Tags"]) == (
        "$request.method $request.path", "$request.header.x-api-key", {"a": "b"})
    name = {"ApiId": made["ApiId"]}
    api.update_api(**name, Description="", Version="2")
    read = api.get_api(**name)
    assert "Description" not in read and read["Version"] == "2"
    integration = api.create_integration(**name, IntegrationType="AWS_PROXY", IntegrationUri="arn:aws:lambda:us-east-1:1:function:f")
    assert (integration["PayloadFormatVersion"], integration["TimeoutInMillis"], integration["ConnectionType"]) == (
        "1.0", 30000, "INTERNET")
    route = api.create_route(**name, RouteKey="GET /x", Target=f"integrations/{integration['IntegrationId']}")
    assert (route["AuthorizationType"], route["ApiKeyRequired"]) == ("NONE", False)
    with pytest.raises(botocore.exceptions.ClientError) as error:
        api.create_route(**name, RouteKey="GET /x")
    assert code_of(error) == "ConflictException"
    with pytest.raises(botocore.exceptions.ClientError) as error:
        api.delete_integration(**name, IntegrationId=integration["IntegrationId"])
    assert code_of(error) == "ConflictException"
    assert [r["RouteKey"] for r in api.get_routes(**name)["Items"]] == ["GET /x"]
    api.delete_route(**name, RouteId=route["RouteId"])
    api.delete_integration(**name, IntegrationId=integration["IntegrationId"])
    api.delete_api(**name)
    for call in (api.get_api, api.get_routes, api.get_stages, api.delete_api):
        with pytest.raises(botocore.exceptions.ClientError) as error:
            call(**name)
        assert code_of(error) == "NotFoundException"


@pytest.mark.parametrize("key", ["GET", "items", "FETCH /items", "GET /{proxy+}/x"])
def test_route_keys_are_checked(api, unique, key):
    made = api.create_api(Name=unique("api"), ProtocolType="HTTP")["ApiId"]
    with pytest.raises(botocore.exceptions.ClientError) as error:
        api.create_route(ApiId=made, RouteKey=key)
    assert code_of(error) == "BadRequestException" and "route key is not formatted properly" in str(error.value)


def test_lists_come_in_pages(api, unique):
    made = api.create_api(Name=unique("api"), ProtocolType="HTTP")["ApiId"]
    keys = {f"GET /{i}" for i in range(5)}
    for key in keys:
        api.create_route(ApiId=made, RouteKey=key)
    seen, token = [], {}
    while True:
        page = api.get_routes(ApiId=made, MaxResults="2", **token)
        seen += [route["RouteKey"] for route in page["Items"]]
        if "NextToken" not in page:
            break
        # What the token names may go meanwhile.
        api.delete_route(ApiId=made, RouteId=page["Items"][-1]["RouteId"])
        token = {"NextToken": page["NextToken"]}
    assert sorted(seen) == sorted(keys)
    with pytest.raises(botocore.exceptions.ClientError):
        api.get_routes(ApiId=made, NextToken="!")


def test_the_event_of_format_2_0(deployed, account):
    call = deployed(routes=["POST /items/{id}"], stage="dev", stage_settings={"StageVariables": {"k": "v"}})
    answer = call("POST", "/dev/items/a%2F7?a=1&a=2&b=x%20y", data="text", headers={
        "Content-Type": "text/plain", "Cookie": "s=1; t=2", "X-Twice": "1", "User-Agent": "agent"})
    event = answer.json()
    assert answer.status_code == 200 and answer.headers["apigw-requestid"] == event["requestContext"]["requestId"]
    context = event.pop("requestContext")
    headers = event.pop("headers")
    assert event == {
        "version": "2.0", "routeKey": "POST /items/{id}", "rawPath": "/dev/items/a/7", "rawQueryString": "a=1&a=2&b=x%20y",
        "cookies": ["s=1", "t=2"], "queryStringParameters": {"a": "1,2", "b": "x y"}, "pathParameters": {"id": "a/7"},
        "stageVariables": {"k": "v"}, "body": "text", "isBase64Encoded": False}
    assert headers["x-twice"] == "1" and headers["x-forwarded-proto"] == "https" and "cookie" not in headers
    assert context["domainName"].startswith(f"{call.id}.execute-api.us-east-1.localhost:")
    assert context["http"] == {"method": "POST", "path": "/dev/items/a/7", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1",
                               "userAgent": "agent"}
    assert (context["accountId"], context["apiId"], context["stage"], context["routeKey"]) == (
        account, call.id, "dev", "POST /items/{id}")
    assert "authorizer" not in context


def test_members_without_content_are_left_out_of_2_0_and_null_in_1_0(deployed):
    event = deployed()("GET", "/").json()
    assert {"cookies", "queryStringParameters", "pathParameters", "stageVariables", "body"} & set(event) == set()
    event = json.loads(deployed(ANSWER_1_0, version="1.0")("GET", "/a").json()["event"])
    assert [event[m] for m in ("queryStringParameters", "multiValueQueryStringParameters", "pathParameters",
                               "stageVariables", "body")] == [None] * 5
    assert (event["version"], event["resource"], event["path"], event["httpMethod"]) == ("1.0", "/a", "/a", "GET")
    context = event["requestContext"]
    assert (context["resourceId"], context["resourcePath"]) == ("$default", "/a")
    assert context["authorizer"] == {"claims": None, "scopes": None}


ANSWER_1_0 = """
import json
def handler(event, context): return {"statusCode": 200, "body": json.dumps({"event": json.dumps(event)})}
"""


def test_binary_bodies_travel_in_base64_both_ways(deployed):
    event = deployed()("POST", "/", data=b"\x00\xff", headers={"Content-Type": "image/png"}).json()
    assert event["isBase64Encoded"] is True and base64.b64decode(event["body"]) == b"\x00\xff"
    answer = deployed(ANSWER)("POST", "/", json={"statusCode": 200, "isBase64Encoded": True,
                                                 "body": base64.b64encode(b"\x00\xff").decode()})
    assert answer.content == b"\x00\xff"


@pytest.mark.parametrize("result, status, body", [
    ({"statusCode": 201, "body": "made", "headers": {"X-A": "b"}}, 201, "made"),
    ({"statusCode": "202"}, 202, ""),
    ({"a": 1}, 200, '{"a":1}'),
    ("text", 200, "text"),
    ([1], 200, "[1]"),
    ({"statusCode": "many"}, 500, '{"message":"Internal Server Error"}'),
    ({"statusCode": 200, "body": {"a": 1}}, 500, '{"message":"Internal Server Error"}'),
])
def test_what_a_result_becomes(deployed, result, status, body):
    answer = deployed(ANSWER)("POST", "/", json=result)
    assert (answer.status_code, answer.text) == (status, body)


def test_cookies_and_the_type_of_an_answer(deployed):
    call = deployed(ANSWER)
    answer = call("POST", "/", json={"statusCode": 200, "cookies": ["a=1", "b=2"], "body": "x"})
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert {cookie.name: cookie.value for cookie in answer.cookies} == {"a": "1", "b": "2"}
    assert call("POST", "/", json={"a": 1}).headers["content-type"] == "application/json"


@pytest.mark.parametrize("source", ["def handler(event, context): raise ValueError('x')", "def handler("])
def test_a_function_that_fails_is_an_internal_error(deployed, source):
    answer = deployed(source)("GET", "/")
    assert (answer.status_code, answer.text) == (500, '{"message":"Internal Server Error"}')


def test_a_function_that_is_late_is_a_503(api, deployed):
    call = deployed("import time\ndef handler(event, context): time.sleep(2)")
    integration = api.get_integrations(ApiId=call.id)["Items"][0]["IntegrationId"]
    api.update_integration(ApiId=call.id, IntegrationId=integration, TimeoutInMillis=50)
    answer = call("GET", "/")
    assert (answer.status_code, answer.text) == (503, '{"message":"Service Unavailable"}')


def test_emptied_entries_of_an_integration_are_gone(api, unique):
    """As Terraform takes them away: "" for a parameter, {} for a status code or the TLS settings; what stayed would be drift."""
    made = api.create_api(Name=unique("api"), ProtocolType="HTTP", CorsConfiguration={"AllowOrigins": ["*"]})["ApiId"]
    assert "CorsConfiguration" not in api.update_api(ApiId=made, Description="d", CorsConfiguration={})
    integration = api.create_integration(
        ApiId=made, IntegrationType="HTTP_PROXY", IntegrationUri="https://example.org", IntegrationMethod="GET", PayloadFormatVersion="1.0",
        RequestParameters={"append:header.a": "1", "append:header.b": "2"}, TlsConfig={"ServerNameToVerify": "example.org"},
        ResponseParameters={"200": {"append:header.x": "y"}, "403": {"append:header.x": "y"}})["IntegrationId"]
    here = dict(ApiId=made, IntegrationId=integration)
    api.update_integration(**here, RequestParameters={"append:header.a": "", "append:header.b": "3"}, TlsConfig={},
                           ResponseParameters={"200": {}, "403": {"append:header.x": "z"}})
    got = api.get_integration(**here)
    assert (got["RequestParameters"], got["ResponseParameters"]) == ({"append:header.b": "3"}, {"403": {"append:header.x": "z"}})
    assert "TlsConfig" not in got
    api.update_integration(**here, RequestParameters={"append:header.b": ""}, ResponseParameters={"403": {}})
    got = api.get_integration(**here)
    assert "RequestParameters" not in got and "ResponseParameters" not in got
    api.delete_api(ApiId=made)


def test_the_functions_policy_decides_at_each_call(client, deployed, api):
    call = deployed(allowed=False, routes=["GET /items/{id}"])
    assert call("GET", "/items/7").status_code == 500
    name = api.get_integrations(ApiId=call.id)["Items"][0]["IntegrationUri"]
    account = name.split(":")[4]

    def allow(pattern):
        client("lambda").add_permission(
            FunctionName=name, StatementId="s", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com",
            SourceArn=f"arn:aws:execute-api:us-east-1:{account}:{call.id}{pattern}")
        status = call("GET", "/items/7").status_code
        client("lambda").remove_permission(FunctionName=name, StatementId="s")
        return status

    assert [allow(p) for p in ("/*/*", "/*/GET/items/{id}", "/*/POST/items/{id}", "", "/prod/*")] == [200, 200, 500, 500, 500]


def test_no_route_no_stage_no_api(deployed, server):
    call = deployed(routes=["GET /items"])
    for method, path in (("GET", "/other"), ("POST", "/items")):
        answer = call(method, path)
        assert (answer.status_code, answer.text) == (404, '{"message":"Not Found"}')
    assert Deployed(server.endpoint, "0123456789")("GET", "/").status_code == 404
    assert deployed(stage="dev")("GET", "/").status_code == 404, "without $default the stage must be named"
    assert deployed(DisableExecuteApiEndpoint=True)("GET", "/").status_code == 403


def test_it_is_found_by_its_host_too(deployed, server):
    call = deployed(stage="dev")
    for host in (f"{call.id}.execute-api.us-east-1.amazonaws.com", f"{call.id.upper()}.execute-api.localhost"):
        answer = requests.get(f"{server.endpoint}/dev/a", headers={"Host": host}, timeout=20)
        assert (answer.status_code, answer.json()["rawPath"]) == (200, "/dev/a")
        assert answer.json()["requestContext"]["domainName"] == host
    old = requests.get(f"{server.endpoint}/restapis/{call.id}/dev/_user_request_/b", timeout=20)
    assert old.json()["rawPath"] == "/dev/b"


def test_any_authorization_header_reaches_a_route_without_an_authorizer(deployed):
    answer = deployed()("GET", "/", headers={"Authorization": "Bearer abc"})
    assert (answer.status_code, answer.json()["headers"]["authorization"]) == (200, "Bearer abc")


CORS = {"AllowOrigins": ["https://app.example", "https://*.example.org"], "AllowMethods": ["GET"],
        "AllowHeaders": ["content-type"], "ExposeHeaders": ["x-a"], "MaxAge": 300}


def test_preflights_are_the_gateways(deployed):
    call = deployed("def handler(event, context): raise ValueError('called')", CorsConfiguration=CORS)

    def ask(origin, method="GET", headers="content-type"):
        answer = call("OPTIONS", "/x", headers={"Origin": origin, "Access-Control-Request-Method": method,
                                                "Access-Control-Request-Headers": headers})
        assert answer.status_code == 204
        return {k.lower(): v for k, v in answer.headers.items() if k.lower().startswith("access-control")}

    assert ask("https://app.example") == {
        "access-control-allow-origin": "https://app.example", "access-control-allow-methods": "GET",
        "access-control-allow-headers": "content-type", "access-control-expose-headers": "x-a", "access-control-max-age": "300"}
    assert ask("https://a.example.org")["access-control-allow-origin"] == "https://a.example.org"
    assert ask("http://localhost:1") == ask("https://app.example", method="PUT") == {}
    assert ask("https://app.example", headers="x-b") == {}


def test_a_preflight_meets_the_authorizer_of_a_route_that_takes_options(api, deployed):
    """AWS's guide: with an authorizer on $default preflights want a route OPTIONS /{proxy+} without one."""
    call = deployed(routes=["GET /open"], CorsConfiguration={"AllowOrigins": ["*"], "AllowMethods": ["GET"]})
    authorizer = api.create_authorizer(
        ApiId=call.id, AuthorizerType="JWT", Name="jwt", IdentitySource=["$request.header.Authorization"],
        JwtConfiguration={"Audience": ["app"], "Issuer": "https://issuer.example"})["AuthorizerId"]
    target = api.get_routes(ApiId=call.id)["Items"][0]["Target"]
    preflight = lambda path: call("OPTIONS", path, headers={  # noqa: E731
        "Origin": "https://a.example", "Access-Control-Request-Method": "GET"}).status_code
    assert preflight("/x") == 204
    api.create_route(ApiId=call.id, RouteKey="$default", Target=target, AuthorizationType="JWT", AuthorizerId=authorizer)
    assert (preflight("/x"), preflight("/open")) == (401, 401)
    api.create_route(ApiId=call.id, RouteKey="OPTIONS /{proxy+}", Target=target)
    assert preflight("/x") == 204


def test_the_gateway_replaces_an_integrations_cors_headers(deployed):
    result = {"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "*"}}
    call = deployed(ANSWER, CorsConfiguration=CORS)
    answer = call("POST", "/", json=result, headers={"Origin": "https://app.example"})
    assert answer.headers["access-control-allow-origin"] == "https://app.example"
    assert "access-control-allow-origin" not in call("POST", "/", json=result, headers={"Origin": "http://localhost:1"}).headers
    plain = deployed(ANSWER)("POST", "/", json=result, headers={"Origin": "http://localhost:1"})
    assert plain.headers["access-control-allow-origin"] == "*", "without a configuration it is the integration's"


def test_jwt(api, deployed):
    call = deployed(routes=["GET /open"])
    authorizer = api.create_authorizer(
        ApiId=call.id, AuthorizerType="JWT", Name="jwt", IdentitySource=["$request.header.Authorization"],
        JwtConfiguration={"Audience": ["app"], "Issuer": "https://issuer.example"})["AuthorizerId"]
    target = api.get_routes(ApiId=call.id)["Items"][0]["Target"]
    for key, scopes in (("GET /closed", []), ("GET /scoped", ["admin"])):
        api.create_route(ApiId=call.id, RouteKey=key, Target=target, AuthorizationType="JWT", AuthorizerId=authorizer,
                         AuthorizationScopes=scopes)

    def ask(path, token=None):
        return call("GET", path, headers={"Authorization": f"Bearer {JWT['tokens'][token]}"} if token else {})

    refused = ask("/closed")
    assert (refused.status_code, refused.text, refused.headers["www-authenticate"]) == (
        401, '{"message":"Unauthorized"}', "Bearer")
    assert "the token does not have a valid audience" in ask("/closed", "other_audience").headers["www-authenticate"]
    assert ask("/closed", "expired").status_code == 401
    answer = ask("/closed", "good")
    assert answer.json()["requestContext"]["authorizer"]["jwt"]["claims"]["sub"] == "u1"
    assert (ask("/scoped", "good").status_code, ask("/scoped", "audience_in_client_id").status_code) == (403, 200)
    with pytest.raises(botocore.exceptions.ClientError) as error:
        api.delete_authorizer(ApiId=call.id, AuthorizerId=authorizer)
    assert code_of(error) == "ConflictException"


def b64(data):
    return base64.urlsafe_b64encode(data if isinstance(data, bytes) else json.dumps(data).encode()).rstrip(b"=").decode()


def test_an_issuers_keys_are_fetched(api, deployed, tmp_path):
    """An issuer at an http:// address is asked for its keys; what another key signed is refused."""

    def openssl(*arguments, **options):
        return subprocess.run(["openssl", *arguments], check=True, capture_output=True, **options).stdout

    class Issuer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            url = f"http://127.0.0.1:{self.server.server_address[1]}"
            body = {"/.well-known/openid-configuration": {"issuer": url, "jwks_uri": url + "/keys"}, "/keys": {"keys": [key]}}[self.path]
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_):
            pass

    asked, files = [], [str(tmp_path / name) for name in ("good.pem", "bad.pem")]
    for file in files:
        openssl("genrsa", "-out", file, "2048")
    modulus = openssl("rsa", "-in", files[0], "-noout", "-modulus").decode().strip().split("=")[1]
    key = {"kty": "RSA", "kid": "k", "alg": "RS256", "e": "AQAB", "n": b64(bytes.fromhex(modulus))}
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Issuer) as issuer:
        threading.Thread(target=issuer.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{issuer.server_address[1]}"
        call = deployed(routes=["GET /open"])
        authorizer = api.create_authorizer(
            ApiId=call.id, AuthorizerType="JWT", Name="jwt", IdentitySource=["$request.header.Authorization"],
            JwtConfiguration={"Audience": ["app"], "Issuer": url})["AuthorizerId"]
        api.create_route(ApiId=call.id, RouteKey="GET /closed", AuthorizationType="JWT", AuthorizerId=authorizer,
                         Target=api.get_routes(ApiId=call.id)["Items"][0]["Target"])

        def ask(file):
            signed = b64({"alg": "RS256", "kid": "k"}) + "." + b64({"iss": url, "aud": "app", "exp": 4102444800, "sub": "u"})
            signature = b64(openssl("dgst", "-sha256", "-sign", file, input=signed.encode()))
            return call("GET", "/closed", headers={"Authorization": f"Bearer {signed}.{signature}"})

        assert ask(files[0]).status_code == ask(files[0]).status_code == 200
        assert ask(files[1]).status_code == 401
        assert asked == ["/.well-known/openid-configuration", "/keys"], "keys are kept"
        issuer.shutdown()


AUTHORIZER = """
import os
def handler(event, context):
    token = event["identitySource"][0]
    if token == "boom": raise Exception("boom")
    if token == "odd": return "odd"
    return {"isAuthorized": token == "yes", "context": {"token": token, "arn": event["routeArn"], "id": context.aws_request_id}}
"""


@pytest.fixture
def guarded(api, deployed, function_arn, account):
    def make(ttl):
        call = deployed(routes=["GET /open"])
        authorizer = api.create_authorizer(
            ApiId=call.id, AuthorizerType="REQUEST", Name="request", IdentitySource=["$request.header.X-Token"],
            AuthorizerPayloadFormatVersion="2.0", EnableSimpleResponses=True, AuthorizerResultTtlInSeconds=ttl,
            AuthorizerUri=f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function_arn(AUTHORIZER)}/invocations",
        )["AuthorizerId"]
        target = api.get_routes(ApiId=call.id)["Items"][0]["Target"]
        api.create_route(ApiId=call.id, RouteKey="GET /items/{id}", Target=target, AuthorizationType="CUSTOM",
                         AuthorizerId=authorizer)
        return call

    return make


def test_a_request_authorizer(guarded, account):
    call = guarded(0)
    ask = lambda token: call("GET", "/items/7", headers={"X-Token": token} if token else {})  # noqa: E731
    assert [ask(token).status_code for token in ("", "no", "boom", "odd")] == [401, 403, 500, 500]
    context = ask("yes").json()["requestContext"]["authorizer"]["lambda"]
    assert context["arn"] == f"arn:aws:execute-api:us-east-1:{account}:{call.id}/$default/GET/items/7"
    assert ask("yes").json()["requestContext"]["authorizer"]["lambda"]["id"] != context["id"], "each call asks anew"


def test_a_request_authorizers_answers_are_kept(guarded, emulator_clock):
    call = guarded(60)
    ask = lambda: call("GET", "/items/7", headers={"X-Token": "yes"}).json()["requestContext"]["authorizer"]["lambda"]["id"]  # noqa: E731
    first = ask()
    assert ask() == first
    emulator_clock.advance(61)
    assert ask() != first


def test_iam_routes_are_held_to_policies(client, deployed, server, make_role, account):
    call = deployed(routes=["GET /items"], route_settings={"AuthorizationType": "AWS_IAM"})
    assert call("GET", "/items").status_code == 403
    user = f"caller-{call.id}"
    iam = client("iam")
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]

    def ask():
        request = botocore.awsrequest.AWSRequest("GET", f"{server.endpoint}/_aws/execute-api/{call.id}/items")
        credentials = botocore.credentials.Credentials(key["AccessKeyId"], key["SecretAccessKey"])
        botocore.auth.SigV4Auth(credentials, "execute-api", "us-east-1").add_auth(request)
        return requests.get(request.url, headers=dict(request.headers), timeout=20)

    assert (ask().status_code, ask().text) == (403, '{"message":"Forbidden"}')
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "execute-api:Invoke",
        "Resource": f"arn:aws:execute-api:us-east-1:{account}:{call.id}/*/GET/items"}]}))
    answer = ask()
    assert answer.json()["requestContext"]["authorizer"]["iam"]["userArn"] == f"arn:aws:iam::{account}:user/{user}"


def test_what_iam_refuses_has_cors_and_is_logged(client, deployed, unique, account):
    group = unique("group")
    client("logs").create_log_group(logGroupName=group)
    call = deployed(routes=["GET /items"], route_settings={"AuthorizationType": "AWS_IAM"},
                    CorsConfiguration={"AllowOrigins": ["https://app.example.com"], "AllowMethods": ["GET"]},
                    stage_settings={"AccessLogSettings": {
                        "DestinationArn": f"arn:aws:logs:us-east-1:{account}:log-group:{group}", "Format": "$context.routeKey $context.status"}})
    refused = call("GET", "/items", headers={"Origin": "https://app.example.com"})
    assert refused.status_code == 403 and refused.json() == {"message": "Forbidden"}
    assert refused.headers["access-control-allow-origin"] == "https://app.example.com"
    assert [e["message"] for e in client("logs").filter_log_events(logGroupName=group)["events"]] == ["GET /items 403"]


def test_a_function_called_with_the_callers_own_permissions(api, client, deployed, server, account):
    call = deployed(routes=["GET /items"], route_settings={"AuthorizationType": "AWS_IAM"}, allowed=False)
    integration = api.get_integrations(ApiId=call.id)["Items"][0]["IntegrationId"]
    api.update_integration(ApiId=call.id, IntegrationId=integration, CredentialsArn="arn:aws:iam::*:user/*")
    user = f"own-{call.id}"
    iam = client("iam")
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]

    def ask(*actions):
        iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": ["execute-api:Invoke", *actions], "Resource": "*"}]}))
        request = botocore.awsrequest.AWSRequest("GET", f"{server.endpoint}/_aws/execute-api/{call.id}/items")
        credentials = botocore.credentials.Credentials(key["AccessKeyId"], key["SecretAccessKey"])
        botocore.auth.SigV4Auth(credentials, "execute-api", "us-east-1").add_auth(request)
        return requests.get(request.url, headers=dict(request.headers), timeout=20)

    assert (ask().status_code, ask().text) == (500, '{"message":"Internal Server Error"}')
    assert ask("lambda:InvokeFunction").status_code == 200


def test_a_stage_shows_what_was_deployed_until_it_is_deployed_again(api, deployed):
    call = deployed(routes=["GET /a"])
    target = api.get_routes(ApiId=call.id)["Items"][0]["Target"]
    first = api.create_deployment(ApiId=call.id)
    assert first["DeploymentStatus"] == "DEPLOYED"
    api.create_stage(ApiId=call.id, StageName="fixed", DeploymentId=first["DeploymentId"])
    api.create_route(ApiId=call.id, RouteKey="GET /b", Target=target)
    assert (call("GET", "/b").status_code, call("GET", "/fixed/b").status_code) == (200, 404)
    api.create_deployment(ApiId=call.id, StageName="fixed")
    assert call("GET", "/fixed/b").status_code == 200
    with pytest.raises(botocore.exceptions.ClientError) as error:
        current = api.get_stage(ApiId=call.id, StageName="fixed")["DeploymentId"]
        api.delete_deployment(ApiId=call.id, DeploymentId=current)
    assert code_of(error) == "BadRequestException"
    api.delete_deployment(ApiId=call.id, DeploymentId=first["DeploymentId"])
    # Automatic deployments take each other's place.
    automatic = [d for d in api.get_deployments(ApiId=call.id)["Items"] if d["AutoDeployed"]]
    assert len(automatic) == 1


def test_quick_create(api, unique, server, function_arn):
    made = api.create_api(Name=unique("api"), ProtocolType="HTTP", Target=function_arn(ECHO), RouteKey="GET /quick")["ApiId"]
    assert Deployed(server.endpoint, made)("GET", "/quick").status_code == 200
    for part in (api.get_routes(ApiId=made)["Items"] + api.get_integrations(ApiId=made)["Items"] + api.get_stages(ApiId=made)["Items"]):
        assert part["ApiGatewayManaged"] is True


def test_tags(api, unique):
    made = api.create_api(Name=unique("api"), ProtocolType="HTTP")["ApiId"]
    arn = f"arn:aws:apigateway:us-east-1::/apis/{made}"
    api.tag_resource(ResourceArn=arn, Tags={"a": "1", "b": "2"})
    api.untag_resource(ResourceArn=arn, TagKeys=["a"])
    assert api.get_tags(ResourceArn=arn)["Tags"] == api.get_api(ApiId=made)["Tags"] == {"b": "2"}


def test_the_control_plane_is_held_to_iam(client, api, unique, server, account):
    import boto3

    made = api.create_api(Name=unique("api"), ProtocolType="HTTP")["ApiId"]
    user = unique("user")
    client("iam").create_user(UserName=user)
    key = client("iam").create_access_key(UserName=user)["AccessKey"]
    theirs = boto3.client("apigatewayv2", endpoint_url=server.endpoint, region_name="us-east-1",
                          aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    with pytest.raises(botocore.exceptions.ClientError) as error:
        theirs.get_api(ApiId=made)
    assert code_of(error) == "AccessDeniedException"
    client("iam").put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "apigateway:GET",
                                                "Resource": f"arn:aws:apigateway:us-east-1::/apis/{made}"}]}))
    assert theirs.get_api(ApiId=made)["ApiId"] == made
    with pytest.raises(botocore.exceptions.ClientError) as error:
        theirs.delete_api(ApiId=made)
    assert "apigateway:DELETE" in str(error.value)
