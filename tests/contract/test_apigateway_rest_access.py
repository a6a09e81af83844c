"""REST APIs (API Gateway version 1): who may send a request: authorizers, IAM, resource policies, API keys."""

import json

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest
import requests

from harness.own_server import endpoint, server  # noqa: F401
from harness.rest_api import message
from harness.rest_fixtures import function, new_api, rest  # noqa: F401

ECHO = "import json\ndef handler(event, context): return {'statusCode': 200, 'body': json.dumps(event)}"


AUTHORIZER = """
def handler(event, context):
    token = event.get("authorizationToken") or event["headers"].get("X-Who") or event["queryStringParameters"].get("who")
    if token == "unauthorized": raise Exception("Unauthorized")
    if token == "broken": raise ValueError("x")
    effect = "Allow" if token in ("allow", "narrow") else "Deny"
    resource = event["methodArn"] if token == "narrow" else "*"
    statements = [] if token == "nothing" else [{"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}]
    answer = {"principalId": "p", "policyDocument": {"Version": "2012-10-17", "Statement": statements},
              "context": {"n": 1, "b": True, "s": "x"}}
    if token == "nested":
        statements.append({"Action": "*", "Effect": "Allow", "Resource": "*"})
        answer["context"]["o"] = {}
    return answer
"""


@pytest.fixture
def guarded(new_api, function, rest):
    """guarded(type, source, ttl): an API with GET /a and /b behind a Lambda authorizer."""

    def make(kind, source, ttl=0, **more):
        api = new_api()
        made = rest.create_authorizer(restApiId=api.id, name="a", type=kind, authorizerUri=function(AUTHORIZER, allowed="authorizers/*"),
                                      identitySource=source, authorizerResultTtlInSeconds=ttl, **more)["id"]
        echo = function(ECHO)
        for path in ("/a", "/b"):
            api.proxy("GET", path, echo, authorizationType="CUSTOM", authorizerId=made)
        return api

    return make


def test_token_authorizers(guarded):
    api = guarded("TOKEN", "method.request.header.Auth", identityValidationExpression="[a-z]+")
    ask = lambda token: api("GET", "/a", headers={"Auth": token} if token else {})  # noqa: E731
    context = ask("allow").json()["requestContext"]["authorizer"]
    assert context.pop("integrationLatency") >= 0
    assert context == {"principalId": "p", "n": "1", "b": "true", "s": "x"}
    for token in (None, "NO", "unauthorized"):
        assert message(ask(token)) == (401, {"message": "Unauthorized"}), token
    assert message(ask("deny")) == (403, {"Message": "User is not authorized to access this resource with an explicit deny"})
    assert message(ask("nothing")) == (403, {"Message": "User is not authorized to access this resource"})
    for token in ("broken", "nested"):
        assert message(ask(token)) == (500, {"message": None}), token


def test_a_cached_answer_is_shared_by_the_stages_methods(guarded, rest):
    api = guarded("TOKEN", "method.request.header.Auth", ttl=300)
    ask = lambda path: api("GET", path, headers={"Auth": "narrow"}).status_code  # noqa: E731
    assert [ask("/a"), ask("/b")] == [200, 403]
    rest.flush_stage_authorizers_cache(restApiId=api.id, stageName="dev")
    assert [ask("/b"), ask("/a")] == [200, 403]


def test_request_authorizers(guarded):
    api = guarded("REQUEST", "method.request.header.X-Who, method.request.querystring.who", ttl=300)
    assert api("GET", "/a?who=x", headers={"X-Who": "allow"}).status_code == 200
    assert api("GET", "/a", headers={"X-Who": "allow"}).status_code == 401, "each source must be there"


def signed(server, api, path, key, secret):
    url = f"{server.endpoint}/_aws/execute-api/{api.id}/dev{path}"
    request = botocore.awsrequest.AWSRequest("GET", url)
    botocore.auth.SigV4Auth(botocore.credentials.Credentials(key, secret), "execute-api", "us-east-1").add_auth(request)
    return requests.get(url, headers=dict(request.headers), timeout=20)


