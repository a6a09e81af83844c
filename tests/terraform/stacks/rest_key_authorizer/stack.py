import json
import urllib.parse

import requests

MAY_REPLACE = ["aws_api_gateway_deployment.this"]


def ask(stack, verb, path, **headers):
    url = urllib.parse.urlsplit(stack.output("url"))
    headers = {"Host": url.hostname, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return requests.request(verb, f"{stack.server.endpoint}{url.path}{path}", headers=headers, timeout=20)


def exercise(stack):
    keys = stack.output("keys")
    answer = ask(stack, "GET", "/a/b", Authorization="Bearer ann", x_api_key=keys["acme"])
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["path"], body["user"], body["stage"]) == ("a/b", "ann", {"environment": "dev"})
    assert body["key"] in [key["id"] for key in stack.client("apigateway").get_api_keys()["items"]]
    without = ask(stack, "GET", "/a", Authorization="Bearer ann")
    assert (without.status_code, without.json()["type"]) == (403, "INVALID_API_KEY")
    assert ask(stack, "GET", "/a", Authorization="Bearer mallory", x_api_key=keys["acme"]).status_code == 403
    for nobody in (ask(stack, "GET", "/a", Authorization="Bearer nobody"), ask(stack, "GET", "/a", Authorization="Basic x"), ask(stack, "GET", "/a")):
        assert (nobody.status_code, nobody.json()) == (401, {"message": "Unauthorized", "type": "UNAUTHORIZED"})
        assert nobody.headers["Access-Control-Allow-Origin"] == "*"
    preflight = ask(stack, "OPTIONS", "/a/b", Origin="https://app.example")
    assert preflight.status_code == 200 and preflight.headers["Access-Control-Max-Age"] == "7200"
    globex = [ask(stack, "GET", "/a", Authorization="Bearer bob", x_api_key=keys["globex"]).status_code for _ in range(3)]
    assert globex == [200, 200, 429]
    tags = stack.client("apigateway").get_rest_apis()["items"][0]["tags"]
    assert tags == {"Environment": "dev", "ManagedBy": "terraform"}


def update(stack):
    stack.edit("main.tf", "acme   = { rate = 10, quota = 1000 }", "acme   = { rate = 30, quota = 5000 }\n    initech = { rate = 1, quota = 1 }")
    stack.edit("main.tf", "throttling_burst_limit = 50", "throttling_burst_limit = 60")
    stack.edit("main.tf", '\\"type\\":\\"$context', '\\"kind\\":\\"$context')
    return {'aws_api_gateway_usage_plan.client["acme"]', 'aws_api_gateway_usage_plan_key.client["initech"]', "aws_api_gateway_stage.this",
            "aws_api_gateway_method_settings.this", 'aws_api_gateway_gateway_response.this["UNAUTHORIZED"]'}


def after_update(stack):
    keys = stack.output("keys")
    assert ask(stack, "GET", "/a").json() == {"message": "Unauthorized", "kind": "UNAUTHORIZED"}
    assert json.loads(ask(stack, "GET", "/a", Authorization="Bearer al", x_api_key=keys["initech"]).text)["user"] == "al"
    assert ask(stack, "GET", "/a", Authorization="Bearer al", x_api_key=keys["initech"]).status_code == 429