def test_iam(new_api, function, client, server, unique, account):
    api = new_api().proxy("GET", "/items/{id}", function(ECHO), authorizationType="AWS_IAM")
    iam, user = client("iam"), unique("user")
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    pair = key["AccessKeyId"], key["SecretAccessKey"]
    assert message(api("GET", "/items/7")) == (403, {"message": "Missing Authentication Token"})
    refused = signed(server, api, "/items/7", *pair)
    assert message(refused) == (403, {"Message": (
        f"User: arn:aws:iam::{account}:user/{user} is not authorized to perform: execute-api:Invoke on resource: "
        f"arn:aws:execute-api:us-east-1:********{account[-4:]}:{api.id}/dev/GET/items/7")})
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": f"arn:aws:execute-api:us-east-1:{account}:{api.id}/dev/GET/*"}]}))
    identity = signed(server, api, "/items/7", *pair).json()["requestContext"]["identity"]
    assert (identity["userArn"], identity["accessKey"]) == (f"arn:aws:iam::{account}:user/{user}", pair[0])
    wrong = signed(server, api, "/items/7", pair[0], "x" * 40)
    assert wrong.status_code == 403 and wrong.json()["message"].startswith("The request signature we calculated does not match")


def test_integrations_with_the_callers_own_permissions(new_api, function, client, server, unique, account, make_table):
    """`arn:aws:iam::*:user/*`: the client's policies count, the function's doesn't; without a client there is nothing to call with."""
    own, table = "arn:aws:iam::*:user/*", make_table()
    proxy = {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": function(ECHO, allowed=None), "credentials": own}
    api = new_api().method("GET", "/function", proxy, authorizationType="AWS_IAM").method("GET", "/open", proxy)
    api.method("GET", "/table", {
        "type": "AWS", "integrationHttpMethod": "POST", "credentials": own, "uri": "arn:aws:apigateway:us-east-1:dynamodb:action/Scan",
        "requestTemplates": {"application/json": f'{{"TableName": "{table}", "Select": "COUNT"}}'}},
        [("200", {}), ("400", {"selectionPattern": "4\\d{2}"})], authorizationType="AWS_IAM")
    iam, user = client("iam"), unique("user")
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    pair = key["AccessKeyId"], key["SecretAccessKey"]

    def allow(*actions):
        iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": ["execute-api:Invoke", *actions], "Resource": "*"}]}))

    allow()
    assert message(api("GET", "/open")) == (500, {"message": "Internal server error"})
    assert message(signed(server, api, "/function", *pair)) == (500, {"message": "Internal server error"})
    refused = signed(server, api, "/table", *pair)
    assert refused.status_code == 400 and f"user/{user} is not authorized to perform: dynamodb:Scan" in refused.text
    allow("lambda:InvokeFunction", "dynamodb:Scan")
    assert signed(server, api, "/function", *pair).json()["resource"] == "/function"
    assert signed(server, api, "/table", *pair).json()["Count"] == 0


def test_resource_policies(new_api, account):
    def policy(*statements):
        return json.dumps({"Version": "2012-10-17", "Statement": [
            {"Principal": "*", "Action": "execute-api:Invoke", **one} for one in statements]})

    open_api = new_api(policy=policy({"Effect": "Allow", "Resource": "execute-api:/*"})).template("x")
    assert open_api("POST", "/").status_code == 200
    closed = new_api(policy=policy({"Effect": "Allow", "Resource": "execute-api:/*"}, {
        "Effect": "Deny", "Resource": "execute-api:/dev/POST/*", "Condition": {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}})).template("x")
    answer = closed("POST", "/")
    assert message(answer) == (403, {"Message": (
        "User: anonymous is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:us-east-1:"
        f"********{account[-4:]}:{closed.id}/dev/POST/ with an explicit deny")})
    silent = new_api(policy=policy({"Effect": "Allow", "Resource": "execute-api:/prod/*"})).template("x")
    assert silent("POST", "/").status_code == 403


def test_api_keys_and_quotas(new_api, rest):
    api = new_api().mock("GET", "/", apiKeyRequired=True)
    key = rest.create_api_key(enabled=True, name="k")
    ask = lambda value=None: api("GET", "/", headers={"x-api-key": value} if value else {})  # noqa: E731
    assert message(ask()) == message(ask(key["value"])) == (403, {"message": "Forbidden"}), "a key without a plan never works"
    plan = rest.create_usage_plan(name="p", apiStages=[{"apiId": api.id, "stage": "dev"}], quota={"limit": 2, "period": "DAY"})["id"]
    rest.create_usage_plan_key(usagePlanId=plan, keyId=key["id"], keyType="API_KEY")
    assert [ask(key["value"]).status_code for _ in range(2)] == [200, 200]
    assert message(ask(key["value"])) == (429, {"message": "Limit Exceeded"})
    assert ask("x" * 20).status_code == 403
    rest.update_api_key(apiKey=key["id"], patchOperations=[{"op": "replace", "path": "/enabled", "value": "false"}])
    assert ask(key["value"]).status_code == 403
